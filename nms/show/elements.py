"""Formats nodes, links and other elements with their metrics. The system's catalogue states which metrics there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType

from nms.client import Body, Json
from nms.show.columns import columns, mapping, mappings, picked, word
from shared.domain.catalogue import Role
from shared.domain.kinds import ElementKind
from shared.domain.units import rate

AVERAGES: Mapping[Role, str] = {Role.WORK: "avg_cpu", Role.MEMORY: "avg_memory", Role.DELAY: "avg_latency"}
"""The averages in the summary that are printed, by the role of their metric."""
RATE = "Mbit/s"


def topology(body: Body, catalogue: Body) -> Group:
    nodes = [picked(node, ("id", "type", "status", "connections")) for node in mappings(body.get("nodes"))]
    rows = metrics_of(catalogue, ElementKind.LINK)
    links = [
        [*picked(link, ("id", "status")), _rate(link.get("capacity")), *_values(link, rows)]
        for link in mappings(body.get("links"))
    ]
    return Group(
        columns(("node", "type", "status", "joined to"), nodes, "There are no nodes."),
        "",
        columns(("link", "status", "capacity", *map(_head, rows)), links, "There are no links."),
    )


def metrics(body: Body, catalogue: Body) -> Group:
    rows = metrics_of(catalogue, ElementKind.NODE)
    nodes = [[*picked(node, ("id", "type", "status")), *_values(node, rows)] for node in mappings(body.get("nodes"))]
    averages_text = ", ".join(_averages(mapping(body.get("summary")), rows))
    table = columns(("node", "type", "status", *map(_head, rows)), nodes, "There are no nodes.")
    return Group(table, "", f"average: {averages_text}", *_others(body, catalogue))


def _others(body: Body, catalogue: Body) -> Iterator[RenderableType]:
    elements = mappings(body.get("elements"))
    for kind in ElementKind:
        found = [element for element in elements if element.get("kind") == kind]
        rows = metrics_of(catalogue, kind)
        if found:
            yield ""
            cells = [[element.get("id"), *_values(element, rows)] for element in found]
            yield columns((kind, *map(_head, rows)), cells, "")
    if body.get("elements_left_out"):
        yield "\nThere are more elements than the gateway keeps: those that came last are not shown."


def _averages(summary: Body, rows: list[Body]) -> Iterator[str]:
    for role, key in AVERAGES.items():
        for row in rows:
            if row.get("role") == role:
                yield f"{_label(row)} {word(summary.get(key))} {word(row.get('unit'))}"


def metrics_of(catalogue: Body, kind: ElementKind) -> list[Body]:
    """The metric of an element's state is left out, as the status shows it."""
    rows = mappings(catalogue.get("metrics"))
    return [row for row in rows if row.get("element") == kind and row.get("role") != Role.STATE]


def _values(element: Body, rows: list[Body]) -> list[Json]:
    further = mapping(element.get("metrics"))
    values = []
    for row in rows:
        name = str(row.get("name"))
        value = further[name] if name in further else element.get(name)
        values.append(_rate(value) if row.get("unit") == RATE else value)
    return values


def _head(row: Body) -> str:
    unit = row.get("unit")
    return f"{_label(row)} {word(unit)}" if unit and unit != RATE else _label(row)


def _label(row: Body) -> str:
    return word(row.get("label")).lower()


def _rate(value: Json) -> Json:
    return rate(value) if isinstance(value, int | float) else value
