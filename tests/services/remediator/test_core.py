"""The repair of one incident: which events the core publishes for which messages, and when."""

from __future__ import annotations

import math

import pytest

from services.remediator.core import GateLimits, RepairRecord
from services.remediator.core.choosing import MAX_ATTEMPTS
from services.remediator.core.commands import EXECUTE_WITHIN
from services.remediator.core.knowledge import LISTEN_AFTER_TAKEOVER
from services.remediator.core.outcome import SEEN_WITHIN
from services.remediator.core.remediator import STALE_AFTER
from services.remediator.core.verification import SEEN_AFTER_TAKEOVER
from services.remediator.core.waits import VERIFY_WITHIN
from shared.domain.errors import Refused, UnknownTarget
from shared.domain.events import (
    MAX_TEXT,
    RemediationBlocked,
    RemediationEscalated,
    RemediationEvent,
    RemediationFailed,
    StabilityAdvised,
    StabilityStatus,
)
from shared.domain.kinds import ActionKind, ActionState, FaultKind, Mode, NetworkState, NodeStatus
from tests.services.remediator.build import NETWORK, T0, Bench, Trouble, cause, shorts, telemetry

CPU = ("server-1", "cpu_usage")
MEMORY = ("server-1", "memory_usage")
LATENCY = ("core-router-1--core-router-2", "latency")
STARTS = ["a1 proposed", "a1 approved", "a1 started", "a1 execute"]


def high_cpu(trouble: Trouble, **more: object) -> object:
    return cause("server-1", FaultKind.HIGH_CPU, trouble.ids, **more)  # type: ignore[arg-type]


def begun(bench: Bench, trouble: Trouble, *causes: object) -> None:
    bench.receive(trouble.opened(), trouble.diagnosis(bench.now, *(causes or (high_cpu(trouble),))))  # type: ignore[arg-type]
    bench.until(bench.now + 0.5)
    assert bench.steps[-1].endswith("execute")


# --- when --------------------------------------------------------------------------------------------------------


def test_a_repair_publishes_each_step_in_order() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    assert bench.until(T0 + 0.49) == []
    assert shorts(bench.until(T0 + 0.5)) == STARTS
    bench.now += 0.6
    assert shorts(bench.ran(bench.commands[0].action_id, took_effect=bench.now - 0.1)) == ["a1 applied"]
    effect = bench.now - 0.1
    assert bench.receive(trouble.clear(effect - 0.01)) == [], "a sample from before the effect proves nothing"
    trouble.members = [m.model_copy(update={"cleared": None}) for m in trouble.members]
    assert shorts(bench.receive(trouble.clear(effect + 0.01))) == ["a1 verified"]
    bench.receive(trouble.resolve(effect + 2))
    action = bench.core.actions()[0]
    assert (action.id, action.state, action.diagnosed) == (f"{trouble.id}.a1", ActionState.VERIFIED, T0)
    assert (action.started, action.applied) == (T0 + 0.5, effect)
    assert bench.core.next_due(bench.now) is None
    assert bench.until(bench.now + 100) == []


@pytest.mark.parametrize(
    ("changes", "due", "chosen"),
    [
        pytest.param([], 0.5, FaultKind.HIGH_CPU, id="ranked first for two samples"),
        pytest.param([(0.2, FaultKind.HIGH_MEMORY)], 0.7, FaultKind.HIGH_MEMORY, id="a new first cause waits as well"),
        pytest.param(
            [(0.4, FaultKind.HIGH_MEMORY), (0.8, FaultKind.HIGH_CPU)],
            1.0,
            FaultKind.HIGH_CPU,
            id="after 1 s in any case",
        ),
        pytest.param([(0.3, FaultKind.HIGH_CPU)], 0.5, FaultKind.HIGH_CPU, id="a repeated cause keeps its time"),
    ],
)
def test_a_cause_is_acted_on_after_it_was_ranked_first_for_two_samples(
    changes: list[tuple[float, FaultKind]], due: float, chosen: FaultKind
) -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    for after, kind in changes:
        assert bench.until(T0 + after) == []
        trouble.revision += 1
        bench.receive(trouble.diagnosis(T0 + after, cause("server-1", kind, trouble.ids)))
    assert bench.until(T0 + due - 0.01) == []
    events = bench.until(T0 + due)
    assert shorts(events) == STARTS
    assert isinstance(events[0], RemediationEvent)
    assert events[0].action.cause is not None
    assert events[0].action.cause.kind is chosen


def test_a_cause_of_low_confidence_is_acted_on_after_three_seconds() -> None:
    bench, trouble = Bench(), Trouble(("server-1", "latency"))
    bench.receive(trouble.opened(), trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_LATENCY, trouble.ids, 0.2)))
    assert bench.until(T0 + 2.9) == []
    assert shorts(bench.until(T0 + 3.0)) == STARTS


