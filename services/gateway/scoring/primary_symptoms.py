"""The primary symptoms of a fault: they decide which of several incidents is about that fault. Pure.

Rule: a primary symptom is measured at the faulty element itself, or at the links of a faulty node. The latency and loss
of a node are means over paths, so they are never primary symptoms.
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
    return any(
        is_primary_symptom(topology, member.anomaly, fault) and _in_life(member.anomaly, fault)
        for member in incident.members
    )


def of_another(topology: Topology, incident: Incident, fault: Fault, others: Iterable[Fault]) -> bool:
    return not shows(topology, incident, fault) and any(shows(topology, incident, other) for other in others)


def _in_life(anomaly: Anomaly, fault: Fault) -> bool:
    return anomaly.since >= fault.started and (fault.ended is None or anomaly.since <= fault.ended)
