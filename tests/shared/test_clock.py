"""Network time is believed forwards; it goes back only where the network's own time did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import MessageError
from shared.domain.instant import iso
from shared.domain.telemetry import decode_pulse
from shared.platform.clock import JITTER, PATIENCE, NetworkClock


class Hand:
    """A monotonic clock moved by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def clock_of(hand: Hand) -> NetworkClock:
    return NetworkClock(monotonic=hand, wall=lambda: 5_000.0)


def test_before_the_first_tick_it_is_wall_time() -> None:
    hand = Hand()
    clock = clock_of(hand)
    hand.at += 2
    assert not clock.known
    assert clock.now() == 5_002.0


def test_it_runs_at_the_networks_speed_between_ticks() -> None:
    hand = Hand()
    clock = clock_of(hand)
    clock.pulse(1_000.0, 4.0)
    hand.at += 0.5
    assert clock.known
    assert clock.speed == 4.0
    assert clock.now() == 1_002.0


@given(
    delays=st.lists(st.floats(0, JITTER - 0.01), min_size=2, max_size=60),
    speed=st.sampled_from([1.0, 2.0, 10.0]),
    looks=st.lists(st.floats(0, 0.2), min_size=1, max_size=5),
)
def test_late_ticks_never_turn_it_back_nor_make_it_late(delays: list[float], speed: float, looks: list[float]) -> None:
    hand = Hand()
    clock = clock_of(hand)
    shown = 0.0
    arrivals = sorted((100.0 + n * 0.25 + delay, 1_000.0 + n * 0.25 * speed) for n, delay in enumerate(delays))
    for arrival, at in arrivals:
        hand.at = max(hand.at, arrival)
        clock.pulse(at, speed)
        for look in looks:
            hand.at += look / 10
            assert clock.now() >= shown
            shown = clock.now()
    true = 1_000.0 + (hand.at - 100.0) * speed
    assert true - max(delays) * speed - 1e-6 <= clock.now() <= true + 1e-6


def test_a_network_set_back_is_believed_after_a_while() -> None:
    hand = Hand()
    clock = clock_of(hand)
    clock.pulse(9_000.0, 1.0)
    for _ in range(int(PATIENCE / 0.25) + 2):
        hand.at += 0.25
        clock.pulse(1_000.0 + hand.at, 1.0)
    assert clock.now() == pytest.approx(1_000.0 + hand.at, abs=0.01)


def test_ticks_of_an_outage_that_come_at_once_do_not_turn_it_back() -> None:
    hand = Hand()
    clock = clock_of(hand)
    clock.pulse(1_000.0, 1.0)
    hand.at += 10
    for n in range(40):
        clock.pulse(1_000.25 + n * 0.25, 1.0)
        assert clock.now() == 1_010.0


def test_a_lone_leap_is_not_believed_and_a_second_that_agrees_is() -> None:
    hand = Hand()
    clock = clock_of(hand)
    clock.pulse(1_000.0, 1.0)
    for at, speed in ((1e9, 1.0), (1_000.0, 900.0)):
        clock.pulse(at, speed)
        hand.at += 0.25
        clock.pulse(1_000.0 + hand.at - 100.0, 1.0)
        clock.pulse(at, speed)
        assert (clock.now(), clock.speed) == (1_000.0 + hand.at - 100.0, 1.0)
    hand.at += 0.25
    clock.pulse(1_000.0 + 900 * 0.25, 900.0)
    assert (clock.now(), clock.speed) == (1_225.0, 900.0)


@pytest.mark.parametrize(("at", "speed"), [(1e15, 1.0), (1_000.0, float("inf")), (-1e12, 1.0), (1_000.0, float("nan"))])
def test_a_time_that_no_date_can_be_is_never_believed(at: float, speed: float) -> None:
    clock = clock_of(Hand())
    clock.pulse(at, speed)
    clock.pulse(at, speed)
    assert not clock.known
    assert iso(clock.now()).startswith("1970-01-01T01:23:20")


@pytest.mark.parametrize("speed", ["1e308", "1000.1", "0", "-1", "1e999"])
def test_a_tick_whose_speed_cannot_be_is_malformed(speed: str) -> None:
    with pytest.raises(MessageError):
        decode_pulse(b'{"at": "2026-01-01T00:00:00Z", "tick": 1, "speed": %s}' % speed.encode())