def test_a_diagnosis_of_an_older_revision_is_ignored() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble), revision=5))
    bench.receive(trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_MEMORY, trouble.ids), revision=4))
    events = bench.until(T0 + 0.5)
    assert isinstance(events[0], RemediationEvent)
    assert events[0].action.kind is ActionKind.RESTART_PROCESS
    assert events[0].action.diagnosis_revision == 5


def test_no_action_starts_once_all_members_cleared() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)), trouble.clear(T0 + 0.2))
    bench.until(T0 + 2)
    bench.receive(trouble.resolve(T0 + 2.2))
    assert bench.until(T0 + 100) == []


def test_no_action_starts_for_a_diagnosis_without_its_incident() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    trouble.opened()
    bench.receive(trouble.diagnosis(T0, high_cpu(trouble)))
    assert bench.until(T0 + 5) == []
    assert shorts(bench.receive(trouble.join("server-1", "latency", T0 + 4))) == STARTS


# --- whether it helped -------------------------------------------------------------------------------------------


def test_without_proof_an_action_fails_and_the_next_best_follows() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    effect = bench.now
    assert bench.until(effect + 3.99) == []
    assert shorts(bench.until(effect + 4)) == ["a1 failed", "a2 proposed", "a2 approved", "a2 started", "a2 execute"]
    assert bench.commands[1].kind is ActionKind.REBOOT_NODE


def test_if_harm_was_gone_and_came_back_the_same_action_is_tried_once_more() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    effect, broken = bench.now, bench.shows
    bench.shows = telemetry(effect)
    bench.until(effect + 2)
    bench.shows = broken
    assert shorts(bench.until(effect + 4))[0] == "a1 failed"
    bench.until(effect + 15)
    assert [command.kind for command in bench.commands] == [ActionKind.RESTART_PROCESS] * 2
    bench.ran(bench.commands[1].action_id)
    bench.shows = telemetry(bench.now)
    bench.until(bench.now + 2)
    bench.shows = broken
    bench.until(bench.now + 60)
    assert bench.commands[2].kind is ActionKind.REBOOT_NODE, "excused once"


def test_after_a_takeover_an_outcome_is_awaited_before_an_action_fails() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    next_ = taken_over(bench, trouble.opened(), after=60.0, blind=True)
    next_.until(next_.now)
    assert next_.until(next_.now + SEEN_AFTER_TAKEOVER - 0.1) == []
    assert shorts(next_.receive(trouble.clear(next_.now))) == ["a1 verified"]


def test_the_wait_for_an_outcome_ends_after_the_clock_was_set_back() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    bench.shows = None
    bench.now -= 600
    bench.until(bench.now)
    bench.until(bench.now + VERIFY_WITHIN + SEEN_WITHIN)
    assert "a1 failed" in bench.steps


def test_the_outcome_of_an_action_on_a_node_that_went_down_is_not_awaited() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    bench.shows = telemetry(bench.now, but={("server-1", "cpu_usage"): None, ("server-1", "reachable"): 0.0})
    failed = next(event for event in bench.until(bench.now + 4) if isinstance(event, RemediationFailed))
    assert "cannot be seen, since server-1 does not answer" in failed.reason


def test_the_wait_for_an_unseen_outcome_has_a_limit_over_any_number_of_takeovers() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    effect = bench.now
    while bench.now < effect + VERIFY_WITHIN + SEEN_WITHIN + 1:
        assert "a1 failed" not in bench.steps
        bench = taken_over(bench, trouble.opened(), after=3.0, blind=True)
        bench.until(bench.now)
        bench.until(bench.now + 3.0)
    assert "a1 failed" in bench.steps


def test_enabling_a_link_that_then_flaps_is_no_repair() -> None:
    link = LATENCY[0]
    bench, trouble = Bench(), Trouble((link, "up"))
    begun(bench, trouble, cause(link, FaultKind.LINK_DOWN, trouble.ids))
    bench.ran(bench.commands[0].action_id)
    bench.now += 0.5
    assert bench.receive(trouble.clear(bench.now - 0.25)) == [], "it is down again"
    bench.now += 0.5
    bench.shows = telemetry(bench.now)
    assert bench.receive(trouble.join(link, "up", bench.now - 0.5)) == [], "it is up, and flaps"
    bench.shows = telemetry(bench.now, but={(link, "up"): 0.0})
    assert shorts(bench.until(bench.now + 4))[0] == "a1 failed"


def test_an_action_fails_if_one_member_stays_open() -> None:
    bench, trouble = Bench(), Trouble(CPU, ("server-1", "latency"))
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    effect = bench.now
    assert bench.receive(trouble.clear(effect + 0.5, trouble.ids[0])) == []
    assert shorts(bench.until(effect + 4))[0] == "a1 failed"


def test_a_member_that_cleared_before_the_effect_does_not_prevent_verification() -> None:
    bench, trouble = Bench(), Trouble(CPU, ("server-1", "latency"))
    begun(bench, trouble)
    bench.receive(trouble.clear(bench.now + 0.1, trouble.ids[1]))
    bench.now += 0.5
    bench.ran(bench.commands[0].action_id)
    assert shorts(bench.receive(trouble.clear(bench.now + 0.5))) == ["a1 verified"]


