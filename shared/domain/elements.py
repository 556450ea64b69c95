"""Finds the kind of an element, the row of an anomaly's metric, and where the symptoms of a fault show. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from shared.domain.catalogue import METRICS, MetricSpec, Role, SymptomPlace, signatures_at
from shared.domain.element_names import PATH_SEPARATOR, PORT_SEPARATOR, SERVICE_SEPARATOR, node_of_interface
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
    if node_of_interface(element, topology.node_by_id):
        return ElementKind.INTERFACE
    if PATH_SEPARATOR in element:
        return ElementKind.PATH
    if SERVICE_SEPARATOR in element:
        return ElementKind.SESSION if LINK_SEPARATOR in element else ElementKind.SERVICE
    if LINK_SEPARATOR in element:
        return ElementKind.LINK
    return ElementKind.INTERFACE if PORT_SEPARATOR in element else ElementKind.NODE


def spec_of(topology: Topology, anomaly: Anomaly) -> MetricSpec | None:
    return METRICS.get((kind_of(topology, anomaly.element), anomaly.metric))


def has_role(topology: Topology, anomaly: Anomaly, *roles: Role) -> bool:
    spec = spec_of(topology, anomaly)
    return spec is not None and spec.role in roles


def is_carried(topology: Topology, anomaly: Anomaly) -> bool:
    spec = spec_of(topology, anomaly)
    return spec is not None and spec.carried


def links_at(topology: Topology, element: str) -> tuple[str, ...]:
    """Return the links of a node; of an interface its link, or all links of its node whose interfaces are unknown."""
    if element in topology.node_by_id or topology.is_link(element):
        return topology.links_of.get(element, ())
    links = tuple(link for node in topology.ends(element) for link in topology.links_of.get(node, ()))
    ported = tuple(link for link in links if element in topology.link_by_id[link].ports)
    return ported or tuple(link for link in links if not topology.link_by_id[link].has_ports)


def places_of(topology: Topology, element: str, place: SymptomPlace) -> tuple[str, ...] | None:
    """Return the elements at which a symptom of a fault at `element` shows; None if the topology does not list them:
    sessions, services and paths.
    """
    match place:
        case SymptomPlace.SELF:
            return (element,)
        case SymptomPlace.LINKS:
            return links_at(topology, element)
        case SymptomPlace.ENDS:
            return tuple(sorted(end for end in topology.ends(element) if end in topology.node_by_id))
        case _:
            return None


def shows_at(topology: Topology, element: str, place: SymptomPlace, other: str) -> bool:
    """Return whether `other` is where a fault at `element` shows a symptom of this place."""
    if (places := places_of(topology, element, place)) is not None:
        return other in places
    return _touches(topology, element, other, _KINDS[place])


@dataclass(frozen=True)
class ExplainedSymptom:
    """A metric that evidence can explain. `place`: where it shows; None: anywhere, since traffic carries it."""

    element: ElementKind
    metric: str
    place: SymptomPlace | None


def explained_by(topology: Topology, element: str, metric: str) -> tuple[ExplainedSymptom, ...]:
    """Return the symptoms of all kinds of fault that are known by a metric of an element, without the metric."""
    found: dict[ExplainedSymptom, None] = {}
    for spec, signature in signatures_at(kind_of(topology, element)):
        if signature.required.metric != metric or not signature.is_of(element):
            continue
        for symptom in (*signature.expected, *signature.explains):
            for row in METRICS.values():
                if row.name == symptom.metric and row.element is _KINDS.get(symptom.place, signature.element):
                    found[ExplainedSymptom(row.element, row.name, symptom.place)] = None
        for row in METRICS.values():
            if row.carried and row.role in spec.carries and row.state is not None:
                found[ExplainedSymptom(row.element, row.name, None)] = None
    return tuple(found)


_KINDS = {
    SymptomPlace.LINKS: ElementKind.LINK,
    SymptomPlace.ENDS: ElementKind.NODE,
    SymptomPlace.SESSIONS: ElementKind.SESSION,
    SymptomPlace.SERVICES: ElementKind.SERVICE,
    SymptomPlace.PATHS: ElementKind.PATH,
}
"""The kind of element at each place but the faulty element itself."""


def suffering(
    topology: Topology, element: str, metric: str, off: Callable[[ElementKind, str], Iterable[str]]
) -> Iterator[tuple[str, MetricSpec]]:
    """Yield what evidence at an element can explain and is out of service: an element, and the state of it that is 0.

    `off`: returns the elements of a kind whose state of a name is 0.
    """
    for symptom in explained_by(topology, element, metric):
        for other in off(symptom.element, symptom.metric):
            if symptom.place is None or shows_at(topology, element, symptom.place, other):
                yield other, METRICS[symptom.element, symptom.metric]


def _touches(topology: Topology, element: str, other: str, kind: ElementKind) -> bool:
    """Return whether `other` is of this kind, and of the same nodes: of both ends of a link, or of the node."""
    ends = topology.ends(element)
    return kind_of(topology, other) is kind and (
        ends <= topology.ends(other) if topology.is_link(element) else bool(ends & topology.ends(other))
    )


def belongs_to(topology: Topology, element: str, other: str) -> bool:
    """Return whether an interface, session, service or path cannot work while `element` does not.

    A session belongs to its ends, and to a link that joins the same nodes if there is no parallel link.
    """
    if other in topology.node_by_id or topology.is_link(other):
        return False
    if topology.is_link(element):
        one, two = sorted(topology.ends(element))
        kind = kind_of(topology, other)
        port = kind is ElementKind.INTERFACE and other in topology.link_by_id[element].ports
        alone = len(topology.between(one, two)) == 1 or element in other
        return port or (kind is ElementKind.SESSION and topology.ends(other) == {one, two} and alone)
    return element in topology.ends(other)
