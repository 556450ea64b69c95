"""The simulator is deterministic, continues from a snapshot, and refuses invalid requests."""

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
from shared.testing import LINK_FAULTS, NODE_FAULTS
from tests.network.helpers import NOON, command, course, ended, fault, simulator, wire

TOPOLOGY = default_topology()
NODES, LINKS = sorted(TOPOLOGY.node_by_id), sorted(TOPOLOGY.link_by_id)

injections = st.one_of(
    st.tuples(st.sampled_from(sorted(NODE_FAULTS)), st.sampled_from(NODES)),
    st.tuples(st.sampled_from(sorted(LINK_FAULTS)), st.sampled_from(LINKS)),
)
executions = st.tuples(st.sampled_from(list(ActionKind)), st.sampled_from(NODES + LINKS), st.booleans())
requests = st.lists(
    st.tuples(st.integers(0, 24), st.floats(0, 0.249), st.one_of(injections, executions)),
    max_size=8,
    unique_by=lambda planned: planned[0],
)


def _send(sim: SimulatedNetwork, moment: float, request: tuple, number: int) -> None:
    at = sim.now + moment
    if len(request) == 2:
        kind, target = request
        wanted = Fault(id=f"f{number}", kind=kind, target=target, strength=0.7, started=at, ends=at + 3)
        try:
            sim.inject(wanted)
        except Refused:
            return
    else:
        kind, target, revert = request
        sim.execute(command(kind, target, f"i.a{number // 2}", revert), at)


def _run(sim: SimulatedNetwork, plan: list, stop: int, start: int = 0) -> tuple[list[bytes], list[str]]:
    out, events = [], []
    for step in range(start, stop):
        for number, (at, moment, request) in enumerate(plan):
            if at == step:
                _send(sim, moment, request, number)
        ticks, reported = sim.sample()
        out.append(wire(ticks))
        events += [event.model_dump_json() for event in reported]
    return out, events


@given(requests)
@settings(max_examples=40, deadline=None)
def test_same_seed_and_same_commands_send_the_same_bytes(plan: list) -> None:
    assert _run(simulator(), plan, 30) == _run(simulator(), plan, 30)


def test_another_seed_sends_another_course() -> None:
    assert _run(simulator(1), [], 3) != _run(simulator(2), [], 3)


@given(requests, st.integers(1, 25), st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_a_snapshot_continues_without_a_difference(plan: list, stop: int, skip: int) -> None:
    plan = [request for request in plan if not stop <= request[0] < stop + skip]
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


def test_a_skipped_hour_ends_faults_and_reports_them() -> None:
    sim = simulator()
    sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1", ttl=600))
    course(sim, 2)
    again = simulator()
    again.restore(sim.snapshot(), sim.faults(), 14_400)
    assert again.tick == 14_402
    _, events = course(again, 1)
    (over,) = ended(events)
    assert over.ended == over.ends and over.ended_by is EndedBy.TTL
    assert len(events) == 1


def test_a_fault_after_the_snapshot_is_reported_after_the_restart() -> None:
    sim = simulator()
    course(sim, 2)
    snapshot = sim.snapshot()
    sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1"))
    sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-2"))
    sim.cancel("high_cpu@server-2")
    course(sim, 1)
    again = simulator()
    again.restore(snapshot, sim.faults(), 1)
    _, events = course(again, 1)
    reported = sorted((type(event).__name__, event.fault.target) for event in events if not isinstance(event, Executed))
    assert reported == [("FaultEnded", "server-2"), ("FaultStarted", "server-1"), ("FaultStarted", "server-2")]
    assert not course(again, 1)[1]


def test_an_invalid_snapshot_is_refused_with_a_remedy() -> None:
    with pytest.raises(MessageError, match="--fresh"):
        simulator().restore(b"{}", [], 0)


def test_a_fault_shows_in_the_next_sample_and_starts_between_ticks() -> None:
    sim = simulator()
    course(sim, 1)
    wanted = fault(sim, FaultKind.LINK_DOWN, LINKS[0])
    for offset, delay in ((-9.0, 0.0), (0.1, 0.1), (7.0, 0.249)):
        sim = simulator()
        course(sim, 1)
        moved = wanted.model_copy(update={"started": sim.now + offset, "ends": sim.now + offset + 60})
        injected = sim.inject(moved)
        assert injected.started == pytest.approx(sim.now + delay, abs=1e-6)
        assert injected.ends == pytest.approx(injected.started + 60, abs=1e-6)
        seen, events = course(sim, 3)
        assert all(tick[LINKS[0]]["up"] == 0 for tick in seen if LINKS[0] in tick)
        assert [event.fault for event in events if isinstance(event, FaultStarted)] == [injected]


def test_a_repeated_fault_is_one_and_the_same_kind_again_is_refused() -> None:
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
def test_an_invalid_target_is_refused_with_the_valid_ones(kind: FaultKind, target: str, names: str) -> None:
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


def test_a_repeated_command_runs_once_and_has_the_same_answer() -> None:
    sim = simulator()
    sim.execute(command(ActionKind.RESTART_PROCESS, "server-1"))
    sim.execute(command(ActionKind.RESTART_PROCESS, "server-1"))
    _, events = course(sim, 6)
    assert len(events) == 1
    sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1"))
    sim.execute(command(ActionKind.RESTART_PROCESS, "server-1"))
    _, again = course(sim, 6)
    assert [event for event in again if isinstance(event, Executed)] == events
    assert not ended(again)


def test_telemetry_is_valid_and_keeps_its_partitions() -> None:
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


def test_the_end_of_a_fault_is_reported_once() -> None:
    sim = simulator()
    sim.inject(fault(sim, FaultKind.HIGH_CPU, "server-1", ttl=1))
    _, events = course(sim, 20)
    assert [type(event) for event in events] == [FaultStarted, FaultEnded]
