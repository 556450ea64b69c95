"""One incident with its diagnosis, its actions and its timeline.

Rules

1. The events of an incident may arrive in any order. An older revision of the incident never replaces a newer revision.
   A repeated event adds no line to the timeline.
2. If the timeline is full, the lines about single anomalies are dropped first, so that the lines about the end of the
   incident remain. Which lines remain does not depend on the order in which the events arrived.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from services.gateway.core.bodies import TimelineEntry
from shared.domain.catalogue import FAULTS, looks_like
from shared.domain.events import (
    BY_THE_LOOP,
    Action,
    Anomaly,
    Cause,
    DiagnosisMade,
    Event,
    Incident,
    RemediationBlocked,
    RemediationEscalated,
    RemediationEvent,
    StabilityVerdict,
)
from shared.domain.kinds import ActionState, FaultKind, Resolution, ServiceName

KEPT_ENTRIES = 300
KEPT_ACTIONS = 50
UNKNOWN_LOOKS_LIKE = next(kind for kind, spec in FAULTS.items() if spec.of_ports)
"""The kind of fault that is shown before a diagnosis, if the metric of the first anomaly suggests no kind."""


class IncidentRecord:
    """`incident`: None until an `incident.*` event arrives. The methods `absorb_...` return whether the event changed
    the record.
    """

    def __init__(self, incident_id: str) -> None:
        self.id = incident_id
        self.incident: Incident | None = None
        self.diagnosis: DiagnosisMade | None = None
        self.actions: dict[str, Action] = {}
        self.reasons: dict[str, str] = {}
        self._entries: dict[str, TimelineEntry] = {}
        self._left_out = 0
        self._gap = math.inf

    @property
    def cause(self) -> Cause | None:
        """The cause that the last verified action repaired. If there is no such action: the first cause of the newest
        diagnosis, or None.
        """
        for action in reversed(self.in_order):
            if action.state is ActionState.VERIFIED and action.cause:
                return action.cause
        return self.diagnosis.causes[0] if self.diagnosis and self.diagnosis.causes else None

    @property
    def revision(self) -> int:
        """A number that grows when the incident, the revision of its diagnosis or its timeline changes.

        Gateways that received the same events have the same number.
        """
        learnt = self.incident.revision if self.incident else 0
        explained = self.diagnosis.revision if self.diagnosis else 0
        return learnt + explained + len(self._entries) + self._left_out

    @property
    def in_order(self) -> list[Action]:
        return sorted(self.actions.values(), key=lambda action: (action.attempt, action.id))

    @property
    def timeline(self) -> tuple[TimelineEntry, ...]:
        """The lines of the timeline, oldest first. If lines were dropped, one more line tells how many. It has the
        time of the oldest dropped line.
        """
        entries = list(self._entries.values())
        if self._left_out:
            entries.append(TimelineEntry(at=self._gap, what=_left_out(self._left_out), by=ServiceName.GATEWAY))
        return tuple(sorted(entries, key=lambda entry: entry.at))

    def absorb_incident(self, incident: Incident) -> bool:
        before = self.incident
        if before and before.revision >= incident.revision:
            return False
        self.incident = incident
        for number, entry in enumerate(_changes(before, incident)):
            self._note(f"{incident.id}.r{incident.revision}.{number}", entry)
        return True

    def absorb_diagnosis(self, diagnosis: DiagnosisMade) -> bool:
        before = self.diagnosis
        if before and (before.revision, before.at) >= (diagnosis.revision, diagnosis.at):
            return False
        self.diagnosis = diagnosis
        if before is None or _first_cause(before) != _first_cause(diagnosis):
            self._note(diagnosis.id, TimelineEntry(at=diagnosis.at, what=_conclusion(diagnosis), by=ServiceName.RCA))
        return True

    def absorb_step(self, event: RemediationEvent) -> bool:
        action, before = event.action, self.actions.get(event.action.id)
        step = event.subject.rpartition(".")[2]
        by = ServiceName.REMEDIATOR.value if action.by == BY_THE_LOOP else action.by
        what = f"{action.kind} on {action.target} {step}"
        reason = f"{event.rule}: {event.reason}" if isinstance(event, RemediationBlocked) else event.reason
        noted = self._note(event.id, TimelineEntry(at=event.at, what=f"{what}: {reason}" if reason else what, by=by))
        if before and before.progress >= action.progress:
            return noted
        if before is None and len(self.actions) >= KEPT_ACTIONS:
            return noted
        self.actions[action.id] = action
        self.reasons[action.id] = reason
        return True

    def absorb_outcome(self, event: RemediationEscalated | StabilityVerdict) -> bool:
        if isinstance(event, StabilityVerdict):
            entry = TimelineEntry(at=event.at, what=f"{event.verdict}: {event.reason}", by=ServiceName.STABILIZER)
        else:
            entry = TimelineEntry(at=event.at, what=f"needs a person: {event.reason}", by=ServiceName.REMEDIATOR)
        return self._note(event.id, entry)

    def _note(self, key: str, entry: TimelineEntry) -> bool:
        if key in self._entries:
            return False
        self._entries[key] = entry
        if self._left_out or len(self._entries) > KEPT_ENTRIES:
            self._make_room()
        return True

    def _make_room(self) -> None:
        """Drop the least useful lines of the timeline, so that a line fits that tells how many lines were dropped.

        The id of a dropped line is not stored. If the event of a step of an action is repeated after its line was
        dropped, the line counts as dropped twice. A line about an anomaly is never added twice.
        """
        while len(self._entries) >= KEPT_ENTRIES:
            least = min(self._entries, key=lambda key: (_usefulness(self._entries[key]), key))
            self._gap = min(self._gap, self._entries.pop(least).at)
            self._left_out += 1


def incident_of(event: Event) -> str | None:
    """None for an event that is about no single incident."""
    if isinstance(event, RemediationEvent):
        return event.action.incident_id
    if isinstance(event, DiagnosisMade | RemediationEscalated | StabilityVerdict):
        return event.incident_id
    return None


def kind_of(anomaly: Anomaly) -> FaultKind:
    return looks_like(anomaly.metric) or UNKNOWN_LOOKS_LIKE


def _usefulness(entry: TimelineEntry) -> tuple[bool, float]:
    """Return a sort key; lines with a low key are dropped first: lines about anomalies, the latest first, then other
    lines, the earliest first.
    """
    of_anomaly = entry.by == ServiceName.DETECTOR
    return (not of_anomaly, -entry.at if of_anomaly else entry.at)


def _left_out(count: int) -> str:
    return f"{count} lines are left out, since {KEPT_ENTRIES} are kept; those of single anomalies go first"


def _first_cause(diagnosis: DiagnosisMade) -> tuple[str, FaultKind] | None:
    return diagnosis.causes[0].key if diagnosis.causes else None


def _conclusion(diagnosis: DiagnosisMade) -> str:
    if not diagnosis.causes:
        return "no cause fits"
    cause = diagnosis.causes[0]
    return f"cause: {cause.kind} on {cause.element}, confidence {cause.confidence:.2f}"


def _changes(before: Incident | None, now: Incident) -> Iterator[TimelineEntry]:
    by = ServiceName.CORRELATOR
    if before is None:
        yield TimelineEntry(at=now.opened, what=f"opened: {now.pattern}", by=by)
    known = {member.anomaly.id: member for member in before.members} if before else {}
    for member in now.members:
        anomaly, old = member.anomaly, known.get(member.anomaly.id)
        if old is None:
            what = f"{anomaly.element} {anomaly.metric} {anomaly.value:g} (limit {anomaly.threshold:g}): {member.why}"
            yield TimelineEntry(at=anomaly.at, what=what, by=ServiceName.DETECTOR)
        if member.cleared is not None and (old is None or old.cleared is None):
            what = f"{anomaly.element} {anomaly.metric} is back"
            yield TimelineEntry(at=member.cleared, what=what, by=ServiceName.DETECTOR)
    if now.acknowledged_by and not (before and before.acknowledged_by):
        yield TimelineEntry(at=now.updated, what="acknowledged", by=now.acknowledged_by)
    for text in now.comments[len(before.comments) if before else 0 :]:
        yield TimelineEntry(at=now.updated, what=text, by="operator")
    if now.escalation and now.escalation != (before.escalation if before else None):
        yield TimelineEntry(at=now.updated, what=f"escalated: {now.escalation}", by=by)
    if not now.is_open and (before is None or before.is_open):
        target = f" into {now.merged_into}" if now.resolution is Resolution.MERGED else ""
        resolution = now.resolution or "resolved"
        yield TimelineEntry(at=now.resolved or now.updated, what=f"{resolution}{target}".replace("_", " "), by=by)
