"""Side effects of actions: one for each kind and target, a limited number, and only while they last."""

from __future__ import annotations

import msgspec

from network.simulated import SimulatedNetwork
from network.simulator import side_effects
from network.simulator.conditions import SideEffect
from network.simulator.side_effects import SideEffects
from network.simulator.state import State, decode_state, encode_state
from shared.domain.kinds import ActionKind
from tests.network.helpers import command, course, executed, simulator

UPLINK, OTHER = "core-router-1--edge-switch-1", "core-router-2--core-router-3"
FOR_EVER = 1e12


def detour(number: int, target: str = UPLINK, until: float = FOR_EVER) -> SideEffect:
    return SideEffect(f"a{number}", ActionKind.OPTIMIZE_ROUTING, target, float(number), until, False)


def state_of(sim: SimulatedNetwork) -> State:
    return decode_state(sim.simulator.snapshot())


def ids(effects: list[SideEffect]) -> list[str]:
    return [trace.action_id for trace in effects]


def test_a_new_one_replaces_that_of_the_same_kind_and_target() -> None:
    limited = SideEffect("a9", ActionKind.RATE_LIMIT, UPLINK, 9.0, FOR_EVER, False)
    effects = SideEffects([detour(1), detour(2, OTHER), detour(3), limited])
    assert ids(effects.all) == ["a2", "a3", "a9"]


def test_the_oldest_is_dropped_above_the_limit() -> None:
    effects = SideEffects(detour(number, f"a--{number}") for number in range(side_effects.MAX_SIDE_EFFECTS + 2))
    assert len(effects.all) == side_effects.MAX_SIDE_EFFECTS
    assert ids(effects.all)[0] == "a2"


def test_a_revert_removes_only_its_own() -> None:
    effects = SideEffects([detour(1), detour(2, OTHER), detour(3)])
    effects.undo("a1")
    assert ids(effects.all) == ["a2", "a3"]
    effects.undo("a3")
    assert ids(effects.all) == ["a2"]


def test_a_side_effect_that_has_ended_is_removed() -> None:
    effects = SideEffects([detour(1, until=5.0), detour(2, OTHER)])
    assert ids(effects.until(5.0)) == ids(effects.all) == ["a2"]


def test_a_repeated_detour_is_one_and_ends_with_its_last_revert() -> None:
    sim = simulator()
    for number in range(20):
        sim.execute(command(ActionKind.OPTIMIZE_ROUTING, UPLINK, f"i.a{number}"))
        assert executed(course(sim, 4)[1])
    assert ids(state_of(sim).traces) == ["i.a19"]
    assert state_of(sim).cost[UPLINK] > 1
    sim.execute(command(ActionKind.OPTIMIZE_ROUTING, UPLINK, "i.a19", revert=True))
    course(sim, 6)
    assert state_of(sim).traces == []
    assert UPLINK not in state_of(sim).cost


def test_an_early_snapshot_with_many_of_one_target_is_restored() -> None:
    sim = simulator()
    old = msgspec.structs.replace(state_of(sim), traces=[detour(number) for number in range(1, 3_000)])
    sim.simulator.restore(encode_state(old), [])
    assert ids(state_of(sim).traces) == ["a2999"]
    course(sim, 2)
    assert state_of(sim).cost[UPLINK] > 1
