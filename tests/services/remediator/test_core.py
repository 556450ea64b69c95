"""One incident at a time: what the core says to each thing it hears, and when."""

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
    """Bring an incident to where its first action was commanded."""
    bench.receive(trouble.opened(), trouble.diagnosis(bench.now, *(causes or (high_cpu(trouble),))))  # type: ignore[arg-type]
    bench.until(bench.now + 0.5)
    assert bench.steps[-1].endswith("execute")


# --- when --------------------------------------------------------------------------------------------------------


def test_a_whole_life_in_order() -> None:
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
        pytest.param([], 0.5, FaultKind.HIGH_CPU, id="stood for two ticks"),
        pytest.param([(0.2, FaultKind.HIGH_MEMORY)], 0.7, FaultKind.HIGH_MEMORY, id="the new first cause has to stand"),
        pytest.param(
            [(0.4, FaultKind.HIGH_MEMORY), (0.8, FaultKind.HIGH_CPU)],
            1.0,
            FaultKind.HIGH_CPU,
            id="after 1 s whatever stands",
        ),
        pytest.param([(0.3, FaultKind.HIGH_CPU)], 0.5, FaultKind.HIGH_CPU, id="said again is still standing"),
    ],
)
def test_a_first_cause_stands_for_a_while(
    changes: list[tuple[float, FaultKind]], due: float, chosen: FaultKind
) -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    for after, kind in changes:
        assert bench.until(T0 + after) == []
        trouble.revision += 1
        bench.receive(trouble.diagnosis(T0 + after, cause("server-1", kind, trouble.ids)))
    assert bench.until(T0 + due - 0.01) == []
    said = bench.until(T0 + due)
    assert shorts(said) == STARTS
    assert isinstance(said[0], RemediationEvent)
    assert said[0].action.cause is not None
    assert said[0].action.cause.kind is chosen


def test_an_unsure_cause_is_waited_for() -> None:
    bench, trouble = Bench(), Trouble(("server-1", "latency"))
    bench.receive(trouble.opened(), trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_LATENCY, trouble.ids, 0.2)))
    assert bench.until(T0 + 2.9) == []
    assert shorts(bench.until(T0 + 3.0)) == STARTS


def test_a_diagnosis_of_an_older_revision_is_ignored() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble), revision=5))
    bench.receive(trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_MEMORY, trouble.ids), revision=4))
    said = bench.until(T0 + 0.5)
    assert isinstance(said[0], RemediationEvent)
    assert said[0].action.kind is ActionKind.RESTART_PROCESS
    assert said[0].action.diagnosis_revision == 5


def test_nothing_is_done_where_the_members_cleared_before() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)), trouble.clear(T0 + 0.2))
    bench.until(T0 + 2)
    bench.receive(trouble.resolve(T0 + 2.2))
    assert bench.until(T0 + 100) == []


def test_nothing_is_done_for_an_incident_that_was_never_heard_of() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    trouble.opened()
    bench.receive(trouble.diagnosis(T0, high_cpu(trouble)))
    assert bench.until(T0 + 5) == []
    assert shorts(bench.receive(trouble.join("server-1", "latency", T0 + 4))) == STARTS


# --- whether it helped -------------------------------------------------------------------------------------------


def test_unknown_is_not_success_and_the_next_best_follows() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    effect = bench.now
    assert bench.until(effect + 3.99) == []
    assert shorts(bench.until(effect + 4)) == ["a1 failed", "a2 proposed", "a2 approved", "a2 started", "a2 execute"]
    assert bench.commands[1].kind is ActionKind.REBOOT_NODE


def test_harm_that_went_away_and_came_again_is_met_with_the_same_again() -> None:
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


def test_who_takes_over_late_listens_before_it_says_that_nothing_was_seen() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    next_ = taken_over(bench, trouble.opened(), after=60.0, blind=True)
    next_.until(next_.now)
    assert next_.until(next_.now + SEEN_AFTER_TAKEOVER - 0.1) == []
    assert shorts(next_.receive(trouble.clear(next_.now))) == ["a1 verified"]


def test_the_wait_for_an_outcome_ends_although_time_was_set_back() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    bench.shows = None
    bench.now -= 600
    bench.until(bench.now)
    bench.until(bench.now + VERIFY_WITHIN + SEEN_WITHIN)
    assert "a1 failed" in bench.steps


