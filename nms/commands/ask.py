"""Commands that query a running system."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from nms.client import Body, Client, path
from nms.client import Json as Value
from nms.commands import completion
from nms.commands.shape import A_METRIC, QUERY, TIMES, Json, Server, add, client, the_moment, the_span
from nms.show.columns import mappings
from nms.terminal import remark, say, say_json
from shared.domain.errors import NmsError, UnknownTarget
from shared.domain.kinds import IncidentState, Level, ServiceName

LATEST = "latest"
SHOWN_INCIDENTS = 20
SHOWN_LINES = 100
SHOWN_SPAN = "60s"
SHORTEST_SPAN, LONGEST_SPAN = 0.25, 3600.0

Node = Annotated[
    str | None,
    typer.Option("--node", help="Only those of this node or its links.", autocompletion=completion.nodes),
]


def status(server: Server = None, json_: Json = False) -> None:
    """Show the state of the loop, the network and the processes."""
    from nms.show import network

    asked = client(server)
    state = asked.get(path("status"))
    say_json(state) if json_ else say(network.status(asked.server, state, asked.get(path("metrics"))))


def services(server: Server = None, json_: Json = False) -> None:
    """List the processes that answer on the bus."""
    from nms.show import network

    body = client(server).get(path("services"))
    say_json(body) if json_ else say(network.services(body))


def topology(server: Server = None, json_: Json = False) -> None:
    """List nodes and links, and how they are."""
    from nms.show import elements

    asked = client(server)
    body = asked.get(path("topology"))
    say_json(body) if json_ else say(elements.topology(body, asked.get(path("catalogue"))))


def metrics(
    node: Annotated[
        str | None,
        typer.Argument(
            help="A node, or with a metric any element; default: all nodes.", autocompletion=completion.targets
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Argument(help="One metric of it, over the last minute.", autocompletion=completion.metrics),
    ] = None,
    last: Annotated[
        str, typer.Option(metavar="SPAN", help="With a metric: how far back, in seconds or as in 10m; at most 1h.")
    ] = SHOWN_SPAN,
    server: Server = None,
    json_: Json = False,
) -> None:
    """Show the newest samples of the nodes, or the history of one metric.

    Which metrics a node, a link or another element has: `nms catalogue metrics`.
    """
    from nms.show import elements, network

    asked = client(server)
    if node is None or metric is None:
        body = asked.get(path("metrics"), {"node": node})
        return say_json(body) if json_ else say(elements.metrics(body, asked.get(path("catalogue"))))
    body = _history(asked, node, metric, last)
    return say_json(body) if json_ else say(network.history(body))


def _history(asked: Client, node: str, metric: str, last: str) -> Body:
    seconds = the_span("--last", last, SHORTEST_SPAN, LONGEST_SPAN)
    begin = the_moment("--last", f"{seconds:.3f}s", asked)
    return asked.get(path("metrics", "history"), {"node": node, "metric": metric, "from": begin})


def incidents(
    incident: Annotated[
        str | None, typer.Argument(help="The id of one, or latest.", autocompletion=completion.incidents)
    ] = None,
    state: Annotated[IncidentState | None, typer.Option(help="Only those in this state.")] = None,
    node: Node = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = SHOWN_INCIDENTS,
    cursor: Annotated[str | None, typer.Option(help="Older ones: next_cursor of an earlier answer.")] = None,
    server: Server = None,
    json_: Json = False,
) -> None:
    """List incidents, the newest last; or show one in full.

    For one: its causes with their evidence, its members, the actions, and the timeline.
    """
    from nms.show import incidents as show

    asked = client(server)
    if incident is not None:
        body = asked.get(path("incidents", named(asked, incident)))
        return say_json(body) if json_ else say(show.incident(body))
    body = asked.get(path("incidents"), {"state": state, "node": node, "limit": limit, "cursor": cursor})
    return say_json(body) if json_ else say(show.incidents(body))


def named(asked: Client, incident: str) -> str:
    """Return the id of an incident; for `latest`, return the id of the newest incident. Raises UnknownTarget."""
    if incident != LATEST:
        return incident
    newest = mappings(asked.get(path("incidents"), {"limit": 1}).get("recent_incidents"))
    if not newest:
        raise UnknownTarget("there is no incident yet")
    return str(newest[-1]["id"])


def faults(
    live: Annotated[bool, typer.Option("--live", help="Only those that have not ended.")] = False,
    server: Server = None,
    json_: Json = False,
) -> None:
    """List the injected faults: the live ones and the last hundred.

    This is the ground truth, which the diagnosis plane does not see.
    """
    from nms.show import network

    body = client(server).get(path("faults"))
    if live:
        body = {**body, "faults": list[Value](live_faults(body))}
    say_json(body) if json_ else say(network.faults(body))


def live_faults(body: Body) -> list[Body]:
    return [fault for fault in mappings(body.get("faults")) if fault.get("ended") is None]


def logs(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Print new lines until Ctrl-C.")] = False,
    level: Annotated[Level | None, typer.Option(help="Only lines of this level.")] = None,
    service: Annotated[ServiceName | None, typer.Option(help="Only lines of this service.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many lines.")] = SHOWN_LINES,
    since: Annotated[str | None, typer.Option(metavar="TIME", help=f"Only lines since then. {TIMES}")] = None,
    server: Server = None,
    json_: Json = False,
) -> None:
    """Print the operator's log, the oldest line first.

    Times are in UTC, on the clock of the managed network. --since accepts a time in the form in which commands print
    it. With --follow and --json: one JSON object per line, until Ctrl-C.
    """
    from nms.show.log import log_lines

    asked = client(server)
    begin = the_moment("--since", since, asked)
    query = {"level": level, "service": service, "limit": limit, "since": begin}
    body = asked.get(path("logs"), query)
    if follow:
        import asyncio

        from nms.log_follow import Lines, follow_log

        return asyncio.run(follow_log(asked.server, body, Lines(level, service, begin), json_))
    return say_json(body) if json_ else say(log_lines(body))


def scorecard(server: Server = None, json_: Json = False) -> None:
    """Show the scorecard: the loop's results against the ground truth.

    How many faults were detected, named and repaired, unnecessary actions, and the duration of each step.
    """
    from nms.show import scorecard as show

    body = client(server).get(path("scorecard"))
    say_json(body) if json_ else say(show.scorecard(body))


class CataloguePart(StrEnum):
    METRICS = "metrics"
    FAULTS = "faults"
    ACTIONS = "actions"


PARTS: Mapping[CataloguePart, tuple[str, ...]] = {
    CataloguePart.METRICS: ("metrics",),
    CataloguePart.FAULTS: ("faults",),
    CataloguePart.ACTIONS: ("actions", "action_states"),
}


def catalogue(
    part: Annotated[CataloguePart | None, typer.Argument(help="Only this part; all where left out.")] = None,
    server: Server = None,
    json_: Json = False,
) -> None:
    """Show what there is: metrics, kinds of fault, actions and the states of an action.

    What is listed can be typed: a metric in `nms metrics`, a kind of fault in `nms inject`. A metric that is carried
    says that something is wrong on the way of the traffic, not where. The playbooks of a kind of fault are the actions
    that are tried against it. Where no system runs on this machine, the catalogue of this installation is shown.
    """
    from nms.show import catalogue as show

    body = _catalogue(server)
    if part is not None:
        body = {name: body.get(name) for name in PARTS[part]}
    say_json(body) if json_ else say(show.catalogue(body))


def _catalogue(server: str | None) -> Body:
    try:
        return client(server).get(path("catalogue"))
    except NmsError as error:
        if server is not None or type(error) is not NmsError:  # the user named a server, or the server answered
            raise
        from services.gateway.core.catalogue_bodies import catalogue_body

        remark(f"{error}. Below is the catalogue of this installation")
        own: Body = catalogue_body().model_dump(mode="json")
        return own


def register(app: typer.Typer) -> None:
    add(app, status, QUERY, ("nms status", "nms status --server http://127.0.0.1:5000 --json"))
    add(app, services, QUERY, ("nms services",))
    add(app, topology, QUERY, ("nms topology",))
    add(app, metrics, QUERY, ("nms metrics", "nms metrics server-3", f"nms metrics server-3 {A_METRIC} --last 30"))
    add(
        app,
        incidents,
        QUERY,
        ("nms incidents --state open", "nms incidents latest", "nms incidents --node server-3 --json"),
    )
    add(app, faults, QUERY, ("nms faults", "nms faults --live --json"))
    add(app, logs, QUERY, ("nms logs --level warning --since 10m", "nms logs --follow --service remediator"))
    add(app, scorecard, QUERY, ("nms scorecard", "nms scorecard --json"))
    add(app, catalogue, QUERY, ("nms catalogue", "nms catalogue faults", "nms catalogue metrics --json"))
