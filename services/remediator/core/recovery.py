"""The steps for an incomplete ledger: the previous process was killed before it had written everything."""

from __future__ import annotations

from services.remediator.core.decision import Decision, Moment, escalate, known_causes, not_again, progress
from services.remediator.core.steps import RepairState
from shared.domain.events import RemediationEvent, RemediationFailed, RemediationReverted, RemediationVerified
from shared.domain.kinds import ActionState

UNKNOWN_WHY = "it ended while one process took over from another: the reason is not known any more"
OUTCOME = "ended with an unknown result"
ENDINGS: dict[ActionState, type[RemediationEvent]] = {
    ActionState.VERIFIED: RemediationVerified,
    ActionState.REVERTED: RemediationReverted,
}


def conclude(state: RepairState, at: Moment) -> Decision:
    """Record and publish the end of an action that is over, but is still the current action in the record.

    If the end was published before, the event has the same id, and readers ignore it. An action that was started and
    did not help is not tried again.
    """
    decision = Decision(state)
    action = decision.action
    finished = at.now if action.finished is None else action.finished
    if action.state is ActionState.VERIFIED:
        decision = progress(decision, action)
    elif action.started is not None or action.state is ActionState.REJECTED:
        decision = not_again(decision, action, OUTCOME)
    event = ENDINGS.get(action.state, RemediationFailed)(action=action, at=finished, reason=UNKNOWN_WHY)
    return decision.keep(last_finished=finished, blocked_since=None, approved_by=None).leave().emit(event)


def report_lost(state: RepairState, at: Moment) -> Decision:
    reason = f"the ledger does not hold action {state.record.current}: its result is not known"
    decision = escalate(Decision(state), reason, at.now, known_causes(state.record))
    return decision.keep(last_finished=at.now).leave()