def test_the_outcome_of_an_action_on_an_element_that_died_is_not_waited_for() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    bench.shows = telemetry(bench.now, but={("server-1", "cpu_usage"): None, ("server-1", "reachable"): 0.0})
    failed = next(event for event in bench.until(bench.now + 4) if isinstance(event, RemediationFailed))
    assert "cannot be seen, since server-1 does not answer" in failed.reason


def test_an_outcome_that_nobody_can_see_is_waited_for_until_a_limit_however_many_take_over() -> None:
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


def test_a_link_that_flaps_by_now_was_not_repaired_by_enabling_it() -> None:
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


def test_one_member_that_stays_open_is_no_success() -> None:
    bench, trouble = Bench(), Trouble(CPU, ("server-1", "latency"))
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    effect = bench.now
    assert bench.receive(trouble.clear(effect + 0.5, trouble.ids[0])) == []
    assert shorts(bench.until(effect + 4))[0] == "a1 failed"


def test_a_member_that_cleared_earlier_does_not_hinder() -> None:
    bench, trouble = Bench(), Trouble(CPU, ("server-1", "latency"))
    begun(bench, trouble)
    bench.receive(trouble.clear(bench.now + 0.1, trouble.ids[1]))
    bench.now += 0.5
    bench.ran(bench.commands[0].action_id)
    assert shorts(bench.receive(trouble.clear(bench.now + 0.5))) == ["a1 verified"]


def test_what_did_not_help_is_undone_before_the_next() -> None:
    bench, trouble = Bench(), Trouble(LATENCY)
    link = LATENCY[0]
    first = cause(link, FaultKind.CONGESTION, trouble.ids, 0.8, [ActionKind.RATE_LIMIT, ActionKind.OPTIMIZE_ROUTING])
    begun(bench, trouble, first)
    bench.ran(bench.commands[0].action_id)
    assert shorts(bench.until(bench.now + 4)) == ["a1 failed", "a1 revert"]
    assert bench.core.next_due(bench.now) == bench.now + EXECUTE_WITHIN
    said = bench.ran(bench.commands[0].action_id, revert=True)
    assert shorts(said) == ["a1 reverted", "a2 proposed", "a2 approved", "a2 started", "a2 execute"]
    assert bench.commands[-1].kind is ActionKind.OPTIMIZE_ROUTING


def test_a_command_that_did_not_run_failed_at_once() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    said = bench.ran(bench.commands[0].action_id, ran=False, reason="no such process")
    assert shorts(said) == ["a1 failed", "a2 proposed", "a2 approved", "a2 started", "a2 execute"]
    assert "no such process" in said[0].reason  # type: ignore[attr-defined]


def test_no_answer_is_asked_again_and_then_failed() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    start = bench.now
    assert shorts(bench.until(start + 8)) == ["a1 execute"]
    assert bench.commands[0] == bench.commands[1], "said again it is the same command"
    said = bench.until(start + 16)
    assert shorts(said)[:2] == ["a1 failed", "a2 proposed"]
    assert isinstance(said[1], RemediationEvent)
    assert said[1].action.kind is ActionKind.RESTART_PROCESS, "it was never tried, so it is tried again"
    assert isinstance(said[2], RemediationBlocked)
    assert said[2].rule == "cooldown"


def unhelpful(bench: Bench) -> Trouble:
    """Bring an incident to where an action that can be undone did not help."""
    trouble = Trouble(LATENCY)
    begun(bench, trouble, cause(LATENCY[0], FaultKind.CONGESTION, trouble.ids, actions=[ActionKind.RATE_LIMIT]))
    bench.ran(bench.commands[0].action_id)
    assert shorts(bench.until(bench.now + 4)) == ["a1 failed", "a1 revert"]
    return trouble


@pytest.mark.parametrize("speed", [1.0, 8.0])
def test_an_answer_is_waited_for_in_wall_time(speed: float) -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.core.known.speed = speed
    begun(bench, trouble)
    start = bench.now
    assert bench.until(start + 7.9 * speed) == []
    assert shorts(bench.until(start + 8 * speed)) == ["a1 execute"]
    assert bench.until(start + 15.9 * speed) == []
    assert shorts(bench.until(start + 16 * speed))[0] == "a1 failed"


