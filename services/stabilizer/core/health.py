"""How every node is: down, degraded, affected or healthy.

Rules
1. Down: the detector says that it is unreachable, or it did not answer on two ticks in a row.
2. Degraded: it has trouble of its own. An open incident is put down to it; or an anomaly of its CPU or memory is open,
   or nearly all of its ports are slow or lossy, and no incident puts that down to something else.
3. Affected: it only suffers. What is out of line is its latency or loss, which are means over the paths of its traffic,
   or what an incident puts down to something else.
4. An anomaly of one link is the link's, and degrades neither end.
5. A missing sample says nothing.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence

from services.stabilizer.core.causes import Named, is_own
from shared.domain.catalogue import Role, metric_in_role
from shared.domain.events import Anomaly, AnomalyCleared
from shared.domain.kinds import ElementKind, NodeStatus
from shared.domain.telemetry import Column, Tick
from shared.domain.topology import Topology

ANSWERS = metric_in_role(ElementKind.NODE, Role.STATE)
NOT_IN_THE_PORT = frozenset(metric_in_role(ElementKind.LINK, role) for role in (Role.STATE, Role.LOAD))
SILENT_TICKS = 2
PORTS_AT_LEAST = 2
SOUND_PORTS_AT_MOST = 1
"""A node is at fault for its links when so many of them or more are out of line, and of the rest no more than so many
are not: of a node with one link nobody can tell which of the two it is."""
MAX_CLEARED = 4_000
"""Cleared anomalies that are remembered, so that one whose raising is told late stays cleared."""


class Health:
    """The open anomalies of all elements, and which nodes answer."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
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
        nodes = tick.of(ElementKind.NODE)
        answers = nodes.column(ANSWERS)
        if not self._silent and 0 not in answers:
            return False
        return self._count(nodes.ids, answers)

    def _count(self, nodes: Sequence[str], answers: Column) -> bool:
        changed = False
        for node, reachable in zip(nodes, answers, strict=True):
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

    def statuses(self, named: Named) -> dict[str, NodeStatus]:
        """Return the status of every node, in the topology's order; `named` is what open incidents are put down to."""
        mine = [anomaly for anomaly in self._open.values() if anomaly.element in self._known]
        own = {a.element for a in mine if is_own(self._topology, a) and a.id not in named.explained}
        own |= self._bad_ports(named.explained) | (named.elements & self._known)
        down = {anomaly.element for anomaly in mine if anomaly.metric == ANSWERS}
        down |= {node for node, ticks in self._silent.items() if ticks >= SILENT_TICKS}
        found = dict.fromkeys(self._nodes, NodeStatus.HEALTHY)
        found |= dict.fromkeys((anomaly.element for anomaly in mine), NodeStatus.AFFECTED)
        found |= dict.fromkeys(own, NodeStatus.DEGRADED)
        return found | dict.fromkeys(down, NodeStatus.DOWN)

    def _bad_ports(self, explained: frozenset[str]) -> set[str]:
        """Return the nodes whose ports are nearly all slow or lossy, by no cause that is known already."""
        links = [anomaly for anomaly in self._open.values() if self._topology.is_link(anomaly.element)]
        # A link that is cut or crowded is out of line by something that is not in its port.
        other = {a.element for a in links if a.metric in NOT_IN_THE_PORT}
        bad = {a.element for a in links if a.id not in explained} - other
        counts = Counter(end for link in bad for end in self._topology.ends(link))
        return {
            node
            for node, count in counts.items()
            if count >= PORTS_AT_LEAST and len(self._topology.links_of[node]) - count <= SOUND_PORTS_AT_MOST
        }
