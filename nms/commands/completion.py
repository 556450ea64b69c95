"""Shell completion. Values that only a running system knows are offered if the system answers in time."""

from __future__ import annotations

import contextlib

import typer

from network.choice import DRIVERS
from nms.client import Body, Client, find_server, path
from nms.show.columns import mappings
from shared.domain.errors import NmsError
from shared.domain.kinds import FaultKind, ServiceName
from shared.domain.printable import printable

PATIENCE = 1.0
"""Seconds to wait for the system's answer."""


def kinds(ctx: typer.Context, incomplete: str) -> list[str]:
    before, comma, _ = incomplete.rpartition(",")
    return [f"{before}{comma}{kind}" for kind in FaultKind]


def scales(ctx: typer.Context, incomplete: str) -> list[str]:
    return [f"{name}=" for name in ServiceName if name is not ServiceName.NETWORK]


def networks(ctx: typer.Context, incomplete: str) -> list[str]:
    return [f"{name}:" if what else name for name, what in DRIVERS.items()]


def nodes(ctx: typer.Context, incomplete: str) -> list[str]:
    return _ids(_ask(ctx, path("topology")), "nodes")


def targets(ctx: typer.Context, incomplete: str) -> list[str]:
    body = _ask(ctx, path("topology"))
    return [*_ids(body, "nodes"), *_ids(body, "links")]


def metrics(ctx: typer.Context, incomplete: str) -> list[str]:
    rows = mappings(_ask(ctx, path("catalogue")).get("metrics"))
    return [*dict.fromkeys(name for row in rows if (name := str(row.get("name", ""))) == printable(name) != "")]


def incidents(ctx: typer.Context, incomplete: str) -> list[str]:
    return ["latest", *reversed(_ids(_ask(ctx, path("incidents"), limit=50), "recent_incidents"))]


def faults(ctx: typer.Context, incomplete: str) -> list[str]:
    live = [fault for fault in mappings(_ask(ctx, path("faults")).get("faults")) if not fault.get("ended")]
    return _names(live)


def subjects(ctx: typer.Context, incomplete: str) -> list[str]:
    from nms.extras.tap.subjects import families, known

    return [*families(), *known()]


def settings(ctx: typer.Context, incomplete: str) -> list[str]:
    from nms.show.network import settings as names

    return [f"{name}=" for name, _ in names(_ask(ctx, path("config"))) if name == printable(name)]


def _ids(body: Body, key: str) -> list[str]:
    return _names(mappings(body.get(key)))


def _names(items: list[Body]) -> list[str]:
    """An id that cannot be displayed is left out, because nobody can type it."""
    return [name for item in items if (name := str(item.get("id", ""))) == printable(name) != ""]


def _ask(ctx: typer.Context, path: str, **query: int) -> Body:
    server = ctx.params.get("server")
    with contextlib.suppress(NmsError):
        return Client(find_server(server if isinstance(server, str) else None), PATIENCE).get(path, query)
    return {}
