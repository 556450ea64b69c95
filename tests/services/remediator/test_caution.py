"""What the remediator does not do: act without proven harm, repair without end, or repeat what does not help."""

from __future__ import annotations

import pytest

from services.remediator.core import GateLimits
from services.remediator.core.action_index import ActionIndex
from services.remediator.core.harm import Look
from services.remediator.gate import Finding, back_each_other_up
from shared.domain.events import (
    Action,
    Cause,
    RemediationBlocked,
    RemediationEscalated,
    RemediationStarted,
    StabilityVerdict,
)
from shared.domain.kinds import ActionKind, FaultKind
from tests.services.remediator.build import NETWORK, QUIET, T0, Bench, Trouble, cause, shorts, telemetry

CORES = ("core-router-1", "core-router-2", "core-router-3")
CLAIMS = (
    ("core-router-1", FaultKind.NODE_DOWN, "reachable"),
    ("core-router-2", FaultKind.HIGH_CPU, "cpu_usage"),
    ("core-router-3", FaultKind.HIGH_MEMORY, "memory_usage"),
    ("core-router-1--core-router-2", FaultKind.LINK_DOWN, "up"),
    ("core-router-1--core-router-3", FaultKind.CONGESTION, "utilization"),
    ("core-router-2--core-router-3", FaultKind.PACKET_LOSS, "packet_loss"),
    ("edge-switch-1--server-1", FaultKind.HIGH_LATENCY, "latency"),
)


def report_incident(bench: Bench, element: str, kind: FaultKind, metric: str, confidence: float = 0.9) -> Trouble:
    trouble = Trouble((element, metric), since=bench.now)
    bench.receive(trouble.opened(), trouble.diagnosis(bench.now, cause(element, kind, trouble.ids, confidence)))
    return trouble


def repair_incident(bench: Bench, element: str, kind: FaultKind, metric: str) -> int:
    """Report an incident, let it be repaired and resolve it; return the number of commands for it."""
    before = len(bench.commands)
    trouble = report_incident(bench, element, kind, metric)
    bench.until(bench.now + 1)
    if len(bench.commands) > before:
        bench.ran(bench.commands[-1].action_id)
        bench.now += 1
        bench.receive(trouble.clear(bench.now))
    bench.receive(trouble.clear(bench.now), trouble.resolve(bench.now + 2))
    return len(bench.commands) - before


@pytest.mark.parametrize("shown", [QUIET, None])
def test_false_claims_on_a_healthy_or_unseen_network_start_nothing_and_call_a_person(
    shown: dict[str, float] | None,
) -> None:
    bench = Bench()
    bench.shows = None if shown is None else telemetry(T0, shown)
    bench.until(T0 + 60)
    for claim in CLAIMS:
        report_incident(bench, *claim)
    bench.until(T0 + 120)
    assert bench.commands == []
    blocked = [event for event in bench.published if isinstance(event, RemediationBlocked)]
    assert {event.rule for event in blocked} == {"proven_harm"}
    called = {event.incident_id for event in bench.published if isinstance(event, RemediationEscalated)}
    loads = (FaultKind.HIGH_CPU, FaultKind.HIGH_MEMORY, FaultKind.CONGESTION)
    calls = [kind for _, kind, _ in CLAIMS if shown is None or kind not in loads]
    assert len(called) == len(calls), "load without harm calls no person"


@pytest.mark.parametrize(
    ("element", "kind", "metric", "busy"),
    [
        ("server-1", FaultKind.HIGH_CPU, "cpu_usage", 60.0),
        ("edge-switch-1--server-1", FaultKind.CONGESTION, "utilization", 84.0),
    ],
)
def test_load_without_harm_starts_no_action(element: str, kind: FaultKind, metric: str, busy: float) -> None:
    bench = Bench()
    bench.shows = telemetry(T0, QUIET, {(element, metric): busy})
    report_incident(bench, element, kind, metric)
    bench.until(T0 + 300)
    assert bench.commands == []
    assert not [event for event in bench.published if isinstance(event, RemediationEscalated)]
    bench.shows = telemetry(T0, QUIET, {(element, metric): busy, (element, "latency"): 60.0})
    bench.until(bench.now + 2)
    assert len(bench.commands) == 1, "once it does harm, it is repaired"


def test_a_cause_that_returns_after_three_repairs_calls_a_person() -> None:
    bench = Bench()
    repaired = []
    for death in range(9):
        bench.until(T0 + 11 * death)
        repaired.append(repair_incident(bench, "edge-switch-2", FaultKind.NODE_DOWN, "reachable"))
    assert repaired[:4] == [1, 1, 1, 0]
    called = [event for event in bench.published if isinstance(event, RemediationEscalated)]
    assert called
    assert "repaired 3 times within 60 s" in called[0].reason


def test_a_cause_with_oscillating_verdicts_is_not_repaired_again() -> None:
    bench = Bench(limits=GateLimits(repairs=100))
    for number in range(2):
        assert repair_incident(bench, "server-1", FaultKind.HIGH_MEMORY, "memory_usage") == 1
        action = bench.core.actions()[-1]
        bench.receive(
            StabilityVerdict(
                incident_id=action.incident_id,
                action_id=action.id,
                at=bench.now,
                verdict="oscillating",
                reason=f"{number}",
            )
        )
        bench.until(bench.now + 12)
    assert repair_incident(bench, "server-1", FaultKind.HIGH_MEMORY, "memory_usage") == 0
    assert repair_incident(bench, "server-2", FaultKind.HIGH_MEMORY, "memory_usage") == 1


