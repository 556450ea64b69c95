"""Rca on the simulator, the detector and the correlator: it names each kind of fault, also in cascades."""

from __future__ import annotations

import random

import pytest

from benchmarks.plain_rule import plain_rule
from services.gateway.scoring.fault_scores import belongs, right_place
from shared.domain.events import Fault
from shared.domain.kinds import FaultKind
from shared.domain.topology import default_topology
from shared.testing import LINK_FAULTS, NODE_FAULTS
from tests.services.rca.loop import Case, Loop

NETWORK = default_topology()
WARM_UP, WATCH, LEAK_WATCH = 16.0, 5.0, 45.0
LEARN_GAUGES = 40.0
"""Seconds after which the detector can distinguish slow growth from the learnt course."""
STRENGTHS = (0.5, 0.6, 0.75, 0.9, 1.0)
SOME = {
    "core-router-2",
    "edge-switch-1",
    "edge-switch-5",
    "server-3",
    "server-7",
    "core-router-1--core-router-3",
    "core-router-1--edge-switch-4",
    "core-router-3--edge-switch-2",
    "edge-switch-2--server-2",
    "edge-switch-5--server-5",
}


def after_a_fault(kind: FaultKind, target: str, strength: float, seed: int) -> tuple[Loop, Fault, Case | None]:
    """Inject one fault; return the loop, the fault and the case that would have been acted on first."""
    loop = Loop(seed=seed)
    loop.run(LEARN_GAUGES if kind is FaultKind.HIGH_MEMORY else WARM_UP)
    fault = loop.inject(kind, target, strength, ttl=120.0)
    loop.run(LEAK_WATCH if kind is FaultKind.HIGH_MEMORY else WATCH)
    mine = [c for c in loop.incidents() if c.acted and belongs(NETWORK, c.incident, fault)]
    return loop, fault, min(mine, key=lambda c: c.acted_at or 0.0, default=None)


def targets(kind: FaultKind) -> list[str]:
    nodes = NETWORK.node_by_id if kind in NODE_FAULTS else ()
    return sorted(SOME & {*nodes, *(NETWORK.link_by_id if kind in LINK_FAULTS else ())})


@pytest.mark.parametrize("kind", FaultKind)
def test_a_single_fault_is_one_incident_with_the_right_element_and_kind(kind: FaultKind) -> None:
    for number, target in enumerate(targets(kind)):
        strength = max(0.75, STRENGTHS[number % 5]) if kind is FaultKind.HIGH_MEMORY else STRENGTHS[number % 5]
        loop, fault, case = after_a_fault(kind, target, strength, seed=number + 1)
        assert case is not None, (target, strength, loop.raised)
        assert case.acted is not None
        assert right_place(NETWORK, case.acted.element, fault), (target, strength, case.acted)
        assert case.acted.kind is kind, (target, strength, case.acted)
        assert len([c for c in loop.incidents() if c.acted]) == 1, (target, strength, loop.raised)


def test_a_core_that_goes_down_under_load_is_one_incident_with_the_right_root() -> None:
    for seed in range(6):
        loop = Loop(seed=seed, load=(1.3, 1.6, 2.0)[seed % 3])
        loop.run(WARM_UP)
        target = f"core-router-{seed % 3 + 1}"
        loop.inject(FaultKind.NODE_DOWN, target)
        loop.run(WATCH)
        (case,) = loop.incidents()
        assert case.acted is not None
        assert case.acted.key == (target, FaultKind.NODE_DOWN)


def test_two_faults_far_apart_are_two_incidents() -> None:
    wrong = []
    for seed in range(12):
        chance = random.Random(seed)
        one, other = far_apart(chance)
        loop = Loop(seed=seed)
        loop.run(LEARN_GAUGES)
        faults = [loop.inject(kind_for(element, chance), element, 1.0, ttl=120.0) for element in (one, other)]
        loop.run(LEAK_WATCH if any(f.kind is FaultKind.HIGH_MEMORY for f in faults) else WATCH)
        acted = {case.acted.key for case in loop.incidents() if case.acted}
        named = all(any(right_place(NETWORK, e, f) and k is f.kind for e, k in acted) for f in faults)
        if len(loop.incidents()) != len(faults) or not named:
            wrong.append((seed, one, other, acted))
    assert len(wrong) <= 1, wrong


def far_apart(chance: random.Random) -> tuple[str, str]:
    elements = [*NETWORK.node_by_id, *NETWORK.link_by_id]
    while NETWORK.distance(*(pair := (chance.choice(elements), chance.choice(elements)))) < 3:
        pass
    return pair


def kind_for(element: str, chance: random.Random) -> FaultKind:
    return chance.choice(sorted(LINK_FAULTS if NETWORK.is_link(element) else NODE_FAULTS))


def test_a_plain_rule_names_fewer_faults_correctly() -> None:
    right = total = 0
    for kind in sorted(set(FaultKind) - {FaultKind.HIGH_MEMORY}):
        for number, target in enumerate(targets(kind)[::2]):
            _, fault, case = after_a_fault(kind, target, STRENGTHS[number % 5], seed=3)
            assert case is not None
            total += 1
            right += plain_rule(case.incident, NETWORK)[1] is fault.kind
    assert right / total < 0.8
