"""Locality: what an anomaly shows about the place of its cause.

Rules

1. Most anomalies of an element are local: the cause is at the element.
2. Load (utilisation, and the CPU that follows it) may have been rerouted to an element after a failure elsewhere. But a
   node with one link, and that link, carry only the traffic of the node itself, so that their load is local.
3. A node's latency and loss are means over the paths of its traffic: their cause may be anywhere on these paths.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

from shared.domain.catalogue import Role
from shared.domain.elements import has_role, is_carried
from shared.domain.events import Anomaly
from shared.domain.topology import Topology


class Locality(IntEnum):
    CARRIED = 0
    MOVABLE = 1
    LOCAL = 2


def locality(topology: Topology, anomaly: Anomaly, congested: Collection[str]) -> Locality:
    if is_carried(topology, anomaly):
        return Locality.CARRIED
    load = has_role(topology, anomaly, Role.WORK, Role.LOAD)
    by_congestion = anomaly.element in congested and not has_role(topology, anomaly, Role.STATE)
    if load or by_congestion:
        return Locality.LOCAL if topology.is_leaf(anomaly.element) else Locality.MOVABLE
    return Locality.LOCAL


def moves_traffic(topology: Topology, anomaly: Anomaly) -> bool:
    return is_outage(topology, anomaly) and not topology.is_leaf(anomaly.element)


def is_outage(topology: Topology, anomaly: Anomaly) -> bool:
    return has_role(topology, anomaly, Role.STATE)


def is_slow_transit_link(topology: Topology, anomaly: Anomaly) -> bool:
    """Rerouted load makes a link slow before an anomaly of its utilisation is raised."""
    return (
        topology.is_link(anomaly.element)
        and has_role(topology, anomaly, Role.DELAY)
        and not topology.is_leaf(anomaly.element)
    )
