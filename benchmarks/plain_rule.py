"""The baseline for rca: the most upstream element over a threshold is the cause."""

from __future__ import annotations

from shared.domain.events import Anomaly, Incident
from shared.domain.kinds import FaultKind, NodeType
from shared.domain.topology import Topology

NODE_KINDS = {
    "reachable": FaultKind.NODE_DOWN,
    "cpu_usage": FaultKind.HIGH_CPU,
    "memory_usage": FaultKind.HIGH_MEMORY,
    "packet_loss": FaultKind.PACKET_LOSS,
    "latency": FaultKind.HIGH_LATENCY,
}
LINK_KINDS = {
    "up": FaultKind.LINK_DOWN,
    "utilization": FaultKind.CONGESTION,
    "packet_loss": FaultKind.PACKET_LOSS,
    "latency": FaultKind.HIGH_LATENCY,
}
TIERS = {NodeType.ROUTER: 0, NodeType.SWITCH: 1, NodeType.SERVER: 2}


def plain_rule(incident: Incident, topology: Topology) -> tuple[str, FaultKind]:
    """Return the element nearest to the core that is over a threshold, and the kind that its metric is named after."""

    def upstream(anomaly: Anomaly) -> tuple[int, bool, float]:
        tiers = [TIERS[topology.node_by_id[end].type] for end in topology.ends(anomaly.element)]
        return min(tiers), topology.is_link(anomaly.element), -anomaly.score

    worst = min((member.anomaly for member in incident.members), key=upstream)
    if topology.is_link(worst.element):
        return worst.element, LINK_KINDS[worst.metric]
    return worst.element, NODE_KINDS[worst.metric]
