"""The steps of a process that finds a ledger which another one left in the middle of writing it."""

from __future__ import annotations

from services.remediator.core.decision import Decision, Moment, escalate, known_causes, not_again, progress
from services.remediator.core.steps import RepairState
from shared.domain.events import RemediationEvent, RemediationFailed, RemediationReverted, RemediationVerified
from shared.domain.kinds import ActionState

UNKNOWN_WHY = "it ended while one process took over from another: why is not known any more"
OUTCOME = "ended in a way that is not known any more"
ENDINGS: dict[ActionState, type[RemediationEvent]] = {
    ActionState.VERIFIED: RemediationVerified,
    ActionState.REVERTED: RemediationReverted,
}


def conclude(state: RepairState, at: Moment) -> Decision:
    """Write down how an action ended of which the ledger has the end and the record has not, and publish it.

    It may have been published; then it is the same event, and changes nothing. What did not help is not tried again.
    """
    decision = Decision(state)
    action = decision.action
    finished = at.now if action.finished is None else action.finished
    if action.state is ActionState.VERIFIED:
        decision = progress(decision, action)
    elif action.started is not None or action.state is ActionState.REJECTED:
        decision = not_again(decision, action, OUTCOME)
    event = ENDINGS.get(action.state, RemediationFailed)(action=action, at=finished, reason=UNKNOWN_WHY)
    return decision.keep(last_finished=finished, blocked_since=None, approved_by=None).leave().say(event)


def report_lost(state: RepairState, at: Moment) -> Decision:
    """Call a person where the ledger does not hold the action that was under way: it may have changed the network."""
    reason = f"the ledger does not hold action {state.record.current}: what became of it is not known"
    decision = escalate(Decision(state), reason, at.now, known_causes(state.record))
    return decision.keep(last_finished=at.now).leave()
