"""The simulator behaves like a network: noise, daily variation, lost samples, spreading symptoms, costs of actions."""

from __future__ import annotations

import numpy as np
import pytest

from network.simulated import SimulatedNetwork
from network.simulator.poller import LINK_METRICS, NODE_METRICS
from shared.domain.kinds import ActionKind, ElementKind, FaultKind
from shared.domain.telemetry import MAX_LATE_TICKS
from shared.domain.topology import default_topology
from tests.network.helpers import (
    Reading,
    command,
    course,
    executed,
    fault,
    mean,
    readings,
    simulator,
)

TOPOLOGY = default_topology()
UPLINK = "core-router-1--edge-switch-1"
LONG = 2_000


@pytest.fixture(scope="module")
def quiet() -> list[dict[str, Reading]]:
    return course(simulator(), LONG)[0]


def _series(seen: list[dict[str, Reading]], element: str, metric: str) -> np.ndarray:
    return np.array([tick[element][metric] for tick in seen if element in tick], dtype=float)


def test_noise_is_autocorrelated_in_every_metric(quiet: list[dict[str, Reading]]) -> None:
    for element in ("core-router-1", "edge-switch-2", "server-5", UPLINK):
        steady = {"reachable", "up", "admin_up", "transitions"}
        for metric in set(LINK_METRICS if "--" in element else NODE_METRICS) - steady:
            x = _series(quiet, element, metric)
            x = x - x.mean()
            assert x.std() > 0, (element, metric)
            assert (x[1:] * x[:-1]).mean() / x.var() > 0.5, (element, metric)


def test_a_quiet_network_is_far_from_every_threshold(quiet: list[dict[str, Reading]]) -> None:
    for tick in quiet:
        for element, reading in tick.items():
            assert reading["latency"] < 25 and reading["packet_loss"] < 0.5, element
            if "--" in element:
                assert 10 < reading["utilization"] < 60 and reading["up"] == 1
            else:
                assert reading["cpu_usage"] < 60 and reading["memory_usage"] < 62 and reading["reachable"] == 1


def test_load_varies_over_the_day() -> None:
    day = []
    for hour in range(24):
        sim = SimulatedNetwork(TOPOLOGY, origin=1_700_006_400.0 + hour * 3600)  # begins at midnight
        day.append(mean(course(sim, 60)[0], UPLINK, "utilization"))
    assert 13 <= int(np.argmax(day)) <= 17 and 1 <= int(np.argmin(day)) <= 5
    assert 1.2 < max(day) / min(day) < 1.6


def test_one_sample_in_a_hundred_is_lost_and_one_is_late() -> None:
    sim = simulator()
    elements = len(TOPOLOGY.nodes) + len(TOPOLOGY.links)
    empty, late, delays = 0, 0, set()
    is_complete: dict[tuple[int, str], bool] = {}
    for _ in range(LONG):
        ticks, _ = sim.sample()
        for element, reading in readings(ticks).items():
            is_complete[sim.tick, element] = all(value is not None for value in reading.values())
            empty += all(value is None for value in reading.values())
        for tick in ticks:
            for rows in tick.late:
                for element in (name for columns in rows.elements.values() for name in columns.ids):
                    late += 1
                    delays.add(sim.tick - rows.tick)
                    assert not is_complete[rows.tick, element]
                assert None not in rows.of(ElementKind.NODE).column("cpu_usage")
                assert None not in rows.of(ElementKind.LINK).column("utilization")
    samples = elements * LONG
    assert 0.008 < late / samples < 0.012
    assert 0.008 < (empty - late) / samples < 0.012
    assert delays == set(range(1, MAX_LATE_TICKS + 1))


def _change(
    kind: FaultKind, target: str, strength: float, element: str, metric: str, load: float = 1.0, ticks: int = 12
) -> tuple[float, float]:
    """Return the mean of a metric before and after a fault, without the first two ticks of the fault."""
    sim = simulator(load=load)
    before, _ = course(sim, ticks)
    sim.inject(fault(sim, kind, target, strength))
    after, _ = course(sim, ticks)
    return mean(before, element, metric), mean(after[2:], element, metric)


NODES, LINKS = sorted(TOPOLOGY.node_by_id), sorted(TOPOLOGY.link_by_id)


