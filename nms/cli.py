"""The command `nms`: options in, sentences out. The work is done elsewhere, and imported when it is asked for."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from nms.commands import system, talk
from shared.errors import NmsError

app = typer.Typer(
    help="A network that breaks, notices, explains and heals itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
system.register(app)
talk.register(app)


def main() -> None:
    """Run the command line; what goes wrong on purpose is one sentence and an exit code."""
    try:
        app()
    except NmsError as error:
        Console(stderr=True, soft_wrap=True).print(f"nms: {error}", style="red", markup=False, highlight=False)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output, `head` for one, has gone
        sys.stderr.close()
        sys.exit(0)
