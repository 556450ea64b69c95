"""Decides when the next reading of the driver is due: one reading in each interval.

A host that is late makes all missed readings at once, unless it is more than `MAX_CATCH_UP` seconds late.
"""

from __future__ import annotations

WARN_BEHIND = 2.0  # seconds of delay at which the log warns
MAX_CATCH_UP = 3600.0  # seconds of delay; if the host is later, the missed readings are left out


class Pace:
    def __init__(self, now: float, interval: float, speed: float) -> None:
        self._interval, self._speed, self._step = interval, speed, interval / speed
        self._due = now + self._step
        self._is_late = False

    def wait(self, now: float) -> float:
        """Return the seconds until the next reading; 0 if that reading is late."""
        if now - self._due > MAX_CATCH_UP:
            self._due = now
        return max(0.0, self._due - now)

    def passed(self) -> None:
        self._due += self._step

    def since_reading(self, now: float) -> float:
        """Return the network seconds since the last reading was due, at most one interval."""
        return min(max(0.0, (now - self._due + self._step) * self._speed), self._interval)

    def fell_behind(self, now: float) -> bool:
        """Return whether the readings have become late. True is returned once, until the host has caught up."""
        behind = now - self._due
        if behind <= self._step:
            self._is_late = False
        began = behind > WARN_BEHIND and not self._is_late
        self._is_late = self._is_late or began
        return began
