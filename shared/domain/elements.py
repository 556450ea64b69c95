"""Which kind of element a name is of, and which metric of the catalogue an anomaly is about. Pure."""

from __future__ import annotations

from shared.domain.catalogue import METRICS, MetricSpec, Role
from shared.domain.events import Anomaly
from shared.domain.kinds import ElementKind
from shared.domain.names import LINK_SEPARATOR
from shared.domain.topology import Topology


def kind_of(topology: Topology, element: str) -> ElementKind:
    """Return the kind of an element: of the topology, or else by the form of its name."""
    if element in topology.node_by_id:  # names of nodes may hold what the forms below are told by
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
    """Return the metric that an anomaly is about; None where the catalogue does not have it."""
    return METRICS.get((kind_of(topology, anomaly.element), anomaly.metric))


def has_role(topology: Topology, anomaly: Anomaly, *roles: Role) -> bool:
    """Say whether the metric that an anomaly is about plays one of some roles."""
    spec = spec_of(topology, anomaly)
    return spec is not None and spec.role in roles


def is_carried(topology: Topology, anomaly: Anomaly) -> bool:
    """Say whether an anomaly shows what traffic carried to its element, and not what is wrong there."""
    spec = spec_of(topology, anomaly)
    return spec is not None and spec.carried
