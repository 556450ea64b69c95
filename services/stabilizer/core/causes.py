"""What each open incident is put down to, so that a node's status never contradicts the incident that names it.

Rules
1. The newest diagnosis counts, of it the first cause, and only while a member of the incident is open.
2. A cause that rests on carried symptoms (the latency or loss of a node, which its traffic carried there) names nobody.
3. A cause accounts for its own anomalies, and for a busy CPU where it brings load: a crowded link at its ends, a dead
   node or cut link wherever the traffic goes instead.
4. Incidents and diagnoses come on two streams, in any order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.catalogue import faults_that
from shared.domain.events import Anomaly, Cause, DiagnosisMade, Incident
from shared.domain.kinds import CARRIED_METRICS, FaultKind, NodeMetric
from shared.domain.topology import Topology

MAX_DIAGNOSES = 2_000
MOVES_LOAD = faults_that(lambda fault: fault.moves_traffic)


@dataclass(frozen=True)
class Named:
    """The elements that open incidents are put down to, and the anomalies that these account for."""

    elements: frozenset[str] = frozenset()
    explained: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _NewestDiagnosis:
    revision: int
    at: float
    cause: Cause | None


class Causes:
    """The open incidents, and the newest diagnosis of each."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._incidents: dict[str, Incident] = {}
        self._told: OrderedDict[str, _NewestDiagnosis] = OrderedDict()

    def incident(self, incident: Incident) -> None:
        """Take in how an incident stands."""
        if not incident.is_open:
            self._incidents.pop(incident.id, None)
            self._told.pop(incident.id, None)
            return
        before = self._incidents.get(incident.id)
        if before is None or before.revision <= incident.revision:
            self._incidents[incident.id] = incident

    def diagnosed(self, event: DiagnosisMade) -> None:
        """Take in what an incident is put down to."""
        before = self._told.get(event.incident_id)
        if before is not None and (before.revision, before.at) > (event.revision, event.at):
            return
        self._told[event.incident_id] = _NewestDiagnosis(event.revision, event.at, next(iter(event.causes), None))
        if len(self._told) > MAX_DIAGNOSES:
            idle = next((name for name in self._told if name not in self._incidents), next(iter(self._told)))
            del self._told[idle]

    def named(self) -> Named:
        """Return what the open incidents are put down to."""
        elements, explained = set[str](), set[str]()
        for incident in self._incidents.values():
            told = self._told.get(incident.id)
            if told is not None and told.cause is not None and self._holds(incident, told.cause):
                elements.add(told.cause.element)
                explained.update(told.cause.members, self._busy(incident, told.cause))
        return Named(frozenset(elements), frozenset(explained))

    def _busy(self, incident: Incident, cause: Cause) -> Iterator[str]:
        """Yield the anomalies of an incident that are load brought by its cause."""
        ends = self._topology.ends(cause.element)
        for anomaly in (member.anomaly for member in incident.members):
            detour = cause.kind in MOVES_LOAD and len(self._topology.links_of.get(anomaly.element, ())) > 1
            crowd = cause.kind is FaultKind.CONGESTION and anomaly.element in ends
            if anomaly.metric == NodeMetric.CPU_USAGE and (detour or crowd):
                yield anomaly.id

    def _holds(self, incident: Incident, cause: Cause) -> bool:
        """Say whether something of the incident lasts, and the cause rests on more than carried symptoms."""
        own = [member.anomaly for member in incident.members if member.anomaly.id in cause.members]
        return bool(incident.open_members) and any(is_own(self._topology, anomaly) for anomaly in own)


def is_own(topology: Topology, anomaly: Anomaly) -> bool:
    """Say whether an anomaly shows trouble at its element itself, and not what traffic carried there."""
    return topology.is_link(anomaly.element) or anomaly.metric not in CARRIED_METRICS
