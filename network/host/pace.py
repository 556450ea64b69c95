"""The pace of readings: one an interval of the driver. A host that falls behind hurries; it leaves out no reading."""

from __future__ import annotations

LEFT_BEHIND = 2.0  # seconds behind its pace at which a network says that it hurries
GIVE_UP_BEHIND = 3600.0


class Pace:
    """When the next reading is due, by a clock that only goes forward."""

    def __init__(self, now: float, interval: float, speed: float) -> None:
        self._interval, self._speed, self._step = interval, speed, interval / speed
        self._due = now + self._step
        self._hurries = False

    def wait(self, now: float) -> float:
        """Return how long to wait for the next reading; 0 where it is late already."""
        if now - self._due > GIVE_UP_BEHIND:
            self._due = now
        return max(0.0, self._due - now)

    def passed(self) -> None:
        """Count a reading: the next one is due a step later."""
        self._due += self._step

    def since_reading(self, now: float) -> float:
        """Return how much network time has passed since the last reading; at most an interval."""
        return min(max(0.0, (now - self._due + self._step) * self._speed), self._interval)

    def fell_behind(self, now: float) -> bool:
        """Say whether the network has just begun to lag; once, until it has caught up."""
        behind = now - self._due
        if behind <= self._step:
            self._hurries = False
        began = behind > LEFT_BEHIND and not self._hurries
        self._hurries = self._hurries or began
        return began
