"""Affinity: whether an anomaly belongs to an incident, and how closely.

Rules

1. All times are onsets (`since`), not the times at which anomalies were raised.
2. A local symptom joins an incident if an anchor began about the same time and shares an end with its element. At one
   element, an earlier symptom that is still open suffices, unless it is much older: a node that fails today is no part
   of an incident about its memory of last week. What open evidence explains joins it whenever it begins.
3. Load joins an incident with an outage, if the outage moved traffic to the path of the load.
4. A carried symptom joins the nearest incident that began about the same time and has a local symptom. Without such an
   incident, it joins an incident that already has the same metric of the same element.
5. Memory slows down no traffic: its symptom joins only symptoms of its own node.

The anchors of an incident are its most local members; they show where the incident is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from services.correlator.core.case import DATED_APART, IncidentCase
from services.correlator.core.evidence import Locality, is_outage, is_slow_transit_link, locality, moves_traffic
from services.correlator.core.explanations import why_back, why_carried, why_moved, why_near, why_repair
from services.correlator.core.shared_causes import SharedCauses, can_carry
from shared.domain.catalogue import Role
from shared.domain.elements import has_role, spec_of
from shared.domain.events import Anomaly, Member
from shared.domain.topology import Topology

EARLY = 0.75
"""Seconds by which the onset of a symptom may be before the onset of its cause."""
FLAP_EARLY = 1.5
"""Seconds by which the onset of a symptom may be before the onset of a cause that can flap. A flap is detected when the
link goes down for the second time."""
EVIDENCE_EARLY = 30.0
"""The same before evidence: the state of a device is read again after its symptoms, or on a slow beat."""
WINDOW = 2.0
"""Symptoms that begin at most so many seconds after the last local symptom count as simultaneous with it."""
SAME_ONSET = 0.5
"""Seconds: of several causes that began about the same time, the one whose onset is nearer by so much is preferred."""
OUTAGE_APART = 2
"""So many times SAME_ONSET is an outage further from a carried symptom: most traffic is rerouted before it is late."""
SAME_ELEMENT = 60.0
"""Seconds after an open symptom of an element in which its next symptom joins it."""
LOAD_LATER = 20.0
"""Seconds after the onset of a lasting outage in which rerouted load may begin to be out of line."""
LOAD_RETURNS = 1.0
"""The least seconds after an outage in which the load that it moved may still be elsewhere; twice the time in which an
anomaly was found, if that is longer."""
REACH = 4
"""The largest distance, in hops, between an outage and the load that it reroutes."""
MAX_ANCHORS = 32
"""The largest number of anchors that are compared with an anomaly, which limits the cost of large incidents."""


@dataclass(frozen=True, order=True)
class Affinity:
    """How closely an anomaly belongs to an incident: the smaller the `tier`, then `apart`, then the `hops`, the more
    closely. `apart`: how many times SAME_ONSET lie between the onsets.
    """

    tier: int
    apart: int
    hops: int
    why: str = field(compare=False)


@dataclass(frozen=True)
class IncidentMatcher:
    """`cases`: the open incidents. `new`: anomalies that are not in any of them yet."""

    topology: Topology
    cases: Sequence[IncidentCase] = ()
    new: tuple[Anomaly, ...] = ()

    @cached_property
    def _open(self) -> list[Anomaly]:
        members = (member for case in self.cases for member in case.members.values())
        return [*self.new, *(member.anomaly for member in members if member.open)]

    @cached_property
    def _causes(self) -> SharedCauses:
        return SharedCauses(self.topology, {(anomaly.element, anomaly.metric) for anomaly in self._open})

    @cached_property
    def _congested(self) -> Collection[str]:
        """The links whose utilisation is raised now."""
        return {anomaly.element for anomaly in self._open if has_role(self.topology, anomaly, Role.LOAD)}

    def locality(self, anomaly: Anomaly) -> Locality:
        return locality(self.topology, anomaly, self._congested)

    def most_local(self, case: IncidentCase) -> Locality:
        return max(self.locality(member.anomaly) for member in case.members.values())

    def anchors(self, case: IncidentCase) -> Sequence[Member]:
        """Return the members that show where an incident is; none if all its members are carried symptoms."""
        strongest = self.most_local(case)
        if strongest is Locality.CARRIED:
            return ()
        found = (member for member in case.members.values() if self.locality(member.anomaly) is strongest)
        return list(islice(found, MAX_ANCHORS))

    def affinity(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        """None if the anomaly does not belong to the incident."""
        if self.locality(anomaly) is Locality.CARRIED:
            return self._carried(anomaly, case, self.anchors(case))
        return self._local(anomaly, case) or self._with_carried(anomaly, case) or self._recurring(anomaly, case)

    def better_in(
        self, anomaly: Anomaly, here: Sequence[Member], other: IncidentCase, there: Sequence[Member]
    ) -> Affinity | None:
        """Return the affinity of a carried symptom of the incident `other` to an incident with the anchors `here`, if
        it belongs there more closely; else None. `there`: the anchors of `other`.
        """
        if self.locality(anomaly) is not Locality.CARRIED:
            return None
        new = self._carried_by_a_new_one(anomaly, here)
        old = self._carried(anomaly, other, there)
        return new if new is not None and (old is None or new < old) else None

    def explains(self, case: IncidentCase, other: IncidentCase) -> bool:
        """Return whether all local symptoms of the incident `case` belong to the incident `other`.

        If `case` has only carried symptoms, it belongs to `other` if both began together.
        """
        if self.most_local(case) is Locality.CARRIED:
            member = next(iter(case.members.values()))
            return self._simultaneous(member.anomaly, other)
        local = (m.anomaly for m in case.members.values() if self.locality(m.anomaly) is not Locality.CARRIED)
        return all(self._local(anomaly, other) for anomaly in local)

    def _local(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        return self.at_place(anomaly, case) or self._of_the_repair(anomaly, case) or self._moved(anomaly, case)

    def at_place(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        for member in case.members.values():
            other = member.anomaly
            same = member.open and other.element == anomaly.element and abs(anomaly.since - other.since) <= SAME_ELEMENT
            if same and self.locality(other):
                return Affinity(0, 0, 0, why_near(anomaly, other, 0))
        for member in self.anchors(case):
            other = member.anomaly
            if not self.topology.ends(anomaly.element) & self.topology.ends(other.element):
                continue
            together = anomaly.element == other.element or self._causes.one_fault_shows(anomaly, other)
            fresh = together and abs(anomaly.since - other.since) <= WINDOW
            lasts = member.open and (self._same_outage(anomaly, other) or (together and self._evident(anomaly, other)))
            if fresh or lasts:
                return Affinity(0, 0, 0, why_near(anomaly, other, 0))
        return None

    def _with_carried(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        if self.anchors(case):
            return None
        first = next(iter(case.members.values())).anomaly
        if -WINDOW <= anomaly.since - first.since <= self._early(anomaly):
            return Affinity(4, 0, 0, why_near(anomaly, first, self._hops(anomaly, first)))
        return None

    def _same_outage(self, anomaly: Anomaly, other: Anomaly) -> bool:
        """Return whether two anomalies that share an end belong to one node that is down, whatever their times."""
        if self._is_node_outage(other):
            return True
        return self._is_node_outage(anomaly) and is_outage(self.topology, other)

    def _evident(self, anomaly: Anomaly, other: Anomaly) -> bool:
        """Return whether one of two anomalies is evidence: what it explains may show later, as timers run out."""
        return any(has_role(self.topology, one, Role.EVIDENCE) for one in (anomaly, other))

    def _is_node_outage(self, anomaly: Anomaly) -> bool:
        return is_outage(self.topology, anomaly) and anomaly.element in self.topology.node_by_id

    def _moved(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        if not self._may_be_moved(anomaly):
            return None
        dated_apart = max(DATED_APART, anomaly.at - anomaly.since)
        for member in case.members.values():
            outage = member.anomaly
            later = anomaly.since - outage.since
            if not -dated_apart <= later <= (LOAD_LATER if member.open else WINDOW):
                continue
            if moves_traffic(self.topology, outage):
                hops = self._distance(anomaly.element, outage.element)
                if hops <= REACH:
                    return Affinity(1, 0, hops, why_moved(anomaly, outage))
        return None

    def _may_be_moved(self, anomaly: Anomaly) -> bool:
        return self.locality(anomaly) is Locality.MOVABLE or is_slow_transit_link(self.topology, anomaly)

    def outlasts(self, case: IncidentCase) -> list[tuple[float, Member]]:
        """Return the open symptoms of load in an incident whose outages are over, each with the time from which on it
        shows a cause of its own. None if an action has begun since the end of the outages: it may be against the load.
        """
        over = self._outages_end(case)
        if over is None or case.has_manual_members or (case.repair is not None and case.repair.started > over):
            return []
        return [
            (over + max(LOAD_RETURNS, 2 * (member.anomaly.at - member.anomaly.since)), member)
            for member in case.members.values()
            if member.open and self._may_be_moved(member.anomaly)
        ]

    def _outages_end(self, case: IncidentCase) -> float | None:
        """Return when the last outage that moved traffic was over; None if one lasts or there was none."""
        outages = [member for member in case.members.values() if moves_traffic(self.topology, member.anomaly)]
        ends = [member.cleared for member in outages if member.cleared is not None]
        return max(ends) if ends and len(ends) == len(outages) else None

    def _of_the_repair(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        """Return the affinity of an outage that the action for this incident causes while it works on its target."""
        repair = case.repair
        if repair is None or not is_outage(self.topology, anomaly) or not repair.takes_down_at(anomaly.since):
            return None
        if repair.target not in {anomaly.element, *self.topology.ends(anomaly.element)}:
            return None
        return Affinity(0, 0, 0, why_repair(repair.target))

    def _recurring(self, anomaly: Anomaly, case: IncidentCase) -> Affinity | None:
        known = (member.anomaly for member in case.members.values())
        if any(a.element == anomaly.element and a.metric == anomaly.metric for a in known):
            return Affinity(3, 0, 0, why_back())
        return None

    def _carried(self, anomaly: Anomaly, case: IncidentCase, anchors: Sequence[Member]) -> Affinity | None:
        hops, member = self._nearest(anomaly, anchors)
        if member is None:
            fresh = self._simultaneous(anomaly, case)
            first = next(iter(case.members.values())).anomaly
            return Affinity(5, 0, 0, why_near(anomaly, first, self._hops(anomaly, first))) if fresh else None
        if simultaneous := self._carried_by_a_new_one(anomaly, anchors):
            return simultaneous
        if member.open and self._depends_on(anomaly, member.anomaly):
            return Affinity(1, 0, hops, why_carried(member.anomaly, hops))
        if recurring := self._recurring(anomaly, case):
            return recurring
        lasting = member.open and not self._carries_nothing(member.anomaly) and anomaly.since >= case.onset
        return Affinity(4, 0, hops, why_carried(member.anomaly, hops)) if lasting else None

    def _carried_by_a_new_one(self, anomaly: Anomaly, anchors: Sequence[Member]) -> Affinity | None:
        """Return the affinity to the anchor that began about the same time: at best one whose fault can be carried."""
        fresh = [m.anomaly for m in anchors if self._began_together(anomaly, m.anomaly)]
        able = [anchor for anchor in fresh if can_carry(self.topology, anchor, anomaly)]
        ranked = [
            (
                int(abs(anomaly.since - anchor.since) / SAME_ONSET) + OUTAGE_APART * is_outage(self.topology, anchor),
                self._hops(anomaly, anchor),
                anchor,
            )
            for anchor in able or fresh
        ]
        if not ranked:
            return None
        apart, hops, anchor = min(ranked, key=lambda found: found[:2])
        return Affinity(0 if able else 2, apart, hops, why_carried(anchor, hops))

    def _carries_nothing(self, anomaly: Anomaly) -> bool:
        """Return whether an anomaly slows down no traffic. High memory usage slows down no traffic."""
        return has_role(self.topology, anomaly, Role.MEMORY)

    def _depends_on(self, anomaly: Anomaly, other: Anomaly) -> bool:
        """Return whether the node of `anomaly` is an end of the element of `other`, or is cut off by
        an outage of that element. Then all traffic of the node is affected.
        """
        if anomaly.element in self.topology.ends(other.element):
            return True
        outage = other.element in self.topology and is_outage(self.topology, other)
        return outage and anomaly.element in self.topology.cut_off_by(other.element)

    def _nearest(self, anomaly: Anomaly, anchors: Sequence[Member]) -> tuple[int, Member | None]:
        if not anchors:
            return 0, None
        near = min(anchors, key=lambda member: self._hops(anomaly, member.anomaly))
        return self._hops(anomaly, near.anomaly), near

    def _hops(self, anomaly: Anomaly, other: Anomaly) -> int:
        return self._distance(anomaly.element, other.element)

    def _distance(self, one: str, other: str) -> int:
        known = one in self.topology and other in self.topology
        return self.topology.distance(one, other) if known else len(self.topology.nodes)

    def _simultaneous(self, anomaly: Anomaly, case: IncidentCase) -> bool:
        anomalies = [member.anomaly for member in self.anchors(case)] or [m.anomaly for m in case.members.values()]
        return any(self._began_together(anomaly, one) for one in anomalies)

    def _began_together(self, anomaly: Anomaly, cause: Anomaly) -> bool:
        return cause.since - self._early(cause) <= anomaly.since <= cause.since + WINDOW

    def _early(self, anomaly: Anomaly) -> float:
        """Return by how many seconds the onset of a carried symptom may be before the onset of `anomaly`."""
        spec = spec_of(self.topology, anomaly)
        if spec and spec.role is Role.EVIDENCE:
            return EVIDENCE_EARLY
        return FLAP_EARLY if spec and spec.state and spec.state.flaps else EARLY
