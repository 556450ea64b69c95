"""High load alone starts no repair, whatever its cause; a fault during high load is repaired."""

from __future__ import annotations

import re

import pytest

from network.simulator import World
from network.simulator.benign import Benign, LoadBursts
from nms.simulate import ORIGIN, Loop
from services.detector.core import Common, Detector, Published, reconcile
from shared.domain.config import Thresholds
from shared.domain.events import AnomalyRaised
from shared.domain.kinds import ElementKind, FaultKind
from shared.domain.telemetry import Tick
from tests.nms.busy import BUSY, NOON, Seen, busy, changed, was_repaired


def is_left_alone(seen: Seen) -> bool:
    return not seen.actions and not seen.escalations


@pytest.mark.parametrize(
    ("before", "after", "origin", "ramp"),
    [(1, 2, NOON, 0), (1, 3, ORIGIN, 0), (1, 2, NOON, 30), (2, 1, NOON, 0)],
    ids=["doubled", "trebled", "doubled-slowly", "halved"],
)
def test_a_change_of_the_whole_load_starts_no_action(before: float, after: float, origin: float, ramp: float) -> None:
    _, seen = changed(before, after, origin=origin, ramp=ramp)
    assert is_left_alone(seen), seen
    assert seen.incidents <= 1, seen.anomalies


def test_harmless_jobs_and_bursts_start_no_action() -> None:
    seen = busy(BUSY, 300.0)
    assert is_left_alone(seen), seen
    assert seen.anomalies == []


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (FaultKind.CONGESTION, "core-router-1--edge-switch-4"),
        (FaultKind.PACKET_LOSS, "edge-switch-2--server-2"),
        (FaultKind.HIGH_LATENCY, "core-router-2--edge-switch-1"),
        (FaultKind.NODE_DOWN, "edge-switch-4"),
        (FaultKind.HIGH_CPU, "server-3"),
    ],
)
def test_a_fault_during_a_rise_of_the_whole_load_is_repaired(kind: FaultKind, target: str) -> None:
    faults = []
    loop, seen = changed(1, 2, seconds=20, meanwhile=lambda loop: faults.append(loop.inject(kind, target, ttl=3600)))
    assert was_repaired(loop, seen, faults[0]), seen
    assert not seen.escalations


def test_a_fault_among_jobs_and_bursts_is_repaired() -> None:
    seen = Seen()
    jobs = LoadBursts(per_hour=20, add=(12, 30), seconds=(10, 120))
    loop = Loop(world=World(benign=BUSY.model_copy(update={"cpu_jobs": jobs})), seen=seen)
    loop.run(60)
    faults = []
    for kind, target in ((FaultKind.CONGESTION, "core-router-1--core-router-3"), (FaultKind.HIGH_CPU, "server-7")):
        faults.append(loop.inject(kind, target, ttl=3600))
        loop.run(60)  # among jobs, a busy processor is harm only once it has been busy for long
    assert all(was_repaired(loop, seen, fault) for fault in faults), seen
    assert not seen.escalations


def test_a_detector_that_replays_a_rise_of_the_load_raises_nothing() -> None:
    loop = Loop(origin=NOON)
    ticks: list[Tick] = []
    for load in (1.0, 2.0):
        loop.network.load = load
        for _ in range(180):
            ticks += loop.network.sample()[0]
    common = Common(loop.topology)
    for partition, _ in enumerate(loop.detectors):  # one after another, as in a replay
        detector = Detector(Thresholds(), common)
        raised = [h for tick in ticks if tick.partition == partition for h in detector.observe(tick)]
        assert [h for h in reconcile(detector, raised, Published()) if isinstance(h, AnomalyRaised)] == []


def test_a_rise_of_the_whole_load_is_logged_once_with_its_figures() -> None:
    loop = Loop(origin=NOON)
    loop.run(60)
    loop.network.load = 2.0
    reported: list[str] = []
    for _ in range(80):
        loop.run(0.25)
        reported += loop.common.new_rises(loop.now, loop.detectors[0].shift)
    (sentence,) = reported
    assert re.fullmatch(
        r"Utilisation rose on 2[01] of 2[01] links together: "
        "taken as load of the whole network, nothing is repaired for it.",
        sentence,
    )


def test_benign_load_is_deterministic_and_bounded() -> None:
    def most(benign: Benign) -> tuple[float, float]:
        loop, cpu, links = Loop(world=World(benign=benign)), [0.0], [0.0]
        for _ in range(400):
            for tick in loop.network.sample()[0]:
                cpu += [value for value in tick.of(ElementKind.NODE).column("cpu_usage") if value is not None]
                links += [value for value in tick.of(ElementKind.LINK).column("utilization") if value is not None]
        return max(cpu), max(links)

    assert most(BUSY) == most(BUSY)
    assert most(Benign()) < most(BUSY) <= (78.0, 85.0)
