"""The time limits of the scorecard, by the interval at which the network is sampled.

Rule: each limit is a number of seconds, or of samples where these take longer, since nobody can see a repair before the
next samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from shared.domain.telemetry import TICK_SECONDS


@dataclass(frozen=True)
class ScoreWindows:
    """`interval`: seconds between two samples. All limits are in seconds of network time."""

    interval: float = TICK_SECONDS

    def _at_least(self, seconds: float, samples: float) -> float:
        return max(seconds, samples * self.interval)

    @cached_property
    def cleared_within(self) -> float:
        """After the end of a repaired fault, its anomalies have to clear within this time."""
        return self._at_least(5.0, 6)

    @cached_property
    def belongs_after(self) -> float:
        """An incident belongs to a fault if it begins at most so long after the end of the fault."""
        return self._at_least(5.0, 2)

    @cached_property
    def action_after(self) -> float:
        """An action is not unnecessary if it was applied at most so long after the end of the fault."""
        return self._at_least(2.0, 1)

    @cached_property
    def anomaly_after(self) -> float:
        """An anomaly is not false if it was raised at most so long after the end of a fault."""
        return self._at_least(10.0, 6)

    @cached_property
    def flap_named_within(self) -> float:
        return self._at_least(2.0, 8)

    @cached_property
    def settled_after(self) -> float:
        """So long after its end a fault is judged."""
        return self._at_least(30.0, 12)
