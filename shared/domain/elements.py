"""Finds the kind of an element, the row of an anomaly's metric, and where the symptoms of a fault show. Pure."""

from __future__ import annotations

from shared.domain.catalogue import METRICS, MetricSpec, Role, SymptomPlace
from shared.domain.events import Anomaly
from shared.domain.kinds import ElementKind
from shared.domain.names import LINK_SEPARATOR
from shared.domain.topology import Topology


def kind_of(topology: Topology, element: str) -> ElementKind:
    """Return the kind of an element, from the topology; if the element is not in it, from the form of its name."""
    if element in topology.node_by_id:  # the name of a node can contain "->", "/" and ":"
        return ElementKind.NODE
    if topology.is_link(element):
        return ElementKind.LINK
    if "->" in element:
        return ElementKind.PATH
    if "/" in element:
        return ElementKind.SESSION if LINK_SEPARATOR in element else ElementKind.SERVICE
    if LINK_SEPARATOR in element:
        return ElementKind.LINK
    return ElementKind.INTERFACE if ":" in element else ElementKind.NODE


def spec_of(topology: Topology, anomaly: Anomaly) -> MetricSpec | None:
    return METRICS.get((kind_of(topology, anomaly.element), anomaly.metric))


def has_role(topology: Topology, anomaly: Anomaly, *roles: Role) -> bool:
    spec = spec_of(topology, anomaly)
    return spec is not None and spec.role in roles


def is_carried(topology: Topology, anomaly: Anomaly) -> bool:
    spec = spec_of(topology, anomaly)
    return spec is not None and spec.carried


def places_of(topology: Topology, element: str, place: SymptomPlace) -> tuple[str, ...]:
    """Return the elements at which a symptom of a fault at `element` shows."""
    match place:
        case SymptomPlace.SELF:
            return (element,)
        case SymptomPlace.LINKS:
            return topology.links_of.get(element, ())
        case SymptomPlace.ENDS:
            return tuple(sorted(topology.ends(element)))
