"""The command `nms tap`: prints messages on NATS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nms.commands import completion
from nms.commands.broker_url import NatsUrl
from nms.commands.shape import AN_ACTION, QUERY, add
from shared.domain.kinds import Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from nms.extras.tap.message import TappedMessage


def tap(
    subjects: Annotated[
        list[str],
        typer.Argument(
            metavar="SUBJECT...",
            help="Subjects of NATS: * stands for a word, > for the rest.",
            autocompletion=completion.subjects,
        ),
    ],
    node: Annotated[
        str | None,
        typer.Option(
            help="Only what is of this node, its links included, or of this link.", autocompletion=completion.targets
        ),
    ] = None,
    incident: Annotated[
        str | None,
        typer.Option(help="Only what is in the trace of this incident.", autocompletion=completion.incidents),
    ] = None,
    level: Annotated[Level | None, typer.Option(help="Only log lines of this level.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=VALUE", help=f"Only with this value in the body, as in action.kind={AN_ACTION}."),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many messages.")] = None,
    nats_url: NatsUrl = None,
    json_: Annotated[
        bool | None,
        typer.Option(
            "--json/--pretty",
            show_default=False,
            help="One CloudEvent in JSON per line, or readable lines; by default readable on a terminal only.",
        ),
    ] = None,
) -> None:
    """Print the messages on NATS, from now on until Ctrl-C.

    Read-only. Messages that arrive faster than the output is read are dropped and counted on stderr.
    """
    from nms.extras.tap.filters import Wanted, parse_where
    from nms.extras.tap.listen import TapRequest, run
    from nms.terminal import is_watched, remark

    if node is not None and nats_url is None:
        _require(node)
    pairs = parse_where([*(where or ()), *((f"level={level}",) if level else ())])
    as_json = not is_watched() if json_ is None else json_
    line = (lambda message: message.cloud_event()) if as_json else _pretty(node)
    run(nats_url, TapRequest(subjects, Wanted(node, incident, pairs), line, count), remark)


def _require(node: str) -> None:
    from nms.client import path
    from nms.commands.shape import client
    from shared.domain.errors import NmsError, UnknownTarget

    try:
        client(None).get(path("incidents"), {"node": node, "limit": 1})
    except UnknownTarget:
        raise
    except NmsError:  # a tap works without a gateway
        return


def _pretty(node: str | None) -> Callable[[TappedMessage], str]:
    from nms.extras.tap.lines import line
    from nms.terminal import as_written, console

    out = console()
    return lambda message: as_written(out, line(message, node))


def register(app: typer.Typer) -> None:
    add(
        app,
        tap,
        QUERY,
        (
            "nms tap 'anomaly.*' 'incident.*'",
            "nms tap '>' --node server-3",
            f"nms tap 'remediation.*' --where action.kind={AN_ACTION}",
            "nms tap 'metrics.*' --count 4 --json",
        ),
    )
