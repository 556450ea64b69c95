"""What actions leave behind is kept once a place, so many in all, and felt as long as it lasts."""

from __future__ import annotations

import msgspec

from network.simulated import SimulatedNetwork
from network.simulator import traces
from network.simulator.conditions import Trace
from network.simulator.state import State, decode_state, encode_state
from network.simulator.traces import Traces
from shared.domain.kinds import ActionKind
from tests.network.helpers import command, course, executed, simulator

UPLINK, OTHER = "core-router-1--edge-switch-1", "core-router-2--core-router-3"
FOR_EVER = 1e12


def detour(number: int, target: str = UPLINK, until: float = FOR_EVER) -> Trace:
    return Trace(f"a{number}", ActionKind.OPTIMIZE_ROUTING, target, float(number), until, False)


def kept(sim: SimulatedNetwork) -> State:
    return decode_state(sim.simulator.snapshot())


def ids(held: list[Trace]) -> list[str]:
    return [trace.action_id for trace in held]


def test_the_newest_replaces_that_of_its_kind_on_its_target() -> None:
    limited = Trace("a9", ActionKind.RATE_LIMIT, UPLINK, 9.0, FOR_EVER, False)
    held = Traces([detour(1), detour(2, OTHER), detour(3), limited])
    assert ids(held.all) == ["a2", "a3", "a9"]


def test_one_too_many_lets_the_oldest_go() -> None:
    held = Traces(detour(number, f"a--{number}") for number in range(traces.MAX_TRACES + 2))
    assert len(held.all) == traces.MAX_TRACES
    assert ids(held.all)[0] == "a2"


def test_an_undoing_takes_back_its_own_and_no_later_one() -> None:
    held = Traces([detour(1), detour(2, OTHER), detour(3)])
    held.undo("a1")
    assert ids(held.all) == ["a2", "a3"]
    held.undo("a3")
    assert ids(held.all) == ["a2"]


def test_what_is_felt_no_more_is_forgotten() -> None:
    held = Traces([detour(1, until=5.0), detour(2, OTHER)])
    assert ids(held.until(5.0)) == ids(held.all) == ["a2"]


def test_a_detour_that_is_made_again_and_again_is_one_and_ends_with_its_last_undoing() -> None:
    sim = simulator()
    for number in range(20):
        sim.execute(command(ActionKind.OPTIMIZE_ROUTING, UPLINK, f"i.a{number}"))
        assert executed(course(sim, 4)[1])
    assert ids(kept(sim).traces) == ["i.a19"]
    assert kept(sim).cost[UPLINK] > 1
    sim.execute(command(ActionKind.OPTIMIZE_ROUTING, UPLINK, "i.a19", revert=True))
    course(sim, 6)
    assert kept(sim).traces == []
    assert UPLINK not in kept(sim).cost


def test_a_snapshot_of_before_with_many_of_one_place_is_read() -> None:
    sim = simulator()
    old = msgspec.structs.replace(kept(sim), traces=[detour(number) for number in range(1, 3_000)])
    sim.simulator.restore(encode_state(old), [])
    assert ids(kept(sim).traces) == ["a2999"]
    course(sim, 2)
    assert kept(sim).cost[UPLINK] > 1
