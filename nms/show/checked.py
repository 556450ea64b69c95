"""Formats a topology that was read from a file, as text and as JSON."""

from __future__ import annotations

from collections import Counter

from rich.console import Group
from rich.text import Text

from nms.client import Body, Json
from nms.show.columns import columns
from shared.domain.kinds import NodeType
from shared.domain.printable import printable
from shared.topologies import Reading


def as_json(reading: Reading) -> Body:
    network = reading.topology
    return {
        "nodes": [node.model_dump(mode="json") for node in network.nodes],
        "links": [{"id": link.id, **link.model_dump(mode="json")} for link in network.links],
        "warnings": list[Json](reading.warnings),
    }


def as_text(reading: Reading) -> Group:
    network = reading.topology
    order = {kind: place for place, kind in enumerate(NodeType)}
    nodes: list[list[Json]] = [
        [node.id, node.type.value, len(network.links_of[node.id])]
        for node in sorted(network.nodes, key=lambda node: order[node.type])
    ]
    links: list[list[Json]] = [[link.id, link.capacity] for link in network.links]
    parts: list[Text | str] = [
        Text(_counts(reading)),
        "",
        columns(("node", "type", "links"), nodes, "There are no nodes."),
        "",
        columns(("link", "Mbit/s"), links, "There are no links."),
    ]
    if reading.warnings:
        parts += ["", *(Text(f"warning: {printable(warning)}", "yellow") for warning in reading.warnings)]
    return Group(*parts)


def _counts(reading: Reading) -> str:
    network = reading.topology
    kinds = Counter(node.type for node in network.nodes)
    types = ", ".join(_many(kinds[kind], kind.value, "es" if kind is NodeType.SWITCH else "s") for kind in NodeType)
    return (
        f"{_many(len(network.nodes), 'node')} ({types}), {_many(len(network.links), 'link')}, "
        f"{_many(len(reading.warnings), 'warning')}"
    )


def _many(count: int, what: str, plural: str = "s") -> str:
    return f"{count} {what}{'' if count == 1 else plural}"