@pytest.mark.parametrize("speed", [1.0, 8.0])
def test_an_undo_that_nobody_answers_is_told_and_a_late_answer_counts(speed: float) -> None:
    bench = Bench()
    bench.core.known.speed = speed
    trouble = unhelpful(bench)
    start = bench.now
    assert shorts(bench.until(start + 15.9 * speed)) == ["a1 revert"]
    said = bench.until(start + 16 * speed)
    assert shorts(said) == ["escalated"]
    assert isinstance(said[0], RemediationEscalated)
    assert "rate_limit on core-router-1--core-router-2 did not help and is not taken back" in said[0].reason
    assert "did not answer within 16 s" in said[0].reason
    bench.receive(trouble.clear(bench.now), trouble.resolve(bench.now + 2))
    assert shorts(bench.ran(f"{trouble.id}.a1", revert=True)) == ["a1 reverted"]
    assert bench.core.actions()[0].state is ActionState.REVERTED
    assert bench.ran(f"{trouble.id}.a1", revert=True) == [], "told once"


def test_an_undo_that_the_network_refuses_is_told() -> None:
    bench = Bench()
    trouble = unhelpful(bench)
    said = bench.ran(f"{trouble.id}.a1", ran=False, revert=True, reason="no such limit")
    assert shorts(said) == ["escalated"]
    assert isinstance(said[0], RemediationEscalated)
    assert "no such limit" in said[0].reason


@pytest.mark.parametrize("owned", [True, False])
def test_an_undo_that_came_while_nobody_listened_is_told_by_its_owner_alone(owned: bool) -> None:
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


def test_after_a_failure_a_changed_diagnosis_is_followed() -> None:
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


def test_the_causes_are_gone_down_and_then_a_person_is_called() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    second = cause("edge-switch-1--server-1", FaultKind.HIGH_LATENCY, trouble.ids, 0.5, [ActionKind.RESET_INTERFACE])
    begun(bench, trouble, high_cpu(trouble), second)
    while not isinstance(bench.said[-1], RemediationEscalated):
        bench.ran(bench.commands[-1].action_id)
        bench.until(bench.now + 5.2)
    escalated = bench.said[-1]
    kinds = [ActionKind.RESTART_PROCESS, ActionKind.REBOOT_NODE, ActionKind.RESET_INTERFACE]
    assert [command.kind for command in bench.commands] == kinds
    assert escalated.tried == tuple(f"{trouble.id}.a{i}" for i in (1, 2, 3))
    assert "reset_interface on edge-switch-1--server-1 did not help" in escalated.reason
    assert bench.until(bench.now + 1_000) == [], "a person is called once"


def test_at_most_so_many_attempts() -> None:
    bench, trouble = Bench(limits=GateLimits(unproven=100)), Trouble(CPU)
    many = [cause(f"server-{i}", FaultKind.NODE_DOWN, trouble.ids) for i in range(1, 9)]
    begun(bench, trouble, *many)
    while not isinstance(bench.said[-1], RemediationEscalated):
        bench.ran(bench.commands[-1].action_id)
        bench.until(bench.now + 4)
    assert len(bench.commands) == MAX_ATTEMPTS == 5
    assert bench.said[-1].reason == "5 actions in a row were begun, and no more may be before a person looks"
    assert bench.until(bench.now + 1_000) == []


def test_no_cause_at_all_calls_a_person() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0))
    assert bench.until(T0 + 9) == []
    assert shorts(bench.until(T0 + 10)) == ["escalated"]


def test_a_new_fault_in_an_escalated_incident_is_repaired() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_CPU, trouble.ids, actions=[])))
    bench.until(T0 + 10)
    assert bench.steps == ["escalated"]
    bench.receive(trouble.join("edge-switch-1", "memory_usage", T0 + 11))
    leak = cause("edge-switch-1", FaultKind.HIGH_MEMORY, trouble.ids[1:])
    bench.receive(trouble.diagnosis(T0 + 11.6, leak, cause("server-1", FaultKind.HIGH_CPU, trouble.ids[:1], actions=[])))
    bench.until(T0 + 12.2)
    assert bench.commands[-1].target == "edge-switch-1"


def called_twice() -> tuple[Bench, list[RemediationEscalated]]:
    """One incident that a person was called for twice although nothing was begun for it."""
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_CPU, trouble.ids, actions=[])))
    bench.until(T0 + 10)
    bench.receive(trouble.join("edge-switch-1", "memory_usage", T0 + 11))
    bench.receive(trouble.diagnosis(T0 + 11.6, cause("edge-switch-1", FaultKind.HIGH_MEMORY, trouble.ids[1:])))
    bench.until(T0 + 700)
    return bench, [event for event in bench.said if isinstance(event, RemediationEscalated)]


