"""The whole loop in memory: it repairs faults, is deterministic, and needs each of its cores."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import services.rca.core
from benchmarks.running import ROOT
from nms.simulate import WARM_UP, Loop, quiet, simulate, single_faults
from shared.domain.events import Event, StabilityStatus, StabilityVerdict
from shared.domain.kinds import EndedBy, FaultKind, NodeStatus, ServiceName
from tests.maimed import VARIABLE, maim

FAULTS = 24
STORY_SECONDS = 40.0
SERVICES = [name for name in ServiceName if name is not ServiceName.NETWORK]


def _does_its_work(seed: int = 3) -> bool:
    events: list[Event] = []
    loop = Loop(seed=seed, desired=single_faults(1, (FaultKind.HIGH_CPU,)), seen=lambda event, _: events.append(event))
    loop.run(WARM_UP)
    loop.run(STORY_SECONDS, campaign=True)
    injected = loop.network.faults()
    ended = [fault.ended_by for fault in injected]
    worst = {fault.target: _worst(events, fault.target) for fault in injected}
    verdicts = [event.verdict for event in events if isinstance(event, StabilityVerdict)]
    return (
        ended == [EndedBy.ACTION]
        and [*worst.values()] == [NodeStatus.DEGRADED]
        and verdicts == ["stable"]
        and loop.scorecard.report().repaired == 1
    )


def _worst(events: list[Event], node: str) -> NodeStatus:
    """Return the first status of a node that is not healthy; healthy if it always was."""
    called = [event.nodes[node] for event in events if isinstance(event, StabilityStatus)]
    return next((status for status in called if status is not NodeStatus.HEALTHY), NodeStatus.HEALTHY)


def test_the_simulated_loop_repairs_its_faults() -> None:
    report = simulate(FAULTS, seed=11)
    assert report.faults == report.detected == FAULTS
    assert report.repaired >= FAULTS - 1
    assert report.right_kind >= FAULTS - 1
    assert report.needless_actions == 0


def test_the_same_seed_gives_the_same_events() -> None:
    def story() -> list[str]:
        counted: list[str] = []
        simulate(4, seed=5, seen=lambda event, time: counted.append(f"{time} {event.model_dump_json()}"))
        return counted

    assert story() == story()


def test_the_loop_injects_repairs_and_counts() -> None:
    assert _does_its_work()


@pytest.mark.parametrize("name", SERVICES)
def test_the_loop_fails_without_any_one_core(name: ServiceName, monkeypatch: pytest.MonkeyPatch) -> None:
    maim(name, monkeypatch)
    monkeypatch.setattr(
        "nms.simulate.diagnose", services.rca.core.diagnose
    )  # `nms.simulate` imports the function by name
    assert not _does_its_work()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SERVICES)
def test_the_tests_of_a_service_fail_without_its_core(name: ServiceName) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "tests.maimed", f"tests/services/{name}"],
        cwd=ROOT,
        env={**os.environ, VARIABLE: name},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout[-2000:]
    assert "1 failed" in done.stdout, "a test has to fail: an error while it is read proves nothing"


def test_ten_minutes_without_a_fault_raise_nothing() -> None:
    report = quiet(600, seed=2)
    assert (report.actions, report.false_anomalies) == (0, 0)
