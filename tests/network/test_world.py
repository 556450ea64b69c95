"""A world changes the simulated network as its keys say, and nothing else; a wrong file is refused with the line."""

from __future__ import annotations

import statistics
from itertools import pairwise
from pathlib import Path

import pytest

from network.simulated import SimulatedNetwork
from network.simulator import DEFAULT, World
from network.simulator.world_file import read_world
from shared.domain.catalogue import METRICS, Role
from shared.domain.errors import SettingError
from shared.domain.instant import instant
from shared.domain.kinds import FaultKind
from shared.domain.topology import default_topology
from tests.network.helpers import NOON, Reading, course, fault, mean, simulator, wire

SERVER, UPLINK = "server-3", "core-router-1--edge-switch-1"


def network(keys: dict[str, object] | None = None, seed: int = 1) -> SimulatedNetwork:
    return SimulatedNetwork(default_topology(), seed=seed, origin=NOON, world=World.model_validate(keys or {}))


def column(seen: list[dict[str, Reading]], element: str, metric: str) -> list[float]:
    return [x for tick in seen if (x := tick.get(element, {}).get(metric)) is not None]


def test_an_empty_world_is_the_default_network() -> None:
    plain, empty = simulator(), network()
    assert World.model_validate({}) == DEFAULT
    for _ in range(40):
        assert wire(plain.sample()[0]) == wire(empty.sample()[0])


@pytest.mark.parametrize("interval", [1.0, 30.0])
def test_samples_are_an_interval_apart_and_ticks_are_counted_in_samples(interval: float) -> None:
    sim = network({"sampling": {"interval": interval}})
    ticks = [sim.sample()[0] for _ in range(4)]
    times = [instant(tick[0].at) for tick in ticks]
    assert [tick[0].tick for tick in ticks] == [1, 2, 3, 4]
    assert {later - earlier for earlier, later in pairwise(times)} == {interval}
    assert {part.interval for tick in ticks for part in tick} == {interval}
    assert sim.managed.offered.interval == interval


def without_changes(reading: Reading) -> Reading:
    """Leave out what is counted since the sample before."""
    counted = {spec.name for spec in METRICS.values() if spec.role is Role.CHANGES}
    return {
        element: {metric: value for metric, value in values.items() if metric not in counted}
        for element, values in reading.items()
    }


def test_a_seldom_sampled_network_is_the_same_network() -> None:
    """Between two samples everything goes on: each sample is that of a network that is sampled all the time."""
    often, seldom = (
        network({"sampling": {"missing": 0, "late": 0}}),
        network({"sampling": {"interval": 2.0, "missing": 0, "late": 0}}),
    )
    for sim in (often, seldom):
        sim.inject(fault(sim, FaultKind.LINK_DOWN, UPLINK, ttl=7.0))
    all_the_time, _ = course(often, 80)
    now_and_then, _ = course(seldom, 10)
    assert list(map(without_changes, now_and_then)) == list(map(without_changes, all_the_time[7::8]))


def test_missing_samples_are_as_frequent_as_asked() -> None:
    seen, _ = course(network({"sampling": {"missing": 0.3, "late": 0.0}}), 100)
    share = 1 - statistics.mean(len(tick) for tick in seen) / len(seen[0] | seen[1] | seen[2] | seen[3])
    assert 0.25 < share < 0.35


def test_noise_has_the_scale_the_tails_and_the_correlation_asked_for() -> None:
    plain, loud = (
        column(course(network(keys), 1200)[0], SERVER, "memory_usage") for keys in ({}, {"noise": {"scale": 8}})
    )
    assert 6 < statistics.stdev(loud) / statistics.stdev(plain) < 10

    def normalized(noise: dict[str, object]) -> list[float]:
        values = column(
            course(network({"noise": noise, "sampling": {"missing": 0, "late": 0}}), 4000)[0], SERVER, "memory_usage"
        )
        middle, spread = statistics.mean(values), statistics.stdev(values)
        return [(value - middle) / spread for value in values]

    white = normalized({"correlation": 0})
    heavy = normalized({"correlation": 0, "distribution": "student-t", "df": 3})
    slow = normalized({"correlation": 8})
    assert max(map(abs, white)) < 5 < max(map(abs, heavy))
    after_a_second = [statistics.correlation(series[:-4], series[4:]) for series in (white, slow)]
    assert after_a_second[0] < 0.1 and after_a_second[1] > 0.7


