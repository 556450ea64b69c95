"""The stabilizer with the simulated network: no advice in a normal network, advice for a hot link."""

from __future__ import annotations

from collections import Counter

import pytest

from network.simulated import SimulatedNetwork
from nms.simulate import Loop
from services.stabilizer.core import Stabilizer
from shared.domain.config import Desired
from shared.domain.events import Event, Fault, StabilityAdvised, StabilityStatus
from shared.domain.kinds import FaultKind, Mode
from shared.domain.topology import default_topology

ORIGIN = 1_767_225_600.0
QUIET = 1200.0


def live(network: SimulatedNetwork, stabilizer: Stabilizer, seconds: float) -> list[Event]:
    published: list[Event] = []
    for _ in range(round(seconds / 0.25)):
        for tick in network.sample()[0]:
            stabilizer.observe(tick)
        published += stabilizer.advance(network.now)
    return published


def test_twenty_quiet_minutes_bring_no_advice_and_one_status_every_five_seconds() -> None:
    network = SimulatedNetwork(default_topology(), seed=4, origin=ORIGIN)
    published = live(network, Stabilizer(default_topology()), QUIET)
    counts = Counter(type(event) for event in published)
    assert StabilityAdvised not in counts
    assert QUIET / 5 <= counts[StabilityStatus] <= QUIET / 5 + 5
    assert {event.state for event in published[5:] if isinstance(event, StabilityStatus)} == {"stable"}


def test_a_dead_node_is_down_within_three_ticks_and_up_again_when_it_answers() -> None:
    network, stabilizer = SimulatedNetwork(default_topology(), seed=4, origin=ORIGIN), Stabilizer(default_topology())
    live(network, stabilizer, 15)
    injected = Fault(
        id="f",
        kind=FaultKind.NODE_DOWN,
        target="edge-switch-2",
        strength=1,
        started=network.now,
        ends=network.now + 10,
    )
    network.inject(injected)
    (status,) = [event for event in live(network, stabilizer, 1.0) if isinstance(event, StabilityStatus)][-1:]
    assert status.nodes["edge-switch-2"] == "down"
    assert status.down == 1
    published = [event for event in live(network, stabilizer, 25) if isinstance(event, StabilityStatus)]
    assert published[-1].down == 0
    assert published[-1].state == "stable"


@pytest.mark.parametrize("kind", [FaultKind.HIGH_LATENCY, FaultKind.PACKET_LOSS])
def test_only_the_faulty_switch_is_degraded_at_any_moment(kind: FaultKind) -> None:
    published: list[StabilityStatus] = []
    loop = Loop(
        seed=3,
        desired=Desired(mode=Mode.OFF),
        seen=lambda event, _: published.append(event) if isinstance(event, StabilityStatus) else None,
    )
    loop.run(30)
    loop.inject(kind, "edge-switch-2")
    published.clear()
    loop.run(20)
    ever = {name for status in published for name, state in status.nodes.items() if state in ("degraded", "down")}
    assert ever == {"edge-switch-2"}
    last = published[-1]
    assert last.affected >= 10
    assert (last.degraded, last.down, last.health_percentage) == (1, 0, 93.75)


def test_a_congestion_without_repair_gets_advice_once() -> None:
    network, stabilizer = SimulatedNetwork(default_topology(), seed=4, origin=ORIGIN), Stabilizer(default_topology())
    live(network, stabilizer, 15)
    link = "core-router-1--edge-switch-1"
    network.inject(
        Fault(id="f", kind=FaultKind.CONGESTION, target=link, strength=1, started=network.now, ends=network.now + 120)
    )
    advice = [event for event in live(network, stabilizer, 120) if isinstance(event, StabilityAdvised)]
    assert [event.target for event in advice] == [link]
