"""The list of all generated files, and the code that updates these files.

Rule: each generated file has one entry in the list: its path below docs/reference, and the function that returns its
text. The text depends on the code alone, never on a running system, a clock or this machine; otherwise the file would
always be stale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from nms.extras.documents import api, asyncapi, cli, configuration, frames, messages, openapi, table, types, websocket
from shared.domain.errors import DiskFull

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"

FILES: Mapping[str, Callable[[], str | None]] = {
    "api.md": api.page,
    "asyncapi.yaml": asyncapi.text,
    "cli.md": cli.text,
    "configuration.md": configuration.page,
    "events.md": table.page,
    "openapi.json": openapi.text,
    "types.d.ts": types.text,
    "websocket.md": websocket.page,
}
"""Each generated file and its generator. If a generator returns None, its tool is not installed, and the file stays."""

FOLDERS: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "schemas": lambda: {**messages.schema_files(), **frames.schema_files()},
}
"""The folders that hold generated files only. A file there that is not generated any more is deleted."""


@cache
def wanted() -> Mapping[str, str]:
    inside = {f"{folder}/{name}": text for folder, write in FOLDERS.items() for name, text in write().items()}
    return {name: text for name, write in FILES.items() if (text := write()) is not None} | inside


def untouched() -> list[str]:
    return sorted(FILES.keys() - wanted().keys())


def stale(folder: Path = REFERENCE) -> list[str]:
    return _stale(folder, wanted())


def write(folder: Path = REFERENCE) -> list[str]:
    """Return the files that were stale. Raises DiskFull."""
    texts = wanted()
    old = _stale(folder, texts)
    try:
        for name in old:
            _put(folder / name, texts.get(name))
    except OSError as error:
        raise DiskFull(
            f"cannot write below {folder}: {error.strerror}; run this in a checkout that has space"
        ) from None
    return old


def _stale(folder: Path, texts: Mapping[str, str]) -> list[str]:
    there = {f"{inside}/{path.name}" for inside in FOLDERS for path in (folder / inside).glob("*")}
    differ = {name for name, text in texts.items() if not _says(folder / name, text)}
    return sorted(differ | (there - texts.keys()))


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
