"""A plan follows from the scenario, the network, the world, the seed and the number of the run alone."""

from __future__ import annotations

import pytest

from network.simulator import DEFAULT, World
from network.simulator.benign import Benign, LoadBursts
from network.simulator.world import Faults, LossFault, Sampling
from nms.corpus.choices import Scenario
from nms.corpus.scenarios import HOPS_APART, ONSET_SECONDS, SCENARIOS, RunPlan, interval_of, plan, world_of
from shared.domain.errors import SettingError
from shared.domain.kinds import FaultKind, NodeType
from shared.domain.topology import Topology, default_topology, sized_topology

NETWORK = default_topology()


def planned(
    scenario: Scenario, run: int = 1, seed: int = 1, world: World = DEFAULT, topology: Topology = NETWORK
) -> RunPlan:
    return plan(scenario, topology, world, f"{scenario}-16-default", seed, run)


def test_every_scenario_has_its_faults() -> None:
    for scenario in Scenario:
        found = planned(scenario)
        assert len(found.faults) == SCENARIOS[scenario].faults


@pytest.mark.parametrize(
    ("scenario", "kinds"),
    [
        (Scenario.CASCADE, {FaultKind.NODE_DOWN}),
        (Scenario.FLAP, {FaultKind.LINK_FLAP}),
        (Scenario.GRAY, {FaultKind.PACKET_LOSS, FaultKind.HIGH_LATENCY}),
        (Scenario.LEAK, {FaultKind.HIGH_MEMORY}),
    ],
)
def test_a_scenario_has_its_own_kinds(scenario: Scenario, kinds: set[FaultKind]) -> None:
    assert {planned(scenario, run).faults[0].kind for run in range(1, 5)} == kinds


def test_the_same_run_has_the_same_plan_and_others_have_others() -> None:
    assert planned(Scenario.SINGLE) == planned(Scenario.SINGLE)
    assert planned(Scenario.SINGLE, run=2).network_seed != planned(Scenario.SINGLE).network_seed
    assert planned(Scenario.SINGLE, seed=2).network_seed != planned(Scenario.SINGLE).network_seed


def test_the_length_of_a_run_does_not_tell_when_its_fault_begins() -> None:
    plans = [planned(Scenario.SINGLE, run) for run in range(1, 21)]
    assert len({one.seconds for one in plans}) == 1
    onsets = [one.faults[0].after for one in plans]
    assert max(onsets) - min(onsets) > ONSET_SECONDS / 2
    assert all(one.faults[0].after + one.faults[0].lasts < one.seconds for one in plans)


def test_the_runs_of_a_group_take_turns_with_the_kinds() -> None:
    kinds = tuple(FaultKind)
    assert {planned(Scenario.SINGLE, run).faults[0].kind for run in range(1, len(kinds) + 1)} == set(kinds)


def test_two_faults_are_far_apart() -> None:
    for run in range(1, 11):
        one, other = planned(Scenario.DOUBLE, run).faults
        assert NETWORK.distance(one.element, other.element) >= HOPS_APART


def test_a_network_without_room_for_two_faults_is_refused() -> None:
    with pytest.raises(SettingError, match="leave out --scenario double, or give --nodes 16"):
        planned(Scenario.DOUBLE, topology=sized_topology(3))


def test_a_router_starts_the_cascade_under_load() -> None:
    found = planned(Scenario.CASCADE)
    assert NETWORK.node_by_id[found.faults[0].element].type is NodeType.ROUTER
    assert found.load > 1


def test_large_networks_are_sampled_less_often_unless_the_world_says_how_often() -> None:
    assert [interval_of(nodes) for nodes in (16, 200, 2000)] == [0.25, 1.0, 5.0]
    assert world_of(Scenario.NONE, DEFAULT, 2000).sampling.interval == 5.0
    often = World(sampling=Sampling(interval=0.25))
    assert world_of(Scenario.NONE, often, 2000).sampling.interval == 0.25
    lossy = World(sampling=Sampling(missing=0.5))
    assert world_of(Scenario.NONE, lossy, 200).sampling == Sampling(missing=0.5, interval=1.0)


def test_what_a_world_says_of_its_faults_and_its_load_is_kept() -> None:
    loss, bursts = LossFault(percent=(3, 3)), LoadBursts(per_hour=1, add=(1, 1), seconds=(1, 1))
    own = World(faults=Faults(packet_loss=loss, kinds=(FaultKind.HIGH_CPU,)), benign=Benign(link_bursts=bursts))
    gray = world_of(Scenario.GRAY, own, 16)
    assert gray.faults.packet_loss == loss
    assert gray.faults.high_latency is not None
    assert world_of(Scenario.BENIGN, own, 16).benign == own.benign
    assert world_of(Scenario.BENIGN, DEFAULT, 16).benign != Benign()
    assert world_of(Scenario.NONE, DEFAULT, 16).benign == Benign()
    assert planned(Scenario.SINGLE, world=own).faults[0].kind is FaultKind.HIGH_CPU