def test_two_calls_for_one_incident_are_two_events_although_nothing_was_begun() -> None:
    _, calls = called_twice()
    assert [call.tried for call in calls] == [(), ()]
    assert len({call.id for call in calls}) == 2


def test_a_lower_cause_is_acted_on_in_time_though_the_incident_never_rests() -> None:
    """It waits from when those above it were clear, not anew from each diagnosis."""
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
    assert T0 + 3 < bench.when[bench.steps.index("a1 execute")] <= T0 + 3.5, "three seconds after the first was clear"


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


def test_symptoms_that_linger_after_a_repair_are_given_time() -> None:
    bench, trouble = Bench(limits=GateLimits(cooldown=0)), Trouble(("edge-switch-1", "reachable"))
    begun(bench, trouble, cause("edge-switch-1", FaultKind.NODE_DOWN, trouble.ids))
    bench.receive(trouble.join("core-router-1--edge-switch-1", "up", bench.now))
    bench.receive(trouble.diagnosis(bench.now, cause("edge-switch-1", FaultKind.NODE_DOWN, trouble.ids)))
    bench.ran(bench.commands[0].action_id)
    assert shorts(bench.receive(trouble.clear(bench.now + 0.5, trouble.ids[0]))) == ["a1 verified"]
    verified = bench.now
    assert bench.until(verified + 3.9) == []
    assert shorts(bench.until(verified + 4))[0] == "a2 proposed", "what stays open was not repaired"


def test_an_incident_that_closes_ends_a_waiting_action() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 1)
    said = bench.receive(trouble.resolve(T0 + 3))
    assert shorts(said) == ["a1 failed"]
    assert "no longer needed" in said[0].reason  # type: ignore[attr-defined]
    assert bench.core.next_due(bench.now) is None


def test_an_incident_that_closes_while_an_action_runs_waits_for_its_end() -> None:
    bench, trouble = Bench(), Trouble(LATENCY)
    begun(bench, trouble, cause(LATENCY[0], FaultKind.CONGESTION, trouble.ids))
    bench.receive(trouble.clear(bench.now + 0.2), trouble.resolve(bench.now + 2.2))
    bench.now += 2.5
    assert shorts(bench.ran(bench.commands[0].action_id)) == ["a1 applied", "a1 failed", "a1 revert"]
    assert shorts(bench.ran(bench.commands[0].action_id, revert=True)) == ["a1 reverted"]
    assert bench.core.next_due(bench.now) is None


def test_a_merged_incident_is_verified_by_the_one_it_lives_on_in() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    begun(bench, trouble)
    bench.ran(bench.commands[0].action_id)
    other = Trouble(CPU, ("edge-switch-1", "cpu_usage"), id="other")
    bench.receive(other.opened(), trouble.resolve(bench.now + 0.1, merged_into="other"))
    assert bench.steps[-1] == "a1 applied"
    assert shorts(bench.receive(other.clear(bench.now + 0.7))) == ["a1 verified"]


# --- after a takeover --------------------------------------------------------------------------------------------


def taken_over(
    bench: Bench, *heard: object, mode: Mode = Mode.AUTO, after: float = 3_600.0, blind: bool = False
) -> Bench:
    """A process that goes on later, from the ledger and what it heard of the time before."""
    next_ = Bench(mode, now=bench.now + after)
    if blind:
        next_.shows = None
    next_.core.own(lambda incident_id: False)
    next_.core.known.listens_since = math.inf
    next_.receive(*heard)  # type: ignore[arg-type]
    next_.core.restore(bench.core.snapshot(), next_.now, bench.core.actions())
    next_.core.own(lambda incident_id: True)
    return next_


def waiting(mode: Mode = Mode.AUTO) -> tuple[Bench, Trouble]:
    """An incident with a cause that does not stand for long enough yet, or whose action waits for a person."""
    bench, trouble = Bench(mode), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + (0.4 if mode is Mode.AUTO else 20))
    return bench, trouble


def test_nothing_is_done_for_what_was_over_when_the_next_process_began() -> None:
    before, trouble = waiting()
    bench = taken_over(before, trouble.join("server-1", "latency", T0 + 1))
    began = bench.core.known.listens_since = bench.now
    assert bench.until(began + LISTEN_AFTER_TAKEOVER - 0.1) == []
    bench.receive(trouble.clear(bench.now), trouble.resolve(bench.now + 2))
    assert bench.until(began + 100) == []


