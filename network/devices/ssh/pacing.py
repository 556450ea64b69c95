"""How fast a device is asked, and when it is tried again after a failure. Pure: the time is an argument, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds without a new connection after the first failure, and at most; the pause doubles with each failure."""


@dataclass
class CommandRate:
    """Lets `per_second` commands start in a second on average, and as many at once."""

    per_second: float
    _next: float = 0.0

    def delay(self, now: float) -> float:
        """Take the next place, and return the seconds until it."""
        burst = max(1.0, self.per_second) / self.per_second
        self._next = max(self._next, now - burst) + 1 / self.per_second
        return max(0.0, self._next - now)


@dataclass
class BackOff:
    """`until`: no connection is tried before that time."""

    failures: int = 0
    until: float = 0.0

    def failed(self, now: float, spread: float) -> None:
        """`spread`: from 0 to 1, so that many devices are not tried at the same time."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self.failures, 16))
        self.failures += 1
        self.until = now + pause * (1 - 0.25 * spread)

    def succeeded(self) -> None:
        self.failures, self.until = 0, 0.0

    def remaining(self, now: float) -> float:
        return max(0.0, self.until - now)
