"""Maps the fit of a cause to its confidence: the share of causes with that fit that were right."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from shared.domain.errors import SettingError

FLOOR, CEILING = 0.02, 0.99
"""The limits of confidence: no cause is impossible or certain."""


@dataclass(frozen=True)
class Calibration:
    """Fits and their confidences, both in rising order; between two fits, the confidence is interpolated.

    `pairs`: the number of outcomes from which the calibration was learnt. Raises SettingError if an order falls, a list
    is empty, or the lengths differ.
    """

    fits: tuple[float, ...]
    confidences: tuple[float, ...]
    pairs: int = 0

    def __post_init__(self) -> None:
        rising = all(a <= b for row in (self.fits, self.confidences) for a, b in pairwise(row))
        if not self.fits or len(self.fits) != len(self.confidences) or not rising:
            raise SettingError("a calibration needs as many confidences as fits, at least one, and both rising")

    def confidence(self, fit: float) -> float:
        return min(CEILING, max(FLOOR, self._between(fit)))

    def _between(self, fit: float) -> float:
        right = bisect_right(self.fits, fit)
        if right == 0:
            return self.confidences[0]
        if right == len(self.fits):
            return self.confidences[-1]
        low, high = self.fits[right - 1], self.fits[right]
        share = (fit - low) / (high - low)
        return self.confidences[right - 1] + share * (self.confidences[right] - self.confidences[right - 1])
