"""The status of each node: down, degraded, affected or healthy.

Rules

1. Down: the detector reports that the node is unreachable, or the node did not answer in two samples in a row.
2. Degraded: the node itself is faulty. Either an open incident names the node as the cause. Or no incident names
   another cause, and the CPU or memory of the node has an open anomaly, or nearly all of its ports are slow or lossy.
3. Affected: the node shows only effects of a fault elsewhere. Its anomalies are latency or loss, which are means over
   the paths of its traffic, or an incident names another cause for them.
4. An anomaly of one link belongs to the link, and degrades neither end of the link.
5. A missing sample proves nothing.
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
PORTS_AT_LEAST = 2
SOUND_PORTS_AT_MOST = 1
"""A node counts as the cause of its links' anomalies if at least so many links are out of line, and at most so many
are not. For a node with one link it is undecidable which of the two is faulty.
"""
MAX_CLEARED = 4_000
"""How many cleared anomalies are remembered. Their raising may arrive after their clearing, and then counts no more."""


class Health:
    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._nodes = [node.id for node in topology.nodes]
        self._known = frozenset(self._nodes)
        self._open: dict[str, Anomaly] = {}
        self._cleared: OrderedDict[str, None] = OrderedDict()
        self._silent: dict[str, float] = {}
        self._down: set[str] = set()
        self._last_tick: dict[int, int] = {}

    def observe(self, tick: Tick) -> bool:
        """Return whether the status of a node may have changed."""
        last = self._last_tick.get(tick.partition, -1)
        if tick.tick == last:
            return False
        # A tick with a lower number than the last tick counts: it comes from a restarted network.
        self._last_tick[tick.partition] = tick.tick
        nodes = tick.of(ElementKind.NODE)
        answers = nodes.column(ANSWERS)
        if not self._silent and 0 not in answers:
            return False
        return self._note(nodes.ids, answers, tick.instant)

    def _note(self, nodes: Sequence[str], answers: Column, at: float) -> bool:
        changed = False
        for node, reachable in zip(nodes, answers, strict=True):
            if reachable is None or node not in self._known:
                continue
            since = self._silent.get(node)
            if reachable != 0:
                changed = changed or since is not None
                self._silent.pop(node, None)
                self._down.discard(node)
            elif since is None or at < since:  # time may be set back
                self._silent[node] = at
            elif node not in self._down:
                self._down.add(node)
                changed = True
        return changed

    def break_off(self) -> None:
        """Handle lost telemetry: nodes that were down stay down. For other nodes, unanswered samples are counted from
        zero again.
        """
        self._silent = {node: since for node, since in self._silent.items() if node in self._down}

    def raised(self, anomaly: Anomaly) -> None:
        if anomaly.id not in self._cleared:
            self._open[anomaly.id] = anomaly

    def cleared(self, event: AnomalyCleared) -> None:
        self._open.pop(event.anomaly_id, None)
        self._cleared[event.anomaly_id] = None
        if len(self._cleared) > MAX_CLEARED:
            self._cleared.popitem(last=False)

    def open_anomalies(self) -> list[Anomaly]:
        return list(self._open.values())

    def statuses(self, named: Named) -> dict[str, NodeStatus]:
        """In the order of the topology. `named`: the causes of the open incidents."""
        mine = [anomaly for anomaly in self._open.values() if anomaly.element in self._known]
        own = {a.element for a in mine if is_own(self._topology, a) and a.id not in named.explained}
        own |= self._bad_ports(named.explained) | (named.elements & self._known)
        down = {anomaly.element for anomaly in mine if anomaly.metric == ANSWERS}
        down |= self._down
        found = dict.fromkeys(self._nodes, NodeStatus.HEALTHY)
        found |= dict.fromkeys((anomaly.element for anomaly in mine), NodeStatus.AFFECTED)
        found |= dict.fromkeys(own, NodeStatus.DEGRADED)
        return found | dict.fromkeys(down, NodeStatus.DOWN)

    def _bad_ports(self, explained: frozenset[str]) -> set[str]:
        links = [anomaly for anomaly in self._open.values() if self._topology.is_link(anomaly.element)]
        # A cut or congested link does not show that the port of its node is faulty.
        other = {a.element for a in links if a.metric in NOT_IN_THE_PORT}
        bad = {a.element for a in links if a.id not in explained} - other
        counts = Counter(end for link in bad for end in self._topology.ends(link))
        return {
            node
            for node, count in counts.items()
            if count >= PORTS_AT_LEAST and len(self._topology.links_of[node]) - count <= SOUND_PORTS_AT_MOST
        }