def test_after_three_actions_that_did_not_help_none_starts_and_a_person_is_called() -> None:
    bench = Bench()
    for number in range(1, 4):
        trouble = report_incident(bench, f"server-{number}", FaultKind.NODE_DOWN, "reachable")
        bench.until(bench.now + 1)
        bench.ran(bench.commands[-1].action_id)
        bench.until(bench.now + 5)
        bench.receive(trouble.resolve(bench.now))
    assert len(bench.commands) == 3
    report_incident(bench, "server-7", FaultKind.NODE_DOWN, "reachable", confidence=0.2)
    events = shorts(bench.until(bench.now + 30))
    assert len(bench.commands) == 3
    assert events == ["a1 proposed", "a1 blocked", "escalated"]
    assert "in the whole network did not help" in bench.published[-1].reason  # type: ignore[attr-defined]
    bench.until(bench.now + 600)
    assert len(bench.commands) > 3, "after the rest one is tried"


def test_two_core_routers_reboot_one_at_a_time() -> None:
    assert all(back_each_other_up(a, b, NETWORK) for a in CORES for b in CORES if a != b)
    assert not back_each_other_up("edge-switch-1", "edge-switch-4", NETWORK)
    assert back_each_other_up("core-router-1--edge-switch-1", "core-router-2--edge-switch-1", NETWORK)
    bench = Bench()
    first = report_incident(bench, CORES[0], FaultKind.NODE_DOWN, "reachable")
    report_incident(bench, CORES[1], FaultKind.NODE_DOWN, "reachable")
    bench.until(T0 + 2)
    assert len(bench.commands) == 1
    bench.ran(bench.commands[0].action_id)
    bench.now += 1
    bench.receive(first.clear(bench.now))
    verified = bench.now
    bench.until(verified + 4.9)
    assert len(bench.commands) == 1
    bench.until(verified + 6)
    assert [command.kind for command in bench.commands] == [ActionKind.REBOOT_NODE] * 2


def test_verified_actions_do_not_count_as_attempts_of_their_incident() -> None:
    bench = Bench()
    trouble = Trouble(("server-1", "cpu_usage"))
    bench.receive(trouble.opened())
    for number in range(1, 8):
        element = f"server-{number}"
        if number > 1:
            bench.receive(trouble.join(element, "cpu_usage", bench.now))
        trouble.revision += 1
        member = trouble.ids[-1]
        causes = [cause(element, FaultKind.HIGH_CPU, (member,)), cause("server-8", FaultKind.NODE_DOWN, ("x",))]
        bench.receive(trouble.diagnosis(bench.now, *causes))
        bench.until(bench.now + 5)
        assert len(bench.commands) == number
        bench.ran(bench.commands[-1].action_id)
        bench.now += 0.5
        bench.receive(trouble.clear(bench.now, member))
    assert not [event for event in bench.published if isinstance(event, RemediationEscalated)]


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 30.0), (10.0, 150.0)])
def test_an_action_whose_target_is_held_for_long_calls_a_person(speed: float, seconds: float) -> None:
    bench = Bench()
    bench.core.known.shared, bench.core.known.speed = True, speed
    bench.holders["server-1"] = "elsewhere.a1"
    report_incident(bench, "server-1", FaultKind.HIGH_CPU, "cpu_usage")
    for _ in range(800):
        if any(isinstance(event, RemediationEscalated) for event in bench.until(bench.now + 0.25)):
            break
    assert bench.steps == ["a1 proposed", "a1 blocked", "a1 failed", "escalated"]
    assert T0 + seconds <= bench.now <= T0 + seconds + 2


def test_an_action_of_another_process_counts_as_running_while_its_outcome_may_be_awaited() -> None:
    bench = Bench()
    report_incident(bench, "server-1", FaultKind.HIGH_CPU, "cpu_usage")
    bench.until(T0 + 2)
    begun = next(event.action for event in bench.published if isinstance(event, RemediationStarted))
    index = ActionIndex()
    index.receive(begun.model_copy(update={"started": T0}))
    other = begun.model_copy(update={"id": "other.a1", "incident_id": "other"})
    assert [len(index.running(other, T0 + 59 * speed, speed)) for speed in (1.0, 8.0)] == [1, 1]
    assert index.running(other, T0 + 61, 1.0) == ()


@pytest.mark.parametrize("where", ["of", "at"])
def test_a_repair_whose_code_fails_calls_a_person_and_does_not_stop_others(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    look = getattr(Look, where)

    def fails(self: Look, of: Cause | Action) -> Finding:
        if (of if isinstance(of, Cause) else of.cause or cause("server-1", FaultKind.HIGH_CPU)).element == "server-1":
            raise ZeroDivisionError("float division by zero")
        finding: Finding = look(self, of)
        return finding

    monkeypatch.setattr(Look, where, fails)
    bench = Bench()
    bench.may_fail = True
    broken = report_incident(bench, "server-1", FaultKind.HIGH_CPU, "cpu_usage")
    bench.until(bench.now + 2)
    assert repair_incident(bench, "server-2", FaultKind.NODE_DOWN, "reachable") == 1
    calls = [event for event in bench.published if isinstance(event, RemediationEscalated)]
    assert [(event.incident_id, event.number) for event in calls] == [(broken.id, 1)]
    assert "ZeroDivisionError: float division by zero" in calls[0].reason
    assert [command.target for command in bench.commands] == ["server-2"]
    bench.receive(broken.clear(bench.now), broken.resolve(bench.now + 1))
    assert broken.id in bench.core.drain().over, "the ledger deletes its record with the incident"
