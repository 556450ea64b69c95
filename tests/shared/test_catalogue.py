"""The catalogue describes every kind and state once, and an action's life cycle leads somewhere from everywhere."""

from __future__ import annotations

from shared.domain.catalogue import (
    ACTION_STATES,
    ACTIONS,
    FAULTS,
    FINISHED,
    WAITING,
    TakesDown,
    may_become,
)
from shared.domain.kinds import ActionKind, ActionState, ElementKind, FaultKind, LinkMetric, NodeMetric


def test_every_kind_and_state_is_described() -> None:
    assert set(FAULTS) == set(FaultKind)
    assert set(ACTIONS) == set(ActionKind)
    assert set(ACTION_STATES) == set(ActionState)


def test_a_fault_shows_at_what_it_strikes_or_at_its_links() -> None:
    for kind, spec in FAULTS.items():
        assert spec.strikes and spec.primary and spec.playbooks, kind
        if ElementKind.NODE not in spec.strikes:
            assert all(isinstance(metric, LinkMetric) for metric in spec.primary), kind
    assert FAULTS[FaultKind.HIGH_CPU].primary == {NodeMetric.CPU_USAGE}


def test_a_playbook_can_be_aimed_at_what_the_fault_strikes() -> None:
    for kind, spec in FAULTS.items():
        for action in spec.playbooks:
            assert spec.strikes & ACTIONS[action].targets, (kind, action)


def test_the_mildest_playbook_comes_first() -> None:
    for kind, spec in FAULTS.items():
        taken = [ACTIONS[action].takes_down for action in spec.playbooks]
        reboots = [down is TakesDown.NODE for down in taken]
        assert reboots == sorted(reboots), kind


def test_every_action_comes_to_an_end_and_stays_there() -> None:
    for state in ActionState:
        reached, todo = {state}, [state]
        while todo:
            following = ACTION_STATES[todo.pop()].after - reached
            reached |= following
            todo += following
        assert reached & FINISHED, state
        assert state not in FINISHED or not reached & WAITING, state


def test_a_record_of_a_later_stage_is_never_taken_for_an_older_one() -> None:
    for state, spec in ACTION_STATES.items():
        for after in spec.after - {ActionState.BLOCKED}:
            assert ACTION_STATES[after].stage >= spec.stage, (state, after)


def test_a_start_that_is_put_off_is_blocked_again_and_a_verified_action_is_not() -> None:
    assert may_become(ActionState.STARTED, ActionState.BLOCKED)
    assert not may_become(ActionState.VERIFIED, ActionState.BLOCKED)
    assert may_become(ActionState.FAILED, ActionState.REVERTED)
    assert not may_become(ActionState.VERIFIED, ActionState.REVERTED)
