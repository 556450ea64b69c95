"""What one repair writes: its record, the steps it publishes, the commands it gives. Decides nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol

from services.remediator.core.case import RepairCase
from services.remediator.core.dialogue import owes_undo
from services.remediator.core.evidence import Evidence
from services.remediator.core.records import RepairRecord, Tried
from services.remediator.gate import Finding, GateLimits, Verdict, conflict
from shared.domain.events import (
    MAX_TEXT,
    Action,
    Cause,
    Event,
    Execute,
    Executed,
    RemediationBlocked,
    RemediationEscalated,
    RemediationFailed,
    RemediationVerified,
)
from shared.domain.kinds import ActionState, Mode
from shared.domain.topology import Topology


class Surroundings(Protocol):
    """What a repair asks of the whole."""

    mode: Mode
    fence: int
    speed: float
    limits: GateLimits
    topology: Topology
    evidence: Evidence

    def begins_at(self, case: RepairCase) -> float:
        """Return from when on something may be begun for an incident."""

    def judge(self, action: Action, now: float) -> Verdict:
        """Ask the gate."""

    def look(self, cause: Cause, now: float, since: float = -math.inf) -> Finding:
        """Return what telemetry that was taken after `since` shows of the harm of a cause."""

    def executed(self, action: Action, *, revert: bool) -> Executed | None:
        """Return the network's word on a command, if it came."""

    def cleared(self, case: RepairCase, member: str) -> float | None:
        """Return when a member was proved clear, wherever it lives now."""

    def disturbed_since(self, instant: float) -> str | None:
        """Return an incident that began since, if any."""

    def note(self, action: Action) -> None:
        """Keep what an action has become."""


class RepairJournal:
    """The record of one repair as it stands, and what is still to be published of it."""

    def __init__(self, case: RepairCase, record: RepairRecord, around: Surroundings) -> None:
        self.case = case
        self.record = record
        self.around = around
        self._out: list[Event] = []

    def keep(self, **changes: object) -> None:
        """Change the record."""
        self.record = self.record.model_copy(update=changes)

    def hear(self) -> None:
        """Write down which cause stands first, and since when, so that another process would know."""
        case, record = self.case, self.record
        if case.diagnosis is not record.diagnosis or case.first != record.first or case.advice is not record.advice:
            self.keep(diagnosis=case.diagnosis, first=case.first, diagnosed=case.diagnosed, advice=case.advice)

    def say(self, event: Event) -> None:
        """Have an event published."""
        self._out.append(event)

    def take(self) -> list[Event]:
        """Return what is to be published, in order."""
        out, self._out = self._out, []
        return out

    def become(self, action: Action) -> None:
        """Keep the state that the current action has reached."""
        self.keep(current=action)
        self.around.note(action)

    def finish(self, action: Action, state: ActionState, reason: str, now: float, *, outcome: str = "") -> Action:
        """End an action; with an `outcome`, told to a person later, the same is not tried again for this incident."""
        action = action.model_copy(update={"state": state, "finished": now})
        if outcome and not self.record.has_tried(action.kind, action.target):
            self.keep(tried=(*self.record.tried, Tried(action.kind, action.target, outcome)))
        self.become(action)
        if state is ActionState.VERIFIED:
            self._progress(action)
        self.keep(last_finished=now, blocked_since=None, approved_by=None)
        if not owes_undo(action):
            self.keep(current=None)
        event = RemediationVerified if state is ActionState.VERIFIED else RemediationFailed
        self.say(event(action=action, at=now, reason=reason[:MAX_TEXT]))
        return action

    def note_relief(self, action: Action) -> None:
        """Write down that harm was gone for a while after an action."""
        if self.record.relieved != action.id:
            self.keep(relieved=action.id)

    def excuse(self, action: Action) -> bool:
        """Let an action be tried once more that another fault may have hidden; say no where it was excused before."""
        what = (action.kind, action.target)
        if what in self.record.excused:
            return False
        self.keep(excused=(*self.record.excused, what))
        return True

    def _progress(self, action: Action) -> None:
        """A success is no attempt that failed: what is counted against the incident begins anew."""
        record = self.record
        self.keep(
            verified=record.verified if action.cause is None else action.cause.key,
            progress=len(record.actions),
            proposals_settled=record.attempts,
            calls_settled=record.escalations,
        )

    def escalate(self, reason: str, now: float, giving_up: Iterable[Cause] = ()) -> None:
        """Call a person, and give up on these causes and on those whose every action was tried."""
        spent = (cause for cause in self.known_causes if cause.actions and self.record.is_spent(cause))
        given_up = dict.fromkeys((*self.record.given_up, *(cause.key for cause in (*spent, *giving_up))))
        self.call(reason, now)
        self.keep(
            given_up=tuple(given_up), round_began=len(self.record.actions), proposals_settled=self.record.attempts
        )

    def call(self, reason: str, now: float) -> None:
        """Call a person, and give up on nothing: what waits goes on waiting."""
        number = self.record.escalations + 1
        self.say(
            RemediationEscalated(
                incident_id=self.case.id,
                at=now,
                reason=reason[:MAX_TEXT],
                number=number,
                tried=self.record.actions,
            )
        )
        self.keep(escalations=number)

    def say_blocked(self, action: Action, verdict: Verdict, now: float) -> None:
        """Say by which rule and figures an action is not let through."""
        blocked = action.model_copy(update={"state": ActionState.BLOCKED})
        figures = dict(verdict.figures)
        self.say(RemediationBlocked(action=blocked, at=now, reason=verdict.reason, rule=verdict.rule, figures=figures))

    def give_up(self, action: Action, verdict: Verdict, blocked_for: float, now: float) -> Action:
        """End an action that the gate does not let through, and leave its cause to a person."""
        waited = f"blocked for {blocked_for:.0f} s" if blocked_for else "not begun"
        why = f"{waited} by {verdict.rule}: {verdict.reason}"
        failed = self.finish(action, ActionState.FAILED, why, now)
        self.escalate(f"{action.kind} on {action.target} was {why}", now, self.explanations(action))
        return failed

    @property
    def known_causes(self) -> tuple[Cause, ...]:
        """The causes of the last diagnosis, best first."""
        return self.case.diagnosis.causes if self.case.diagnosis else ()

    def explanations(self, action: Action) -> list[Cause]:
        """Return the cause of an action, and the other explanations of the same symptoms or the same place."""
        members = frozenset(() if action.cause is None else action.cause.members)
        place, topology = action.target, self.around.topology
        return [c for c in self.known_causes if members & set(c.members) or conflict(c.element, place, topology)]

    def command(self, action: Action, *, revert: bool = False) -> None:
        """Have the network carry out an action, or take it back."""
        self.say(
            Execute(
                action_id=action.id,
                incident_id=action.incident_id,
                kind=action.kind,
                target=action.target,
                fence=action.fence,
                revert=revert,
            )
        )
