"""The loop is measured in a world: counts of its faults, and of hours without faults."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from network.simulator import World
from network.simulator.world_file import read_world
from nms.simulate import Loop, simulate
from nms.worlds import WorldReport, desired_in, measure
from shared.domain.events import Event, Fault, FaultStarted
from shared.domain.kinds import FaultKind
from shared.domain.topology import default_topology
from tests.docs.blocks import blocks
from tests.nms.test_cli import nms


def injected(world: World, faults: int) -> list[Fault]:
    found: list[Fault] = []

    def seen(event: Event, time: float) -> None:
        if isinstance(event, FaultStarted):
            found.append(event.fault)

    measure(world, faults, 1, 0.0, seen=seen)
    return found


def test_the_default_world_gives_the_figures_of_the_scorecard() -> None:
    report, score = measure(World(), 16, 1, 0.0), simulate(16, seed=1)
    assert (report.faults, report.right_node, report.right_kind) == (16, score.right_node, score.right_kind)
    assert (report.repaired, report.needless) == (score.repaired, score.needless_actions)
    assert report.ended >= report.repaired


def test_a_network_that_is_sampled_every_five_seconds_is_judged_by_its_own_samples() -> None:
    world = World.model_validate({"sampling": {"interval": 5.0}, "faults": {"kinds": ["link_down", "node_down"]}})
    report = measure(world, 8, 1, 0.0)
    assert (report.right_node, report.right_kind, report.ended, report.repaired) == (8, 8, 8, 8)


def test_faults_have_the_kinds_the_strength_and_the_duration_of_the_world() -> None:
    world = World.model_validate({"faults": {"kinds": ["high_latency"], "strength": [0, 1], "duration": 20}})
    found = injected(world, 6)
    assert {fault.kind for fault in found} == {FaultKind.HIGH_LATENCY}
    assert min(fault.strength for fault in found) < 0.5
    assert {round(fault.ends - fault.started) for fault in found} == {20}


def test_two_faults_together_are_on_one_element_and_neither_hides_the_other() -> None:
    world = World.model_validate({"faults": {"together": 2, "kinds": ["high_cpu", "high_memory", "node_down"]}})
    found = injected(world, 8)
    live = Counter((fault.target, fault.cycle) for fault in found)
    alone = {fault.cycle for fault in found if fault.kind is FaultKind.NODE_DOWN}
    assert {live[key] for key in live if key[1] not in alone} == {2}
    assert {live[key] for key in live if key[1] in alone} <= {1}


def test_a_fault_of_a_seldom_sampled_network_has_any_phase() -> None:
    world = World.model_validate({"sampling": {"interval": 5.0}})
    loop = Loop(default_topology(), 1, desired_in(world, 6), world=world)
    started = [loop.inject(kind, "server-3").started - loop.now for kind in (FaultKind.HIGH_CPU, FaultKind.HIGH_MEMORY)]
    assert all(0 <= moment < 5 for moment in started)
    assert len(set(started)) == 2


def test_the_file_and_the_answer_of_the_how_to_are_valid(tmp_path: Path) -> None:
    file, answer = blocks("docs/how-to/another-world.md")
    written = tmp_path / "world.yaml"
    written.write_text(file.text)
    world = read_world(written)
    left_out = [name for name in World.model_fields if getattr(world, name) == getattr(World(), name)]
    assert left_out == []
    WorldReport.model_validate_json(answer.text)


def test_the_command_prints_the_counts(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text("benign:\n  cpu_jobs: {per_hour: 60, add: [12, 30], seconds: [10, 120]}\n")
    answer = nms("simulate", "--world", str(file), "--faults", "2", "--quiet-hours", "0.05", "--json")
    assert set(json.loads(answer.stdout)) == set(WorldReport.model_fields)


SLIGHT = {
    "kinds": ["packet_loss", "high_latency"],
    "strength": [0.2, 0.5],
    "high_latency": {"ms": [2, 8]},
    "packet_loss": {"percent": [0.75, 1.5]},
}
HEAVY = {"scale": 3.0, "distribution": "student-t", "df": 3, "correlation": 8.0}


def test_slight_faults_are_found_and_repaired() -> None:
    report = measure(World.model_validate({"faults": SLIGHT}), 20, 5, 0.0)
    assert (report.right_node >= 18, report.ended >= 18, report.needless) == (True, True, 0)


def test_noise_alone_starts_no_action() -> None:
    for noise in (HEAVY, {"scale": 10.0}):
        report = measure(World.model_validate({"noise": noise}), 0, 5, 0.5)
        assert (report.actions_per_hour, report.reboots) == (0, 0), noise


def test_links_that_flap_between_or_over_several_samples_are_named_and_reset() -> None:
    for sampling, period in ((1.0, 1.0), (30.0, 1.0), (0.25, 5.0)):
        flaps = {"kinds": ["link_flap"], "duration": 600, "link_flap": {"period": period}}
        report = measure(World.model_validate({"sampling": {"interval": sampling}, "faults": flaps}), 5, 5, 0.0)
        assert (report.right_kind, report.ended, report.wrong_actions) == (5, 5, 0), (sampling, period)


def test_a_leak_of_ten_minutes_is_repaired_long_before_its_limit() -> None:
    world = {"faults": {"kinds": ["high_memory"], "duration": 900, "high_memory": {"seconds": 600}}}
    report = measure(World.model_validate(world), 4, 5, 0.0)
    assert (report.right_node, report.repaired) == (4, 4)


def test_both_of_two_faults_at_one_element_are_named_and_ended() -> None:
    report = measure(World.model_validate({"faults": {"together": 2}}), 30, 5, 0.0)
    assert (report.ended, report.right_kind >= 0.85 * report.faults, report.needless) == (report.faults, True, 0)
