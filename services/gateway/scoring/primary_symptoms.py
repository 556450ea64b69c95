"""The primary symptoms of a fault. Of several incidents, an incident with such a symptom is about the fault. Pure.

Rule: a primary symptom is measured at the faulty element itself. A node's latency and loss are means over paths and
never primary symptoms; a fault of a node's ports shows at the node's links.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.domain.catalogue import FAULTS
from shared.domain.elements import is_carried
from shared.domain.events import Anomaly, Fault, Incident
from shared.domain.topology import Topology


def is_primary_symptom(topology: Topology, anomaly: Anomaly, fault: Fault) -> bool:
    if anomaly.metric not in FAULTS[fault.kind].primary:
        return False
    if topology.is_link(anomaly.element):
        return anomaly.element == fault.target or anomaly.element in topology.links_of.get(fault.target, ())
    return anomaly.element == fault.target and not is_carried(topology, anomaly)


def shows(topology: Topology, incident: Incident, fault: Fault) -> bool:
    """Whether an incident has a member that is a primary symptom of the fault and began while the fault was live."""
    return any(
        is_primary_symptom(topology, member.anomaly, fault) and _in_life(member.anomaly, fault)
        for member in incident.members
    )


def of_another(topology: Topology, incident: Incident, fault: Fault, others: Iterable[Fault]) -> bool:
    """Whether an incident has a primary symptom of one of `others`, which were live as well, and none of `fault`."""
    return not shows(topology, incident, fault) and any(shows(topology, incident, other) for other in others)


def _in_life(anomaly: Anomaly, fault: Fault) -> bool:
    return anomaly.since >= fault.started and (fault.ended is None or anomaly.since <= fault.ended)
