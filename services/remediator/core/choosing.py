"""The steps before an action starts: they choose the action, check that it is permitted, and claim its target."""

from __future__ import annotations

from dataclasses import replace

from services.remediator.core.case import Choice
from services.remediator.core.decision import (
    Decision,
    Due,
    Moment,
    ask_for_claim,
    call,
    escalate,
    explanations,
    finish,
    give_up,
    known_causes,
    publish_blocked,
)
from services.remediator.core.explanations import for_what
from services.remediator.core.records import RepairRecord
from services.remediator.core.steps import ClaimState, RepairState, Step
from services.remediator.gate import Calls, NeverAgainstRunning, Verdict
from shared.domain.catalogue import COMMANDED, WAITING
from shared.domain.errors import Refused
from shared.domain.events import Action, RemediationApproved, RemediationProposed
from shared.domain.kinds import ActionState, Mode

MAX_ATTEMPTS = 5
MAX_PROPOSALS = 20
MAX_ESCALATIONS = 3
APPROVE_WITHIN = 600.0
JUDGE_AGAIN = 0.25
HELD_FOR = 15.0
"""Minimum seconds of wall time to wait for a target that another process holds: the claim of a killed process is taken
over sooner.
"""


def is_over(state: RepairState, at: Moment) -> bool:
    advised = at.case.advice is not None and state.record.attempts > 0
    return state.step is Step.CHOOSE and (at.case.closed or advised)


def choose(state: RepairState, at: Moment) -> Decision | Due:
    known, case, record, now = at.known, at.case, state.record, at.now
    if known.mode is Mode.OFF or is_over(state, at):
        return Due(state)
    if now < (begins := known.begins_at(case)):
        return Due(state, begins)
    choice = _best(record, at)
    exhausted = record.calls >= MAX_ESCALATIONS
    if choice is None:
        gives_up = None if exhausted else case.give_up_at(record)
        if gives_up is None or now < gives_up:
            return Due(state, gives_up)
        return escalate(Decision(state), case.why_give_up(record), now)
    if exhausted:
        return Due(state)
    if now < choice.due:
        return Due(state, choice.due)
    if record.fruitless >= MAX_ATTEMPTS or record.proposals >= MAX_PROPOSALS:
        why = case.why_stop(record, begun=record.fruitless >= MAX_ATTEMPTS)
        return escalate(Decision(state), why, now, known_causes(record))
    return _propose(state, choice, at)


def _propose(state: RepairState, choice: Choice, at: Moment) -> Decision:
    case, attempt = at.case, state.record.attempts + 1
    action = Action(
        id=f"{case.id}.a{attempt}",
        incident_id=case.id,
        attempt=attempt,
        kind=choice.proposal.action,
        target=choice.proposal.target,
        cause=choice.cause,
        diagnosis_revision=case.diagnosis.revision if choice.cause and case.diagnosis else None,
        diagnosed=choice.since,
        state=ActionState.PROPOSED,
        fence=at.known.fence,
        proposed=at.now,
    )
    proposed = RemediationProposed(action=action, at=at.now, reason=for_what(choice))
    decision = Decision(RepairState(state.record)).keep(attempts=attempt, blocked_since=None, approved_by=None)
    return decision.become(action).emit(proposed)


def permit(state: RepairState, at: Moment) -> Decision | Due:
    """Let the action start if it is still the best, and if the mode and the gate permit it.

    In mode approve, a person must have approved the action too. If the incident is over, or another action is better
    now, the action ends.
    """
    decision, known, record, now = Decision(state), at.known, state.record, at.now
    action = decision.action
    if at.case.closed:
        return finish(decision, ActionState.FAILED, "no longer needed: the incident closed", now)
    if state.memory.claim is ClaimState.ASKED:
        return Due(state)
    if now < (begins := known.begins_at(at.case)):
        return Due(state, begins)
    if at.case.advice is None:
        choice = _best(record, at)
        if choice is None:
            return Due(state)
        if not choice.fits(action):
            if now < choice.due:
                return Due(state, choice.due)
            reason = "no longer needed: another cause or action comes first now"
            return finish(decision, ActionState.FAILED, reason, now)
    if known.mode in (Mode.OFF, Mode.SUGGEST):
        return Due(state)
    if known.mode is Mode.APPROVE and record.approved_by is None:
        expires = action.proposed + APPROVE_WITHIN
        return _expire(decision, at) if now >= expires else Due(state, expires)
    again = state.memory.judge_again
    if again is not None and now < again:
        return Due(state, again)
    verdict = known.judge(action.model_copy(update={"by": record.approved_by or action.by}), now)
    if not verdict.allowed:
        return _blocked(decision, verdict, at)
    return (
        ask_for_claim(state) if known.shared and state.memory.claim is not ClaimState.HELD else _approved(decision, at)
    )


def _best(record: RepairRecord, at: Moment) -> Choice | None:
    return at.case.choose(record, lambda cause: at.known.look(cause, at.now).proved, at.known.waits)


