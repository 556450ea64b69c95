"""One incident in the correlator: its members, its life cycle, and the record that is stored and published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.correlator.core.explanations import BY_HAND, pattern_of
from shared.domain.catalogue import ACTIONS, NEEDS_PERSON, UNRESOLVED, TakesDown
from shared.domain.events import (
    MAX_MEMBERS,
    AnomalyCleared,
    Incident,
    IncidentEscalated,
    IncidentEvent,
    IncidentOpened,
    IncidentResolved,
    IncidentUpdated,
    Member,
)
from shared.domain.kinds import ActionKind, IncidentState, Resolution, Severity
from shared.domain.topology import Topology

MAX_COMMENTS = 100
DATED_APART = 0.25
"""Seconds by which the onset of a symptom may be before the action, or of load before the outage, that caused it. For
load at least the time in which it was found: the samples are as far apart."""
AFTER_APPLIED, UNTIL_APPLIED = 1.0, 8.0
"""Seconds for which an action may cause outages: after it was applied, and after its start if it is not reported as
applied."""


@dataclass(frozen=True)
class KnownRepair:
    """The latest action for an incident. The outages that it causes belong to the incident."""

    kind: ActionKind
    target: str
    started: float
    applied: float | None = None

    def takes_down_at(self, at: float) -> bool:
        """Return whether its target, or a port of it, may be down because of it."""
        until = self.started + UNTIL_APPLIED if self.applied is None else self.applied + AFTER_APPLIED
        takes_down = ACTIONS[self.kind].takes_down > TakesDown.NOTHING
        return takes_down and self.started - DATED_APART <= at <= until


@dataclass
class IncidentCase:
    topology: Topology
    id: str
    opened: float
    members: dict[str, Member] = field(default_factory=dict)
    revision: int = 0
    updated: float = 0.0
    left_out: int = 0
    state: IncidentState = IncidentState.OPEN
    resolved: float | None = None
    resolution: Resolution | None = None
    merged_into: str | None = None
    escalation: str | None = None
    escalated_in: int | None = None
    acknowledged_by: str | None = None
    repaired_by: str | None = None
    acted_by: str | None = None
    comments: tuple[str, ...] = ()
    repair: KnownRepair | None = None
    continues: str | None = None
    last: IncidentEvent | None = None

    @classmethod
    def of(cls, incident: Incident, topology: Topology) -> IncidentCase:
        return cls(
            topology=topology,
            members={member.anomaly.id: member for member in incident.members},
            last=_event_of(incident),
            **{name: getattr(incident, name) for name in _COMMON_FIELDS},
        )

    @property
    def is_open(self) -> bool:
        """An escalated incident is open."""
        return self.state in UNRESOLVED

    @property
    def onset(self) -> float:
        return min(member.anomaly.since for member in self.members.values())

    @property
    def clear_since(self) -> float | None:
        """The time at which the last open member was cleared; None while a member is open."""
        cleared = [member.cleared for member in self.members.values()]
        known = [time for time in cleared if time is not None]
        return max(known) if known and len(known) == len(cleared) else None

    @property
    def has_manual_members(self) -> bool:
        return any(member.why == BY_HAND for member in self.members.values())

    def has_room_for(self, count: int = 1) -> bool:
        return len(self.members) + count <= MAX_MEMBERS

    def add(self, member: Member) -> None:
        if self.has_room_for():
            self.members[member.anomaly.id] = member
        else:
            self.left_out += 1

    def clear(self, event: AnomalyCleared) -> bool:
        member = self.members[event.anomaly_id]
        if not member.open:
            return False
        self.members[event.anomaly_id] = member.model_copy(update={"cleared": event.at})
        return True

    def opens(self, now: float) -> IncidentEvent:
        return self._revise(IncidentOpened, now)

    def update(self, now: float) -> IncidentEvent:
        return self._revise(IncidentUpdated if self.is_open else IncidentResolved, now)

    def escalate(self, reason: str, now: float) -> IncidentEvent:
        self.escalation, self.state = reason, IncidentState.ESCALATED
        self.escalated_in = self.revision + 1
        return self._revise(IncidentEscalated, now)

    def resolve(self, now: float) -> IncidentEvent:
        self.state, self.resolved, self.resolution = IncidentState.RESOLVED, now, self._resolution()
        return self._revise(IncidentResolved, now)

    def merge_into(self, other: str, now: float) -> IncidentEvent:
        self.state, self.resolved, self.resolution = IncidentState.RESOLVED, now, Resolution.MERGED
        self.merged_into = other
        return self._revise(IncidentResolved, now)

    def repaired(self, action_id: str, now: float) -> IncidentEvent:
        self.repaired_by = action_id
        if self.resolution is Resolution.SELF_CLEARED:
            self.resolution = self._resolution()
        return self.update(now)

    def repeat(self) -> IncidentEvent:
        assert self.last is not None, "the first event of a case is published before any request about it"
        return self.last

    def repeat_escalation(self) -> IncidentEvent:
        """The first event may not have reached the stream."""
        return IncidentEscalated(incident=self.record)

    @property
    def record(self) -> Incident:
        return self.repeat().incident

    def _resolution(self) -> Resolution:
        if self.escalation is not None or self.acted_by is not None:
            return Resolution.MANUAL_INTERVENTION
        return Resolution.SELF_CLEARED if self.repaired_by is None else Resolution.AUTO_RESOLVED

    def _revise(self, kind: type[IncidentEvent], now: float) -> IncidentEvent:
        self.revision, self.updated = self.revision + 1, now
        members = tuple(self.members.values())
        incident = Incident(
            severity=_worst(members),
            pattern=pattern_of(self.topology, members),
            onset=self.onset,
            members=members,
            **{name: getattr(self, name) for name in _COMMON_FIELDS},
        )
        self.last = kind(incident=incident)
        return self.last


_COMMON_FIELDS = (
    "id",
    "opened",
    "revision",
    "updated",
    "left_out",
    "state",
    "resolved",
    "resolution",
    "merged_into",
    "escalation",
    "escalated_in",
    "acknowledged_by",
    "repaired_by",
    "acted_by",
    "comments",
)
"""The fields that an incident's record and its case have in common."""


def _worst(members: Sequence[Member]) -> Severity:
    critical = any(member.anomaly.severity is Severity.CRITICAL for member in members)
    return Severity.CRITICAL if critical else Severity.WARNING


def _event_of(incident: Incident) -> IncidentEvent:
    if not incident.is_open:
        return IncidentResolved(incident=incident)
    if incident.state in NEEDS_PERSON and incident.escalated_in == incident.revision:
        return IncidentEscalated(incident=incident)
    return IncidentOpened(incident=incident) if incident.revision == 1 else IncidentUpdated(incident=incident)
