"""What an anomaly says about where its cause is: here, perhaps here, or somewhere along the way.

Rules: what an element says of itself is local. Load (utilisation, and the cpu that follows it) may have been moved here
by something that died elsewhere, unless nothing can be moved here: a node with one link, and that link, carry only that
node's own traffic. A node's latency and loss are means over the paths of its traffic, so they may be anybody's.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

from shared.domain.catalogue import Role
from shared.domain.elements import has_role, is_carried
from shared.domain.events import Anomaly
from shared.domain.topology import Topology


class Locality(IntEnum):
    """How firmly an anomaly is tied to its own element."""

    CARRIED = 0
    MOVABLE = 1
    LOCAL = 2


def locality(topology: Topology, anomaly: Anomaly, crowded: Collection[str]) -> Locality:
    """Return how firmly an anomaly is tied to its element; `crowded` are the links whose utilisation is raised."""
    if is_carried(topology, anomaly):
        return Locality.CARRIED
    load = has_role(topology, anomaly, Role.WORK, Role.LOAD)
    of_crowd = anomaly.element in crowded and not has_role(topology, anomaly, Role.STATE)
    if load or of_crowd:
        return Locality.LOCAL if topology.is_leaf(anomaly.element) else Locality.MOVABLE
    return Locality.LOCAL


def moves_traffic(topology: Topology, anomaly: Anomaly) -> bool:
    """Say whether an anomaly means that traffic took another way: a dead node or cut link on the way of others."""
    return is_death(topology, anomaly) and not topology.is_leaf(anomaly.element)


def is_death(topology: Topology, anomaly: Anomaly) -> bool:
    """Say whether an anomaly means that its element is out of service."""
    return has_role(topology, anomaly, Role.STATE)


def is_strain(topology: Topology, anomaly: Anomaly) -> bool:
    """Say whether a link is slow as one is that bears more than its share, though not enough to be called crowded."""
    return (
        topology.is_link(anomaly.element)
        and has_role(topology, anomaly, Role.DELAY)
        and not topology.is_leaf(anomaly.element)
    )
