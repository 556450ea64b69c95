"""How rare a figure is in the past of its own series: the one scale on which figures of different series compare.

The past of a series is a histogram with bins of equal ratio, so its size does not grow. Up to a high quantile, the
probability of a figure is the share of the past that reached it; beyond, the tail is exponential with the mean excess
of the past. This is extreme value theory with shape 0, as Siffer et al. apply it to streams (Anomaly Detection in
Streams with Extreme Value Theory, KDD 2017).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.detector.core.layout import Bools, Floats, Ints, carried

LOWEST, HIGHEST = 1e-3, 1e3  # a figure below or above is counted in the first or last bin
BINS = 192  # 32 for each factor of ten
TOP = 0.02  # share of the past that is the tail
LEAST_TOP = 5.0  # figures that are the tail of a short past
HALF = 0.5  # share of the past above `usual`
RENEWED = 16  # rows after which `usual` is computed again
LEAST_EXCESS = 0.02  # of the tail's beginning: a past without variation has a mean excess of 0
RAREST = 300.0  # -log10 of the least probability
LONGEST = 100_000.0  # figures that are counted; then all counts are halved, so that the oldest fade

_SPAN = np.log(HIGHEST / LOWEST)
_BEGINS = LOWEST * np.exp(_SPAN * np.arange(BINS) / BINS)
_CENTRES = LOWEST * np.exp(_SPAN * (np.arange(BINS) + 0.5) / BINS)


class Tail:
    """The past of `series` figures, each at least 0 and without a unit. `start`: figures that are counted before the
    first is judged. `weight`: what a figure at `level` or rarer counts; below 1, a long deviation stays rare.

    Bytes of a series: 4 * BINS + 16.
    """

    def __init__(self, series: int, start: int, weight: float = 1.0, level: float = RAREST) -> None:
        self._counts: NDArray[np.float32] = np.zeros((BINS, series), np.float32)
        self._seen: Floats = np.zeros(series)
        self.usual: Floats = np.zeros(series)
        """The figure that half of the past exceeds; 0 until the first is judged."""
        self._start, self._weight, self._level = start, weight, level
        self._row, self._places = 0, np.arange(series)

    def rebuild(self, source: Ints) -> None:
        """`source`: for each new series its old place, or ABSENT."""
        self._counts = carried(self._counts, source, 0.0)
        self._seen, self.usual = carried(self._seen, source, 0.0), carried(self.usual, source, 0.0)
        self._places = np.arange(len(source))

    @property
    def nbytes(self) -> int:
        return self._counts.nbytes + self._seen.nbytes + self.usual.nbytes

    def update(self, figures: Floats, present: Bools) -> Floats:
        """Judge figures by their past, then count them. Return -log10 of their probabilities, 0 to RAREST; 0 where
        `present` is false.
        """
        bins = np.log(np.minimum(np.maximum(figures, LOWEST), HIGHEST) / LOWEST) * (BINS / _SPAN)
        places = np.minimum(bins.astype(np.int64), BINS - 1)
        rarity = self._judge(figures, places)
        rarity[~present | (self._seen < self._start)] = 0.0
        counted = np.where(rarity >= self._level, self._weight, 1.0)
        self._counts[places, self._places] += present * counted
        self._seen += present
        full = np.flatnonzero(self._seen >= LONGEST)
        if full.size:
            self._counts[:, full] /= 2
            self._seen[full] /= 2
        return rarity

    def _judge(self, figures: Floats, places: Ints) -> Floats:
        reached = self._counts[::-1].cumsum(0)[::-1]  # how often each bin or a higher one was reached
        total = reached[0].astype(float)
        ready = self._seen >= self._start
        self._row += 1
        if self._row % RENEWED == 0:
            middle = np.minimum((reached > HALF * total).sum(0), BINS - 1)
            self.usual = np.where(ready, _BEGINS[middle], 0.0)
        edge = np.minimum((reached > np.maximum(TOP * total, LEAST_TOP)).sum(0), BINS - 1)
        begin = _BEGINS[edge]
        rarity: Floats = np.log10((total + 1.0) / (reached[places, self._places] + 1.0))
        for far in np.flatnonzero(ready & (figures > begin)):
            first, beyond = edge[far], max(float(reached[edge[far], far]), 1.0)
            sum_beyond = float(self._counts[first:, far] @ _CENTRES[first:])
            excess = max(sum_beyond / beyond - begin[far], LEAST_EXCESS * begin[far])
            decades = (figures[far] - begin[far]) / (excess * np.log(10.0))
            rarity[far] = decades - np.log10(beyond / total[far])
        limited: Floats = np.minimum(np.maximum(rarity, 0.0), RAREST)
        return limited
