"""The steps that send commands to the network, to run an action or to revert it. A command is sent twice at most."""

from __future__ import annotations

from dataclasses import replace

from services.remediator.core.decision import (
    Decision,
    Due,
    Moment,
    ask_for_claim,
    command,
    escalate,
    finish,
    known_causes,
)
from services.remediator.core.steps import ClaimState, RepairState, undone
from shared.domain.events import (
    Event,
    Executed,
    RemediationApplied,
    RemediationReverted,
    RemediationStarted,
)
from shared.domain.kinds import ActionState

EXECUTE_WITHIN = 8.0
"""Seconds of wall time to wait for an answer: a process does not answer faster if network time runs faster."""
EXECUTE_TIMES = 2
UNANSWERED = f"the network did not answer within {EXECUTE_WITHIN * EXECUTE_TIMES:g} s"
NO_REASON = "the network gave no reason"


def run(state: RepairState, at: Moment) -> Decision | Due:
    decision, memory = Decision(state), state.memory
    executed = at.known.executed(decision.action, revert=False)
    if executed is not None and decision.action.state is ActionState.STARTED:
        return _ran(decision, executed, at)
    if memory.entered is None:
        if at.known.shared and memory.claim is not ClaimState.HELD:
            return Due(state) if memory.claim is ClaimState.ASKED else ask_for_claim(state)
        return _start(decision, at)
    if (due := _asks_again_at(state, at)) is None:
        # An action without an answer does not count as tried: it may be proposed again after its cooldown.
        return finish(decision, ActionState.FAILED, UNANSWERED, at.now)
    return Due(state, due) if at.now < due else _send(decision, at)


def _start(decision: Decision, at: Moment) -> Decision:
    action, record = decision.action, decision.record
    started = at.now if action.started is None else action.started
    changes = {"state": ActionState.STARTED, "started": started, "fence": at.known.fence}
    action = action.model_copy(update=changes)
    if action.id not in record.actions:
        decision = decision.keep(actions=(*record.actions, action.id))
    return _send(decision.become(action), at, RemediationStarted(action=action, at=at.now))


def _ran(decision: Decision, executed: Executed, at: Moment) -> Decision:
    if not executed.ran:
        why = f"it did not run: {executed.reason or NO_REASON}"
        return finish(decision, ActionState.FAILED, why, at.now, outcome="did not run")
    took_effect = at.now if executed.took_effect is None else executed.took_effect
    applied = decision.action.model_copy(update={"state": ActionState.APPLIED, "applied": took_effect})
    return decision.keep(blocked_since=None).become(applied).emit(RemediationApplied(action=applied, at=at.now))


def undo(state: RepairState, at: Moment) -> Decision | Due:
    decision = Decision(state)
    if state.memory.entered is None:
        return _send(decision.become(decision.action.model_copy(update={"fence": at.known.fence})), at, revert=True)
    executed = at.known.executed(decision.action, revert=True)
    if executed is None and (due := _asks_again_at(state, at)) is not None:
        return Due(state, due) if at.now < due else _send(decision, at, revert=True)
    if executed is not None and executed.ran:
        reverted = undone(decision.action)
        decision = decision.become(reverted).emit(RemediationReverted(action=reverted, at=at.now))
    else:
        # A person has to look, because the action may have left a change in the network.
        why = UNANSWERED if executed is None else executed.reason or NO_REASON
        reason = f"{decision.action.kind} on {decision.action.target} did not help and was not reverted: {why}"
        decision = escalate(decision, reason, at.now, known_causes(decision.record))
    return decision.keep(last_finished=at.now).leave()


def _asks_again_at(state: RepairState, at: Moment) -> float | None:
    """Return the time to send the command again, or to stop waiting after the last one; None if that time has come."""
    memory = state.memory
    entered = at.now if memory.entered is None else memory.entered
    due = entered + EXECUTE_WITHIN * at.known.speed * memory.sent
    return None if memory.sent >= EXECUTE_TIMES and at.now >= due else due


def _send(decision: Decision, at: Moment, *before: Event, revert: bool = False) -> Decision:
    memory = decision.state.memory
    entered = at.now if memory.entered is None else memory.entered
    decision = decision.note(replace(memory, entered=entered, sent=memory.sent + 1))
    return decision.emit(*before, command(decision.action, revert=revert))
