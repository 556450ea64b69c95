"""The campaign: its clock, its choices, and what it never does."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.injector.core import SETTLE, Campaign, ordered
from shared.domain.capabilities import UNKNOWN, Capabilities
from shared.domain.config import Desired
from shared.domain.errors import Refused, UnknownTarget
from shared.domain.events import Fault, FaultCycle
from shared.domain.kinds import ElementKind, FaultKind
from shared.domain.requests import ApplyFault, InjectFault
from shared.domain.sizes import MAX_LIVE
from shared.domain.topology import Topology, default_topology
from shared.testing import EVERYTHING, STRIKES_LINKS, STRIKES_NODES

TOPOLOGY = default_topology()
T0 = 1_000_000.0
STEP = 0.25
ALWAYS = Desired(chance=1.0, at_once=MAX_LIVE)


def started(topology: Topology, seed: int, offered: Capabilities = EVERYTHING) -> Campaign:
    """Return a campaign against a network that offers something."""
    campaign = Campaign(topology, seed)
    campaign.offered = offered
    return campaign


def landed(strike: ApplyFault, at: float, ended: float | None = None) -> Fault:
    return Fault(
        id=strike.fault_id,
        kind=strike.kind,
        target=strike.target,
        strength=strike.strength,
        started=at,
        ends=at + strike.duration,
        ended=ended,
        cycle=strike.cycle,
    )


def fault(target: str, kind: FaultKind = FaultKind.HIGH_CPU, id: str = "f", ended: float | None = None) -> Fault:
    return Fault(id=id, kind=kind, target=target, strength=1, started=T0 - 10, ends=T0 + 50, ended=ended)


def play(
    campaign: Campaign, desired: Desired, seconds: float, lasts: float, start: float = T0
) -> list[tuple[float, ApplyFault]]:
    """Let the campaign run against a network where each fault ends `lasts` seconds after it landed."""
    live: list[Fault] = []
    strikes: list[tuple[float, ApplyFault]] = []
    for i in range(round(seconds / STEP)):
        now = start + i * STEP
        live = [f for f in live if now < f.started + lasts]
        for step in campaign.advance(now, desired, live, len(strikes)):
            if isinstance(step, ApplyFault):
                strikes.append((now, step))
                live.append(landed(step, now))
    return strikes


def cycles(campaign: Campaign, desired: Desired, start: float, seconds: float) -> list[FaultCycle]:
    steps = [campaign.advance(start + i * STEP, desired, [], 0) for i in range(round(seconds / STEP))]
    return [step for said in steps for step in said if isinstance(step, FaultCycle)]


def test_cycles_turn_once_an_interval_and_are_counted() -> None:
    turned = cycles(started(TOPOLOGY, 1), Desired(interval=3.0), T0, 31)
    assert [cycle.number for cycle in turned] == list(range(1, 11))
    assert [cycle.at for cycle in turned] == [T0 + 3.0 * n for n in range(1, 11)]


def test_a_stopped_campaign_turns_no_cycle_and_starts_one_interval_after_the_start() -> None:
    campaign = started(TOPOLOGY, 1)
    assert len(cycles(campaign, Desired(), T0, 7)) == 2
    assert cycles(campaign, Desired(running=False), T0 + 7, 20) == []
    again = cycles(campaign, Desired(), T0 + 27, 4)
    assert [(cycle.number, cycle.at) for cycle in again] == [(3, T0 + 30)]


def test_a_pause_of_the_process_owes_no_burst_of_cycles() -> None:
    campaign = started(TOPOLOGY, 1)
    campaign.advance(T0, Desired(), [], 0)
    assert len(campaign.advance(T0 + 60, Desired(), [], 0)) in (1, 2)
    assert campaign.number == 1
    assert campaign.advance(T0 + 60.25, Desired(), [], 0) == []


def test_a_network_set_back_in_time_does_not_stop_the_campaign() -> None:
    campaign = started(TOPOLOGY, 1)
    cycles(campaign, Desired(), T0, 10)
    assert len(cycles(campaign, Desired(), T0 - 5000, 6.5)) == 2


def test_a_shorter_interval_counts_at_once() -> None:
    campaign = started(TOPOLOGY, 1)
    campaign.advance(T0, Desired(interval=3600), [], 0)
    assert len(cycles(campaign, Desired(interval=1), T0, 2.25)) == 2


def test_a_follower_goes_on_with_the_count_the_rhythm_and_the_choice() -> None:
    alone = play(started(TOPOLOGY, 7), ALWAYS, 60, lasts=1)
    first, second = started(TOPOLOGY, 7), started(TOPOLOGY, 7)
    before = play(first, ALWAYS, 30, lasts=1)
    second.saw(FaultCycle(number=first.number, at=before[-1][0], interval=3))
    second.saw(FaultCycle(number=2, at=T0, interval=3))
    after = play(second, ALWAYS, 30, lasts=1, start=T0 + 30)
    assert before + after == alone


def test_the_choice_of_a_cycle_is_a_function_of_seed_and_number() -> None:
    def choices(seed: int) -> list[ApplyFault]:
        return [strike for _, strike in play(started(TOPOLOGY, seed), ALWAYS, 120, lasts=1)]

    assert choices(3) == choices(3)
    assert choices(3) != choices(4)
    assert all(strike.fault_id == f"fault-{strike.cycle}" for strike in choices(3))


def test_kinds_are_dealt_from_decks_so_that_none_is_rare() -> None:
    strikes = play(started(TOPOLOGY, 5), ALWAYS, 3 * 80 + 1, lasts=1)
    assert Counter(strike.kind for _, strike in strikes) == dict.fromkeys(FaultKind, 10)
    decks = {tuple(s.kind for _, s in strikes[i : i + 8]) for i in range(0, 80, 8)}
    assert len(decks) > 5


def test_chance_decides_how_many_cycles_strike() -> None:
    strikes = play(started(TOPOLOGY, 5), Desired(chance=0.7, interval=1, at_once=MAX_LIVE), 1000, lasts=0.5)
    assert 0.64 < len(strikes) / 1000 < 0.76
    assert play(started(TOPOLOGY, 5), Desired(chance=0), 300, lasts=1) == []


def test_single_faults_keep_apart_until_the_last_incident_has_settled() -> None:
    desired = Desired(chance=1.0, at_once=1)
    strikes = play(started(TOPOLOGY, 1), desired, 300, lasts=3.5)
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(strikes)]
    assert len(strikes) > 20
    assert min(gaps) >= 3.5 + SETTLE


def test_an_end_that_the_caller_lists_counts_for_the_settling() -> None:
    desired = Desired(chance=1.0, at_once=1)
    for ended, strikes in ((T0 + 0.5, 0), (T0 + 3 - SETTLE, 1)):
        campaign = started(TOPOLOGY, 1)
        over = fault("server-1", ended=ended)
        campaign.advance(T0, desired, [over], 0)
        assert len(campaign.advance(T0 + 3, desired, [over], 0)) == 1 + strikes


def test_never_more_at_once_than_wanted_and_never_more_than_max_faults() -> None:
    campaign = started(TOPOLOGY, 1)
    strikes = play(campaign, Desired(chance=1.0, at_once=2, interval=1), 60, lasts=1000)
    assert len(strikes) == 2
    strikes = play(started(TOPOLOGY, 1), Desired(chance=1.0, max_faults=5, interval=1), 60, lasts=0.5)
    assert len(strikes) == 5


def test_nothing_strikes_where_only_neighbours_of_a_live_fault_are_left() -> None:
    desired = Desired(chance=1.0, targets=("server-1", "edge-switch-1--server-1"))
    campaign = started(TOPOLOGY, 1)
    live = [fault("edge-switch-1")]
    said = [
        step for i in range(400) for step in campaign.advance(T0 + i, desired, [*live, fault("server-1", id="g")], 0)
    ]
    assert len(said) > 100
    assert not any(isinstance(step, ApplyFault) for step in said)


def test_kinds_that_no_target_fits_are_left_out_of_the_deck() -> None:
    desired = Desired(chance=1.0, interval=1, targets=("edge-switch-1--server-1",))
    strikes = play(started(TOPOLOGY, 1), desired, 101, lasts=0.5)
    assert len(strikes) == 100
    assert {strike.kind for _, strike in strikes} == STRIKES_LINKS
    assert play(started(TOPOLOGY, 1), Desired(chance=1.0, targets=("nowhere",)), 60, lasts=1) == []


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    at_once=st.integers(1, 6),
    lasts=st.floats(0.25, 30),
    kinds=st.lists(st.sampled_from(tuple(FaultKind)), min_size=1, max_size=8),
)
def test_what_strikes_always_fits_and_never_touches_a_live_fault(
    seed: int, at_once: int, lasts: float, kinds: list[FaultKind]
) -> None:
    desired = Desired(chance=1.0, interval=1, at_once=at_once, kinds=tuple(kinds), ttl=42)
    strikes = play(started(TOPOLOGY, seed), desired, 60, lasts)
    assert strikes
    for n, (at, strike) in enumerate(strikes):
        assert strike.kind in kinds
        assert strike.kind in (STRIKES_LINKS if TOPOLOGY.is_link(strike.target) else STRIKES_NODES)
        assert 0.5 <= strike.strength <= 1
        assert strike.duration == 42
        live = [other for began, other in strikes[:n] if at < began + lasts]
        assert len(live) < at_once
        assert not any(TOPOLOGY.ends(strike.target) & TOPOLOGY.ends(other.target) for other in live)


def asked(kind: FaultKind, target: str) -> InjectFault:
    return InjectFault(request_id="r1", kind=kind, target=target, strength=0.8, duration=12)


def test_what_a_person_asks_for_becomes_one_strike() -> None:
    strike = ordered(asked(FaultKind.LINK_DOWN, "core-router-1--edge-switch-1"), TOPOLOGY, [], EVERYTHING)
    assert strike == ordered(asked(FaultKind.LINK_DOWN, "core-router-1--edge-switch-1"), TOPOLOGY, [], EVERYTHING)
    assert (strike.fault_id, strike.strength, strike.duration, strike.cycle) == ("asked-r1", 0.8, 12, None)


@pytest.mark.parametrize(
    ("kind", "target", "says"),
    [
        (FaultKind.HIGH_CPU, "server-99", "server-1"),
        (FaultKind.HIGH_CPU, "core-router-1--edge-switch-1", "strikes a node"),
        (FaultKind.CONGESTION, "server-1", "core-router-1--core-router-2"),
        (FaultKind.LINK_DOWN, "core-router-1--server-1", "core-router-1--core-router-2"),
    ],
)
def test_what_does_not_exist_or_fit_is_refused_naming_what_would(kind: FaultKind, target: str, says: str) -> None:
    with pytest.raises(UnknownTarget, match=says):
        ordered(asked(kind, target), TOPOLOGY, [], EVERYTHING)


def test_there_is_a_bound_on_faults_on_demand() -> None:
    live = [fault("server-1", id=str(n)) for n in range(MAX_LIVE)]
    with pytest.raises(Refused, match="50 faults are live"):
        ordered(asked(FaultKind.HIGH_CPU, "server-2"), TOPOLOGY, live, EVERYTHING)


@pytest.mark.parametrize("offered", [UNKNOWN, Capabilities(driver="replay", actions=EVERYTHING.actions)])
def test_against_a_network_that_offers_no_faults_no_cycle_turns_and_nothing_is_struck(offered: Capabilities) -> None:
    campaign = started(TOPOLOGY, 1, offered)
    assert cycles(campaign, ALWAYS, T0, 60) == [] and campaign.due is None
    with pytest.raises(Refused, match=r"no faults \(replay\)|no faults: it is not known what this network offers"):
        ordered(asked(FaultKind.HIGH_CPU, "server-2"), TOPOLOGY, [], offered)
    campaign.offered = EVERYTHING
    assert cycles(campaign, ALWAYS, T0 + 60, 60)


def test_the_campaign_strikes_only_what_the_network_offers_where_it_offers_it() -> None:
    faults = {FaultKind.HIGH_CPU: (ElementKind.NODE,), FaultKind.PACKET_LOSS: (ElementKind.LINK,)}
    offered = Capabilities(driver="lab", faults=faults)
    strikes = [strike for _, strike in play(started(TOPOLOGY, 3, offered), ALWAYS, 120, lasts=1)]
    assert {(strike.kind, TOPOLOGY.is_link(strike.target)) for strike in strikes} == {
        (FaultKind.HIGH_CPU, False),
        (FaultKind.PACKET_LOSS, True),
    }
    with pytest.raises(Refused, match=r"does not offer packet_loss on a node \(lab\)"):
        ordered(asked(FaultKind.PACKET_LOSS, "server-2"), TOPOLOGY, [], offered)
    with pytest.raises(Refused, match="does not offer link_down on a link"):
        ordered(asked(FaultKind.LINK_DOWN, "core-router-1--edge-switch-1"), TOPOLOGY, [], offered)
