"""An incident laid out for judgement: which metric of which element is out, and how much each sign weighs.

Rules: a sign that has cleared weighs less, so that what is left decides. Signs are local (they say where something is)
or carried (a node's latency and loss, which are means over paths). Load is local, but a death elsewhere can explain it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from shared.domain.events import Anomaly, Incident
from shared.domain.kinds import CARRIED_METRICS, LinkMetric, NodeMetric
from shared.domain.topology import Topology

WEIGHTS: Mapping[str, float] = {
    NodeMetric.REACHABLE: 6.0,
    LinkMetric.UP: 5.0,
    NodeMetric.MEMORY_USAGE: 5.0,
    NodeMetric.CPU_USAGE: 4.0,
    LinkMetric.PACKET_LOSS: 4.0,
    LinkMetric.LATENCY: 3.5,
    LinkMetric.UTILIZATION: 3.5,
}
"""What a local sign weighs. Node and link metrics of one name are told apart by the element."""
CARRIED_WEIGHT = 0.7
CLEARED_SHARE = 0.3
"""What is left of a sign's weight once it has cleared."""


@dataclass(frozen=True)
class Sign:
    """One metric of one element that is or was out of line; `ids` are all its anomalies in the incident."""

    anomaly: Anomaly
    open: bool
    carried: bool
    ids: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """Element and metric."""
        return (self.anomaly.element, self.anomaly.metric)

    @property
    def weight(self) -> float:
        """How much it counts."""
        full = CARRIED_WEIGHT if self.carried else WEIGHTS.get(self.anomaly.metric, CARRIED_WEIGHT)
        return full if self.open else full * CLEARED_SHARE


@dataclass(frozen=True)
class Scene:
    """The signs of one incident in one topology, at one moment."""

    topology: Topology
    signs: Mapping[tuple[str, str], Sign]
    at: float

    @classmethod
    def of(cls, incident: Incident, topology: Topology, at: float) -> Scene:
        """Lay an incident out; elements that the topology does not have are passed over."""
        signs: dict[tuple[str, str], Sign] = {}
        for member in incident.members:
            anomaly = member.anomaly
            if anomaly.element not in topology:
                continue
            carried = not topology.is_link(anomaly.element) and anomaly.metric in CARRIED_METRICS
            before = signs.get((anomaly.element, anomaly.metric))
            ids = (*before.ids, anomaly.id) if before else (anomaly.id,)
            shown = before.anomaly if before and before.open and not member.open else anomaly
            is_open = member.open or (before is not None and before.open)
            signs[anomaly.element, anomaly.metric] = Sign(shown, is_open, carried, ids)
        return cls(topology, signs, at)

    def sign(self, element: str, metric: str) -> Sign | None:
        """Return the sign of one metric of one element."""
        return self.signs.get((element, metric))

    def having(self, elements: tuple[str, ...], metric: str) -> list[Sign]:
        """Return the signs of one metric among elements."""
        return [sign for element in elements if (sign := self.sign(element, metric))]

    def at_element(self, element: str) -> list[Sign]:
        """Return an element's signs."""
        return self._by_element.get(element, [])

    def links_of(self, node: str) -> tuple[str, ...]:
        """Return a node's links."""
        return self.topology.links_of.get(node, ())

    def is_leaf(self, element: str) -> bool:
        """Say whether no detour leads through an element."""
        return any(len(self.links_of(end)) <= 1 for end in self.topology.ends(element))

    @cached_property
    def elements(self) -> tuple[str, ...]:
        """The elements with signs of their own, in order."""
        return tuple(sorted({element for element, _ in self.signs}))

    @cached_property
    def local(self) -> tuple[Sign, ...]:
        """The signs that say where something is."""
        return tuple(sign for sign in self.signs.values() if not sign.carried)

    @cached_property
    def carried(self) -> tuple[Sign, ...]:
        """The signs that traffic carries."""
        return tuple(sign for sign in self.signs.values() if sign.carried)

    @cached_property
    def load(self) -> tuple[Sign, ...]:
        """Load that may have been moved here, and what it does to a link that it crowds."""
        return tuple(sign for sign in self.local if self._is_load(sign))

    def _is_load(self, sign: Sign) -> bool:
        element, metric = sign.key
        if self.is_leaf(element):
            return False
        if metric in (NodeMetric.CPU_USAGE, LinkMetric.UTILIZATION):
            return True
        if metric == LinkMetric.LATENCY:  # a queue grows before the link counts as crowded
            return True
        return metric == LinkMetric.PACKET_LOSS and (element, LinkMetric.UTILIZATION) in self.signs

    @cached_property
    def _by_element(self) -> dict[str, list[Sign]]:
        rooms: dict[str, list[Sign]] = {}
        for sign in self.signs.values():
            rooms.setdefault(sign.anomaly.element, []).append(sign)
        return rooms
