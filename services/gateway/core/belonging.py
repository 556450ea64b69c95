"""Finds the fault that an incident belongs to, by the rules of the scorecard.

Rule: of several possible faults, a fault with a primary symptom among the members comes first, then a fault whose
target is the element of a member, then the fault that started last.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.gateway.scoring.fault_scores import belongs, surroundings
from services.gateway.scoring.primary_symptoms import shows
from shared.domain.events import Fault, Incident
from shared.domain.topology import Topology


class Belonging:
    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._zones: dict[str, frozenset[str]] = {}

    def owner(self, incident: Incident, faults: Iterable[Fault]) -> Fault | None:
        elements = {member.anomaly.element for member in incident.members}
        mine = [fault for fault in faults if belongs(self._topology, incident, fault, self._zone(fault.target))]
        return max(
            mine,
            key=lambda fault: (shows(self._topology, incident, fault), fault.target in elements, fault.started),
            default=None,
        )

    def _zone(self, target: str) -> frozenset[str]:
        if target not in self._zones:
            self._zones[target] = surroundings(self._topology, target)
        return self._zones[target]
