"""Code that all commands share: their registration with a help panel and examples, and their common options."""

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

RUN, QUERY, CONTROL = "Run a system", "Query a running system", "Control a running system"
PANELS = (RUN, QUERY, CONTROL)
EXAMPLES = "Examples:"
A_METRIC = metric_in_role(ElementKind.NODE, Role.WORK)
A_FAULT = next(str(kind) for kind, spec in FAULTS.items() if spec.targets == {ElementKind.NODE})
A_CUT = next(str(kind) for kind, spec in FAULTS.items() if spec.cuts)
A_FLAP = next(str(kind) for kind, spec in FAULTS.items() if spec.flaps)
AN_ACTION = next(str(kind) for kind, spec in ACTIONS.items() if spec.takes_down is TakesDown.NODE)
"""A kind of fault and an action of the catalogue, for the examples."""
TIMES = "ISO 8601, UTC without a zone; a time of day, the last one; or 10m for ten minutes ago."
"""Formats of a time, for the help of an option."""

Server = Annotated[
    str | None,
    typer.Option(
        "--server", envvar="NMS_SERVER", metavar="URL", help="The system's address; else the one on this machine."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the API's answer as one JSON document.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Your name; else your login name.")]
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
    """The command's help is `says`, or else its docstring. A test runs its examples."""
    end, settings = epilog(examples), dict(context or {})
    app.command(name, help=says, epilog=end, rich_help_panel=panel, context_settings=settings)(command)


def epilog(examples: Iterable[str]) -> str:
    return "\n".join(("", EXAMPLES, *(f"  {example}" for example in examples)))


def examples_of(text: str | None) -> list[str]:
    lines = [line.strip() for line in (text or "").splitlines()]
    return [line for line in lines[lines.index(EXAMPLES) + 1 :] if line] if EXAMPLES in lines else []


def client(server: str | None) -> Client:
    """Raises SettingError."""
    return Client(find_server(server))


def the_moment(option: str, text: str | None, asked: Client) -> str | None:
    """Parse the network time in an option, and return the time in the format of the API. Raises SettingError."""
    if text is None:
        return None
    now = instant(str(asked.get(path("status"))["timestamp"]))
    try:
        return iso(moment(text, now))
    except ValueError as error:
        raise SettingError(f"{option} {text}: {error}") from None


def the_span(option: str, text: str, least: float, most: float) -> float:
    """Return seconds. Raises SettingError."""
    try:
        seconds = span(text)
    except ValueError as error:
        raise SettingError(f"{option} {text}: {error}") from None
    if not least <= seconds <= most:
        raise SettingError(f"{option} {text}: it takes {least:g} s to {most:g} s")
    return seconds


def who(by: str | None) -> str:
    try:
        return by or getpass.getuser()
    except (OSError, KeyError, ImportError):  # the account has no name, as in a container
        return "operator"
