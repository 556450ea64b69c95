"""The results of a step of a repair: a decision, or the time at which the step is due. Also has functions that build
decisions.

Rule: a decision is a value. It has no effect until the caller stores it and then publishes its events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.remediator.core.case import RepairCase
from services.remediator.core.knowledge import Knowledge
from services.remediator.core.records import RepairRecord, Tried
from services.remediator.core.steps import ClaimState, RepairState, StepMemory, owes_undo, step_of
from services.remediator.gate import Verdict
from shared.domain.events import (
    MAX_TEXT,
    Action,
    Cause,
    Event,
    Execute,
    RemediationBlocked,
    RemediationEscalated,
    RemediationFailed,
    RemediationVerified,
)
from shared.domain.kinds import ActionState


@dataclass(frozen=True)
class Moment:
    now: float
    case: RepairCase
    known: Knowledge


@dataclass(frozen=True)
class Due:
    """A step's answer that it has nothing to do before the network time `at`, or before a message arrives.

    If `at` is None, only a message can change that. `state`: the repair, with what the step remembered.
    """

    state: RepairState
    at: float | None = None


@dataclass(frozen=True)
class Decision:
    state: RepairState
    store: tuple[Action, ...] = ()
    publish: tuple[Event, ...] = ()

    @property
    def action(self) -> Action:
        assert self.state.action is not None, "only a step that has an action asks for it"
        return self.state.action

    @property
    def record(self) -> RepairRecord:
        return self.state.record

    def keep(self, **changes: object) -> Decision:
        """If no value differs, the record object stays the same, so that it is not stored again."""
        news = {name: value for name, value in changes.items() if getattr(self.record, name) != value}
        if not news:
            return self
        return replace(self, state=replace(self.state, record=self.record.model_copy(update=news)))

    def note(self, memory: StepMemory) -> Decision:
        return replace(self, state=replace(self.state, memory=memory))

    def emit(self, *events: Event) -> Decision:
        return replace(self, publish=(*self.publish, *events))

    def become(self, action: Action) -> Decision:
        """Store a new state of the current action. If the state leads to another step, only `published` and `claim` are
        remembered.
        """
        memory, before = self.state.memory, self.state.action
        if before is not None and step_of(before) is not step_of(action):
            memory = StepMemory(published=memory.published, claim=memory.claim)
        record = self.keep(current=action.id).record
        return replace(self, state=RepairState(record, action, memory), store=(*self.store, action))

    def leave(self) -> Decision:
        return replace(self, state=RepairState(self.keep(current=None).record))


def finish(decision: Decision, state: ActionState, reason: str, now: float, outcome: str = "") -> Decision:
    """`outcome`: the text with which a later escalation reports the action. If it is given, the action is not tried
    again for this incident.
    """
    action = decision.action.model_copy(update={"state": state, "finished": now})
    decision = decision.become(action)
    if outcome:
        decision = not_again(decision, action, outcome)
    if state is ActionState.VERIFIED:
        decision = progress(decision, action)
    decision = decision.keep(last_finished=now, blocked_since=None, approved_by=None)
    if not owes_undo(action):
        decision = decision.leave()
    event = RemediationVerified if state is ActionState.VERIFIED else RemediationFailed
    return decision.emit(event(action=action, at=now, reason=reason[:MAX_TEXT]))


def not_again(decision: Decision, action: Action, outcome: str) -> Decision:
    record = decision.record
    if record.has_tried(action.kind, action.target):
        return decision
    return decision.keep(tried=(*record.tried, Tried(action.kind, action.target, outcome)))


def progress(decision: Decision, action: Action) -> Decision:
    """Start the incident's counts of proposals, fruitless actions and calls again, because an action helped."""
    record = decision.record
    return decision.keep(
        verified=record.verified if action.cause is None else action.cause.key,
        progress=len(record.actions),
        proposals_settled=record.attempts,
        calls_settled=record.escalations,
    )


def escalate(decision: Decision, reason: str, now: float, giving_up: Iterable[Cause] = ()) -> Decision:
    """Give up on the causes in `giving_up`, and on each cause whose actions were all tried."""
    record = decision.record
    spent = (cause for cause in known_causes(record) if cause.actions and record.is_spent(cause))
    given_up = dict.fromkeys((*record.given_up, *(cause.key for cause in (*spent, *giving_up))))
    return call(decision, reason, now).keep(
        given_up=tuple(given_up), round_began=len(record.actions), proposals_settled=record.attempts
    )


def call(decision: Decision, reason: str, now: float) -> Decision:
    """No cause is given up: a waiting action keeps waiting."""
    event = call_for(decision.record, reason, now)
    return decision.emit(event).keep(escalations=event.number)


def call_for(record: RepairRecord, reason: str, now: float) -> RemediationEscalated:
    return RemediationEscalated(
        incident_id=record.incident_id,
        at=now,
        reason=reason[:MAX_TEXT],
        number=record.escalations + 1,
        tried=record.actions,
    )


def publish_blocked(decision: Decision, verdict: Verdict, now: float) -> Decision:
    memory = decision.state.memory
    if verdict.rule in memory.published:
        return decision
    event = RemediationBlocked(
        action=decision.action.model_copy(update={"state": ActionState.BLOCKED}),
        at=now,
        reason=verdict.reason,
        rule=verdict.rule,
        figures=dict(verdict.figures),
    )
    return decision.note(replace(memory, published=memory.published | {verdict.rule})).emit(event)


def give_up(decision: Decision, verdict: Verdict, blocked_for: float, at: Moment) -> Decision:
    action = decision.action
    waited = f"blocked for {blocked_for:.0f} s" if blocked_for else "not started"
    why = f"{waited} by {verdict.rule}: {verdict.reason}"
    decision = finish(decision, ActionState.FAILED, why, at.now)
    reason = f"{action.kind} on {action.target} was {why}"
    return escalate(decision, reason, at.now, explanations(decision.record, action, at.known))


def known_causes(record: RepairRecord) -> tuple[Cause, ...]:
    return record.diagnosis.causes if record.diagnosis else ()


def explanations(record: RepairRecord, action: Action, known: Knowledge) -> list[Cause]:
    members = frozenset(() if action.cause is None else action.cause.members)
    near = known.topology.touching(action.target)
    return [cause for cause in known_causes(record) if members & set(cause.members) or cause.element in near]


def command(action: Action, *, revert: bool = False) -> Execute:
    return Execute(
        action_id=action.id,
        incident_id=action.incident_id,
        kind=action.kind,
        target=action.target,
        fence=action.fence,
        revert=revert,
    )


def ask_for_claim(state: RepairState) -> Decision:
    """`choosing.claimed` takes in the answer."""
    return Decision(replace(state, memory=replace(state.memory, claim=ClaimState.ASKED)))
