"""The step that verifies an action: it watches until the action is known to have helped or not, or until a time limit.

Rules: during this step the remediator reads the telemetry of the network itself, so that it notices if the harm was
gone for a while. An action from advice has no incident whose members could clear: it is verified if no incident begins
within the time limit. If network time is set back, the waits start again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.remediator.core.decision import Decision, Due, Moment, finish
from services.remediator.core.knowledge import Knowledge
from services.remediator.core.outcome import (
    LOOK_AGAIN,
    SEEN_WITHIN,
    Relief,
    RepairOutcome,
    Seen,
    partly_proved,
    proved,
    unproved,
)
from services.remediator.core.steps import RepairState
from services.remediator.core.waits import Waits
from services.remediator.gate import Finding, Proof
from shared.domain.catalogue import FAULTS, Role
from shared.domain.elements import has_role, kind_of
from shared.domain.events import Action, Cause
from shared.domain.kinds import ActionState

VERIFY_AFTER_TAKEOVER = 1.0
"""Seconds that a process waits after a takeover before it decides that a member did not clear."""
SEEN_AFTER_TAKEOVER = 2.5
"""Seconds of wall time after a takeover to wait for an unseen outcome: other services may be starting too."""


def verify(state: RepairState, at: Moment) -> Decision | Due:
    decision = Decision(_entered(state, at.now))
    action = decision.action
    if action.cause is None:
        outcome = _verify_advice(decision, at)
    else:
        decision, outcome = _verify_cause(decision, action.cause, at)
    if outcome is None:
        decides = _decides_at(decision, at.known.waits)
        again = at.now + LOOK_AGAIN
        return Due(decision.state, min(decides, again) if at.now < decides else again)
    reported = outcome.reported
    if outcome.excusable and (what := (action.kind, action.target)) not in decision.record.excused:
        decision, reported = decision.keep(excused=(*decision.record.excused, what)), ""
    return finish(decision, outcome.state, outcome.reason, at.now, reported)


def _entered(state: RepairState, now: float) -> RepairState:
    memory = state.memory
    entered = now if memory.entered is None else min(memory.entered, now)
    applied = None if state.action is None else state.action.applied
    effect = memory.effect if memory.effect is not None else applied
    return replace(state, memory=replace(memory, entered=entered, effect=now if effect is None else min(effect, now)))


def _effect(decision: Decision) -> float:
    effect = decision.state.memory.effect
    assert effect is not None, "set when the step was entered"
    return effect


def _since(decision: Decision) -> float:
    entered = decision.state.memory.entered
    assert entered is not None, "set when the step was entered"
    return entered


def _verify_within(action: Action, waits: Waits) -> float:
    recovers = FAULTS[action.cause.kind].recovers if action.cause is not None else 0.0
    return max(waits.verify_within, recovers)


def _decides_at(decision: Decision, waits: Waits) -> float:
    within = _verify_within(decision.action, waits)
    return max(_effect(decision) + within, _since(decision) + VERIFY_AFTER_TAKEOVER)


def _waits_until(decision: Decision, known: Knowledge) -> float:
    """The wait begins at the effect of the action, and a takeover does not restart it. But a process that took over
    waits for at least `SEEN_AFTER_TAKEOVER` seconds.
    """
    seen = _effect(decision) + _verify_within(decision.action, known.waits) + SEEN_WITHIN * known.speed
    return max(seen, _since(decision) + SEEN_AFTER_TAKEOVER * known.speed)


def _verify_cause(decision: Decision, cause: Cause, at: Moment) -> tuple[Decision, RepairOutcome | None]:
    action, case, known, now = decision.action, at.case, at.known, at.now
    effect = _effect(decision)
    cleared = {member: known.cleared(case, member) for member in case.members_of(cause)}
    harm = known.look(cause, now, effect)
    if _is_down_again(cause, harm, at):
        cleared = dict.fromkeys(cleared)
    if (outcome := proved(action, cleared, now)) is not None:
        return decision, outcome
    relief = decision.state.memory.relief.after(harm, known.evidence.newest_of(cause.element, now), known.waits)
    decision = _relieved(decision, action, relief, known.waits)
    settled = case.closed and case.merged_into is None
    if not settled and now < _decides_at(decision, known.waits):
        return decision, None
    if (outcome := _in_part(decision, cause, cleared, harm, at)) is not None:
        return decision, outcome
    of = kind_of(known.topology, cause.element)
    off = next((kind for kind, spec in FAULTS.items() if spec.cuts and of in spec.targets), cause.kind)
    seen = Seen(
        harm=harm,
        relieved=decision.record.relieved == action.id,
        off=known.look(cause.model_copy(update={"kind": off}), now, effect),
    )
    waits_until = now if settled else _waits_until(decision, known)
    return decision, unproved(action, cleared, now, seen, waits_until)


def _in_part(
    decision: Decision, cause: Cause, cleared: Mapping[str, float | None], harm: Finding, at: Moment
) -> RepairOutcome | None:
    """Return the outcome if the harm of the cause is gone, and the diagnosis has another cause for the open members."""
    first = at.case.diagnosis.causes[0] if at.case.diagnosis and at.case.diagnosis.causes else None
    open_ = {member for member, time in cleared.items() if time is None}
    gone = harm.proof in (Proof.NOT_SEEN, Proof.HARMLESS)
    if first is None or first.key == cause.key or not gone or not open_ <= set(first.members):
        return None
    return partly_proved(decision.action, cleared, f"{first.kind} on {first.element}", at.now)


def _relieved(decision: Decision, action: Action, relief: Relief, waits: Waits) -> Decision:
    decision = decision.note(replace(decision.state.memory, relief=relief))
    news = relief.lasts(waits) and decision.record.relieved != action.id
    return decision.keep(relieved=action.id) if news else decision


def _is_down_again(cause: Cause, harm: Finding, at: Moment) -> bool:
    topology = at.known.topology
    cut = FAULTS[cause.kind].cuts and topology.is_link(cause.element)
    incident = at.known.surviving(at.case).incident
    if not cut or incident is None:
        return False
    open_ = (member.anomaly for member in incident.open_members)
    return harm.proved or any(
        symptom.element == cause.element and has_role(topology, symptom, Role.STATE) for symptom in open_
    )


def _verify_advice(decision: Decision, at: Moment) -> RepairOutcome | None:
    applied = decision.action.applied
    if (incident := at.known.disturbed_since(at.now if applied is None else applied)) is not None:
        return RepairOutcome(ActionState.FAILED, f"incident {incident} began after it")
    if at.now < _decides_at(decision, at.known.waits):
        return None
    return RepairOutcome(ActionState.VERIFIED, f"no incident began within {at.known.waits.verify_within:g} s of it")