def test_an_action_that_did_not_help_is_reverted_before_the_next() -> None:
    bench, trouble = Bench(), Trouble(LATENCY)
    link = LATENCY[0]
    first = cause(link, FaultKind.CONGESTION, trouble.ids, 0.8, [ActionKind.RATE_LIMIT, ActionKind.OPTIMIZE_ROUTING])
    begun(bench, trouble, first)
    bench.ran(bench.commands[0].action_id)
    assert shorts(bench.until(bench.now + 4)) == ["a1 failed", "a1 revert"]
    assert bench.core.next_due(bench.now) == bench.now + EXECUTE_WITHIN
    events = bench.ran(bench.commands[0].action_id, revert=True)
    assert shorts(events) == ["a1 reverted", "a2 proposed", "a2 approved", "a2 started", "a2 execute"]
    assert bench.commands[-1].kind is ActionKind.OPTIMIZE_ROUTING


def test_an_action_fails_at_once_if_its_command_did_not_run() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    events = bench.ran(bench.commands[0].action_id, ran=False, reason="no such process")
    assert shorts(events) == ["a1 failed", "a2 proposed", "a2 approved", "a2 started", "a2 execute"]
    assert "no such process" in events[0].reason  # type: ignore[attr-defined]


def test_a_command_without_an_answer_is_sent_twice_and_then_fails() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    start = bench.now
    assert shorts(bench.until(start + 8)) == ["a1 execute"]
    assert bench.commands[0] == bench.commands[1], "the repeated command is the same"
    events = bench.until(start + 16)
    assert shorts(events)[:2] == ["a1 failed", "a2 proposed"]
    assert isinstance(events[1], RemediationEvent)
    assert events[1].action.kind is ActionKind.RESTART_PROCESS, "it was never tried, so it is tried again"
    assert isinstance(events[2], RemediationBlocked)
    assert events[2].rule == "cooldown"


def unhelpful(bench: Bench) -> Trouble:
    trouble = Trouble(LATENCY)
    begun(bench, trouble, cause(LATENCY[0], FaultKind.CONGESTION, trouble.ids, actions=[ActionKind.RATE_LIMIT]))
    bench.ran(bench.commands[0].action_id)
    assert shorts(bench.until(bench.now + 4)) == ["a1 failed", "a1 revert"]
    return trouble


@pytest.mark.parametrize("speed", [1.0, 8.0])
def test_the_wait_for_an_answer_is_in_wall_time(speed: float) -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.core.known.speed = speed
    begun(bench, trouble)
    start = bench.now
    assert bench.until(start + 7.9 * speed) == []
    assert shorts(bench.until(start + 8 * speed)) == ["a1 execute"]
    assert bench.until(start + 15.9 * speed) == []
    assert shorts(bench.until(start + 16 * speed))[0] == "a1 failed"


@pytest.mark.parametrize("speed", [1.0, 8.0])
def test_a_revert_without_an_answer_calls_a_person_and_a_late_answer_counts(speed: float) -> None:
    bench = Bench()
    bench.core.known.speed = speed
    trouble = unhelpful(bench)
    start = bench.now
    assert shorts(bench.until(start + 15.9 * speed)) == ["a1 revert"]
    events = bench.until(start + 16 * speed)
    assert shorts(events) == ["escalated"]
    assert isinstance(events[0], RemediationEscalated)
    assert "rate_limit on core-router-1--core-router-2 did not help and was not reverted" in events[0].reason
    assert "did not answer within 16 s" in events[0].reason
    bench.receive(trouble.clear(bench.now), trouble.resolve(bench.now + 2))
    assert shorts(bench.ran(f"{trouble.id}.a1", revert=True)) == ["a1 reverted"]
    assert bench.core.actions()[0].state is ActionState.REVERTED
    assert bench.ran(f"{trouble.id}.a1", revert=True) == [], "it is published once"


def test_a_revert_that_the_network_refuses_calls_a_person() -> None:
    bench = Bench()
    trouble = unhelpful(bench)
    events = bench.ran(f"{trouble.id}.a1", ran=False, revert=True, reason="no such limit")
    assert shorts(events) == ["escalated"]
    assert isinstance(events[0], RemediationEscalated)
    assert "no such limit" in events[0].reason


@pytest.mark.parametrize("owned", [True, False])
def test_a_revert_that_ran_before_a_takeover_is_published_by_the_owner_only(owned: bool) -> None:
    bench = Bench()
    trouble = unhelpful(bench)
    bench.until(bench.now + 16)
    next_, actions = Bench(now=bench.now + 60), bench.core.actions()
    next_.core.own(lambda incident_id: False)
    next_.ran(f"{trouble.id}.a1", revert=True)
    next_.core.restore(bench.core.snapshot(), next_.now, actions)
    next_.core.own(lambda incident_id: owned)
    next_.until(next_.now)
    assert next_.steps == (["a1 reverted"] if owned else [])


