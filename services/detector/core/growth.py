"""Detects slow growth, such as a memory leak, as a straight line before the metric reaches any limit.

Each beat (a second, or one interval where that is longer), a straight line is fitted to the means of the last beats. A
gauge grows slowly if the line rises enough, explains most of the variance, and the last mean is well above the expected
value.
"""

from __future__ import annotations

import numpy as np

from services.detector.core import rules
from services.detector.core.layout import Bools, Floats, Ints, carried

_TIMES = np.arange(rules.GROWTH_BEATS) - (rules.GROWTH_BEATS - 1) / 2
_SLOPE = _TIMES / (_TIMES @ _TIMES)
_RECENT = 3  # beats; a gauge that was near its expected value so many beats ago rose as a step
STEP_SHARE = 0.35  # share of the present distance from the expected value; an earlier distance above it is a ramp


class Growth:
    """The mean values in the last beats, for all gauges of a partition that are judged for slow growth."""

    def __init__(self) -> None:
        self._beats: Floats = np.full((rules.GROWTH_BEATS, 0), np.nan)
        self._sum: Floats = np.zeros(0)
        self._count: Floats = np.zeros(0)

    def rebuild(self, source: Ints) -> None:
        self._beats = carried(self._beats, source, np.nan)
        self._sum, self._count = carried(self._sum, source, 0), carried(self._count, source, 0)

    def forget(self) -> None:
        self._beats[:] = np.nan

    def add(self, values: Floats) -> None:
        known = values == values
        self._sum += np.where(known, values, 0.0)
        self._count += known

    def beat(self, expected: Floats, spread: Floats) -> Bools:
        """Return which gauges grow slowly."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(self._count > 0, self._sum / self._count, self._beats[-1])
        self._beats[:-1] = self._beats[1:]
        self._beats[-1] = mean
        self._sum[:], self._count[:] = 0.0, 0.0
        gained = (_SLOPE @ self._beats) * rules.GROWTH_BEATS
        enough = np.maximum(rules.GROWTH_LEAST, rules.GROWTH_SPREADS * spread)
        grows: Bools = (gained > enough) & (mean - expected > rules.GROWTH_AWAY)
        if grows.any():
            grows &= self._fit(gained) > rules.GROWTH_FIT
        return grows

    def _fit(self, gained: Floats) -> Floats:
        explained = (gained / rules.GROWTH_BEATS) ** 2 * np.mean(_TIMES**2)
        fit: Floats = explained / np.maximum(np.var(self._beats, axis=0), 1e-9)
        return fit

    def was_away(self, place: int, value: float, expected: float) -> bool:
        """Return whether a gauge that is over its limit now was already rising `_RECENT` beats ago."""
        before = self._beats[-_RECENT:, place]
        earlier = before[0]
        return bool(earlier - expected > STEP_SHARE * (value - expected))

    def last(self, place: int) -> float:
        return float(self._beats[-1, place])
