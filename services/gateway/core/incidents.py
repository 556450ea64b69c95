"""The incident tracker: the last five hundred incidents, and the counts of all incidents.

Rules

1. The counts include incidents that are no longer stored, and incidents that an earlier gateway process counted.
2. A merged incident is not counted, since it continues as part of another incident.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from pydantic import BaseModel, Field

from services.gateway.core.bodies import (
    ActionBody,
    CauseBody,
    CauseInBrief,
    IncidentBody,
    IncidentDetail,
    IncidentsBody,
    MemberBody,
    ProposalBody,
    Stats,
)
from services.gateway.core.cursors import cursor_of, place, place_of
from services.gateway.core.record import IncidentRecord, incident_of, kind_of
from shared.domain.catalogue import NEEDS_PERSON
from shared.domain.concern import any_is_of
from shared.domain.events import (
    Action,
    Cause,
    DiagnosisMade,
    Event,
    Incident,
    IncidentEvent,
    Member,
    RemediationEscalated,
    RemediationEvent,
    StabilityVerdict,
)
from shared.domain.kinds import IncidentState, Resolution

KEPT_INCIDENTS = 500
DEFAULT_INCIDENTS = 10


class IncidentCounts(BaseModel):
    """The counts of incidents, including incidents that are no longer stored. Merged incidents are not counted.

    `total`: open and resolved incidents. `by`: resolved incidents by resolution. `seconds`: the sum of the times for
    which the resolved incidents were open.
    """

    total: int = 0
    seconds: float = 0.0
    by: dict[Resolution, int] = Field(default_factory=lambda: dict.fromkeys(Resolution, 0))

    def add(self, incident: Incident | None, sign: int) -> None:
        if incident is None or incident.resolution is Resolution.MERGED:
            return
        self.total += sign
        if incident.resolution is not None:
            self.by[incident.resolution] = self.by.get(incident.resolution, 0) + sign
            self.seconds += sign * (resolution_seconds(incident) or 0.0)


class IncidentTracker:
    """Incidents by id, in the order in which their first events arrived. `revision` grows when any incident changes."""

    def __init__(self) -> None:
        self._records: dict[str, IncidentRecord] = {}
        self._counts = IncidentCounts()
        self._resumed = -math.inf
        self.revision = 0

    def absorb(self, event: Event) -> None:
        if self._absorb(event):
            self.revision += 1

    def _absorb(self, event: Event) -> bool:
        if isinstance(event, IncidentEvent):
            return self._count(self._record(event.incident.id), event.incident)
        incident_id = incident_of(event)
        if incident_id is None:
            return False
        record = self._record(incident_id)
        if isinstance(event, DiagnosisMade):
            return record.absorb_diagnosis(event)
        if isinstance(event, RemediationEvent):
            return record.absorb_step(event)
        return isinstance(event, RemediationEscalated | StabilityVerdict) and record.absorb_outcome(event)

    def _count(self, record: IncidentRecord, incident: Incident) -> bool:
        before = record.incident
        if not record.absorb_incident(incident):
            return False
        self._add(before, -1)
        self._add(incident, +1)
        return True

    def _add(self, incident: Incident | None, sign: int) -> None:
        if incident is not None and not _resolved_by(incident, self._resumed):
            self._counts.add(incident, sign)

    def resume(self, counts: IncidentCounts, until: float) -> None:
        """Continue from stored counts of the incidents that were resolved at or before the time `until`.

        Such incidents are not counted again.
        """
        self._counts, self._resumed = counts, until

    def settled(self, until: float) -> IncidentCounts:
        """Return the counts of the incidents that were resolved at or before the time `until`.

        All incidents that were not resolved by then must still be stored.
        """
        counts = self._counts.model_copy(deep=True)
        for _, incident in self.records():
            if not _resolved_by(incident, until):
                counts.add(incident, -1)
        return counts

    def _record(self, incident_id: str) -> IncidentRecord:
        if incident_id not in self._records:
            if len(self._records) >= KEPT_INCIDENTS:
                del self._records[self._least_useful()]
            self._records[incident_id] = IncidentRecord(incident_id)
        return self._records[incident_id]

    def _least_useful(self) -> str:
        for name, record in self._records.items():
            if record.incident is None or not record.incident.is_open:
                return name
        return next(iter(self._records))

    def records(self) -> Iterator[tuple[IncidentRecord, Incident]]:
        for record in self._records.values():
            if record.incident is not None:
                yield record, record.incident

    def open_records(self) -> Iterator[IncidentRecord]:
        return (record for record, incident in self.records() if incident.is_open)

    def open_count(self) -> int:
        return sum(1 for _ in self.open_records())

    def escalated_count(self) -> int:
        return sum(incident.state in NEEDS_PERSON for _, incident in self.records())

    @property
    def stats(self) -> Stats:
        by = dict.fromkeys(Resolution, 0) | self._counts.by
        closed = sum(by.values())
        return Stats(
            total_incidents=self._counts.total,
            auto_resolved=by[Resolution.AUTO_RESOLVED],
            manual_intervention=by[Resolution.MANUAL_INTERVENTION],
            self_cleared=by[Resolution.SELF_CLEARED],
            avg_resolution_time=round(self._counts.seconds / closed, 3) if closed else 0.0,
            auto_resolution_rate=round(by[Resolution.AUTO_RESOLVED] / closed, 4) if closed else 0.0,
        )

    def page(
        self,
        state: IncidentState | None = None,
        node: str | None = None,
        limit: int = DEFAULT_INCIDENTS,
        cursor: str | None = None,
    ) -> IncidentsBody:
        """Return the newest `limit` matching incidents, oldest first, and the counts of all incidents.

        `cursor`: return only incidents before that position. Raises CursorError if the cursor is invalid.
        """
        before = place_of(cursor) if cursor else None
        matching = sorted(
            (
                (place(incident.opened, incident.id), record, incident)
                for record, incident in self.records()
                if (state is None or incident.state is state)
                and (node is None or any_is_of(node, elements_of(record, incident)))
                and (before is None or place(incident.opened, incident.id) < before)
            ),
            key=lambda entry: entry[0],
        )
        shown = matching[-limit:]
        more = len(matching) > len(shown) and shown
        return IncidentsBody(
            recent_incidents=tuple(brief(record, incident) for _, record, incident in shown),
            stats=self.stats,
            next_cursor=cursor_of(shown[0][0]) if more else None,
        )

    def detail(self, incident_id: str) -> IncidentDetail | None:
        record = self._records.get(incident_id)
        if record is None or record.incident is None:
            return None
        incident = record.incident
        causes = record.diagnosis.causes if record.diagnosis else ()
        return IncidentDetail(
            **dict(brief(record, incident)),
            causes=tuple(_cause(cause) for cause in causes),
            members=tuple(_member(member) for member in incident.members),
            actions=tuple(_action(action, record.reasons.get(action.id, "")) for action in record.in_order),
            timeline=record.timeline,
            comments=incident.comments,
        )

    def has_action(self, action_id: str) -> bool:
        return any(action_id in record.actions for record in self._records.values())


def _resolved_by(incident: Incident, until: float) -> bool:
    return incident.resolved is not None and incident.resolved <= until


def resolution_seconds(incident: Incident) -> float | None:
    return None if incident.resolved is None else round(max(0.0, incident.resolved - incident.opened), 3)


def brief(record: IncidentRecord, incident: Incident) -> IncidentBody:
    """Before a diagnosis, the kind is what the first member suggests, and the element is that of this member."""
    cause, first = record.cause, incident.members[0].anomaly
    return IncidentBody(
        id=incident.id,
        timestamp=incident.opened,
        type=cause.kind if cause else kind_of(first),
        severity=incident.severity,
        node_id=cause.element if cause else first.element,
        status=incident.state,
        resolution_time=incident.resolved,
        resolution_seconds=resolution_seconds(incident),
        resolution=incident.resolution,
        merged_into=incident.merged_into,
        pattern=incident.pattern,
        member_count=len(incident.members) + incident.left_out,
        cause=CauseInBrief(node=cause.element, kind=cause.kind, confidence=cause.confidence) if cause else None,
        escalation=incident.escalation,
        acknowledged_by=incident.acknowledged_by,
        revision=record.revision,
        elements=elements_of(record, incident),
    )


def elements_of(record: IncidentRecord, incident: Incident) -> tuple[str, ...]:
    cause = (record.cause.element,) if record.cause else ()
    members = (member.anomaly.element for member in incident.members)
    targets = (action.target for action in record.in_order)
    return tuple(dict.fromkeys((*cause, *members, *targets)))


def _cause(cause: Cause) -> CauseBody:
    return CauseBody(
        node=cause.element,
        kind=cause.kind,
        confidence=cause.confidence,
        evidence=cause.evidence,
        actions=tuple(ProposalBody(action=proposal.action, target=proposal.target) for proposal in cause.actions),
    )


def _member(member: Member) -> MemberBody:
    anomaly = member.anomaly
    return MemberBody(
        id=anomaly.id,
        node=anomaly.element,
        metric=anomaly.metric,
        value=anomaly.value,
        expected=anomaly.expected,
        threshold=anomaly.threshold,
        score=anomaly.score,
        severity=anomaly.severity,
        since=anomaly.since,
        at=anomaly.at,
        why=member.why,
        cleared=member.cleared,
    )


def _action(action: Action, reason: str) -> ActionBody:
    return ActionBody(
        id=action.id,
        action=action.kind,
        target=action.target,
        attempt=action.attempt,
        state=action.state,
        by=action.by,
        proposed=action.proposed,
        started=action.started,
        applied=action.applied,
        finished=action.finished,
        reason=reason,
    )