def test_after_a_failure_the_newest_diagnosis_counts() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    trouble.revision += 1
    leak = cause(
        "server-1", FaultKind.HIGH_MEMORY, trouble.ids, actions=[ActionKind.RESTART_PROCESS, ActionKind.CLEAR_CACHE]
    )
    bench.receive(trouble.diagnosis(bench.now + 1, leak, high_cpu(trouble)))  # type: ignore[arg-type]
    bench.until(bench.now + 4)
    assert [command.kind for command in bench.commands] == [ActionKind.RESTART_PROCESS, ActionKind.CLEAR_CACHE]


def test_causes_are_tried_by_rank_and_then_a_person_is_called() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    second = cause("edge-switch-1--server-1", FaultKind.HIGH_LATENCY, trouble.ids, 0.5, [ActionKind.RESET_INTERFACE])
    begun(bench, trouble, high_cpu(trouble), second)
    while not isinstance(bench.published[-1], RemediationEscalated):
        bench.ran(bench.commands[-1].action_id)
        bench.until(bench.now + 5.2)
    escalated = bench.published[-1]
    kinds = [ActionKind.RESTART_PROCESS, ActionKind.REBOOT_NODE, ActionKind.RESET_INTERFACE]
    assert [command.kind for command in bench.commands] == kinds
    assert escalated.tried == tuple(f"{trouble.id}.a{i}" for i in (1, 2, 3))
    assert "reset_interface on edge-switch-1--server-1 did not help" in escalated.reason
    assert bench.until(bench.now + 1_000) == [], "a person is called once"


def test_a_person_is_called_after_five_attempts() -> None:
    bench, trouble = Bench(limits=GateLimits(unproven=100)), Trouble(CPU)
    many = [cause(f"server-{i}", FaultKind.NODE_DOWN, trouble.ids) for i in range(1, 9)]
    begun(bench, trouble, *many)
    while not isinstance(bench.published[-1], RemediationEscalated):
        bench.ran(bench.commands[-1].action_id)
        bench.until(bench.now + 4)
    assert len(bench.commands) == MAX_ATTEMPTS == 5
    assert (
        bench.published[-1].reason
        == "5 actions in a row were started, which is the limit; a person has to look before there are more"
    )
    assert bench.until(bench.now + 1_000) == []


def test_no_cause_at_all_calls_a_person() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0))
    assert bench.until(T0 + 9) == []
    assert shorts(bench.until(T0 + 10)) == ["escalated"]


def test_a_new_fault_in_an_escalated_incident_is_repaired() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(
        trouble.opened(), trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_CPU, trouble.ids, actions=[]))
    )
    bench.until(T0 + 10)
    assert bench.steps == ["escalated"]
    bench.receive(trouble.join("edge-switch-1", "memory_usage", T0 + 11))
    leak = cause("edge-switch-1", FaultKind.HIGH_MEMORY, trouble.ids[1:])
    bench.receive(
        trouble.diagnosis(T0 + 11.6, leak, cause("server-1", FaultKind.HIGH_CPU, trouble.ids[:1], actions=[]))
    )
    bench.until(T0 + 12.2)
    assert bench.commands[-1].target == "edge-switch-1"


def called_twice() -> tuple[Bench, list[RemediationEscalated]]:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(
        trouble.opened(), trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_CPU, trouble.ids, actions=[]))
    )
    bench.until(T0 + 10)
    bench.receive(trouble.join("edge-switch-1", "memory_usage", T0 + 11))
    bench.receive(trouble.diagnosis(T0 + 11.6, cause("edge-switch-1", FaultKind.HIGH_MEMORY, trouble.ids[1:])))
    bench.until(T0 + 700)
    return bench, [event for event in bench.published if isinstance(event, RemediationEscalated)]


def test_two_calls_for_one_incident_are_two_events_although_nothing_was_begun() -> None:
    _, calls = called_twice()
    assert [call.tried for call in calls] == [(), ()]
    assert len({call.id for call in calls}) == 2


def test_a_lower_cause_is_acted_on_in_time_while_the_incident_keeps_changing() -> None:
    """Its wait counts from when the causes above it were clear, not from each new diagnosis."""
    bench, trouble = Bench(), Trouble(CPU, MEMORY)
    busy, leak = (
        cause("server-1", kind, [member])
        for kind, member in zip((FaultKind.HIGH_CPU, FaultKind.HIGH_MEMORY), trouble.ids, strict=True)
    )
    bench.receive(trouble.opened(), trouble.diagnosis(T0, busy, leak))
    bench.until(T0 + 0.4)
    bench.receive(trouble.clear(bench.now, trouble.ids[0]), trouble.diagnosis(bench.now, busy, leak))
    for step in range(20):
        bench.until(T0 + 0.5 + step)
        bench.receive(trouble.join("server-6", "latency", bench.now), trouble.diagnosis(bench.now, busy, leak))
    assert bench.commands[0].kind is ActionKind.CLEAR_CACHE
    assert T0 + 3 < bench.when[bench.steps.index("a1 execute")] <= T0 + 3.5, (
        "three seconds after the first cause was clear"
    )


