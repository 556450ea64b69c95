"""The fault campaign: its cycles, its choices and its limits."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.injector.core import SETTLE, Campaign, requested
from shared.domain.capabilities import UNKNOWN, Capabilities
from shared.domain.config import Desired
from shared.domain.errors import Refused, UnknownTarget
from shared.domain.events import Fault, FaultCycle
from shared.domain.kinds import ElementKind, FaultKind
from shared.domain.requests import ApplyFault, InjectFault
from shared.domain.sizes import MAX_LIVE
from shared.domain.topology import Topology, default_topology
from shared.testing import EVERYTHING, LINK_FAULTS, NODE_FAULTS

TOPOLOGY = default_topology()
T0 = 1_000_000.0
STEP = 0.25
ALWAYS = Desired(chance=1.0, at_once=MAX_LIVE)


def started(topology: Topology, seed: int, offered: Capabilities = EVERYTHING) -> Campaign:
    campaign = Campaign(topology, seed)
    campaign.offered = offered
    return campaign


def applied(injection: ApplyFault, at: float, ended: float | None = None) -> Fault:
    return Fault(
        id=injection.fault_id,
        kind=injection.kind,
        target=injection.target,
        strength=injection.strength,
        started=at,
        ends=at + injection.duration,
        ended=ended,
        cycle=injection.cycle,
    )


def fault(target: str, kind: FaultKind = FaultKind.HIGH_CPU, id: str = "f", ended: float | None = None) -> Fault:
    return Fault(id=id, kind=kind, target=target, strength=1, started=T0 - 10, ends=T0 + 50, ended=ended)


def play(
    campaign: Campaign, desired: Desired, seconds: float, lasts: float, start: float = T0
) -> list[tuple[float, ApplyFault]]:
    """Run the campaign on a network whose faults end after `lasts` seconds; return each injection with its time."""
    live: list[Fault] = []
    injections: list[tuple[float, ApplyFault]] = []
    for i in range(round(seconds / STEP)):
        now = start + i * STEP
        live = [f for f in live if now < f.started + lasts]
        for step in campaign.advance(now, desired, live, len(injections)):
            if isinstance(step, ApplyFault):
                injections.append((now, step))
                live.append(applied(step, now))
    return injections


def cycles(campaign: Campaign, desired: Desired, start: float, seconds: float) -> list[FaultCycle]:
    steps = [campaign.advance(start + i * STEP, desired, [], 0) for i in range(round(seconds / STEP))]
    return [step for returned in steps for step in returned if isinstance(step, FaultCycle)]


def test_one_cycle_begins_in_each_interval_and_they_are_numbered() -> None:
    turned = cycles(started(TOPOLOGY, 1), Desired(interval=3.0), T0, 31)
    assert [cycle.number for cycle in turned] == list(range(1, 11))
    assert [cycle.at for cycle in turned] == [T0 + 3.0 * n for n in range(1, 11)]


def test_a_stopped_campaign_has_no_cycles_and_its_first_is_one_interval_after_the_start() -> None:
    campaign = started(TOPOLOGY, 1)
    assert len(cycles(campaign, Desired(), T0, 7)) == 2
    assert cycles(campaign, Desired(running=False), T0 + 7, 20) == []
    again = cycles(campaign, Desired(), T0 + 27, 4)
    assert [(cycle.number, cycle.at) for cycle in again] == [(3, T0 + 30)]


def test_a_pause_of_the_process_is_not_made_up_for_by_many_cycles() -> None:
    campaign = started(TOPOLOGY, 1)
    campaign.advance(T0, Desired(), [], 0)
    assert len(campaign.advance(T0 + 60, Desired(), [], 0)) in (1, 2)
    assert campaign.number == 1
    assert campaign.advance(T0 + 60.25, Desired(), [], 0) == []


def test_network_time_that_is_set_back_does_not_stop_the_campaign() -> None:
    campaign = started(TOPOLOGY, 1)
    cycles(campaign, Desired(), T0, 10)
    assert len(cycles(campaign, Desired(), T0 - 5000, 6.5)) == 2


def test_a_shorter_interval_takes_effect_at_once() -> None:
    campaign = started(TOPOLOGY, 1)
    campaign.advance(T0, Desired(interval=3600), [], 0)
    assert len(cycles(campaign, Desired(interval=1), T0, 2.25)) == 2


def test_a_replica_that_takes_over_continues_count_rhythm_and_choices() -> None:
    alone = play(started(TOPOLOGY, 7), ALWAYS, 60, lasts=1)
    first, second = started(TOPOLOGY, 7), started(TOPOLOGY, 7)
    before = play(first, ALWAYS, 30, lasts=1)
    second.observe(FaultCycle(number=first.number, at=before[-1][0], interval=3))
    second.observe(FaultCycle(number=2, at=T0, interval=3))
    after = play(second, ALWAYS, 30, lasts=1, start=T0 + 30)
    assert before + after == alone


def test_the_choice_of_a_cycle_depends_on_seed_and_number_only() -> None:
    def choices(seed: int) -> list[ApplyFault]:
        return [injection for _, injection in play(started(TOPOLOGY, seed), ALWAYS, 120, lasts=1)]

    assert choices(3) == choices(3)
    assert choices(3) != choices(4)
    assert all(injection.fault_id == f"fault-{injection.cycle}" for injection in choices(3))


def test_each_kind_comes_once_in_a_series_so_that_none_is_rare() -> None:
    injections = play(started(TOPOLOGY, 5), ALWAYS, 3 * 80 + 1, lasts=1)
    assert Counter(injection.kind for _, injection in injections) == dict.fromkeys(FaultKind, 10)
    series = {tuple(s.kind for _, s in injections[i : i + 8]) for i in range(0, 80, 8)}
    assert len(series) > 5


def test_chance_decides_how_many_cycles_have_a_fault() -> None:
    injections = play(started(TOPOLOGY, 5), Desired(chance=0.7, interval=1, at_once=MAX_LIVE), 1000, lasts=0.5)
    assert 0.64 < len(injections) / 1000 < 0.76
    assert play(started(TOPOLOGY, 5), Desired(chance=0), 300, lasts=1) == []


def test_single_faults_are_at_least_the_settling_time_apart() -> None:
    desired = Desired(chance=1.0, at_once=1)
    injections = play(started(TOPOLOGY, 1), desired, 300, lasts=3.5)
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(injections)]
    assert len(injections) > 20
    assert min(gaps) >= 3.5 + SETTLE


def test_a_listed_ended_fault_counts_for_the_settling_time() -> None:
    desired = Desired(chance=1.0, at_once=1)
    for ended, injections in ((T0 + 0.5, 0), (T0 + 3 - SETTLE, 1)):
        campaign = started(TOPOLOGY, 1)
        over = fault("server-1", ended=ended)
        campaign.advance(T0, desired, [over], 0)
        assert len(campaign.advance(T0 + 3, desired, [over], 0)) == 1 + injections


def test_at_once_and_max_faults_limit_the_campaign() -> None:
    campaign = started(TOPOLOGY, 1)
    injections = play(campaign, Desired(chance=1.0, at_once=2, interval=1), 60, lasts=1000)
    assert len(injections) == 2
    injections = play(started(TOPOLOGY, 1), Desired(chance=1.0, max_faults=5, interval=1), 60, lasts=0.5)
    assert len(injections) == 5


def test_no_fault_is_injected_if_only_neighbours_of_a_live_fault_are_left() -> None:
    desired = Desired(chance=1.0, targets=("server-1", "edge-switch-1--server-1"))
    campaign = started(TOPOLOGY, 1)
    live = [fault("edge-switch-1")]
    steps = [
        step for i in range(400) for step in campaign.advance(T0 + i, desired, [*live, fault("server-1", id="g")], 0)
    ]
    assert len(steps) > 100
    assert not any(isinstance(step, ApplyFault) for step in steps)


def test_kinds_without_a_target_are_left_out_of_the_series() -> None:
    desired = Desired(chance=1.0, interval=1, targets=("edge-switch-1--server-1",))
    injections = play(started(TOPOLOGY, 1), desired, 101, lasts=0.5)
    assert len(injections) == 100
    assert {injection.kind for _, injection in injections} == LINK_FAULTS
    assert play(started(TOPOLOGY, 1), Desired(chance=1.0, targets=("nowhere",)), 60, lasts=1) == []


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    at_once=st.integers(1, 6),
    lasts=st.floats(0.25, 30),
    kinds=st.lists(st.sampled_from(tuple(FaultKind)), min_size=1, max_size=8),
)
def test_each_fault_fits_its_target_and_shares_no_node_with_a_live_one(
    seed: int, at_once: int, lasts: float, kinds: list[FaultKind]
) -> None:
    desired = Desired(chance=1.0, interval=1, at_once=at_once, kinds=tuple(kinds), ttl=42)
    injections = play(started(TOPOLOGY, seed), desired, 60, lasts)
    assert injections
    for n, (at, injection) in enumerate(injections):
        assert injection.kind in kinds
        assert injection.kind in (LINK_FAULTS if TOPOLOGY.is_link(injection.target) else NODE_FAULTS)
        assert 0.5 <= injection.strength <= 1
        assert injection.duration == 42
        live = [other for began, other in injections[:n] if at < began + lasts]
        assert len(live) < at_once
        assert not any(TOPOLOGY.ends(injection.target) & TOPOLOGY.ends(other.target) for other in live)


def request(kind: FaultKind, target: str) -> InjectFault:
    return InjectFault(request_id="r1", kind=kind, target=target, strength=0.8, duration=12)


def test_a_repeated_request_gives_the_same_injection() -> None:
    injection = requested(request(FaultKind.LINK_DOWN, "core-router-1--edge-switch-1"), TOPOLOGY, [], EVERYTHING)
    assert injection == requested(
        request(FaultKind.LINK_DOWN, "core-router-1--edge-switch-1"), TOPOLOGY, [], EVERYTHING
    )
    assert (injection.fault_id, injection.strength, injection.duration, injection.cycle) == ("asked-r1", 0.8, 12, None)


@pytest.mark.parametrize(
    ("kind", "target", "says"),
    [
        (FaultKind.HIGH_CPU, "server-99", "server-1"),
        (FaultKind.HIGH_CPU, "core-router-1--edge-switch-1", "is a node, and"),
        (FaultKind.CONGESTION, "server-1", "core-router-1--core-router-2"),
        (FaultKind.LINK_DOWN, "core-router-1--server-1", "core-router-1--core-router-2"),
    ],
)
def test_a_target_that_does_not_exist_or_fit_is_refused_with_some_that_do(
    kind: FaultKind, target: str, says: str
) -> None:
    with pytest.raises(UnknownTarget, match=says):
        requested(request(kind, target), TOPOLOGY, [], EVERYTHING)


def test_requested_faults_are_limited() -> None:
    live = [fault("server-1", id=str(n)) for n in range(MAX_LIVE)]
    with pytest.raises(Refused, match="50 faults are live"):
        requested(request(FaultKind.HIGH_CPU, "server-2"), TOPOLOGY, live, EVERYTHING)


@pytest.mark.parametrize("offered", [UNKNOWN, Capabilities(driver="replay", actions=EVERYTHING.actions)])
def test_without_offered_faults_there_are_no_cycles_and_no_faults(offered: Capabilities) -> None:
    campaign = started(TOPOLOGY, 1, offered)
    assert cycles(campaign, ALWAYS, T0, 60) == [] and campaign.due is None
    with pytest.raises(Refused, match=r"no faults \(replay\)|no faults: it is not known what this network offers"):
        requested(request(FaultKind.HIGH_CPU, "server-2"), TOPOLOGY, [], offered)
    campaign.offered = EVERYTHING
    assert cycles(campaign, ALWAYS, T0 + 60, 60)


def test_only_offered_faults_are_injected_and_only_on_offered_elements() -> None:
    faults = {FaultKind.HIGH_CPU: (ElementKind.NODE,), FaultKind.PACKET_LOSS: (ElementKind.LINK,)}
    offered = Capabilities(driver="lab", faults=faults)
    injections = [injection for _, injection in play(started(TOPOLOGY, 3, offered), ALWAYS, 120, lasts=1)]
    assert {(injection.kind, TOPOLOGY.is_link(injection.target)) for injection in injections} == {
        (FaultKind.HIGH_CPU, False),
        (FaultKind.PACKET_LOSS, True),
    }
    with pytest.raises(Refused, match=r"does not offer packet_loss on a node \(lab\)"):
        requested(request(FaultKind.PACKET_LOSS, "server-2"), TOPOLOGY, [], offered)
    with pytest.raises(Refused, match="does not offer link_down on a link"):
        requested(request(FaultKind.LINK_DOWN, "core-router-1--edge-switch-1"), TOPOLOGY, [], offered)
