"""The cause of each open incident, so that the status of a node never contradicts its incident.

Rules

1. The first cause of the newest diagnosis counts, and only while a member of the incident is open.
2. A cause does not count if all of its members are carried symptoms: latency or loss of a node, which come from the
   paths of its traffic.
3. A cause explains the anomalies that are its members. It also explains high CPU load of other members of the
   incident: for a congested link, at the ends of the link; for a cause that reroutes traffic (a cut or flapping link, a
   node that is down), at every node with more than one link.
4. Incidents and diagnoses arrive on two streams, in any order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.catalogue import FAULTS, Harm, Role, faults_that
from shared.domain.elements import has_role, is_carried
from shared.domain.events import Anomaly, Cause, DiagnosisMade, Incident
from shared.domain.topology import Topology

MAX_DIAGNOSES = 2_000
MOVES_LOAD = faults_that(lambda fault: fault.moves_traffic)


@dataclass(frozen=True)
class Named:
    """The elements that open incidents name as causes, and the ids of the anomalies that these causes explain."""

    elements: frozenset[str] = frozenset()
    explained: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _NewestDiagnosis:
    revision: int
    at: float
    cause: Cause | None


class Causes:
    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._incidents: dict[str, Incident] = {}
        self._diagnoses: OrderedDict[str, _NewestDiagnosis] = OrderedDict()

    def incident(self, incident: Incident) -> None:
        if not incident.is_open:
            self._incidents.pop(incident.id, None)
            self._diagnoses.pop(incident.id, None)
            return
        before = self._incidents.get(incident.id)
        if before is None or before.revision <= incident.revision:
            self._incidents[incident.id] = incident

    def diagnosed(self, event: DiagnosisMade) -> None:
        before = self._diagnoses.get(event.incident_id)
        if before is not None and (before.revision, before.at) > (event.revision, event.at):
            return
        self._diagnoses[event.incident_id] = _NewestDiagnosis(event.revision, event.at, next(iter(event.causes), None))
        if len(self._diagnoses) > MAX_DIAGNOSES:
            idle = next((name for name in self._diagnoses if name not in self._incidents), next(iter(self._diagnoses)))
            del self._diagnoses[idle]

    def named(self) -> Named:
        elements, explained = set[str](), set[str]()
        for incident in self._incidents.values():
            diagnosis = self._diagnoses.get(incident.id)
            if diagnosis is not None and diagnosis.cause is not None and self._holds(incident, diagnosis.cause):
                elements.add(diagnosis.cause.element)
                explained.update(diagnosis.cause.members, self._busy(incident, diagnosis.cause))
        return Named(frozenset(elements), frozenset(explained))

    def _busy(self, incident: Incident, cause: Cause) -> Iterator[str]:
        ends = self._topology.ends(cause.element)
        for anomaly in (member.anomaly for member in incident.members):
            detour = cause.kind in MOVES_LOAD and len(self._topology.links_of.get(anomaly.element, ())) > 1
            crowd = FAULTS[cause.kind].harm is Harm.CROWDED and anomaly.element in ends
            if has_role(self._topology, anomaly, Role.WORK) and (detour or crowd):
                yield anomaly.id

    def _holds(self, incident: Incident, cause: Cause) -> bool:
        own = [member.anomaly for member in incident.members if member.anomaly.id in cause.members]
        return bool(incident.open_members) and any(is_own(self._topology, anomaly) for anomaly in own)


def is_own(topology: Topology, anomaly: Anomaly) -> bool:
    return not is_carried(topology, anomaly)
