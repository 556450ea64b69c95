"""Estimates network time, the clock of the managed network, from ticks, and extrapolates between ticks.

A tick carries its network time and the speed. The first tick sets the clock. A tick that was delayed shows too early a
time, so it does not set the clock back, unless all ticks of `PATIENCE` wall seconds are behind the clock. Another
speed, or a time more than `LEAP` wall seconds ahead, is accepted only when a second tick agrees.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

JITTER = 0.5
PATIENCE = 2.0
LEAP = 2.0
LATEST = 32_503_680_000.0  # the year 3000: much later times cannot be written as a date


class NetworkClock:
    """Estimates network time from ticks; before the first tick, the estimate is wall time."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self._monotonic = monotonic
        self._base = wall()
        self._base_at = monotonic()
        self._speed = 1.0
        self._known = False
        self._behind_since: float | None = None
        self._behind_by = 0.0
        self._claim: tuple[float, float, float] | None = None
        self._shown = 0.0

    @property
    def known(self) -> bool:
        return self._known

    @property
    def speed(self) -> float:
        """Network seconds in a wall second."""
        return self._speed

    def now(self) -> float:
        """Return network time. It goes backwards only when a tick replaces the estimate: the first tick, or when
        the ticks show another speed or a clock that lags behind.
        """
        self._shown = max(self._shown, self._estimate())
        return self._shown

    def _estimate(self) -> float:
        return self._base + (self._monotonic() - self._base_at) * self._speed

    def pulse(self, at: float, speed: float) -> None:
        """Correct the estimate by the time and speed of a tick that has just arrived; ignore impossible values."""
        if not (0 < speed < math.inf and 0 <= at <= LATEST):
            return
        here = self._monotonic()
        lag = self._estimate() - at
        leaps = speed != self._speed or lag < -LEAP * speed
        if not self._known or (leaps and self._agreed(at, here, speed)):
            self._step(at, here, speed)
        elif leaps:
            self._claim = (at, here, speed)
        else:
            self._claim = None
            self._follow(at, lag, here)

    def _agreed(self, at: float, here: float, speed: float) -> bool:
        if self._claim is None or self._claim[2] != speed:
            return False
        return abs(self._claim[0] + (here - self._claim[1]) * speed - at) <= JITTER * speed

    def _follow(self, at: float, lag: float, here: float) -> None:
        if lag <= 0:
            self._base, self._base_at, self._behind_since = at, here, None
        elif lag <= JITTER * self._speed:
            self._behind_since = None
        else:
            self._lag(at, lag, here)

    def _lag(self, at: float, lag: float, here: float) -> None:
        if self._behind_since is None:
            self._behind_since, self._behind_by = here, lag
        self._behind_by = min(self._behind_by, lag)
        if here - self._behind_since >= PATIENCE:
            self._step(self._estimate() - self._behind_by, here, self._speed)

    def _step(self, at: float, here: float, speed: float) -> None:
        self._base, self._base_at, self._speed = at, here, speed
        self._shown, self._behind_since, self._claim, self._known = 0.0, None, None, True
