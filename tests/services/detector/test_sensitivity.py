"""On the simulated network every kind of fault is found in time, and a network without faults raises nothing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from network.simulated import SimulatedNetwork
from services.detector.core import AnomalyEvent, Detector
from shared.domain.config import Thresholds
from shared.domain.events import Anomaly, AnomalyRaised, Fault
from shared.domain.kinds import FaultKind, Shape
from shared.domain.topology import Topology, default_topology, partitions_for
from shared.testing import LINK_FAULTS, NODE_FAULTS

TOPOLOGY = default_topology()
START = 1_767_225_600.0
WARM = 300
FOUND_WITHIN = 3
LEAK_WITHIN = 110
FLAP_WITHIN = 6
"""Ticks; one of the samples may be missing."""
QUIET_TICKS = 4_800

NODES = ("core-router-2", "edge-switch-4", "server-7")
LINKS = ("core-router-1--core-router-3", "core-router-2--edge-switch-2", "edge-switch-3--server-3")
CASES = [(kind, node) for kind in sorted(NODE_FAULTS) for node in NODES]
CASES += [(kind, link) for kind in sorted(LINK_FAULTS) for link in LINKS]


class Rig:
    def __init__(self, topology: Topology = TOPOLOGY, seed: int = 1) -> None:
        self.network = SimulatedNetwork(topology, seed=seed, origin=START)
        self.detectors = [Detector(Thresholds()) for _ in range(partitions_for(topology))]

    def step(self) -> list[AnomalyEvent]:
        ticks, _ = self.network.sample()
        return [event for tick, detector in zip(ticks, self.detectors, strict=True) for event in detector.observe(tick)]

    def steps(self, count: int) -> list[AnomalyEvent]:
        return [event for _ in range(count) for event in self.step()]

    def inject(self, kind: FaultKind, target: str, strength: float) -> Fault:
        now = self.network.now
        fault = Fault(
            id=f"{kind}-{target}-{now}", kind=kind, target=target, strength=strength, started=now, ends=now + 300
        )
        return self.network.inject(fault)


def here(target: str, anomalies: Iterable[Anomaly]) -> list[Anomaly]:
    near = {target, *TOPOLOGY.links_of.get(target, ()), *TOPOLOGY.ends(target)}
    return [anomaly for anomaly in anomalies if anomaly.element in near]


def raised(events: Iterable[AnomalyEvent]) -> list[Anomaly]:
    return [event.anomaly for event in events if isinstance(event, AnomalyRaised)]


def ticks_until_found(
    rig: Rig, fault: Fault, metric: str | None = None, at_most: int = LEAK_WITHIN
) -> tuple[int, Anomaly]:
    for count in range(1, at_most + 1):
        for anomaly in here(fault.target, raised(rig.step())):
            if metric in (None, anomaly.metric):
                return count, anomaly
    pytest.fail(f"{fault.kind} at {fault.target} with strength {fault.strength} was not found in {at_most} ticks")


@pytest.fixture(scope="module")
def rig() -> Rig:
    rig = Rig()
    assert rig.steps(WARM) == []
    return rig


@pytest.mark.parametrize(("kind", "target"), CASES)
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_each_fault_is_found_in_time_and_its_anomalies_end_with_it(
    rig: Rig, kind: FaultKind, target: str, strength: float
) -> None:
    fault = rig.inject(kind, target, strength)
    metric = {FaultKind.HIGH_MEMORY: "memory_usage", FaultKind.LINK_FLAP: "up"}.get(kind)
    count, anomaly = ticks_until_found(rig, fault, metric)
    rig.steps(4)
    rig.network.cancel(fault.id)
    rig.steps(8)
    still_open = [a for detector in rig.detectors for a in detector.open()]
    again = raised(rig.steps(60))
    assert anomaly.since >= fault.started
    match kind:
        case FaultKind.HIGH_MEMORY:
            assert anomaly.shape is Shape.RAMP
            assert anomaly.value < Thresholds().memory_usage
        case FaultKind.LINK_FLAP:
            assert anomaly.shape is Shape.FLAP
            assert count <= FLAP_WITHIN
        case _:
            assert anomaly.shape is Shape.STEP
            assert count <= FOUND_WITHIN + 1
    assert (still_open, again) == ([], [])


def test_nearly_all_faults_are_found_within_three_ticks() -> None:
    rig = Rig(seed=5)
    rig.steps(WARM)
    late = 0
    sudden = [(k, t) for k, t in CASES if k not in (FaultKind.HIGH_MEMORY, FaultKind.LINK_FLAP)]
    for kind, target in sudden:
        fault = rig.inject(kind, target, 0.5)
        late += ticks_until_found(rig, fault)[0] > FOUND_WITHIN
        rig.network.cancel(fault.id)
        rig.steps(12)
    assert late <= len(sudden) * 0.05


@pytest.mark.parametrize("seed", [11, 12])
def test_a_network_without_faults_raises_nothing(seed: int) -> None:
    assert Rig(seed=seed).steps(QUIET_TICKS) == []


@pytest.mark.soak
def test_an_hour_without_faults_has_at_most_one_false_anomaly() -> None:
    assert len(raised(Rig(seed=21).steps(14_400))) <= 1