def _approved(decision: Decision, at: Moment) -> Decision:
    by = decision.record.approved_by or decision.action.by
    approved = decision.action.model_copy(update={"state": ActionState.APPROVED, "by": by})
    return decision.become(approved).emit(RemediationApproved(action=approved, at=at.now))


def _blocked(decision: Decision, verdict: Verdict, at: Moment) -> Decision:
    now, since, limit = at.now, decision.record.blocked_since, at.known.limits.blocked_for
    later = verdict.calls is Calls.LATER
    if verdict.calls is Calls.INSTEAD:
        return give_up(publish_blocked(decision, verdict, now), verdict, 0.0, at)
    if later and since is not None and now >= since + limit:
        return give_up(decision, verdict, now - since, at)
    again = now + JUDGE_AGAIN if verdict.again is None else max(now + JUDGE_AGAIN, verdict.again)
    if later:
        since = now if since is None else since
        again = min(again, since + limit)
    decision = _wait(decision, again).keep(blocked_since=since if later else None)
    decision = publish_blocked(decision, verdict, now)
    action = decision.action
    if verdict.calls is Calls.NOW and action.id not in decision.record.called_for:
        decision = decision.keep(called_for=(*decision.record.called_for, action.id))
        decision = call(decision, f"{action.kind} on {action.target} waits: {verdict.reason}", now)
    return decision


def _wait(decision: Decision, until: float) -> Decision:
    if decision.action.state is not ActionState.BLOCKED:
        decision = decision.become(decision.action.model_copy(update={"state": ActionState.BLOCKED}))
    return decision.note(replace(decision.state.memory, judge_again=until))


def _expire(decision: Decision, at: Moment) -> Decision:
    action, within = decision.action, f"within {APPROVE_WITHIN / 60:g} minutes"
    why, outcome = f"nobody approved it {within}", f"was approved by nobody {within}"
    decision = finish(decision, ActionState.REJECTED, why, at.now, outcome)
    reason = f"{action.kind} on {action.target}: {why}"
    return escalate(decision, reason, at.now, explanations(decision.record, action, at.known))


# --- the claim on the target -------------------------------------------------------------------------------------


def claimed(state: RepairState, holder: str | None, at: Moment) -> Decision:
    """`holder`: the id of another action that holds the target; None if the claim was granted."""
    if holder is not None and at.known.executed(Decision(state).action, revert=False) is None:
        return _put_off(state, holder, at)
    # Either the claim was granted, or the network has answered the command already and needs no further command.
    held = Decision(replace(state, memory=replace(state.memory, claim=ClaimState.HELD)))
    return _approved(held, at) if state.step is Step.PERMIT else held


def _put_off(state: RepairState, holder: str, at: Moment) -> Decision:
    """The gate judges the action again soon. If the start of the action was published already, `put_off` is raised by
    one: readers then see that the blocked state is newer than the start.
    """
    now, action = at.now, Decision(state).action
    was_published = action.state in COMMANDED
    changes = {"state": ActionState.BLOCKED, "started": None, "put_off": action.put_off + was_published}
    published = frozenset() if was_published else state.memory.published
    decision = Decision(replace(state, memory=replace(state.memory, claim=ClaimState.NONE, published=published)))
    since = now if state.record.blocked_since is None else state.record.blocked_since
    if action.state is not ActionState.BLOCKED:
        decision = decision.become(action.model_copy(update=changes))
    started = tuple(id_ for id_ in state.record.actions if id_ != action.id)
    decision = decision.keep(blocked_since=since, actions=started)
    reason = f"another process works on {action.target} ({holder})"
    verdict = Verdict(False, NeverAgainstRunning.name, {"running": 1, "limit": 1}, reason)
    if now >= since + max(at.known.limits.blocked_for, HELD_FOR * at.known.speed):
        return give_up(decision, verdict, now - since, at)
    return publish_blocked(_wait(decision, now + JUDGE_AGAIN), verdict, now)


# --- decisions of a person ---------------------------------------------------------------------------------------


def approve(state: RepairState, by: str, at: Moment) -> Decision:
    """Raises Refused if the action does not wait for an approval."""
    decision = _expect_a_person(state, at)
    return decision.become(decision.action.model_copy(update={"by": by})).keep(approved_by=by)


def reject(state: RepairState, by: str, reason: str, at: Moment) -> Decision:
    """Raises Refused if the action does not wait for an approval."""
    why = f"rejected by {by}" + (f": {reason}" if reason else "")
    return finish(_expect_a_person(state, at), ActionState.REJECTED, why, at.now, outcome=f"was rejected by {by}")


def _expect_a_person(state: RepairState, at: Moment) -> Decision:
    if state.action is None or state.action.state not in WAITING:
        raise Refused("the action is not waiting: it has begun or is over")
    if at.known.mode is not Mode.APPROVE:
        raise Refused(f"the mode is {at.known.mode}: actions can be approved and rejected in mode approve only")
    if state.record.approved_by is not None:
        raise Refused(f"{state.record.approved_by} approved the action already; it waits for the gate")
    return Decision(state)