@pytest.mark.parametrize("node", NODES)
def test_faults_of_a_node_have_the_effect_of_their_strength(node: str) -> None:
    for strength, least, most in ((0.5, 82, 99), (1.0, 88, 99.6)):
        before, after = _change(FaultKind.HIGH_CPU, node, strength, node, "cpu_usage")
        assert before < 55 and least < after < most
        waits, slow = _change(FaultKind.HIGH_CPU, node, strength, node, "latency")
        assert slow > waits + 2
    assert _change(FaultKind.HIGH_LATENCY, node, 0.5, node, "latency")[1] > 25
    assert _change(FaultKind.PACKET_LOSS, node, 0.5, node, "packet_loss")[1] > 3


@pytest.mark.parametrize("link", LINKS)
def test_faults_of_a_link_have_the_effect_of_their_strength(link: str) -> None:
    assert 25 < _change(FaultKind.HIGH_LATENCY, link, 0.5, link, "latency")[1] < 50
    assert 110 < _change(FaultKind.HIGH_LATENCY, link, 1.0, link, "latency")[1] < 140
    assert 3.5 < _change(FaultKind.PACKET_LOSS, link, 0.5, link, "packet_loss")[1] < 5
    assert 7.5 < _change(FaultKind.PACKET_LOSS, link, 1.0, link, "packet_loss")[1] < 9
    before, after = _change(FaultKind.CONGESTION, link, 0.5, link, "utilization")
    assert before < 50 and after == 100
    assert _change(FaultKind.CONGESTION, link, 0.5, link, "packet_loss")[1] > 10
    assert _change(FaultKind.CONGESTION, link, 0.5, link, "latency")[1] > 50


@pytest.mark.parametrize("strength", [0.5, 0.75, 1.0])
def test_a_leak_crosses_the_limit_after_thirty_seconds_or_more(strength: float) -> None:
    for seed in range(4):
        sim = simulator(seed)
        for node in NODES:
            sim.inject(fault(sim, FaultKind.HIGH_MEMORY, node, strength, ttl=600))
        first: dict[str, float] = {}
        start = sim.now
        for _ in range(320):
            for node, reading in readings(sim.sample()[0]).items():
                if (reading.get("memory_usage") or 0) > 80:
                    first.setdefault(node, sim.now - start)
        assert set(first) == set(NODES)
        assert min(first.values()) >= 30 / strength
        assert max(first.values()) < 30 / strength * 1.25


def test_a_flap_goes_down_and_up_once_a_second_starting_down() -> None:
    for offset in (0.0, 0.1, 0.249):
        sim = simulator()
        course(sim, 1)
        wanted = fault(sim, FaultKind.LINK_FLAP, UPLINK)
        sim.inject(wanted.model_copy(update={"started": sim.now + offset}))
        seen = [readings(sim.sample()[0])[UPLINK]["up"] for _ in range(40)]
        for got, expected in zip(seen, [0, 0, 1, 1] * 10, strict=True):
            assert got in (expected, None)


def test_a_failed_core_router_moves_its_load_to_the_others() -> None:
    other_uplink = "core-router-2--edge-switch-1"
    before, after = _change(FaultKind.NODE_DOWN, "core-router-1", 1.0, other_uplink, "utilization")
    assert after > before + 15
    sim = simulator(load=1.6)
    calm, _ = course(sim, 12)
    assert max(mean(calm, link, "utilization") for link in LINKS) < 75
    sim.inject(fault(sim, FaultKind.NODE_DOWN, "core-router-1"))
    seen = course(sim, 12)[0][2:]
    assert any(mean(seen, link, "utilization") > 99 and mean(seen, link, "packet_loss") > 1 for link in LINKS[3:])
    assert all(tick["core-router-1"]["reachable"] == 0 for tick in seen if "core-router-1" in tick)
    assert all(tick["core-router-1"]["cpu_usage"] is None for tick in seen if "core-router-1" in tick)
    assert all(tick[UPLINK]["up"] == 0 for tick in seen if UPLINK in tick)


def test_servers_behind_a_slow_edge_switch_have_latency() -> None:
    changes = {
        server: _change(FaultKind.HIGH_LATENCY, "edge-switch-1", 1.0, server, "latency")
        for server in ("server-1", "server-6", "server-4")
    }
    near, other, far = (after - before for before, after in changes.values())
    assert near > 80 and other > 80
    assert 5 < far < near / 2  # the symptom becomes weaker along the path


