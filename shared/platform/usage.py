"""The command line of a process that environment variables configure: its only option is `--help`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from shared.platform.settings import Settings, variable_of


def no_arguments(
    module: str, says: str, settings: type[Settings] | None = None, words: Sequence[str] | None = None
) -> None:
    argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=says,
        epilog="\n".join(_variables(settings)) if settings else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    ).parse_args(words)


def _variables(settings: type[Settings]) -> Iterator[str]:
    yield "environment:"
    for name, field in settings.model_fields.items():
        yield f"  {variable_of(settings, name):<24} {field.description or ''}"
