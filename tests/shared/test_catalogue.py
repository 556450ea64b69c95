"""The catalogue describes every kind and state once, and every life cycle reaches a final state."""

from __future__ import annotations

from shared.domain.catalogue import (
    ACTION_STATES,
    ACTIONS,
    FAULTS,
    FINISHED,
    INCIDENT_STATES,
    METRICS,
    NEEDS_PERSON,
    UNRESOLVED,
    WAITING,
    TakesDown,
    actions_that,
    faults_that,
    incident_may_become,
    may_become,
)
from shared.domain.kinds import ActionKind, ActionState, ElementKind, FaultKind, IncidentState
from shared.testing.builders import action as action_made


def test_every_kind_and_state_is_described() -> None:
    assert set(FAULTS) == set(FaultKind)
    assert set(ACTIONS) == set(ActionKind)
    assert set(ACTION_STATES) == set(ActionState)


def test_a_fault_has_symptoms_at_its_target_or_at_the_links_of_its_target() -> None:
    for kind, spec in FAULTS.items():
        assert spec.targets and spec.primary and spec.playbooks, kind
        if ElementKind.NODE not in spec.targets:
            assert all((ElementKind.LINK, metric) in METRICS for metric in spec.primary), kind
    assert FAULTS[FaultKind.HIGH_CPU].primary == {"cpu_usage"}


def test_a_playbook_accepts_all_targets_of_its_fault() -> None:
    for kind, spec in FAULTS.items():
        for action in spec.playbooks:
            assert spec.targets <= ACTIONS[action].targets, (kind, action)


def test_a_reboot_is_the_last_resort() -> None:
    for kind, spec in FAULTS.items():
        reboots = [ACTIONS[action].takes_down is TakesDown.NODE for action in spec.playbooks]
        assert reboots == sorted(reboots), kind


def test_kinds_of_fault_have_the_expected_traits() -> None:
    down, cut, flap = FaultKind.NODE_DOWN, FaultKind.LINK_DOWN, FaultKind.LINK_FLAP
    assert faults_that(lambda fault: fault.moves_traffic) == {down, cut, flap}
    assert faults_that(lambda fault: fault.cuts) == {down, cut}
    assert faults_that(lambda fault: fault.flaps) == {flap}
    assert faults_that(lambda fault: fault.slow) == {FaultKind.HIGH_MEMORY}
    assert faults_that(lambda fault: fault.load) == {FaultKind.HIGH_CPU, FaultKind.HIGH_MEMORY, FaultKind.CONGESTION}
    assert faults_that(lambda fault: fault.of_ports) == {FaultKind.HIGH_LATENCY, FaultKind.PACKET_LOSS}


def test_actions_have_the_expected_traits() -> None:
    reboot, detour = ActionKind.REBOOT_NODE, ActionKind.OPTIMIZE_ROUTING
    assert actions_that(lambda action: action.moves_traffic) == {reboot, detour}
    assert actions_that(lambda action: action.undoable) == {detour, ActionKind.RATE_LIMIT}
    assert actions_that(lambda action: action.takes_down > TakesDown.NOTHING) == {reboot, ActionKind.RESET_INTERFACE}


def test_every_action_reaches_a_final_state() -> None:
    for state in ActionState:
        reached, todo = {state}, [state]
        while todo:
            following = ACTION_STATES[todo.pop()].after - reached
            reached |= following
            todo += following
        assert reached & FINISHED, state
        assert state not in FINISHED or not reached & WAITING, state


def test_no_step_but_a_start_that_is_put_off_leads_to_an_earlier_stage() -> None:
    put_off = {(ActionState.APPROVED, ActionState.BLOCKED), (ActionState.STARTED, ActionState.BLOCKED)}
    steps = {(state, after) for state, spec in ACTION_STATES.items() for after in spec.after}
    assert {(a, b) for a, b in steps if ACTION_STATES[b].stage < ACTION_STATES[a].stage} == put_off


def test_a_start_that_is_put_off_is_blocked_again_and_a_verified_action_is_not() -> None:
    assert may_become(ActionState.STARTED, ActionState.BLOCKED)
    assert not may_become(ActionState.VERIFIED, ActionState.BLOCKED)
    assert may_become(ActionState.FAILED, ActionState.REVERTED)
    assert not may_become(ActionState.VERIFIED, ActionState.REVERTED)


def test_every_incident_reaches_a_final_state() -> None:
    assert set(INCIDENT_STATES) == set(IncidentState)
    assert {state for state, spec in INCIDENT_STATES.items() if not spec.after} == {IncidentState.RESOLVED}
    assert all(INCIDENT_STATES[state].after & {IncidentState.RESOLVED} for state in UNRESOLVED)
    assert NEEDS_PERSON < set(UNRESOLVED) == set(IncidentState) - {IncidentState.RESOLVED}


def test_an_escalated_incident_does_not_become_open_and_a_resolved_one_stays_resolved() -> None:
    assert incident_may_become(IncidentState.OPEN, IncidentState.ESCALATED)
    assert incident_may_become(IncidentState.ESCALATED, IncidentState.ESCALATED)
    assert not incident_may_become(IncidentState.ESCALATED, IncidentState.OPEN)
    assert not incident_may_become(IncidentState.RESOLVED, IncidentState.OPEN)


def test_of_two_records_of_an_action_the_one_that_was_put_off_more_often_is_newer() -> None:
    made = {state: action_made(state=state) for state in ActionState}
    for before, spec in ACTION_STATES.items():
        for after in spec.after:
            put_off = made[after].model_copy(update={"put_off": int(after is ActionState.BLOCKED and spec.stage > 0)})
            assert put_off.progress > made[before].progress, (before, after)
