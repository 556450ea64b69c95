"""How every node is: down, degraded or healthy.

Rules: down = the detector says that it is unreachable, or it did not answer on two ticks in a row. Degraded = an
anomaly of the node itself is open; an anomaly of one of its links is the link's, and does not degrade its ends. A
missing sample says nothing.
"""

from __future__ import annotations

from collections import OrderedDict

from shared.events import Anomaly, AnomalyCleared
from shared.kinds import NodeMetric, NodeStatus
from shared.telemetry import Tick
from shared.topology import Topology

SILENT_TICKS = 2
MAX_CLEARED = 4_000
"""Cleared anomalies that are remembered, so that one whose raising is told late stays cleared."""


class Health:
    """The open anomalies of all elements, and which nodes answer."""

    def __init__(self, topology: Topology) -> None:
        self._nodes = [node.id for node in topology.nodes]
        self._known = frozenset(self._nodes)
        self._open: dict[str, Anomaly] = {}
        self._cleared: OrderedDict[str, None] = OrderedDict()
        self._silent: dict[str, int] = {}
        self._last_tick: dict[int, int] = {}

    def observe(self, tick: Tick) -> bool:
        """Take one partition's tick in; return whether a node may have changed its status."""
        last = self._last_tick.get(tick.partition, -1)
        if tick.tick == last:
            return False
        # A tick from before the last belongs to a network that began anew; it counts.
        self._last_tick[tick.partition] = tick.tick
        if not self._silent and 0 not in tick.reachable:
            return False
        return self._count(tick)

    def _count(self, tick: Tick) -> bool:
        changed = False
        for node, reachable in zip(tick.nodes, tick.reachable, strict=True):
            if reachable is None or node not in self._known:
                continue
            before = self._silent.get(node, 0)
            if reachable == 0:
                self._silent[node] = before + 1
                changed = changed or before + 1 == SILENT_TICKS
            elif before:
                del self._silent[node]
                changed = True
        return changed

    def break_off(self) -> None:
        """Telemetry was lost: who was down stays so, and a row of ticks that had only begun begins anew."""
        self._silent = {node: ticks for node, ticks in self._silent.items() if ticks >= SILENT_TICKS}

    def raised(self, anomaly: Anomaly) -> None:
        """Take note of an open anomaly."""
        if anomaly.id not in self._cleared:
            self._open[anomaly.id] = anomaly

    def cleared(self, event: AnomalyCleared) -> None:
        """Take note that an anomaly is over."""
        self._open.pop(event.anomaly_id, None)
        self._cleared[event.anomaly_id] = None
        if len(self._cleared) > MAX_CLEARED:
            self._cleared.popitem(last=False)

    def open_anomalies(self) -> list[Anomaly]:
        """Return the anomalies that are open."""
        return list(self._open.values())

    def statuses(self) -> dict[str, NodeStatus]:
        """Return the status of every node, in the topology's order."""
        statuses = dict.fromkeys(self._nodes, NodeStatus.HEALTHY)
        for anomaly in self._open.values():
            if anomaly.element in statuses and statuses[anomaly.element] is not NodeStatus.DOWN:
                unreachable = anomaly.metric == NodeMetric.REACHABLE
                statuses[anomaly.element] = NodeStatus.DOWN if unreachable else NodeStatus.DEGRADED
        for node, ticks in self._silent.items():
            if ticks >= SILENT_TICKS:
                statuses[node] = NodeStatus.DOWN
        return statuses
