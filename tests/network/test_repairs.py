"""Every kind of fault is ended by its own actions on its own targets, and by nothing else."""

from __future__ import annotations

import pytest

from shared.domain.events import FaultStarted
from shared.domain.kinds import ActionKind, EndedBy, FaultKind
from shared.testing import LINK_FAULTS, NODE_FAULTS
from tests.network.helpers import command, course, ended, executed, fault, simulator

A, F = ActionKind, FaultKind
SERVER, ACCESS = "server-1", "edge-switch-1--server-1"
CORE, UPLINK, EDGE = "core-router-1", "core-router-1--edge-switch-1", "edge-switch-1"
FAR, FAR_LINK = "server-3", "edge-switch-3--server-3"
TARGETS = (SERVER, ACCESS, CORE, UPLINK, EDGE, FAR, FAR_LINK)

# fault kind, its target -> every (action, target) that ends it
ENDS = {
    (F.HIGH_CPU, SERVER): {(A.RESTART_PROCESS, SERVER), (A.REBOOT_NODE, SERVER)},
    (F.HIGH_MEMORY, SERVER): {(A.CLEAR_CACHE, SERVER), (A.RESTART_PROCESS, SERVER), (A.REBOOT_NODE, SERVER)},
    (F.NODE_DOWN, CORE): {(A.REBOOT_NODE, CORE)},
    (F.LINK_DOWN, UPLINK): {(A.ENABLE_LINK, UPLINK)},
    (F.LINK_DOWN, ACCESS): {(A.ENABLE_LINK, ACCESS)},
    (F.CONGESTION, UPLINK): {(A.RATE_LIMIT, UPLINK)},
    (F.CONGESTION, ACCESS): {(A.RATE_LIMIT, ACCESS)},
    (F.LINK_FLAP, UPLINK): {(A.RESET_INTERFACE, x) for x in (UPLINK, CORE, EDGE)},
    (F.LINK_FLAP, ACCESS): {(A.RESET_INTERFACE, x) for x in (ACCESS, SERVER, EDGE)},
}
for port_fault in (F.HIGH_LATENCY, F.PACKET_LOSS):
    ENDS[(port_fault, UPLINK)] = {(A.RESET_INTERFACE, x) for x in (UPLINK, CORE, EDGE)}
    ENDS[(port_fault, ACCESS)] = {(A.RESET_INTERFACE, x) for x in (ACCESS, SERVER, EDGE)}
    ENDS[(port_fault, CORE)] = {(A.RESET_INTERFACE, CORE)}
    ENDS[(port_fault, SERVER)] = {(A.RESET_INTERFACE, SERVER), (A.RESET_INTERFACE, ACCESS)}


def test_every_kind_of_fault_is_in_the_table() -> None:
    assert {kind for kind, _ in ENDS} == set(FaultKind)


@pytest.mark.parametrize(("kind", "target"), ENDS, ids=str)
def test_a_fault_is_ended_by_exactly_its_actions(kind: FaultKind, target: str) -> None:
    for action in ActionKind:
        for place in TARGETS:
            sim = simulator()
            injected = sim.inject(fault(sim, kind, target))
            sim.execute(command(action, place))
            _, events = course(sim, 6)
            (answer,) = executed(events)
            endings = ended(events)
            if (action, place) in ENDS[(kind, target)]:
                assert [(f.id, f.ended_by, f.ended) for f in endings] == [
                    (injected.id, EndedBy.ACTION, answer.took_effect)
                ], (action, place)
            else:
                assert not endings, (action, place)


@pytest.mark.parametrize("action", ActionKind)
@pytest.mark.parametrize("place", [SERVER, UPLINK, "server-99"])
def test_the_answer_states_whether_an_action_ran_never_whether_it_helped(action: ActionKind, place: str) -> None:
    answers = []
    for kind, target in (*ENDS, (None, None)):
        sim = simulator()
        if kind and target:
            sim.inject(fault(sim, kind, target))
        sim.execute(command(action, place))
        answers += executed(course(sim, 6)[1])
    assert len(answers) == len(ENDS) + 1
    assert len({(x.ran, x.reason, x.took_effect) for x in answers}) == 1
    nodes_only = {A.RESTART_PROCESS, A.CLEAR_CACHE, A.REBOOT_NODE}
    links_only = {A.ENABLE_LINK, A.RATE_LIMIT}
    wrong = action in (links_only if place == SERVER else nodes_only) or place == "server-99"
    assert answers[0].ran is not wrong
    assert bool(answers[0].reason) is wrong and (answers[0].took_effect is None) is wrong


def test_the_duration_of_an_action_is_in_range_and_reproducible() -> None:
    took: dict[ActionKind, list[float]] = {kind: [] for kind in ActionKind}
    for kind in ActionKind:
        place = UPLINK if kind in (A.ENABLE_LINK, A.RATE_LIMIT) else SERVER
        for attempt in range(25):
            sims = [simulator(), simulator()]
            for sim in sims:
                sim.execute(command(kind, place, f"i.a{attempt}"))
            (one,), (other,) = (executed(course(sim, 6)[1]) for sim in sims)
            assert one == other and one.took_effect is not None
            took[kind].append(one.took_effect - (sims[0].now - 6 * 0.25))
    for kind, seconds in took.items():
        low, high = (1.0, 1.3) if kind is A.REBOOT_NODE else (0.2, 0.9)
        assert low <= min(seconds) < low + 0.2 * (high - low) + 0.02
        assert high - 0.2 * (high - low) - 0.02 < max(seconds) <= high + 0.001


def test_a_fault_without_a_repair_ends_when_it_expires() -> None:
    sim = simulator()
    injected = sim.inject(fault(sim, F.HIGH_CPU, SERVER, ttl=2.6))
    _, events = course(sim, 12)
    (over,) = ended(events)
    assert over.ended == injected.ends == injected.started + 2.6
    assert over.ended_by is EndedBy.TTL
    assert [event.fault.id for event in events if isinstance(event, FaultStarted)] == [injected.id]


def test_the_table_has_the_targets_of_every_kind() -> None:
    assert {(k, t in (SERVER, CORE)) for k, t in ENDS} == {
        *((kind, True) for kind in NODE_FAULTS),
        *((kind, False) for kind in LINK_FAULTS),
    }
