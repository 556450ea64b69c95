"""Network time goes forward; it goes back only if the network itself was set back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import MessageError
from shared.domain.instant import iso
from shared.domain.telemetry import decode_pulse
from shared.platform.clock import JITTER, PATIENCE, NetworkClock


class ManualTime:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def clock_of(time: ManualTime) -> NetworkClock:
    return NetworkClock(monotonic=time, wall=lambda: 5_000.0)


def test_before_the_first_tick_it_is_wall_time() -> None:
    time = ManualTime()
    clock = clock_of(time)
    time.at += 2
    assert not clock.known
    assert clock.now() == 5_002.0


def test_it_runs_at_the_networks_speed_between_ticks() -> None:
    time = ManualTime()
    clock = clock_of(time)
    clock.pulse(1_000.0, 4.0)
    time.at += 0.5
    assert clock.known
    assert clock.speed == 4.0
    assert clock.now() == 1_002.0


@given(
    delays=st.lists(st.floats(0, JITTER - 0.01), min_size=2, max_size=60),
    speed=st.sampled_from([1.0, 2.0, 10.0]),
    looks=st.lists(st.floats(0, 0.2), min_size=1, max_size=5),
)
def test_late_ticks_neither_set_it_back_nor_slow_it_down(delays: list[float], speed: float, looks: list[float]) -> None:
    time = ManualTime()
    clock = clock_of(time)
    shown = 0.0
    arrivals = sorted((100.0 + n * 0.25 + delay, 1_000.0 + n * 0.25 * speed) for n, delay in enumerate(delays))
    for arrival, at in arrivals:
        time.at = max(time.at, arrival)
        clock.pulse(at, speed)
        for look in looks:
            time.at += look / 10
            assert clock.now() >= shown
            shown = clock.now()
    true = 1_000.0 + (time.at - 100.0) * speed
    assert true - max(delays) * speed - 1e-6 <= clock.now() <= true + 1e-6


def test_a_network_that_was_set_back_is_accepted_after_a_while() -> None:
    time = ManualTime()
    clock = clock_of(time)
    clock.pulse(9_000.0, 1.0)
    for _ in range(int(PATIENCE / 0.25) + 2):
        time.at += 0.25
        clock.pulse(1_000.0 + time.at, 1.0)
    assert clock.now() == pytest.approx(1_000.0 + time.at, abs=0.01)


def test_delayed_ticks_of_an_outage_do_not_set_it_back() -> None:
    time = ManualTime()
    clock = clock_of(time)
    clock.pulse(1_000.0, 1.0)
    time.at += 10
    for n in range(40):
        clock.pulse(1_000.25 + n * 0.25, 1.0)
        assert clock.now() == 1_010.0


def test_a_single_jump_is_ignored_until_a_second_tick_confirms_it() -> None:
    time = ManualTime()
    clock = clock_of(time)
    clock.pulse(1_000.0, 1.0)
    for at, speed in ((1e9, 1.0), (1_000.0, 900.0)):
        clock.pulse(at, speed)
        time.at += 0.25
        clock.pulse(1_000.0 + time.at - 100.0, 1.0)
        clock.pulse(at, speed)
        assert (clock.now(), clock.speed) == (1_000.0 + time.at - 100.0, 1.0)
    time.at += 0.25
    clock.pulse(1_000.0 + 900 * 0.25, 900.0)
    assert (clock.now(), clock.speed) == (1_225.0, 900.0)


@pytest.mark.parametrize(("at", "speed"), [(1e15, 1.0), (1_000.0, float("inf")), (-1e12, 1.0), (1_000.0, float("nan"))])
def test_a_time_outside_the_calendar_is_never_accepted(at: float, speed: float) -> None:
    clock = clock_of(ManualTime())
    clock.pulse(at, speed)
    clock.pulse(at, speed)
    assert not clock.known
    assert iso(clock.now()).startswith("1970-01-01T01:23:20")


@pytest.mark.parametrize("speed", ["1e308", "1000.1", "0", "-1", "1e999"])
def test_a_tick_with_an_impossible_speed_is_malformed(speed: str) -> None:
    with pytest.raises(MessageError):
        decode_pulse(b'{"at": "2026-01-01T00:00:00Z", "tick": 1, "speed": %s}' % speed.encode())
