"""The symptoms of an incident: the metrics of elements that are or were out of line, and the weight of each.

Rules

1. A symptom that has cleared weighs less, so that the open symptoms decide.
2. A local symptom shows where the cause is. A carried symptom does not: a node's latency and loss are means over paths.
3. Load is a local symptom, but an outage elsewhere can explain it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from shared.domain.catalogue import Role
from shared.domain.elements import belongs_to, spec_of
from shared.domain.events import Anomaly, Incident
from shared.domain.topology import Topology

CARRIED_WEIGHT = 0.7
CLEARED_SHARE = 0.3
"""The share of its weight that a symptom keeps when it has cleared."""


@dataclass(frozen=True)
class Symptom:
    """`ids`: the ids of all its anomalies in the incident."""

    anomaly: Anomaly
    open: bool
    carried: bool
    ids: tuple[str, ...]
    full_weight: float
    role: Role | None = None

    @property
    def key(self) -> tuple[str, str]:
        return (self.anomaly.element, self.anomaly.metric)

    @property
    def weight(self) -> float:
        return self.full_weight if self.open else self.full_weight * CLEARED_SHARE


@dataclass(frozen=True)
class IncidentContext:
    topology: Topology
    symptoms: Mapping[tuple[str, str], Symptom]
    at: float

    @classmethod
    def of(cls, incident: Incident, topology: Topology, at: float) -> IncidentContext:
        symptoms: dict[tuple[str, str], Symptom] = {}
        for member in incident.members:
            anomaly = member.anomaly
            if anomaly.element not in topology:
                continue
            spec = spec_of(topology, anomaly)
            carried = spec is not None and spec.carried
            weight = CARRIED_WEIGHT if carried or spec is None else spec.weight
            before = symptoms.get((anomaly.element, anomaly.metric))
            ids = (*before.ids, anomaly.id) if before else (anomaly.id,)
            shown = before.anomaly if before and before.open and not member.open else anomaly
            is_open = member.open or (before is not None and before.open)
            symptoms[anomaly.element, anomaly.metric] = Symptom(
                shown, is_open, carried, ids, weight, spec.role if spec else None
            )
        return cls(topology, symptoms, at)

    def symptom(self, element: str, metric: str) -> Symptom | None:
        return self.symptoms.get((element, metric))

    def having(self, elements: tuple[str, ...], metric: str) -> list[Symptom]:
        return [symptom for element in elements if (symptom := self.symptom(element, metric))]

    def with_metric(self, metric: str) -> tuple[str, ...]:
        """Return the elements that have a symptom of this metric, sorted."""
        return self._by_metric.get(metric, ())

    def at_element(self, element: str) -> list[Symptom]:
        return self._by_element.get(element, [])

    def belonging_to(self, element: str) -> tuple[str, ...]:
        """Return the elements of other kinds that have symptoms and cannot work while `element` does not."""
        return tuple(other for other in self._others if belongs_to(self.topology, element, other))

    def links_of(self, node: str) -> tuple[str, ...]:
        return self.topology.links_of.get(node, ())

    @cached_property
    def elements(self) -> tuple[str, ...]:
        return tuple(sorted({element for element, _ in self.symptoms}))

    @cached_property
    def metrics(self) -> frozenset[str]:
        return frozenset(metric for _, metric in self.symptoms)

    @cached_property
    def local(self) -> tuple[Symptom, ...]:
        return tuple(symptom for symptom in self.symptoms.values() if not symptom.carried)

    @cached_property
    def carried(self) -> tuple[Symptom, ...]:
        return tuple(symptom for symptom in self.symptoms.values() if symptom.carried)

    @cached_property
    def load(self) -> tuple[Symptom, ...]:
        """The symptoms that rerouted load may cause: load itself, and the delay and loss that load causes."""
        return tuple(symptom for symptom in self.local if self._is_load(symptom))

    def _is_load(self, symptom: Symptom) -> bool:
        element = symptom.anomaly.element
        if self.topology.is_leaf(element):
            return False
        if symptom.role in (Role.WORK, Role.LOAD, Role.DELAY):  # delay grows before an anomaly of utilisation is raised
            return True
        return symptom.role is Role.LOSS and any(other.role is Role.LOAD for other in self.at_element(element))

    @cached_property
    def _others(self) -> tuple[str, ...]:
        """The elements with symptoms that are neither nodes nor links."""
        topology = self.topology
        return tuple(e for e in self.elements if e not in topology.node_by_id and not topology.is_link(e))

    @cached_property
    def _by_metric(self) -> dict[str, tuple[str, ...]]:
        metrics = {metric for _, metric in self.symptoms}
        return {
            metric: tuple(sorted(element for element, name in self.symptoms if name == metric)) for metric in metrics
        }

    @cached_property
    def _by_element(self) -> dict[str, list[Symptom]]:
        found: dict[str, list[Symptom]] = {}
        for symptom in self.symptoms.values():
            found.setdefault(symptom.anomaly.element, []).append(symptom)
        return found
