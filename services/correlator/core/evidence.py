"""What an anomaly says about where its cause is: here, perhaps here, or somewhere along the way.

Rules: what an element says of itself is local. Load (utilisation, and the cpu that follows it) may have been moved here
by something that died elsewhere, unless nothing can be moved here: a node with one link, and that link, carry only that
node's own traffic. A node's latency and loss are means over the paths of its traffic, so they may be anybody's.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

from shared.domain.events import Anomaly
from shared.domain.kinds import LinkMetric, NodeMetric
from shared.domain.topology import Topology


class Locality(IntEnum):
    """How firmly an anomaly is tied to its own element."""

    CARRIED = 0
    MOVABLE = 1
    LOCAL = 2


def locality(topology: Topology, anomaly: Anomaly, crowded: Collection[str]) -> Locality:
    """Return how firmly an anomaly is tied to its element; `crowded` are the links whose utilisation is raised."""
    link = topology.is_link(anomaly.element)
    if not link and anomaly.metric in (NodeMetric.LATENCY, NodeMetric.PACKET_LOSS):
        return Locality.CARRIED
    if anomaly.metric == NodeMetric.CPU_USAGE or (link and anomaly.metric == LinkMetric.UTILIZATION):
        return Locality.LOCAL if topology.is_leaf(anomaly.element) else Locality.MOVABLE
    if link and anomaly.metric != LinkMetric.UP and anomaly.element in crowded:
        return Locality.LOCAL if topology.is_leaf(anomaly.element) else Locality.MOVABLE
    return Locality.LOCAL


def moves_traffic(topology: Topology, anomaly: Anomaly) -> bool:
    """Say whether an anomaly means that traffic took another way: a dead node or cut link on the way of others."""
    if anomaly.metric not in (NodeMetric.REACHABLE, LinkMetric.UP):
        return False
    return not topology.is_leaf(anomaly.element)


def is_strain(topology: Topology, anomaly: Anomaly) -> bool:
    """Say whether a link is slow as one is that bears more than its share, though not enough to be called crowded."""
    return (
        topology.is_link(anomaly.element)
        and anomaly.metric == LinkMetric.LATENCY
        and not topology.is_leaf(anomaly.element)
    )