def test_a_second_fault_in_one_incident_is_repaired_too() -> None:
    bench, trouble = Bench(), Trouble(CPU, ("server-1", "memory_usage"))
    one = cause("server-1", FaultKind.HIGH_CPU, trouble.ids[:1])
    two = cause("server-1", FaultKind.HIGH_MEMORY, trouble.ids[1:])
    begun(bench, trouble, one, two)
    bench.ran(bench.commands[0].action_id)
    assert shorts(bench.receive(trouble.clear(bench.now + 0.5, trouble.ids[0]))) == ["a1 verified"]
    assert shorts(bench.receive(trouble.diagnosis(bench.now, two, one)))[:1] == []
    assert shorts(bench.until(bench.now + 0.5))[0] == "a2 proposed"
    assert bench.commands[-1].kind is ActionKind.CLEAR_CACHE


def test_after_a_repair_the_same_cause_waits_for_its_symptoms_to_clear() -> None:
    bench, trouble = Bench(limits=GateLimits(cooldown=0)), Trouble(("edge-switch-1", "reachable"))
    begun(bench, trouble, cause("edge-switch-1", FaultKind.NODE_DOWN, trouble.ids))
    bench.receive(trouble.join("core-router-1--edge-switch-1", "up", bench.now))
    bench.receive(trouble.diagnosis(bench.now, cause("edge-switch-1", FaultKind.NODE_DOWN, trouble.ids)))
    bench.ran(bench.commands[0].action_id)
    assert shorts(bench.receive(trouble.clear(bench.now + 0.5, trouble.ids[0]))) == ["a1 verified"]
    verified = bench.now
    assert bench.until(verified + 3.9) == []
    assert shorts(bench.until(verified + 4))[0] == "a2 proposed", "it stayed open, so that it was not repaired"


def test_an_incident_that_closes_ends_a_waiting_action() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 1)
    events = bench.receive(trouble.resolve(T0 + 3))
    assert shorts(events) == ["a1 failed"]
    assert "no longer needed" in events[0].reason  # type: ignore[attr-defined]
    assert bench.core.next_due(bench.now) is None


def test_an_action_that_runs_when_its_incident_closes_is_finished() -> None:
    bench, trouble = Bench(), Trouble(LATENCY)
    begun(bench, trouble, cause(LATENCY[0], FaultKind.CONGESTION, trouble.ids))
    bench.receive(trouble.clear(bench.now + 0.2), trouble.resolve(bench.now + 2.2))
    bench.now += 2.5
    assert shorts(bench.ran(bench.commands[0].action_id)) == ["a1 applied", "a1 failed", "a1 revert"]
    assert shorts(bench.ran(bench.commands[0].action_id, revert=True)) == ["a1 reverted"]
    assert bench.core.next_due(bench.now) is None


def test_an_action_of_a_merged_incident_is_verified_by_the_incident_it_was_merged_into() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    other = Trouble(CPU, ("edge-switch-1", "cpu_usage"), id="other")
    bench.receive(other.opened(), trouble.resolve(bench.now + 0.1, merged_into="other"))
    assert bench.steps[-1] == "a1 applied"
    assert shorts(bench.receive(other.clear(bench.now + 0.7))) == ["a1 verified"]


def test_a_link_that_is_up_again_is_verified_although_its_incident_was_merged() -> None:
    """The merged incident is never updated again: its member looks open for ever."""
    link = ("edge-switch-1--server-1", "up")
    bench, trouble = Bench(), Trouble(link)
    begun(bench, trouble, cause(link[0], FaultKind.LINK_DOWN, trouble.ids))
    bench.ran(bench.commands[0].action_id)
    other = Trouble(link, ("edge-switch-1", "cpu_usage"), id="other")
    bench.receive(other.opened(), trouble.resolve(bench.now + 0.1, merged_into="other"))
    assert shorts(bench.receive(other.clear(bench.now + 0.7, *trouble.ids))) == ["a1 verified"]


def test_a_cause_that_is_hardly_believed_gets_no_action_and_calls_a_person() -> None:
    bench, trouble = Bench(), Trouble(LATENCY)
    doubtful = cause(LATENCY[0], FaultKind.HIGH_LATENCY, trouble.ids, confidence=0.19)
    bench.receive(trouble.opened(), trouble.diagnosis(bench.now, doubtful))
    out = bench.until(bench.now + 90.0)
    assert bench.commands == []
    (called,) = (event for event in out if isinstance(event, RemediationEscalated))
    assert "too uncertain (0.19) to act on" in called.reason


