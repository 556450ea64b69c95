"""How a command is shaped: its panel in the help, its examples, and the options that several commands share."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer

from nms.client import Client, find_server, path
from nms.commands import completion
from shared.domain.catalogue import ACTIONS, FAULTS, Role, TakesDown, metric_in_role
from shared.domain.errors import SettingError
from shared.domain.kinds import ElementKind
from shared.domain.moments import instant, iso, moment, span

RUN, ASK, TELL = "Run a system", "Ask a running system", "Tell a running system"
PANELS = (RUN, ASK, TELL)
EXAMPLES = "Examples:"
A_METRIC = metric_in_role(ElementKind.NODE, Role.WORK)
A_FAULT = next(str(kind) for kind, spec in FAULTS.items() if spec.strikes == {ElementKind.NODE})
A_CUT = next(str(kind) for kind, spec in FAULTS.items() if spec.cuts)
A_FLAP = next(str(kind) for kind, spec in FAULTS.items() if spec.flaps)
AN_ACTION = next(str(kind) for kind, spec in ACTIONS.items() if spec.takes_down is TakesDown.NODE)
"""What the examples name, of what the catalogue has."""
TIMES = "ISO 8601, UTC where no zone is said; a time of day, the last one; or 10m for ten minutes ago."
"""How a moment is written, for the help of an option."""

Server = Annotated[
    str | None,
    typer.Option(
        "--server", envvar="NMS_SERVER", metavar="URL", help="The page of the system; else the one on this machine."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the answer of the API, as one JSON document.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so; else your login name.")]
Incident = Annotated[str, typer.Argument(help="The id of an incident, or latest.", autocompletion=completion.incidents)]


def add(
    app: typer.Typer,
    command: Callable[..., None],
    panel: str,
    examples: Iterable[str],
    name: str | None = None,
    says: str | None = None,
    context: Mapping[str, Any] | None = None,
) -> None:
    """Add a command; its docstring is its help where none is said, and each example runs as it stands."""
    end, settings = epilog(examples), dict(context or {})
    app.command(name, help=says, epilog=end, rich_help_panel=panel, context_settings=settings)(command)


def epilog(examples: Iterable[str]) -> str:
    """Return examples as the end of a help text."""
    return "\n".join(("", EXAMPLES, *(f"  {example}" for example in examples)))


def examples_of(text: str | None) -> list[str]:
    """Return the examples that the end of a help text shows."""
    lines = [line.strip() for line in (text or "").splitlines()]
    return [line for line in lines[lines.index(EXAMPLES) + 1 :] if line] if EXAMPLES in lines else []


def client(server: str | None) -> Client:
    """Return the client of the system that is meant. Raises SettingError."""
    return Client(find_server(server))


def the_moment(option: str, text: str | None, asked: Client) -> str | None:
    """Return the moment of network time that an option names, as the API takes it. Raises SettingError."""
    if text is None:
        return None
    now = instant(str(asked.get(path("status"))["timestamp"]))
    try:
        return iso(moment(text, now))
    except ValueError as error:
        raise SettingError(f"{option} {text}: {error}") from None


def the_span(option: str, text: str, least: float, most: float) -> float:
    """Return the seconds that an option names. Raises SettingError."""
    try:
        seconds = span(text)
    except ValueError as error:
        raise SettingError(f"{option} {text}: {error}") from None
    if not least <= seconds <= most:
        raise SettingError(f"{option} {text}: it takes {least:g} s to {most:g} s")
    return seconds


def who(by: str | None) -> str:
    """Return the name under which something is said."""
    try:
        return by or getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, as in a container
        return "operator"
