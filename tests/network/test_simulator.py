"""The simulator is the same every time, lives on while nobody looks, and refuses what cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.simulated import SimulatedNetwork
from shared.domain.errors import MessageError, Refused, UnknownTarget
from shared.domain.events import Executed, Fault, FaultEnded, FaultStarted
from shared.domain.instant import instant
from shared.domain.kinds import ActionKind, EndedBy, FaultKind
from shared.domain.telemetry import MAX_LATE_TICKS, TICK_SECONDS, decode_tick, encode_tick
from shared.domain.topology import default_topology
from shared.testing import STRIKES_LINKS, STRIKES_NODES
from tests.network.helpers import NOON, command, course, ended, fault, simulator, wire

TOPOLOGY = default_topology()
NODES, LINKS = sorted(TOPOLOGY.node_by_id), sorted(TOPOLOGY.link_by_id)

strikes = st.one_of(
    st.tuples(st.sampled_from(sorted(STRIKES_NODES)), st.sampled_from(NODES)),
    st.tuples(st.sampled_from(sorted(STRIKES_LINKS)), st.sampled_from(LINKS)),
)
doings = st.tuples(st.sampled_from(list(ActionKind)), st.sampled_from(NODES + LINKS), st.booleans())
orders = st.lists(
    st.tuples(st.integers(0, 24), st.floats(0, 0.249), st.one_of(strikes, doings)), max_size=8, unique_by=lambda o: o[0]
)


def _give(sim: SimulatedNetwork, moment: float, order: tuple, number: int) -> None:
    at = sim.now + moment
    if len(order) == 2:
        kind, target = order
        wanted = Fault(id=f"f{number}", kind=kind, target=target, strength=0.7, started=at, ends=at + 3)
        try:
            sim.inject(wanted)
        except Refused:
            return
    else:
        kind, target, revert = order
        sim.execute(command(kind, target, f"i.a{number // 2}", revert), at)


def _run(sim: SimulatedNetwork, plan: list, stop: int, start: int = 0) -> tuple[list[bytes], list[str]]:
    out, news = [], []
    for step in range(start, stop):
        for number, (at, moment, order) in enumerate(plan):
            if at == step:
                _give(sim, moment, order, number)
        ticks, happened = sim.sample()
        out.append(wire(ticks))
        news += [event.model_dump_json() for event in happened]
    return out, news


@given(orders)
@settings(max_examples=40, deadline=None)
def test_same_seed_and_same_commands_give_the_same_bytes(plan: list) -> None:
    assert _run(simulator(), plan, 30) == _run(simulator(), plan, 30)


def test_another_seed_gives_another_course() -> None:
    assert _run(simulator(1), [], 3) != _run(simulator(2), [], 3)


@given(orders, st.integers(1, 25), st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_goes_on_from_a_snapshot_as_if_it_had_never_stopped(plan: list, stop: int, skip: int) -> None:
    plan = [order for order in plan if not stop <= order[0] < stop + skip]
    whole = _run(simulator(), plan, 40)
    first = simulator()
    before = _run(first, plan, stop)
    written = [Fault.model_validate_json(fault.model_dump_json()) for fault in first.faults()]
    second = SimulatedNetwork(default_topology(), seed=1, origin=5.0)
    second.restore(first.snapshot(), written, skip)
    after = _run(second, plan, 40, start=stop + skip)
    assert before[0] + after[0] == whole[0][:stop] + whole[0][stop + skip :]
    assert sorted(before[1] + after[1]) == sorted(whole[1])
    assert second.now == NOON + 40 * TICK_SECONDS


def test_an_hour_unseen_is_leapt_over_and_told() -> None:
    sim = simulator()
    sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1", ttl=600))
    course(sim, 2)
    again = simulator()
    again.restore(sim.snapshot(), sim.faults(), 14_400)
    assert again.tick == 14_402
    _, news = course(again, 1)
    (over,) = ended(news)
    assert over.ended == over.ends and over.ended_by is EndedBy.TTL
    assert len(news) == 1


def test_what_was_struck_after_the_snapshot_is_told_after_the_restart() -> None:
    sim = simulator()
    course(sim, 2)
    snapshot = sim.snapshot()
    sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1"))
    sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-2"))
    sim.cancel("high_cpu@server-2")
    course(sim, 1)
    again = simulator()
    again.restore(snapshot, sim.faults(), 1)
    _, news = course(again, 1)
    told = sorted((type(event).__name__, event.fault.target) for event in news if not isinstance(event, Executed))
    assert told == [("FaultEnded", "server-2"), ("FaultStarted", "server-1"), ("FaultStarted", "server-2")]
    assert not course(again, 1)[1]


def test_a_snapshot_that_is_none_is_refused_with_a_remedy() -> None:
    with pytest.raises(MessageError, match="--fresh"):
        simulator().restore(b"{}", [], 0)


def test_a_strike_shows_in_the_next_sample_and_lands_between_ticks() -> None:
    sim = simulator()
    course(sim, 1)
    wanted = fault(sim, FaultKind.LINK_DOWN, LINKS[0])
    for offset, lands in ((-9.0, 0.0), (0.1, 0.1), (7.0, 0.249)):
        sim = simulator()
        course(sim, 1)
        moved = wanted.model_copy(update={"started": sim.now + offset, "ends": sim.now + offset + 60})
        landed = sim.inject(moved)
        assert landed.started == pytest.approx(sim.now + lands, abs=1e-6)
        assert landed.ends == pytest.approx(landed.started + 60, abs=1e-6)
        seen, news = course(sim, 3)
        assert all(tick[LINKS[0]]["up"] == 0 for tick in seen if LINKS[0] in tick)
        assert [event.fault for event in news if isinstance(event, FaultStarted)] == [landed]


def test_the_same_fault_twice_is_one_and_the_same_kind_twice_is_refused() -> None:
    sim = simulator()
    first = sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1"))
    course(sim, 2)
    assert sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1")) == first
    with pytest.raises(Refused, match="high_cpu already"):
        sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1").model_copy(update={"id": "another"}))
    sim.inject(fault(sim, FaultKind.HIGH_MEMORY, "server-1"))
    over = sim.cancel(first.id)
    assert over.ended_by is EndedBy.CANCELLED
    assert sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1")) == over
    with pytest.raises(Refused, match="not live"):
        sim.cancel(first.id)


@pytest.mark.parametrize(
    ("kind", "target", "names"),
    [
        (FaultKind.HIGH_CPU, "server-99", "server-1"),
        (FaultKind.HIGH_CPU, LINKS[0], "server-1"),
        (FaultKind.LINK_DOWN, "server-1", LINKS[0]),
    ],
)
def test_what_cannot_be_struck_is_refused_naming_what_can(kind: FaultKind, target: str, names: str) -> None:
    sim = simulator()
    with pytest.raises(UnknownTarget, match=names):
        sim.inject(fault(sim, kind, target))
    assert not sim.faults()


def test_keeps_the_live_faults_and_the_last_hundred_that_ended() -> None:
    sim = simulator()
    sim.inject(fault(sim, FaultKind.NODE_DOWN, "server-1", ttl=600))
    for number in range(130):
        sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-2").model_copy(update={"id": f"f{number}"}))
        sim.cancel(f"f{number}")
        course(sim, 1)
    ids = [fault.id for fault in sim.faults()]
    assert ids == ["node_down@server-1", *(f"f{number}" for number in range(30, 130))]


def test_a_command_twice_runs_once_and_is_answered_the_same() -> None:
    sim = simulator()
    sim.execute(command(ActionKind.RESTART_PROCESS, "server-1"))
    sim.execute(command(ActionKind.RESTART_PROCESS, "server-1"))
    _, news = course(sim, 6)
    assert len(news) == 1
    sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1"))
    sim.execute(command(ActionKind.RESTART_PROCESS, "server-1"))
    _, again = course(sim, 6)
    assert [event for event in again if isinstance(event, Executed)] == news
    assert not ended(again)


def test_telemetry_travels_in_its_partitions_and_is_well_formed() -> None:
    sim = simulator(speed=5.0)
    nodes: dict[str, int] = {}
    for number in range(1, 200):
        ticks, _ = sim.sample()
        assert [tick.partition for tick in ticks] == [0, 1, 2, 3]
        for tick in ticks:
            again = decode_tick(encode_tick(tick))
            assert again == tick
            assert (tick.tick, tick.speed, tick.instant) == (number, 5.0, instant(tick.at))
            assert tick.instant == NOON + number * TICK_SECONDS
            assert all(0 < tick.tick - rows.tick <= MAX_LATE_TICKS for rows in tick.late)
            for node in (name for columns in tick.elements.values() for name in columns.ids):
                assert nodes.setdefault(node, tick.partition) == tick.partition
    assert sorted(nodes) == sorted(NODES + LINKS)


def test_ends_are_told_once() -> None:
    sim = simulator()
    sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1", ttl=1))
    _, news = course(sim, 20)
    assert [type(event) for event in news] == [FaultStarted, FaultEnded]
