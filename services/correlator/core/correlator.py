"""Groups anomalies into incidents, updates the incidents at further events, and resolves them when they are over.

Rules

1. Each anomaly is in one incident. The first anomaly opens the incident; later anomalies join it.
2. If a later anomaly shows that two incidents have one cause, one is merged into the other, unless a person put members
   into one of them. The incident with an action stays; without actions, the incident with the most local symptom.
3. If an event is repeated, no incident changes, and the same incident events are returned again.
4. If an anomaly is reported as cleared before it is reported as raised, the clearing is kept for `EARLY_FOR` seconds.
5. An incident is resolved when all members have been clear for `RESOLVE_AFTER` seconds.
6. An incident has at most `MAX_MEMBERS` members. Further anomalies that belong to it go into one new incident, since an
   anomaly outside every incident would not be repaired.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from services.correlator.core.affinity import Affinity, IncidentMatcher
from services.correlator.core.case import IncidentCase, KnownRepair
from services.correlator.core.evidence import Locality
from services.correlator.core.explanations import why_first, why_full, why_lasts, why_no_room
from services.correlator.core.manual_operations import ManualOperations
from shared.domain.catalogue import NEEDS_PERSON
from shared.domain.events import (
    BY_THE_LOOP,
    Anomaly,
    AnomalyCleared,
    AnomalyRaised,
    Event,
    Incident,
    IncidentEscalated,
    IncidentEvent,
    Member,
    RemediationApplied,
    RemediationEscalated,
    RemediationStarted,
    RemediationVerified,
)
from shared.domain.kinds import Resolution
from shared.domain.requests import Acknowledge, Comment, Merge, Move, Request, Split
from shared.domain.topology import Topology

RESOLVE_AFTER = 2.0
"""Seconds of network time for which all members must be clear."""
MERGE_WITHIN = 4.0
"""Two incidents may be merged until so many seconds after the newer incident was opened."""
MAX_OPEN = 500
KEEP_RESOLVED = 200
KEEP_EARLY = 1_000
MAX_RECONSIDERED = 100
"""Members of other incidents, the newest of each, that a new local symptom may take over."""
EARLY_FOR = 60.0
"""Seconds for which the clearing of an unknown anomaly is kept, until the event arrives that raises the anomaly."""


@dataclass(frozen=True)
class Placement:
    """`case`: None for a new incident. `continues`: the id of the incident that the anomaly belongs to, if that
    incident is full.
    """

    case: IncidentCase | None
    why: str
    continues: str | None = None


class Correlator:
    """The incidents of one network. `now` is network time in seconds."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._cases: dict[str, IncidentCase] = {}
        self._case_of: dict[str, str] = {}
        self._early: dict[str, AnomalyCleared] = {}
        self._pending: list[IncidentEvent] = []
        self._manual = ManualOperations(self._cases, self._case_of, topology)

    def absorb(self, event: Event, now: float) -> list[IncidentEvent]:
        """Raises UnknownTarget for an anomaly of an element that the network does not have."""
        match event:
            case AnomalyRaised():
                return self._raised(event.anomaly, now)
            case AnomalyCleared():
                return self._cleared(event, now)
            case RemediationStarted() | RemediationApplied() | RemediationVerified():
                return self._acted(event, now)
            case RemediationEscalated():
                return self._escalated(event, now)
        return []

    def advance(self, now: float) -> list[IncidentEvent]:
        events, self._pending = self._pending, []
        matcher = self._matcher()
        for case in self.open_cases():
            clear = case.clear_since
            if clear is not None and now - clear >= RESOLVE_AFTER:
                events.append(case.resolve(now))
            events += self._part(case, matcher, now)
        self._forget(now)
        return events

    def next_due(self) -> float | None:
        """Return the time from which on `advance` has events to return; None if it has none before the next event."""
        if self._pending:
            return 0.0
        clear = [case.clear_since for case in self.open_cases()]
        due = [time + RESOLVE_AFTER for time in clear if time is not None]
        matcher = self._matcher()
        due += [time for case in self.open_cases() for time, _ in self._outlasting(case, matcher)]
        return min(due, default=None)

    def ask(self, request: Request, now: float) -> list[IncidentEvent]:
        """Raises UnknownTarget or Refused."""
        match request:
            case Acknowledge():
                return self._manual.acknowledge(request, now)
            case Comment():
                return self._manual.comment(request, now)
            case Move():
                return self._manual.move(request, now)
            case Split():
                return self._manual.split(request, now)
            case Merge():
                return self._manual.merge(request, now)
        return []

    def incidents(self) -> list[Incident]:
        """Return the open incidents and the last resolved incidents, oldest first."""
        return [case.record for case in self._cases.values()]

    def open_cases(self) -> list[IncidentCase]:
        return [case for case in self._cases.values() if case.is_open]

    def restore(self, incidents: Iterable[Incident]) -> None:
        self._cases.clear()
        self._case_of.clear()
        for incident in sorted(incidents, key=lambda i: (i.opened, i.id)):
            self._cases[incident.id] = IncidentCase.of(incident, self._topology)
        for case in sorted(self._cases.values(), key=lambda c: (c.is_open, c.updated, len(c.members))):
            if case.resolution is not Resolution.MERGED:
                self._case_of.update(dict.fromkeys(case.members, case.id))
        self._finish_merges()
        self._finish_moves()

    def _finish_merges(self) -> None:
        """Close each incident whose members are all in another incident: the former leader was killed in a merge."""
        for case in self.open_cases():
            owners = {self._case_of[member] for member in case.members}
            if case.id not in owners:
                self._pending.append(case.merge_into(min(owners), case.updated))

    def _finish_moves(self) -> None:
        """Drop members that are in another incident: the former leader was killed before it recorded that they left."""
        for case in self.open_cases():
            moved = [name for name in case.members if self._case_of[name] != case.id]
            for member in moved:
                del case.members[member]
            if moved:
                self._pending.append(case.update(case.updated))

    def _raised(self, anomaly: Anomaly, now: float) -> list[IncidentEvent]:
        if known := self._case_of.get(anomaly.id):
            return self._repeat(self._cases[known])
        self._topology.require(anomaly.element)
        cleared = self._early.pop(anomaly.id, None)
        place = self._place(anomaly)
        case, fresh = place.case, place.case is None
        if case is None:
            case = IncidentCase(self._topology, id=anomaly.id, opened=now, continues=place.continues)
            self._cases[anomaly.id] = case
        self._case_of[anomaly.id] = case.id
        case.add(Member(anomaly=anomaly, why=place.why, cleared=cleared.at if cleared else None))
        merged = self._merge_around(case, anomaly, now)
        owner = self._cases[self._case_of[anomaly.id]]
        left = self._take_over(owner, anomaly)
        first = owner.opens(now) if fresh and owner is case else owner.update(now)
        return [first, *merged, *(other.update(now) for other in left)]

    def _place(self, anomaly: Anomaly) -> Placement:
        matcher, cases = self._matcher(anomaly), self.open_cases()
        affinities = [(affinity, -case.opened, case) for case in cases if (affinity := matcher.affinity(anomaly, case))]
        if not affinities:
            return self._within_limit(cases, Placement(None, why_first()))
        affinity, _, case = min(affinities, key=_closest)
        if case.has_room_for():
            return Placement(case, affinity.why)
        beside = next((c for c in cases if c.continues == case.id and c.has_room_for()), None)
        return self._within_limit(cases, Placement(beside, why_full(case.id), continues=case.id))

    @staticmethod
    def _within_limit(cases: Sequence[IncidentCase], wanted: Placement) -> Placement:
        if wanted.case is not None or len(cases) < MAX_OPEN:
            return wanted
        roomy = [case for case in cases if case.has_room_for()]
        # If all incidents are full, the newest incident only counts the anomaly, which limits the use of memory.
        return Placement((roomy or cases)[-1], why_no_room())

    def _matcher(self, *new: Anomaly) -> IncidentMatcher:
        return IncidentMatcher(self._topology, self.open_cases(), new)

    def _merge_around(self, case: IncidentCase, anomaly: Anomaly, now: float) -> list[IncidentEvent]:
        """Merge the incident of a new member with other open incidents, if the member shows that they have one cause.

        The incident with the most local symptom stays; if both have equally local symptoms, the older one. An incident
        with an action is never merged into another incident.
        """
        matcher, events = self._matcher(anomaly), []
        for other in self.open_cases():
            if other is case or not other.is_open or other.id not in self._cases:  # it has just been merged
                continue
            if now - max(case.opened, other.opened) > MERGE_WITHIN:
                continue
            if case.has_manual_members or other.has_manual_members:
                continue
            into, gone = sorted((case, other), key=lambda c: (c.repair is None, -matcher.most_local(c), c.opened, c.id))
            room = into.has_room_for(len(gone.members))
            if room and gone.repair is None and matcher.explains(gone, into):
                events += self._merge(gone, into, now)
                case = into
        return events

    def _take_over(self, case: IncidentCase, anomaly: Anomaly) -> list[IncidentCase]:
        """Move carried symptoms of other incidents to that of a new local symptom, if they belong to it more closely.

        They are often raised before the symptom that shows where they come from. Return the incidents that lost some.
        """
        matcher, changed = self._matcher(anomaly), list[IncidentCase]()
        if matcher.locality(anomaly) is Locality.CARRIED or case.has_manual_members:
            return changed
        here, left = matcher.anchors(case), MAX_RECONSIDERED
        for other in self.open_cases():
            if other is case or other.has_manual_members or not left or not (there := matcher.anchors(other)):
                continue
            newest = list(islice(reversed(other.members.values()), left))
            left, moved = left - len(newest), 0
            for member in newest:
                better = matcher.better_in(member.anomaly, here, other, there)
                if better is not None and case.has_room_for():
                    self._carry(member, other, case, better.why)
                    moved += 1
            changed += [other] if moved else []
        return changed

    def _part(self, case: IncidentCase, matcher: IncidentMatcher, now: float) -> list[IncidentEvent]:
        """Open an incident of its own for load that has not moved back after the outage that was to explain it.

        Load elsewhere stays, and gets another incident at the next call.
        """
        lasting = [member for time, member in self._outlasting(case, matcher) if time <= now]
        if not lasting:
            return []
        name = lasting[0].anomaly.id
        own = self._cases[name] = IncidentCase(self._topology, id=name, opened=now)
        first = case.members[name].anomaly
        for member in lasting:
            if member.anomaly.id == name or matcher.at_place(member.anomaly, own):
                self._carry(member, case, own, why_lasts())
        others = [other for other in self._take_over(own, first) if other is not case]
        return [own.opens(now), case.update(now), *(other.update(now) for other in others)]

    def _outlasting(self, case: IncidentCase, matcher: IncidentMatcher) -> list[tuple[float, Member]]:
        """Return only members whose name no incident has yet; none if there is no room for another incident."""
        if len(self.open_cases()) >= MAX_OPEN:
            return []
        return [(time, member) for time, member in matcher.outlasts(case) if member.anomaly.id not in self._cases]

    def _carry(self, member: Member, source: IncidentCase, into: IncidentCase, why: str) -> None:
        del source.members[member.anomaly.id]
        into.add(member.model_copy(update={"why": why}))
        self._case_of[member.anomaly.id] = into.id

    def _merge(self, gone: IncidentCase, into: IncidentCase, now: float) -> list[IncidentEvent]:
        self._manual.hand_over(gone, into)
        if gone.last is None:  # no event of the merged incident was ever published
            del self._cases[gone.id]
            return []
        return [gone.merge_into(into.id, now)]

    def _cleared(self, event: AnomalyCleared, now: float) -> list[IncidentEvent]:
        case = self._cases.get(self._case_of.get(event.anomaly_id, ""))
        if case is None:
            self._early[event.anomaly_id] = event
            self._forget(now)
            return []
        if event.anomaly_id not in case.members:  # the incident is full, and only counted the anomaly
            return []
        return [case.update(now)] if case.clear(event) else self._repeat(case)

    def _acted(
        self, event: RemediationStarted | RemediationApplied | RemediationVerified, now: float
    ) -> list[IncidentEvent]:
        case = self._surviving(event.action.incident_id)
        if case is None:
            return []
        action = event.action
        if isinstance(event, RemediationStarted):
            case.repair = KnownRepair(action.kind, action.target, started=event.at)
            return []
        new = action.by != BY_THE_LOOP and case.acted_by != action.by
        if action.by != BY_THE_LOOP:
            case.acted_by = action.by
        if isinstance(event, RemediationVerified):
            return [case.repaired(action.id, now)] if case.repaired_by != action.id else self._repeat(case)
        started = event.at if action.started is None else action.started
        applied = event.at if action.applied is None else action.applied
        case.repair = KnownRepair(action.kind, action.target, started, applied)
        return [case.update(now)] if new else []

    def _escalated(self, event: RemediationEscalated, now: float) -> list[IncidentEvent]:
        case = self._surviving(event.incident_id)
        if case is None or not case.is_open:
            return []
        if case.state in NEEDS_PERSON and case.escalation == event.reason:
            repeated = self._repeat(case)
            if isinstance(repeated[0], IncidentEscalated):
                return repeated
            return [case.repeat_escalation(), *repeated]
        return [case.escalate(event.reason, now)]

    def _surviving(self, incident_id: str) -> IncidentCase | None:
        case = self._cases.get(incident_id)
        for _ in range(len(self._cases)):
            if case is None or case.merged_into is None:
                return case
            case = self._cases.get(case.merged_into)
        return case

    def _repeat(self, case: IncidentCase) -> list[IncidentEvent]:
        """Return the last event again, and those of incidents that changed with it: merged, or with members moved."""
        beside = [other for other in self._cases.values() if other.updated == case.updated and other.last is not None]
        return [case.repeat(), *(other.repeat() for other in beside if other is not case)]

    def _forget(self, now: float) -> None:
        resolved = [case for case in self._cases.values() if not case.is_open]
        for case in resolved[: max(0, len(resolved) - KEEP_RESOLVED)]:
            del self._cases[case.id]
            for anomaly_id in [a for a, owner in self._case_of.items() if owner == case.id]:
                del self._case_of[anomaly_id]
        old = [i for i, event in self._early.items() if now - event.at > EARLY_FOR]
        for anomaly_id in old + list(self._early)[: max(0, len(self._early) - len(old) - KEEP_EARLY)]:
            self._early.pop(anomaly_id, None)


def _closest(found: tuple[Affinity, float, IncidentCase]) -> tuple[Affinity, float, str]:
    affinity, age, case = found
    return affinity, age, case.id