def test_traffic_of_a_cut_link_is_lost_for_one_tick_then_rerouted() -> None:
    sim = simulator()
    course(sim, 4)
    sim.inject(fault(sim, FaultKind.LINK_DOWN, UPLINK))
    cut, after = course(sim, 1)[0], course(sim, 3)[0]
    assert mean(cut, "edge-switch-1", "packet_loss") > 20
    assert mean(after, "edge-switch-1", "packet_loss") < 1
    assert mean(after, "core-router-2--edge-switch-1", "utilization") > 40


def test_a_node_without_links_still_answers() -> None:
    sim = simulator()
    sim.inject(fault(sim, FaultKind.LINK_DOWN, "edge-switch-1--server-1"))
    seen = course(sim, 8)[0][1:]
    assert mean(seen, "server-1", "reachable") == 1
    assert mean(seen, "server-1", "throughput") == 0
    assert mean(seen, "server-1", "cpu_usage") > 10


def test_traffic_returns_after_a_revert_of_optimize_routing() -> None:
    sim = simulator()
    before = mean(course(sim, 8)[0], UPLINK, "utilization")
    sim.execute(command(ActionKind.OPTIMIZE_ROUTING, UPLINK))
    course(sim, 6)
    assert mean(course(sim, 60)[0], UPLINK, "utilization") < before / 3
    sim.execute(command(ActionKind.OPTIMIZE_ROUTING, UPLINK, revert=True))
    _, events = course(sim, 6)
    assert [answer.ran for answer in executed(events)] == [True]
    assert mean(course(sim, 8)[0], UPLINK, "utilization") > before * 0.9


def _during(
    kind: ActionKind, target: str, ticks: int = 24
) -> tuple[list[dict[str, Reading]], list[dict[str, Reading]]]:
    acted, idle = simulator(), simulator()
    for sim in (acted, idle):
        course(sim, 4)
    acted.execute(command(kind, target))
    return course(acted, ticks)[0], course(idle, ticks)[0]


@pytest.mark.parametrize(
    ("kind", "target", "metric", "least"),
    [
        (ActionKind.RESTART_PROCESS, "server-1", "cpu_usage", 5.0),
        (ActionKind.CLEAR_CACHE, "server-1", "latency", 2.0),
        (ActionKind.RESET_INTERFACE, UPLINK, "packet_loss", 3.0),
        (ActionKind.RATE_LIMIT, UPLINK, "latency", 0.05),
        (ActionKind.REBOOT_NODE, "server-1", "reachable", 1.0),
        (ActionKind.OPTIMIZE_ROUTING, UPLINK, "utilization", 15.0),
    ],
)
def test_an_action_has_a_temporary_cost(kind: ActionKind, target: str, metric: str, least: float) -> None:
    acted, idle = _during(kind, target)
    gaps = [
        abs((a[target][metric] or 0) - b[target][metric])
        for a, b in zip(acted, idle, strict=True)
        if target in a and target in b and b[target][metric] is not None
    ]
    assert max(gaps) >= least
    if kind is ActionKind.RESET_INTERFACE:
        assert sum(gap > 1 for gap in gaps) == 1  # a loss burst of one tick; the link stays up
        assert all(tick[target]["up"] == 1 for tick in acted if target in tick)
    if kind is ActionKind.REBOOT_NODE:
        assert 3 <= sum(gap == 1 for gap in gaps) <= 6
    if kind is not ActionKind.OPTIMIZE_ROUTING:
        sim = simulator()
        sim.execute(command(kind, target))
        course(sim, 80)
        calm = simulator()
        course(calm, 80)
        assert course(sim, 4)[0] == course(calm, 4)[0]


def test_a_rate_limit_caps_a_link_for_some_seconds() -> None:
    sim = simulator(load=3.0)
    assert mean(course(sim, 4)[0], UPLINK, "utilization") > 80
    sim.execute(command(ActionKind.RATE_LIMIT, UPLINK))
    course(sim, 4)
    assert mean(course(sim, 30)[0], UPLINK, "utilization") == pytest.approx(70, abs=0.5)
    course(sim, 20)
    assert mean(course(sim, 4)[0], UPLINK, "utilization") > 80
