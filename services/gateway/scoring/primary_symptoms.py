"""What a fault shows of itself at its own place, and so which of several incidents is about it. Pure.

Rule: a primary symptom is what the struck element says of itself. A node's latency and loss are means over paths and no
primary symptom of anything; a fault of a node's ports shows at the node's links.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.domain.catalogue import FAULTS
from shared.domain.elements import is_carried
from shared.domain.events import Anomaly, Fault, Incident
from shared.domain.topology import Topology


def is_primary_symptom(topology: Topology, anomaly: Anomaly, fault: Fault) -> bool:
    """Say whether an anomaly is what the fault shows of itself."""
    if anomaly.metric not in FAULTS[fault.kind].primary:
        return False
    if topology.is_link(anomaly.element):
        return anomaly.element == fault.target or anomaly.element in topology.links_of.get(fault.target, ())
    return anomaly.element == fault.target and not is_carried(topology, anomaly)


def shows(topology: Topology, incident: Incident, fault: Fault) -> bool:
    """Say whether a primary symptom of the fault is among the members that began in its life."""
    return any(
        is_primary_symptom(topology, member.anomaly, fault) and _in_life(member.anomaly, fault)
        for member in incident.members
    )


def of_another(topology: Topology, incident: Incident, fault: Fault, others: Iterable[Fault]) -> bool:
    """Say whether an incident is about one of `others`, who are not the fault: it shows that one, and not this."""
    return not shows(topology, incident, fault) and any(shows(topology, incident, other) for other in others)


def _in_life(anomaly: Anomaly, fault: Fault) -> bool:
    return anomaly.since >= fault.started and (fault.ended is None or anomaly.since <= fault.ended)