def test_offsets_move_the_usual_levels_apart() -> None:
    def levels(keys: dict[str, object]) -> dict[str, list[float]]:
        seen, _ = course(network(keys), 40)
        nodes, links = default_topology().node_by_id, default_topology().link_by_id
        return {
            "cpu_usage": [mean(seen, node, "cpu_usage") for node in nodes],
            "memory_usage": [mean(seen, node, "memory_usage") for node in nodes],
            "latency": [mean(seen, link, "latency") for link in links],
        }

    moved = {"cpu_usage": [-10, 25], "memory_usage": [0, 30], "latency": [0, 35]}
    before, after = levels({}), levels({"offsets": moved})
    for metric, (least, most) in moved.items():
        by = [x - y for x, y in zip(after[metric], before[metric], strict=True)]
        assert least - 2 <= min(by) and max(by) <= most + 2
        assert max(by) - min(by) > (most - least) / 2


def test_a_season_moves_the_load_by_its_own_day() -> None:
    seen, _ = course(network({"season": {"day": 200, "amplitude": 0.5}}), 800)
    load = column(seen, UPLINK, "utilization")
    assert max(load) > 2 * min(load)
    weekend = network({"season": {"day": 60, "weekend": 0.2, "amplitude": 0.0}})
    load = column(course(weekend, 4 * 60 * 7)[0], UPLINK, "utilization")
    assert min(load) < 0.4 * max(load)


@pytest.mark.parametrize(
    ("kind", "target", "keys", "metric", "least", "most"),
    [
        (FaultKind.HIGH_CPU, SERVER, {"high_cpu": {"add": [10, 20]}}, "cpu_usage", 18, 22),
        (FaultKind.HIGH_LATENCY, UPLINK, {"high_latency": {"ms": [2, 8]}}, "latency", 7, 9),
        (FaultKind.PACKET_LOSS, UPLINK, {"packet_loss": {"percent": [0.75, 1.5]}}, "packet_loss", 1.4, 1.6),
        (FaultKind.PACKET_LOSS, UPLINK, {"strength": [0.2, 0.5]}, "packet_loss", 3.9, 4.1),
    ],
)
def test_a_fault_is_as_strong_as_its_key_says(
    kind: FaultKind, target: str, keys: dict[str, object], metric: str, least: float, most: float
) -> None:
    def level(faulty: bool) -> float:
        sim = network({"faults": keys})
        if faulty:
            sim.inject(fault(sim, kind, target))
        return mean(course(sim, 20)[0], target, metric)

    assert least <= level(True) - level(False) <= most


def test_a_slow_leak_and_a_slow_flap_last_as_long_as_asked() -> None:
    leaks = network({"faults": {"high_memory": {"seconds": 600}}})
    leaks.inject(fault(leaks, FaultKind.HIGH_MEMORY, SERVER, ttl=900))
    memory = column(course(leaks, 4 * 620)[0], SERVER, "memory_usage")
    reached = next(number for number, value in enumerate(memory) if value >= 78)
    assert 560 < reached / 4 / 0.98 < 640
    flaps = network({"faults": {"link_flap": {"period": 5.0}}, "sampling": {"missing": 0, "late": 0}})
    flaps.inject(fault(flaps, FaultKind.LINK_FLAP, UPLINK))
    up = column(course(flaps, 100)[0], UPLINK, "up")
    falls = [number for number in range(1, 100) if up[number - 1] and not up[number]]
    assert {later - earlier for earlier, later in pairwise(falls)} == {20}


def test_a_snapshot_goes_on_in_a_world_with_another_interval() -> None:
    before = network({"sampling": {"interval": 5.0}})
    course(before, 12)
    after = network({"sampling": {"interval": 1.0}})
    after.restore(before.snapshot(), before.faults(), 0)
    assert after.now == before.now


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("noise:\n  scle: 3\n", "line 2: noise.scle: Extra inputs are not permitted"),
        ("sampling: {interval: 0.3}\n", "line 1: sampling.interval: .*steps of 0.25 s"),
        ("offsets:\n  cpu_usage: [5, 1]\n", "line 2: offsets.cpu_usage: .*not in order"),
        ("faults:\n  kinds: [flood]\n", "line 2: faults.kinds.0: .*flood"),
        ("a: [\n", "line .*not YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_line(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "world.yaml"
    file.write_text(text)
    with pytest.raises(SettingError, match=f"NMS_WORLD=.*world.yaml: {why}"):
        read_world(file)


def test_an_empty_file_is_the_default_world(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text("# nothing differs\n")
    assert read_world(file) == DEFAULT