def test_a_call_that_is_decided_anew_after_a_kill_is_the_same_event() -> None:
    before, trouble = Bench(), Trouble(CPU)
    opened = trouble.opened()
    before.receive(opened, trouble.diagnosis(T0))
    before.until(T0 + 9)
    bench = taken_over(before, opened, after=0)
    bench.core.known.listens_since = bench.now
    (said,), (again,) = before.until(T0 + 10), bench.until(T0 + 20)
    assert isinstance(said, RemediationEscalated)
    assert again.id == said.id


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_what_is_not_over_is_repaired_once_it_was_listened_for(speed: float) -> None:
    before, trouble = waiting()
    bench = taken_over(before, trouble.join("server-1", "latency", T0 + 1))
    bench.core.known.speed = speed
    assert bench.until(bench.now + 10) == [], "it does not even know what time it is in the network"
    began = bench.core.known.listens_since = bench.now
    fresh = Trouble(("server-2", "cpu_usage"), since=began)
    bench.receive(fresh.opened(), fresh.diagnosis(began, cause("server-2", FaultKind.HIGH_CPU, fresh.ids)))
    assert shorts(bench.until(began + 0.5)) == STARTS, "of what began since then all was heard"
    assert bench.until(began + LISTEN_AFTER_TAKEOVER * speed - 0.01) == []
    assert shorts(bench.until(began + LISTEN_AFTER_TAKEOVER * speed)) == STARTS
    assert bench.commands[-1].target == "server-1"


def test_an_action_that_waited_for_a_person_is_not_begun_before_it_was_listened_either() -> None:
    before, trouble = waiting(Mode.APPROVE)
    bench = taken_over(before, trouble.join("server-1", "latency", T0 + 21), mode=Mode.APPROVE, after=60)
    began = bench.core.known.listens_since = bench.now
    assert bench.until(began) == []
    assert bench.core.approve(f"{trouble.id}.a1", "kim", bench.now) == []
    assert shorts(bench.until(began + LISTEN_AFTER_TAKEOVER)) == STARTS[1:]


def test_what_was_begun_goes_on_at_once() -> None:
    before, trouble = Bench(), Trouble(CPU)
    begun(before, trouble)
    bench = taken_over(before, trouble.join("server-1", "latency", T0 + 1))
    assert shorts(bench.until(bench.now)) == ["a1 started", "a1 execute"]


# --- modes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "said"), [(Mode.OFF, []), (Mode.SUGGEST, ["a1 proposed"]), (Mode.APPROVE, ["a1 proposed"])]
)
def test_modes_hold_back(mode: Mode, said: list[str]) -> None:
    bench, trouble = Bench(mode=mode), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 60)
    assert bench.steps == said
    bench.core.known.mode = Mode.AUTO
    bench.until(T0 + 61)
    assert bench.steps == STARTS


def test_approved_by_a_person() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 20)
    assert shorts(bench.core.approve(f"{trouble.id}.a1", "kim", bench.now)) == STARTS[1:]
    assert bench.core.actions()[0].by == "kim"
    with pytest.raises(Refused, match="not waiting"):
        bench.core.approve(f"{trouble.id}.a1", "kim", bench.now)


def test_rejected_by_a_person_the_next_is_proposed() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 20)
    said = bench.core.reject(f"{trouble.id}.a1", "kim", bench.now, "not now")
    assert shorts(said) == ["a1 failed", "a2 proposed"]
    assert [action.state for action in bench.core.actions()] == [ActionState.REJECTED, ActionState.PROPOSED]


def test_a_person_is_told_what_came_of_each_action() -> None:
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
    call = bench.said[-1]
    assert isinstance(call, RemediationEscalated)
    assert call.reason == (
        "no action that fits is left: restart_process on server-1 did not help, "
        "reboot_node on server-1 was rejected by anna, clear_cache on server-1 did not run"
    )


def test_what_nobody_approved_is_not_said_to_have_been_no_help() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    only = high_cpu(trouble, actions=[ActionKind.RESTART_PROCESS])
    bench.receive(trouble.opened(), trouble.diagnosis(T0, only))  # type: ignore[arg-type]
    bench.until(T0 + 601)
    (record,) = bench.core.snapshot()
    assert str(record.tried[0]) == "restart_process on server-1 was approved by nobody within 10 minutes"


def test_what_a_ledger_kept_without_an_outcome_is_not_tried_again() -> None:
    record = RepairRecord.model_validate({"incident_id": "i", "tried": [["reboot_node", "server-3"]]})
    assert record.has_tried(ActionKind.REBOOT_NODE, "server-3")
    assert not record.has_tried(ActionKind.REBOOT_NODE, "server-4")
    assert RepairRecord.model_validate_json(record.model_dump_json()) == record