@pytest.mark.parametrize(("also", "acts"), [(False, False), (True, True)])
def test_an_alternative_to_a_doubtful_cause_gets_no_action_either(also: bool, acts: bool) -> None:
    bench, trouble = Bench(), Trouble(LATENCY, CPU)
    doubtful = cause(LATENCY[0], FaultKind.HIGH_LATENCY, trouble.ids[:1], confidence=0.15)
    other = high_cpu(trouble).model_copy(update={"members": trouble.ids[1:], "also": also})
    bench.receive(trouble.opened(), trouble.diagnosis(bench.now, doubtful, other))
    bench.until(bench.now + 30.0)
    assert bool(bench.commands) is acts


# --- after a takeover --------------------------------------------------------------------------------------------


def taken_over(
    bench: Bench, *messages: object, mode: Mode = Mode.AUTO, after: float = 3_600.0, blind: bool = False
) -> Bench:
    """Return a later process that continues from the ledger and from these messages of the history."""
    next_ = Bench(mode, now=bench.now + after)
    if blind:
        next_.shows = None
    next_.core.own(lambda incident_id: False)
    next_.core.known.listens_since = math.inf
    next_.receive(*messages)  # type: ignore[arg-type]
    next_.core.restore(bench.core.snapshot(), next_.now, bench.core.actions())
    next_.core.own(lambda incident_id: True)
    return next_


def waiting(mode: Mode = Mode.AUTO) -> tuple[Bench, Trouble]:
    """Return an incident whose cause was not ranked first for long enough, or whose action waits for approval."""
    bench, trouble = Bench(mode), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + (0.4 if mode is Mode.AUTO else 20))
    return bench, trouble


def test_after_a_takeover_no_action_starts_for_an_incident_that_is_over() -> None:
    before, trouble = waiting()
    bench = taken_over(before, trouble.join("server-1", "latency", T0 + 1))
    began = bench.core.known.listens_since = bench.now
    assert bench.until(began + LISTEN_AFTER_TAKEOVER - 0.1) == []
    bench.receive(trouble.clear(bench.now), trouble.resolve(bench.now + 2))
    assert bench.until(began + 100) == []


def test_an_escalation_that_is_decided_again_after_a_kill_has_the_same_id() -> None:
    before, trouble = Bench(), Trouble(CPU)
    opened = trouble.opened()
    before.receive(opened, trouble.diagnosis(T0))
    before.until(T0 + 9)
    bench = taken_over(before, opened, after=0)
    bench.core.known.listens_since = bench.now
    (first,), (again,) = before.until(T0 + 10), bench.until(T0 + 20)
    assert isinstance(first, RemediationEscalated)
    assert again.id == first.id


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_after_a_takeover_older_incidents_are_repaired_after_a_wait_and_new_ones_at_once(speed: float) -> None:
    before, trouble = waiting()
    bench = taken_over(before, trouble.join("server-1", "latency", T0 + 1))
    bench.core.known.speed = speed
    assert bench.until(bench.now + 10) == [], "the network time is not known yet"
    began = bench.core.known.listens_since = bench.now
    fresh = Trouble(("server-2", "cpu_usage"), since=began)
    bench.receive(fresh.opened(), fresh.diagnosis(began, cause("server-2", FaultKind.HIGH_CPU, fresh.ids)))
    assert shorts(bench.until(began + 0.5)) == STARTS, "all messages about a newer incident were received"
    assert bench.until(began + LISTEN_AFTER_TAKEOVER * speed - 0.01) == []
    assert shorts(bench.until(began + LISTEN_AFTER_TAKEOVER * speed)) == STARTS
    assert bench.commands[-1].target == "server-1"


def test_after_a_takeover_an_approved_action_waits_as_well() -> None:
    before, trouble = waiting(Mode.APPROVE)
    bench = taken_over(before, trouble.join("server-1", "latency", T0 + 21), mode=Mode.APPROVE, after=60)
    began = bench.core.known.listens_since = bench.now
    assert bench.until(began) == []
    assert bench.core.approve(f"{trouble.id}.a1", "kim", bench.now) == []
    assert shorts(bench.until(began + LISTEN_AFTER_TAKEOVER)) == STARTS[1:]


def test_after_a_takeover_a_started_action_continues_at_once() -> None:
    before, trouble = Bench(), Trouble(CPU)
    begun(before, trouble)
    bench = taken_over(before, trouble.join("server-1", "latency", T0 + 1))
    assert shorts(bench.until(bench.now)) == ["a1 started", "a1 execute"]


# --- modes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "steps"), [(Mode.OFF, []), (Mode.SUGGEST, ["a1 proposed"]), (Mode.APPROVE, ["a1 proposed"])]
)
def test_modes_other_than_auto_start_no_action(mode: Mode, steps: list[str]) -> None:
    bench, trouble = Bench(mode=mode), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 60)
    assert bench.steps == steps
    bench.core.known.mode = Mode.AUTO
    bench.until(T0 + 61)
    assert bench.steps == STARTS


def test_an_approved_action_starts() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 20)
    assert shorts(bench.core.approve(f"{trouble.id}.a1", "kim", bench.now)) == STARTS[1:]
    assert bench.core.actions()[0].by == "kim"
    with pytest.raises(Refused, match="not waiting"):
        bench.core.approve(f"{trouble.id}.a1", "kim", bench.now)


