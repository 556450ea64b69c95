"""How new the latest shape of a single series is: its distance to the most similar shape of its own past.

Two lengths are compared: the last samples, and the means of the last blocks of samples. A distance is the largest
difference of two shapes at any point, in a unit of the series: the root of its deviation times its range so far. A
value beyond the range so far adds to the distance. Nearest neighbours in a sliding window are the method of Burnaev
and Ishimtsev (Conformalized density- and distance-based anomaly detection in time-series data, 2016), with another
distance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.detector.core.layout import Bools, Floats, Ints, carried

Stored = NDArray[np.float32]

LENGTH = 8  # samples, or blocks, of a shape
BLOCK = 6  # samples of a block
STEP = 3  # samples from one stored block to the next
PAST = 1_000  # shapes of each length that a shape is compared with
YOUNGEST = 2  # rows, or blocks, from the end of a shape back to that of the next one that it is compared with
SLACK = 250  # rows that are stored until the oldest are discarded together
SHORT, LONG, RECORD = 0.3, 1.0, 2.5  # weights of the two lengths and of a new extreme
LONGEST = 100_000.0  # samples over which mean and deviation are averaged
BYTES = 4 * (2 * (PAST + YOUNGEST + SLACK) + (LENGTH - 1) * (1 + BLOCK // STEP)) + 8 * 9

_BACK = BLOCK // STEP  # stored blocks from one block of a shape to the next

_STATE = ("_first", "_last", "_mean", "_variance", "_low", "_high", "_seen")


class ShapeDistance:
    """The past of `series` series: the last PAST shapes of both lengths, mean, deviation and range.

    Values are kept as differences from the first sample. A series that has no sample at a time keeps its last value.
    Bytes of a series: BYTES.
    """

    _first: Floats
    _last: Floats
    _mean: Floats
    _variance: Floats
    _low: Floats
    _high: Floats
    _seen: Floats

    def __init__(self, series: int) -> None:
        self._samples = Strip(series, back=1)
        self._blocks = Strip(series, back=_BACK)
        for name in _STATE:
            setattr(self, name, np.zeros(series))
        self._short_age, self._long_age = (np.full(series, YOUNGEST) for _ in range(2))
        self._row = 0

    def rebuild(self, source: Ints) -> None:
        """`source`: for each new series its old place, or ABSENT."""
        self._samples.rebuild(source)
        self._blocks.rebuild(source)
        for name in _STATE:
            setattr(self, name, carried(getattr(self, name), source, 0.0))
        self._short_age = carried(self._short_age, source, YOUNGEST)
        self._long_age = carried(self._long_age, source, YOUNGEST)

    @property
    def nbytes(self) -> int:
        states: list[Floats] = [getattr(self, name) for name in _STATE]
        ages = self._short_age.nbytes + self._long_age.nbytes
        return self._samples.nbytes + self._blocks.nbytes + sum(state.nbytes for state in states) + ages

    def update(self, values: Floats, usual: Floats) -> Floats:
        """Return the distance of each series, at least 0; 0 where `values` is NaN, and until there is a past.

        `usual`: a distance up to which the search may be left out; a returned distance may then be too large, up to it.
        """
        present = values == values
        self._first = np.where(present & (self._seen == 0), values, self._first)
        value = np.where(present, values - self._first, self._last)
        step = np.abs(value - self._last)
        unit = np.sqrt(np.sqrt(self._variance) * (self._high - self._low))
        unit = np.where(unit > 0, unit, np.where(step > 0, step, 1.0))  # a series that never varied has its first step
        self._seen = np.minimum(self._seen + present, LONGEST)
        self._append(np.where(self._seen > 0, value, np.inf))
        record = RECORD * np.maximum(np.maximum(value - self._high, self._low - value), 0.0)
        distance = (record + self._nearest(record, usual * unit)) / unit
        self._learn(value, present)
        return np.where(present, distance, 0.0)

    def _append(self, value: Floats) -> None:
        self._samples.append(value)
        self._row += 1
        if self._row >= BLOCK and (self._row - BLOCK) % STEP == 0:
            self._blocks.append(self._samples.rows(BLOCK).sum(0) / BLOCK)

    def _nearest(self, record: Floats, usual: Floats) -> Floats:
        """Return the weighted distances of both lengths, in the unit of the series. The shape that follows the shape
        that was nearest before is tried first.
        """
        short = self._samples.rows(LENGTH)
        long = self._samples.rows(LENGTH * BLOCK).reshape(LENGTH, BLOCK, -1).sum(1) / BLOCK
        short_age, long_age = self._short_age, self._long_age
        with np.errstate(invalid="ignore"):
            near = self._samples.distance(short, short_age)
            far = self._blocks.distance(long, long_age)
            usual_enough = record + SHORT * near + LONG * far <= usual
            for place in np.flatnonzero(~usual_enough).tolist():
                near[place], short_age[place] = self._samples.nearest(short, place, near[place], short_age[place])
                far[place], long_age[place] = self._blocks.nearest(long, place, far[place], long_age[place])
            return SHORT * _known(near) + LONG * _known(far)

    def _learn(self, value: Floats, present: Bools) -> None:
        """A series without a sample has its last value, which changes nothing."""
        share = present / np.maximum(self._seen, 1.0)
        off = value - self._mean
        self._mean += share * off
        self._variance += share * (off * (value - self._mean) - self._variance)
        self._low, self._high = np.minimum(self._low, value), np.maximum(self._high, value)
        self._last = value


class Strip:
    """One value of each series in a row: the rows of the last PAST shapes, up to SLACK older ones, infinite before the
    first. A shape is made of every `back`-th row.
    """

    def __init__(self, series: int, back: int) -> None:
        self._kept = self._end = PAST + YOUNGEST + back * (LENGTH - 1)
        self._stored: Stored = np.full((series, self._kept + SLACK), np.inf, np.float32)
        self._series = np.arange(series)
        self._shifts = np.arange(back * (LENGTH - 1), -1, -back)[:, None]

    def rebuild(self, source: Ints) -> None:
        self._stored = carried(self._stored.T, source, np.inf).T.copy()
        self._series = np.arange(len(source))

    @property
    def nbytes(self) -> int:
        return self._stored.nbytes

    def append(self, row: Floats | Stored) -> None:
        if self._end == self._stored.shape[1]:
            self._stored[:, : self._kept] = self._stored[:, -self._kept :].copy()
            self._end = self._kept
        self._stored[:, self._end] = row
        self._end += 1

    def rows(self, count: int) -> Stored:
        """Return the last rows, the oldest first: (count, series)."""
        return self._stored[:, self._end - count : self._end].T

    def distance(self, shape: Stored, age: Ints) -> Floats:
        """Return the distance of each series' shape to its stored shape that ended `age` rows ago."""
        stored = self._stored[self._series, self._end - 1 - age - self._shifts]
        distance: Floats = np.abs(stored - shape).max(0).astype(float)
        return distance

    def nearest(self, shape: Stored, place: int, bound: float, age: int) -> tuple[float, int]:
        """Return the least distance of one series' shape to the last PAST stored ones that ended YOUNGEST rows ago or
        earlier, and the age of that shape; `bound` and `age` unless another is nearer than `bound`.
        """
        stored, stop = self._stored[place], self._end - YOUNGEST
        start = stop - PAST
        points = shape[:, place]
        ends = start + np.flatnonzero(np.abs(stored[start:stop] - points[-1]) < bound)
        if not ends.size:
            return bound, age
        worst = np.abs(stored[ends - self._shifts] - points[:, None]).max(0)
        best = int(worst.argmin())
        return (float(worst[best]), self._end - 1 - int(ends[best])) if worst[best] < bound else (bound, age)


def _known(distance: Floats) -> Floats:
    return np.where(np.isfinite(distance), distance, 0.0)
