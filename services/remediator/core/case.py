"""An incident as the remediator knows it: its members, its diagnosis, and since when its causes were diagnosed.

Rules: a diagnosis or an incident with an older revision is ignored. A member counts as clear only when the time of its
clearing is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.remediator.core.records import RepairRecord, Standing
from services.remediator.core.waits import Waits
from shared.domain.catalogue import faults_that
from shared.domain.events import Action, Cause, DiagnosisMade, Incident, Proposal, StabilityAdvised
from shared.domain.kinds import FaultKind

MIN_CONFIDENCE, DOUBTFUL = 0.3, 0.2
"""Confidences below which an action waits longer, since better evidence may come, and below which none starts."""
EXHAUSTED_AFTER = 1.0
NO_CAUSE_AFTER, DOUBTFUL_AFTER = 10.0, 60.0
"""Seconds without a cause, and with doubtful causes alone, after which a person is called."""
LOADS = faults_that(lambda fault: fault.load)
"""Kinds of fault that are only load, and may do no harm."""


@dataclass(frozen=True)
class Choice:
    """`since`: the time from which the cause counts; `due`: the time from which the action may start."""

    proposal: Proposal
    cause: Cause | None
    since: float
    due: float

    def fits(self, action: Action) -> bool:
        return (self.proposal.action, self.proposal.target) == (action.kind, action.target)


class RepairCase:
    """What the remediator knows of one incident, or of one piece of advice."""

    def __init__(self, incident_id: str) -> None:
        self.id = incident_id
        self.incident: Incident | None = None
        self.diagnosis: DiagnosisMade | None = None
        self.first: Standing | None = None
        self._ranked: dict[tuple[str, FaultKind], float] = {}
        self.diagnosed: float | None = None
        self.advice: StabilityAdvised | None = None
        self.cleared: dict[str, float | None] = {}

    @property
    def closed(self) -> bool:
        return self.incident is not None and not self.incident.is_open

    @property
    def merged_into(self) -> str | None:
        return self.incident.merged_into if self.incident else None

    def receive_incident(self, incident: Incident) -> bool:
        if self.incident is not None and incident.revision <= self.incident.revision:
            return False
        self.incident = incident
        self.cleared = {member.anomaly.id: member.cleared for member in incident.members}
        return True

    def receive_diagnosis(self, diagnosis: DiagnosisMade, now: float) -> bool:
        if self.diagnosis is not None and diagnosis.revision <= self.diagnosis.revision:
            return False
        at = min(diagnosis.at, now)
        self.diagnosis = diagnosis
        self.diagnosed = at if self.diagnosed is None else self.diagnosed
        self._ranked = {cause.key: self._ranked.get(cause.key, at) for cause in diagnosis.causes}
        first = next(iter(diagnosis.causes), None)
        if first is None:
            self.first = None
        elif self.first is None or not self.first.is_of(first):
            self.first = Standing(element=first.element, kind=first.kind, since=at)
        return True

    def adopt(self, record: RepairRecord) -> None:
        self.advice = self.advice or record.advice
        if self.diagnosis is None and record.diagnosis is not None:
            self.diagnosis, self.first, self.diagnosed = record.diagnosis, record.first, record.diagnosed
        elif (
            self.first and record.first and self.first.key == record.first.key and record.first.since < self.first.since
        ):
            self.first = record.first

    def members_of(self, cause: Cause) -> tuple[str, ...]:
        return cause.members or tuple(self.cleared)

    def is_clear(self, cause: Cause) -> bool:
        members = self.members_of(cause)
        return bool(members) and all(self.cleared.get(member) is not None for member in members)

    def choose(self, record: RepairRecord, harms: Callable[[Cause], bool], waits: Waits) -> Choice | None:
        """Return the best action that was not tried yet; None if there is no such action.

        The causes are examined by their rank, and the actions of a cause in their order. A doubtful cause gets no
        action; if it is the first, its alternatives get none either, and a person is called. A cause that is only
        load, without harm, is skipped if a lower cause does harm.
        """
        if self.advice is not None:
            return self._advised(self.advice, record)
        if self.diagnosis is None or self.first is None or not (self.incident and self.incident.open_members):
            return None
        clear_since: float | None = None
        busy: Choice | None = None
        doubtful = False
        for rank, cause in enumerate(self.diagnosis.causes):
            if cause.key in record.given_up or (record.handovers and cause.confidence < MIN_CONFIDENCE):
                continue
            if cause.confidence < DOUBTFUL:
                doubtful = doubtful or (rank == 0 and not self.is_clear(cause))
                continue
            if doubtful and not cause.also:
                continue
            if self.is_clear(cause):
                clear_since = max(clear_since or 0.0, self._clear_since(cause))
                continue
            proposal = next((p for p in cause.actions if not record.has_tried(p.action, p.target)), None)
            if proposal is None:
                continue
            since = self._since(cause, rank, record, clear_since)
            due = self._due(cause, rank, since, record, waits, hesitate=clear_since is not None)
            choice = Choice(proposal=proposal, cause=cause, since=since, due=due)
            if (busy is None and cause.kind not in LOADS) or harms(cause):
                return choice
            busy = busy or choice
        return busy

    def give_up_at(self, record: RepairRecord) -> float | None:
        """Return the time to call a person, if `choose` found no action; None if no person is to be called."""
        if self.diagnosed is None or self.diagnosis is None or not (self.incident and self.incident.open_members):
            return None
        if record.escalations and not record.round:
            return None
        begin = max(self.diagnosed, record.last_finished or self.diagnosed)
        left = [c for c in self.diagnosis.causes if c.key not in record.given_up and not self.is_clear(c)]
        if record.tried and left:
            return begin + EXHAUSTED_AFTER
        return begin + (DOUBTFUL_AFTER if self._is_doubtful else NO_CAUSE_AFTER)

    @property
    def _is_doubtful(self) -> bool:
        causes = self.diagnosis.causes if self.diagnosis else ()
        return bool(causes) and causes[0].confidence < DOUBTFUL

    def why_give_up(self, record: RepairRecord) -> str:
        if not record.tried:
            if self.diagnosis is not None and self._is_doubtful:
                best = self.diagnosis.causes[0]
                unsure = f"too uncertain ({best.confidence:.2f}) to act on"
                return f"{best.kind} on {best.element} is the best cause, and {unsure}"
            return "no cause was found that an action fits"
        return f"no action that fits is left: {', '.join(map(str, record.tried))}"

    @staticmethod
    def why_stop(record: RepairRecord, *, begun: bool) -> str:
        number, done = (record.fruitless, "in a row were started") if begun else (record.proposals, "were proposed")
        return f"{number} actions {done}, which is the limit; a person has to look before there are more"

    @staticmethod
    def _advised(advice: StabilityAdvised, record: RepairRecord) -> Choice | None:
        if record.attempts:
            return None
        proposal = Proposal(action=advice.action, target=advice.target)
        return Choice(proposal=proposal, cause=None, since=advice.at, due=advice.at)

    def _clear_since(self, cause: Cause) -> float:
        return max(self.cleared[member] or 0.0 for member in self.members_of(cause))

    def _since(self, cause: Cause, rank: int, record: RepairRecord, clear_since: float | None) -> float:
        """A lower cause counts once the causes above it were tried or are clear."""
        assert self.first is not None and self.diagnosis is not None
        if rank == 0:
            return self.first.since
        ranked = self._ranked.get(cause.key, self.diagnosis.at)
        return max(ranked, record.last_finished or ranked, clear_since or ranked)

    def _due(
        self, cause: Cause, rank: int, since: float, record: RepairRecord, waits: Waits, *, hesitate: bool
    ) -> float:
        """The first cause must be ranked first for a while, and longer if its confidence is low. A lower cause waits
        until the actions against the causes above it are finished. After a repair, the symptoms of the same cause get
        time to clear. `hesitate`: a better cause is clear already, so the open members of the incident may be clearing
        too.
        """
        assert self.first is not None and self.diagnosed is not None
        begin = max(self.diagnosed, record.last_finished or self.diagnosed)
        if cause.key == record.verified and record.last_finished is not None:
            return max(since + waits.stand, record.last_finished + waits.after_verified)
        unsure = cause.confidence < MIN_CONFIDENCE or hesitate
        if rank == 0:
            sure = (waits.stand, waits.at_latest)
            stand, at_latest = (waits.stand_if_unsure, waits.at_latest_if_unsure) if unsure else sure
            return min(since + stand, begin + at_latest)
        return since + waits.stand_if_unsure if unsure else since