def test_after_a_rejection_the_next_action_is_proposed() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 20)
    events = bench.core.reject(f"{trouble.id}.a1", "kim", bench.now, "not now")
    assert shorts(events) == ["a1 failed", "a2 proposed"]
    assert [action.state for action in bench.core.actions()] == [ActionState.REJECTED, ActionState.PROPOSED]


def test_an_escalation_reports_the_outcome_of_each_action() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    leak = cause("server-1", FaultKind.HIGH_MEMORY, trouble.ids, 0.5, [ActionKind.CLEAR_CACHE])
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble), leak))
    bench.until(T0 + 1)
    bench.core.approve(f"{trouble.id}.a1", "anna", bench.now)
    bench.ran(f"{trouble.id}.a1")
    bench.until(bench.now + 5)
    bench.core.reject(f"{trouble.id}.a2", "anna", bench.now)
    bench.until(bench.now + 5)
    bench.core.approve(f"{trouble.id}.a3", "anna", bench.now)
    bench.ran(f"{trouble.id}.a3", ran=False, reason="it is busy")
    bench.until(bench.now + 5)
    call = bench.published[-1]
    assert isinstance(call, RemediationEscalated)
    assert call.reason == (
        "no action that fits is left: restart_process on server-1 did not help, "
        "reboot_node on server-1 was rejected by anna, clear_cache on server-1 did not run"
    )


def test_an_action_without_approval_is_recorded_as_such() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    only = high_cpu(trouble, actions=[ActionKind.RESTART_PROCESS])
    bench.receive(trouble.opened(), trouble.diagnosis(T0, only))  # type: ignore[arg-type]
    bench.until(T0 + 601)
    (record,) = bench.core.snapshot()
    assert str(record.tried[0]) == "restart_process on server-1 was approved by nobody within 10 minutes"


def test_an_action_in_a_record_without_outcomes_is_not_tried_again() -> None:
    record = RepairRecord.model_validate({"incident_id": "i", "tried": [["reboot_node", "server-3"]]})
    assert record.has_tried(ActionKind.REBOOT_NODE, "server-3")
    assert not record.has_tried(ActionKind.REBOOT_NODE, "server-4")
    assert RepairRecord.model_validate_json(record.model_dump_json()) == record


def test_a_rejection_may_have_the_longest_reason() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 20)
    events = bench.core.reject(f"{trouble.id}.a1", "kim", bench.now, "no " * (MAX_TEXT // 3))
    assert shorts(events) == ["a1 failed", "a2 proposed"]


def test_an_action_without_approval_in_ten_minutes_is_rejected() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 600.4)
    assert bench.steps == ["a1 proposed"]
    assert shorts(bench.until(T0 + 600.5)) == ["a1 failed", "escalated"]
    assert not bench.commands


@pytest.mark.parametrize(("mode", "why"), [(Mode.SUGGEST, "the mode is suggest"), (Mode.APPROVE, "unknown action")])
def test_an_approval_in_another_mode_or_of_an_unknown_action_is_refused(mode: Mode, why: str) -> None:
    bench, trouble = Bench(mode=mode), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 1)
    action = f"{trouble.id}.a1" if mode is Mode.SUGGEST else "nothing.a1"
    with pytest.raises((Refused, UnknownTarget), match=why):
        bench.core.approve(action, "kim", bench.now)


def test_a_waiting_proposal_is_replaced_when_the_diagnosis_changes() -> None:
    bench, trouble = Bench(mode=Mode.SUGGEST), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 1)
    trouble.revision += 1
    bench.receive(trouble.diagnosis(T0 + 5, cause("server-1", FaultKind.HIGH_MEMORY, trouble.ids)))
    bench.until(T0 + 10)
    assert bench.steps == ["a1 proposed", "a1 failed", "a2 proposed"]


# --- the gate ----------------------------------------------------------------------------------------------------


def two_on_one_node() -> tuple[Bench, Trouble, Trouble]:
    bench = Bench()
    one, two = Trouble(CPU, id="one"), Trouble(("edge-switch-1--server-1", "latency"), id="two")
    begun(bench, one)
    slow = cause("edge-switch-1--server-1", FaultKind.HIGH_LATENCY, two.ids, actions=[ActionKind.RESET_INTERFACE])
    bench.receive(two.opened(), two.diagnosis(bench.now, slow))
    bench.until(bench.now + 0.5)
    return bench, one, two


def test_an_action_on_a_link_waits_for_the_action_on_its_end() -> None:
    bench, one, _two = two_on_one_node()
    assert bench.steps[-2:] == ["a1 proposed", "a1 blocked"]
    bench.until(bench.now + 1)
    assert bench.steps.count("a1 blocked") == 1, "once for each rule"
    bench.ran(bench.commands[0].action_id)
    bench.receive(one.clear(bench.now + 0.5))
    bench.until(bench.now + 0.5)
    assert bench.steps[-3:] == ["a1 approved", "a1 started", "a1 execute"]
    assert bench.commands[-1].incident_id == "two"


