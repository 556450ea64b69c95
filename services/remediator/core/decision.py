"""The answer of a step: a decision, or when the step is due. And the parts that decisions are made of.

Rule: a decision is a value. Nothing of it happens before whoever drives the repair has stored it and then published it.
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
    """What a step may look at: the network time, its incident, and all else that is known."""

    now: float
    case: RepairCase
    known: Knowledge


@dataclass(frozen=True)
class Due:
    """Nothing is to be done before `at`, unless a message changes something; None: not before a message.

    `state`: the repair with what was noticed meanwhile.
    """

    state: RepairState
    at: float | None = None


@dataclass(frozen=True)
class Decision:
    """A repair as it goes on, the actions that are to be stored, and what is to be published after that."""

    state: RepairState
    store: tuple[Action, ...] = ()
    publish: tuple[Event, ...] = ()

    @property
    def action(self) -> Action:
        """The current action; asked for only by steps that have one."""
        assert self.state.action is not None, "only a step that has an action asks for it"
        return self.state.action

    @property
    def record(self) -> RepairRecord:
        """The record so far."""
        return self.state.record

    def keep(self, **changes: object) -> Decision:
        """Change the record; one that says the same already is left as it is, and so not stored again."""
        news = {name: value for name, value in changes.items() if getattr(self.record, name) != value}
        if not news:
            return self
        return replace(self, state=replace(self.state, record=self.record.model_copy(update=news)))

    def note(self, memory: StepMemory) -> Decision:
        """Change what this process knows of the step."""
        return replace(self, state=replace(self.state, memory=memory))

    def say(self, *events: Event) -> Decision:
        """Have events published."""
        return replace(self, publish=(*self.publish, *events))

    def become(self, action: Action) -> Decision:
        """Have the state that the current action has reached stored; a step that it enters begins anew."""
        memory, before = self.state.memory, self.state.action
        if before is not None and step_of(before) is not step_of(action):
            memory = StepMemory(published=memory.published, claim=memory.claim)
        record = self.keep(current=action.id).record
        return replace(self, state=RepairState(record, action, memory), store=(*self.store, action))

    def leave(self) -> Decision:
        """Have done with the current action."""
        return replace(self, state=RepairState(self.keep(current=None).record))


def finish(decision: Decision, state: ActionState, reason: str, now: float, outcome: str = "") -> Decision:
    """End an action; with an `outcome`, told to a person later, the same is not tried again for this incident."""
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
    return decision.say(event(action=action, at=now, reason=reason[:MAX_TEXT]))


def not_again(decision: Decision, action: Action, outcome: str) -> Decision:
    """Write down what came of an action, so that it is not tried again."""
    record = decision.record
    if record.has_tried(action.kind, action.target):
        return decision
    return decision.keep(tried=(*record.tried, Tried(action.kind, action.target, outcome)))


def progress(decision: Decision, action: Action) -> Decision:
    """A success is no attempt that failed: what is counted against the incident begins anew."""
    record = decision.record
    return decision.keep(
        verified=record.verified if action.cause is None else action.cause.key,
        progress=len(record.actions),
        proposals_settled=record.attempts,
        calls_settled=record.escalations,
    )


def escalate(decision: Decision, reason: str, now: float, giving_up: Iterable[Cause] = ()) -> Decision:
    """Call a person, and give up on these causes and on those whose every action was tried."""
    record = decision.record
    spent = (cause for cause in known_causes(record) if cause.actions and record.is_spent(cause))
    given_up = dict.fromkeys((*record.given_up, *(cause.key for cause in (*spent, *giving_up))))
    return call(decision, reason, now).keep(
        given_up=tuple(given_up), round_began=len(record.actions), proposals_settled=record.attempts
    )


def call(decision: Decision, reason: str, now: float) -> Decision:
    """Call a person, and give up on nothing: what waits goes on waiting."""
    event = call_for(decision.record, reason, now)
    return decision.say(event).keep(escalations=event.number)


def call_for(record: RepairRecord, reason: str, now: float) -> RemediationEscalated:
    """Return the next call for a person in an incident."""
    return RemediationEscalated(
        incident_id=record.incident_id,
        at=now,
        reason=reason[:MAX_TEXT],
        number=record.escalations + 1,
        tried=record.actions,
    )


def say_blocked(decision: Decision, verdict: Verdict, now: float) -> Decision:
    """Publish by which rule and figures an action is not let through; once for each rule."""
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
    return decision.note(replace(memory, published=memory.published | {verdict.rule})).say(event)


def give_up(decision: Decision, verdict: Verdict, blocked_for: float, at: Moment) -> Decision:
    """End an action that may not begin, and leave its cause to a person."""
    action = decision.action
    waited = f"blocked for {blocked_for:.0f} s" if blocked_for else "not begun"
    why = f"{waited} by {verdict.rule}: {verdict.reason}"
    decision = finish(decision, ActionState.FAILED, why, at.now)
    reason = f"{action.kind} on {action.target} was {why}"
    return escalate(decision, reason, at.now, explanations(decision.record, action, at.known))


def known_causes(record: RepairRecord) -> tuple[Cause, ...]:
    """Return the causes of the last diagnosis, best first."""
    return record.diagnosis.causes if record.diagnosis else ()


def explanations(record: RepairRecord, action: Action, known: Knowledge) -> list[Cause]:
    """Return the cause of an action, and the other explanations of the same symptoms or the same place."""
    members = frozenset(() if action.cause is None else action.cause.members)
    near = known.topology.touching(action.target)
    return [cause for cause in known_causes(record) if members & set(cause.members) or cause.element in near]


def command(action: Action, *, revert: bool = False) -> Execute:
    """Return the command to carry out an action, or to take it back."""
    return Execute(
        action_id=action.id,
        incident_id=action.incident_id,
        kind=action.kind,
        target=action.target,
        fence=action.fence,
        revert=revert,
    )


def ask_for_claim(state: RepairState) -> Decision:
    """Have the target claimed before the action begins; what comes of it is told by `claimed`."""
    return Decision(replace(state, memory=replace(state.memory, claim=ClaimState.ASKED)))
