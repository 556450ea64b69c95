"""The command `nms`: it parses options and reports errors. The code of a command is imported only when the command
runs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from nms.commands import ask, backtest, baseline, bench, control, corpus, devices, lab, recording, system, tap
from nms.terminal import ReaderGone, complain, finish, hush, prepare, write_text
from shared.domain.errors import EXIT_CODES, INTERRUPTED, NmsError
from shared.platform.own_catalogue import add_from_environment

NAME = "nms"
WRONG_USAGE = 2


def _exit_codes() -> str:
    return "\n".join(("", "Exit codes:", *(f"  {code:<4} {why}" for code, why in EXIT_CODES.items())))


app = typer.Typer(
    name=NAME,
    epilog=_exit_codes(),
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        write_text(f"{NAME} {version(NAME)}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def about(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """A network that breaks, notices, explains and heals itself.

    Begin with `nms up` in one terminal and `nms status` in another. Each command has a --help with examples.
    """
    if ctx.invoked_subcommand is None:
        write_text(ctx.get_help())


for commands in (system, ask, tap, control, recording, backtest, corpus, devices, lab, baseline, bench):
    commands.register(app)


def main() -> None:
    prepare()
    code = run(sys.argv[1:])
    finish()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Return the exit code. Errors go to stderr, as JSON if the command line has --json."""
    as_json = "--json" in arguments
    try:
        add_from_environment()
        code = app(list(arguments), prog_name=NAME, standalone_mode=False)
        return code if isinstance(code, int) else 0
    except NmsError as error:
        complain(str(error), _title(error), error.exit_code, as_json)
        return error.exit_code
    except typer.TyperException as error:
        complain(_usage(error), "Wrong usage", WRONG_USAGE, as_json)
        return WRONG_USAGE
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except (ReaderGone, BrokenPipeError):
        hush()
        return 0


def _title(error: NmsError) -> str:
    name = type(error).__name__
    return "".join(f" {char.lower()}" if char.isupper() and at else char for at, char in enumerate(name))


def _usage(error: typer.TyperException) -> str:
    command = getattr(getattr(error, "ctx", None), "command_path", NAME)
    message = " ".join(error.format_message().split()).rstrip(".")
    return f"{message}: see `{command} --help`"