def test_blocked_for_too_long_calls_a_person() -> None:
    bench = Bench(limits=GateLimits(cooldown=1_000))
    one, two = Trouble(CPU, id="one"), Trouble(CPU, since=T0 + 10, id="two")
    begun(bench, one)
    bench.ran(bench.commands[0].action_id)
    bench.receive(one.clear(bench.now + 0.5), one.resolve(bench.now + 2.5))
    bench.until(T0 + 11)
    only = cause("server-1", FaultKind.HIGH_CPU, two.ids, actions=[ActionKind.RESTART_PROCESS])
    bench.receive(two.opened(), two.diagnosis(bench.now, only))
    events = bench.until(bench.now + 60)
    assert shorts(events) == ["a1 proposed", "a1 blocked", "a1 failed", "escalated"]
    blocked = events[1]
    assert isinstance(blocked, RemediationBlocked)
    assert (blocked.rule, blocked.figures["limit"]) == ("cooldown", 1_000)
    assert bench.until(bench.now + 1_000) == []


def test_a_blocked_action_is_dropped_with_its_incident() -> None:
    bench, _one, two = two_on_one_node()
    assert shorts(bench.receive(two.resolve(bench.now))) == ["a1 failed"]


def test_min_available_counts_the_nodes_that_the_stabilizer_reports_down() -> None:
    bench = Bench()
    nodes = list(NETWORK.node_by_id)
    status = StabilityStatus.of(T0, 1, NetworkState.UNSTABLE, dict.fromkeys(nodes[:8], NodeStatus.DOWN))
    dead = Trouble((nodes[8], "reachable"))
    bench.receive(status, dead.opened(), dead.diagnosis(T0, cause(nodes[8], FaultKind.NODE_DOWN, dead.ids)))
    events = bench.until(T0 + 1)
    assert isinstance(events[-1], RemediationBlocked)
    assert (events[-1].rule, events[-1].figures["down"]) == ("min_available", 9)


def test_an_action_of_another_replica_blocks_the_same_place() -> None:
    other, bench = Bench(), Bench()
    one, two = Trouble(CPU, id="one"), Trouble(MEMORY, id="two")
    begun(other, one)
    bench.core.own(lambda id_: id_ == "two")
    bench.now = other.now
    bench.receive(*other.published, one.opened())
    bench.receive(two.opened(), two.diagnosis(bench.now, cause("server-1", FaultKind.HIGH_MEMORY, two.ids)))
    bench.until(bench.now + 1)
    assert bench.steps == ["a1 proposed", "a1 blocked"]
    other.ran(other.commands[0].action_id)
    bench.receive(*other.receive(one.clear(other.now + 0.5)))
    bench.until(bench.now + 1)
    assert bench.steps[-1] == "a1 execute"


# --- advice ------------------------------------------------------------------------------------------------------


def advice(at: float = T0, id: str = "advice-1") -> StabilityAdvised:
    return StabilityAdvised(advice_id=id, at=at, action=ActionKind.OPTIMIZE_ROUTING, target=LATENCY[0], reason="hot")


def test_advice_is_followed_in_a_quiet_network_and_not_soon_again() -> None:
    bench = Bench()
    assert shorts(bench.receive(advice())) == STARTS
    bench.ran("advice-1.a1")
    assert shorts(bench.until(bench.now + 4)) == ["a1 verified"]
    assert bench.receive(advice(), advice(bench.now, "advice-2")) == []
    assert bench.core.next_due(bench.now) is None


def test_advice_is_not_followed_while_an_incident_is_open_or_when_it_is_stale() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    assert bench.receive(trouble.opened(), advice()) == []
    assert bench.receive(trouble.resolve(T0 + 1), advice(T0 - 60, "stale")) == []


def test_advice_is_reverted_if_an_incident_begins_after_it() -> None:
    bench = Bench()
    bench.receive(advice())
    bench.ran("advice-1.a1")
    bench.now += 1.5
    assert shorts(bench.receive(Trouble(CPU, since=T0 + 1).opened())) == ["a1 failed", "a1 revert"]
    assert shorts(bench.ran("advice-1.a1", revert=True)) == ["a1 reverted"]


# --- limits of the memory ----------------------------------------------------------------------------------------


def test_a_diagnosis_without_its_incident_is_forgotten_after_an_hour() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + STALE_AFTER)
    assert list(bench.core.known.cases) == [trouble.id]
    bench.until(T0 + STALE_AFTER + 1)
    assert not bench.core.known.cases
    assert not bench.core.snapshot()


def test_a_new_incident_is_taken_in_although_all_others_are_being_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.remediator.core.remediator.MAX_CASES", 1)
    bench, one, two = Bench(), Trouble(CPU), Trouble(("server-2", "cpu_usage"))
    begun(bench, one)
    bench.receive(two.opened())
    assert set(bench.core.known.cases) == {one.id, two.id}