def test_a_person_may_give_a_reason_as_long_as_any() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 20)
    said = bench.core.reject(f"{trouble.id}.a1", "kim", bench.now, "no " * (MAX_TEXT // 3))
    assert shorts(said) == ["a1 failed", "a2 proposed"]


def test_nobody_answered_is_no() -> None:
    bench, trouble = Bench(mode=Mode.APPROVE), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 600.4)
    assert bench.steps == ["a1 proposed"]
    assert shorts(bench.until(T0 + 600.5)) == ["a1 failed", "escalated"]
    assert not bench.commands


@pytest.mark.parametrize(("mode", "why"), [(Mode.SUGGEST, "the mode is suggest"), (Mode.APPROVE, "unknown action")])
def test_a_word_that_does_not_count_is_refused(mode: Mode, why: str) -> None:
    bench, trouble = Bench(mode=mode), Trouble(CPU)
    bench.receive(trouble.opened(), trouble.diagnosis(T0, high_cpu(trouble)))
    bench.until(T0 + 1)
    action = f"{trouble.id}.a1" if mode is Mode.SUGGEST else "nothing.a1"
    with pytest.raises((Refused, UnknownTarget), match=why):
        bench.core.approve(action, "kim", bench.now)


def test_a_waiting_proposal_follows_the_diagnosis() -> None:
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


def test_a_link_of_a_busy_node_waits_and_then_goes() -> None:
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
    said = bench.until(bench.now + 60)
    assert shorts(said) == ["a1 proposed", "a1 blocked", "a1 failed", "escalated"]
    blocked = said[1]
    assert isinstance(blocked, RemediationBlocked)
    assert (blocked.rule, blocked.figures["limit"]) == ("cooldown", 1_000)
    assert bench.until(bench.now + 1_000) == []


def test_a_blocked_action_is_dropped_with_its_incident() -> None:
    bench, _one, two = two_on_one_node()
    assert shorts(bench.receive(two.resolve(bench.now))) == ["a1 failed"]


def test_a_reboot_storm_is_stopped_by_what_is_known_to_be_down() -> None:
    bench = Bench()
    nodes = list(NETWORK.node_by_id)
    status = StabilityStatus.of(T0, 1, NetworkState.UNSTABLE, dict.fromkeys(nodes[:8], NodeStatus.DOWN))
    dead = Trouble((nodes[8], "reachable"))
    bench.receive(status, dead.opened(), dead.diagnosis(T0, cause(nodes[8], FaultKind.NODE_DOWN, dead.ids)))
    said = bench.until(T0 + 1)
    assert isinstance(said[-1], RemediationBlocked)
    assert (said[-1].rule, said[-1].figures["down"]) == ("min_available", 9)


def test_another_replicas_action_counts() -> None:
    other, bench = Bench(), Bench()
    one, two = Trouble(CPU, id="one"), Trouble(MEMORY, id="two")
    begun(other, one)
    bench.core.own(lambda id_: id_ == "two")
    bench.now = other.now
    bench.receive(*other.said, one.opened())
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


def test_advice_is_taken_in_quiet_and_seldom() -> None:
    bench = Bench()
    assert shorts(bench.receive(advice())) == STARTS
    bench.ran("advice-1.a1")
    assert shorts(bench.until(bench.now + 4)) == ["a1 verified"]
    assert bench.receive(advice(), advice(bench.now, "advice-2")) == []
    assert bench.core.next_due(bench.now) is None


def test_advice_is_not_taken_while_something_is_wrong() -> None:
    bench, trouble = Bench(), Trouble(CPU)
    assert bench.receive(trouble.opened(), advice()) == []
    assert bench.receive(trouble.resolve(T0 + 1), advice(T0 - 60, "stale")) == []


def test_advice_is_taken_back_where_something_broke() -> None:
    bench = Bench()
    bench.receive(advice())
    bench.ran("advice-1.a1")
    bench.now += 1.5
    assert shorts(bench.receive(Trouble(CPU, since=T0 + 1).opened())) == ["a1 failed", "a1 revert"]
    assert shorts(bench.ran("advice-1.a1", revert=True)) == ["a1 reverted"]


# --- what must not pile up ---------------------------------------------------------------------------------------


def test_a_diagnosis_whose_incident_is_never_heard_of_is_forgotten() -> None:
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
