"""Decides whether an anomaly belongs to an incident, and how closely: by place, by time, by what moves and carries.

Rules: time is when things began (`since`), not when word of them came. What is local joins what began about then at a
place that shares an end with it. Load joins what made traffic take another way. A carried symptom joins the nearest
incident of that moment that has something local in it; failing that, one that already knows it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from services.correlator.core.case import IncidentCase, KnownRepair
from services.correlator.core.evidence import Locality, is_death, is_strain, locality, moves_traffic
from services.correlator.core.explanations import why_back, why_carried, why_moved, why_near, why_repair
from shared.domain.catalogue import ACTIONS, Role, TakesDown, actions_that
from shared.domain.elements import has_role, spec_of
from shared.domain.events import Anomaly, Member
from shared.domain.topology import Topology

EARLY = 0.75
"""Seconds by which a symptom may show before what caused it."""
FLAP_EARLY = 1.5
"""The same for a flap, which is named at its second fall only."""
WINDOW = 2.0
"""Seconds after the last local symptom in which others are of the same moment; less than from one fault to the next."""
AFTER_APPLIED = 1.0
"""Seconds in which an applied action may still show, where it leaves nothing behind."""
MOVES_LOAD = actions_that(lambda action: action.moves_traffic)
DATED_APART = 0.25
"""Seconds by which a symptom may be dated before the action that caused it."""
UNTIL_APPLIED = 8.0
"""Seconds in which an action that was started may show before word comes that it took effect."""
LOAD_LATER = 20.0
"""Seconds after a death, while it lasts, in which load that took another way may grow past a limit."""
REACH = 4
"""Hops within which load that took another way is looked for."""
MAX_ANCHORS = 32
"""Anchors that are compared, so that a huge incident costs no more than a large one."""


@dataclass(frozen=True, order=True)
class Affinity:
    """How an anomaly belongs to an incident; the least is the closest."""

    tier: int
    hops: int
    why: str


@dataclass(frozen=True)
class IncidentMatcher:
    """Says how closely anomalies belong to incidents; `crowded` are the links whose utilisation is raised now."""

    topology: Topology
    crowded: Collection[str] = ()

    def locality(self, anomaly: Anomaly) -> Locality:
        """Return how firmly an anomaly is tied to its element."""
        return locality(self.topology, anomaly, self.crowded)

    def most_local(self, case: IncidentCase) -> Locality:
        """Return what the most local member of an incident says of the place."""
        return max(self.locality(member.anomaly) for member in case.members.values())

    def anchors(self, case: IncidentCase) -> Sequence[Member]:
        """Return the members that say where the incident is; none where all are carried symptoms."""
        strongest = self.most_local(case)
        if strongest is Locality.CARRIED:
            return ()
        found = (member for member in case.members.values() if self.locality(member.anomaly) is strongest)
        return list(islice(found, MAX_ANCHORS))

    def affinity(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        """Return how an anomaly belongs to an open incident, None where it does not."""
        if self.locality(anomaly) is Locality.CARRIED:
            return self._carried(anomaly, case)
        return self._local(anomaly, case) or self._claim(anomaly, case) or self._back(anomaly, case)

    def explains(self, case: IncidentCase, other: IncidentCase) -> bool:
        """Say whether all that an incident says of places belongs to another."""
        if self.most_local(case) is Locality.CARRIED:
            member = next(iter(case.members.values()))
            return self._same_moment(member.anomaly, other)
        local = (m.anomaly for m in case.members.values() if self.locality(m.anomaly) is not Locality.CARRIED)
        return all(self._local(anomaly, other) for anomaly in local)

    def _local(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        return self._at_place(anomaly, case) or self._of_the_repair(anomaly, case) or self._moved(anomaly, case)

    def _at_place(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        for member in case.members.values():
            if member.open and member.anomaly.element == anomaly.element and self.locality(member.anomaly):
                return Affinity(0, 0, why_near(anomaly, member.anomaly, 0))
        anchors = self.anchors(case)
        times = [member.anomaly.since for member in anchors]
        fresh = bool(times) and min(times) - WINDOW <= anomaly.since <= max(times) + WINDOW
        for member in anchors:
            other = member.anomaly
            if not self.topology.ends(anomaly.element) & self.topology.ends(other.element):
                continue
            if fresh or (member.open and self._one_death(anomaly, other)):
                return Affinity(0, 0, why_near(anomaly, other, 0))
        return None

    def _claim(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        """Return the affinity of a local symptom to carried symptoms that began with it or after it."""
        if self.anchors(case):
            return None
        first = next(iter(case.members.values())).anomaly
        if -WINDOW <= anomaly.since - first.since <= self._early(anomaly):
            return Affinity(4, 0, why_near(anomaly, first, self._hops(anomaly, first)))
        return None

    def _one_death(self, anomaly: Anomaly, other: Anomaly) -> bool:
        """Say whether two anomalies that touch are of a dead node and its links, at whatever time."""
        if self._dead_node(other):
            return True
        return self._dead_node(anomaly) and is_death(self.topology, other)

    def _dead_node(self, anomaly: Anomaly) -> bool:
        return is_death(self.topology, anomaly) and not self.topology.is_link(anomaly.element)

    def _moved(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        if self.locality(anomaly) is not Locality.MOVABLE and not is_strain(self.topology, anomaly):
            return None
        fresh = self._same_moment(anomaly, case)
        for member in case.members.values():
            death = member.anomaly
            lasting = member.open and 0 <= anomaly.since - death.since <= LOAD_LATER
            if (fresh or lasting) and moves_traffic(self.topology, death):
                hops = self._distance(anomaly.element, death.element)
                if hops <= REACH:
                    return Affinity(1, hops, why_moved(anomaly, death))
        return None

    def _of_the_repair(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        """Return the affinity of what our own action costs: at its target, or load and symptoms about it."""
        repair = case.repair
        if repair is None or not _shows(repair, anomaly.since):
            return None
        tied, hops = self.locality(anomaly), self._distance(anomaly.element, repair.target)
        moved = tied is Locality.MOVABLE and repair.kind in MOVES_LOAD and hops <= REACH
        falls = ACTIONS[repair.kind].takes_down is TakesDown.NODE and is_death(self.topology, anomaly) and hops == 0
        if anomaly.element == repair.target or tied is Locality.CARRIED or moved or falls:
            return Affinity(0, hops, why_repair(repair.target, hops))
        return None

    def _back(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        known = (member.anomaly for member in case.members.values())
        if any(a.element == anomaly.element and a.metric == anomaly.metric for a in known):
            return Affinity(3, 0, why_back())
        return None

    def _carried(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        hops, member = self._nearest(anomaly, case)
        if member is None:
            fresh = self._same_moment(anomaly, case)
            first = next(iter(case.members.values())).anomaly
            return Affinity(5, 0, why_near(anomaly, first, self._hops(anomaly, first))) if fresh else None
        if self._same_moment(anomaly, case):
            return Affinity(0, hops, why_carried(member.anomaly, hops))
        if self._of_the_repair(anomaly, case) or (member.open and self._on_the_way(anomaly, member.anomaly)):
            return Affinity(1, hops, why_carried(member.anomaly, hops))
        if back := self._back(anomaly, case):
            return back
        lasting = member.open and not self._carries_nothing(member.anomaly) and anomaly.since >= case.onset
        return Affinity(4, hops, why_carried(member.anomaly, hops)) if lasting else None

    def _carries_nothing(self, anomaly: Anomaly) -> bool:
        """Say whether what is wrong there slows no traffic down before it is full."""
        return has_role(self.topology, anomaly, Role.MEMORY)

    def _on_the_way(self, anomaly: Anomaly, other: Anomaly) -> bool:
        """Say whether a node touches an anchor or is cut off by it, so that its traffic must suffer."""
        if anomaly.element in self.topology.ends(other.element):
            return True
        dead = other.element in self.topology and is_death(self.topology, other)
        return dead and anomaly.element in self.topology.cut_off_by(other.element)

    def _nearest(self, anomaly: Anomaly, case: IncidentCase) -> tuple[int, Member | None]:
        anchors = self.anchors(case)
        if not anchors:
            return 0, None
        near = min(anchors, key=lambda member: self._hops(anomaly, member.anomaly))
        return self._hops(anomaly, near.anomaly), near

    def _hops(self, anomaly: Anomaly, other: Anomaly) -> int:
        return self._distance(anomaly.element, other.element)

    def _distance(self, one: str, other: str) -> int:
        """Return the hops between two elements; one that has left the topology is far from all."""
        known = one in self.topology and other in self.topology
        return self.topology.distance(one, other) if known else len(self.topology.nodes)

    def _same_moment(self, anomaly: Anomaly, case: IncidentCase) -> bool:
        """Say whether a symptom began when the incident did, or shortly after its last local symptom."""
        anomalies = [member.anomaly for member in self.anchors(case)] or [m.anomaly for m in case.members.values()]
        first = min(one.since - self._early(one) for one in anomalies)
        return first <= anomaly.since <= max(one.since for one in anomalies) + WINDOW

    def _early(self, anomaly: Anomaly) -> float:
        """Return by how many seconds carried symptoms may show before an anomaly."""
        spec = spec_of(self.topology, anomaly)
        return FLAP_EARLY if spec and spec.state and spec.state.flaps else EARLY


def _shows(repair: KnownRepair, at: float) -> bool:
    """Say whether what began then may be what an action costs."""
    until = repair.started + UNTIL_APPLIED
    if repair.applied is not None:
        lingers = ACTIONS[repair.kind].lingers
        until = repair.applied + (AFTER_APPLIED if lingers is None else lingers)
    return repair.started - DATED_APART <= at <= until
