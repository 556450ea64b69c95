"""Learns how far gauges stray from their expected values while nothing is wrong, and so how far is too far.

Rules

1. A deviation is counted in spreads of its gauge. All gauges of one metric and kind of element in a process share one
   record: their spreads differ, but a minute of many elements shows more of the tail than an hour of one.
2. A deviation counts only after some beats in which its gauge was not raised, so that a fault does not widen the
   limit that has to find it.
3. Of a run of deviations in the tail, only the 1st, 2nd, 4th, 8th and so on count: a run is one event, and a fault that
   was not found must not count like noise.
4. A deviation counts for the limits of a beat `LAG` beats later. The ticks that the partitions send in one beat arrive
   in any order, and the limits must not depend on it: a recording that is replayed shows the same anomalies.
5. The limit is a rare quantile. It is extrapolated with the tail index of Hill (1975), "A simple general approach to
   inference about the tail of a distribution": noise with a heavy tail gets a wide limit, other noise a narrow one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from services.detector.core.layout import Bools, Floats, Ints, carried
from services.detector.core.rules import MAX_SCORE

RARE = 2e-6
"""Probability that a healthy gauge is beyond its limit in a beat."""
TAIL = 0.02
"""Share of the record from which the tail is extrapolated."""
LEAST_IN_TAIL = 8.0
HEAVIEST = 1 / 3
"""Largest tail index, that of a Student t distribution with three degrees of freedom."""
SURE = 20.0
"""Deviations in the tail that show its index."""
HEAVY = 0.25
"""Tail index of a Student t distribution with four degrees of freedom; a larger one is that of a heavy tail."""
PRIOR_WEIGHT = 200.0
"""Deviations that the record needs until it weighs as much as the prior limit."""
HELD = 12
LAG = 3
LIGHTEST = 0.1
"""Smallest tail index with which a score is computed."""
YOUNG = 1000.0
"""Deviations of one row below which the record takes all that it gets."""
MOST = 1e6
"""Deviations in a record; then each counts half."""
GROWN = 1.01
"""The limits are computed again after a record has grown by this factor."""
LOWEST, HIGHEST, BINS = 0.25, 4096.0, 112

_EDGES = np.geomspace(LOWEST, HIGHEST, BINS - 1)
_LOGS = np.log(np.concatenate([[LOWEST], np.sqrt(_EDGES[:-1] * _EDGES[1:]), [HIGHEST]]))


@dataclass(frozen=True)
class Tails:
    """What a record says at one beat, one number for each row.

    `limits`: how many spreads are too far. `start`: where the tail begins, in spreads. `index`: the tail index.
    `sure`: whether enough deviations show these. `size`: deviations in the largest row.
    """

    limits: Floats
    start: Floats
    index: Floats
    sure: Bools
    size: float

    def score(self, row: int, deviation: float) -> float:
        """Return -log10 of the probability that a healthy gauge strays as far in a beat, from 0 to `MAX_SCORE`."""
        far = max(deviation, LOWEST) / max(float(self.limits[row]), LOWEST)
        rarer = math.log10(far) / float(self.index[row])
        return min(MAX_SCORE, max(0.0, rarer - math.log10(RARE)))


class TailRecord:
    """The deviations of healthy gauges, `BINS` numbers for each row; a row is one metric of one kind of element.

    `prior`: for each row, how many spreads are too far while little is recorded. `rare`: see `RARE`.
    """

    def __init__(self, prior: Floats, rare: float = RARE) -> None:
        self._prior, self._rare = prior, rare
        self._counts = np.zeros((len(prior), BINS))
        self._waiting: dict[int, Floats] = {}
        self._computed_at = np.zeros(len(prior))
        fresh = np.full(len(prior), HIGHEST), np.full(len(prior), LIGHTEST), np.full(len(prior), False)
        self._tails = Tails(prior, *fresh, size=0.0)

    def add(self, beat: int, rows: Ints, deviations: Floats) -> None:
        bins = np.searchsorted(_EDGES, deviations)
        flat = np.bincount(rows * BINS + bins, minlength=self._counts.size)
        waiting = self._waiting.setdefault(beat, np.zeros_like(self._counts))
        waiting += flat.reshape(self._counts.shape)

    def at(self, beat: int) -> Tails:
        """Return what the deviations show that were added `LAG` beats before, or earlier."""
        for due in [earlier for earlier in self._waiting if earlier <= beat - LAG]:
            self._counts += self._waiting.pop(due)
        total = self._counts.sum(axis=1)
        if (total > MOST).any():
            self._counts[total > MOST] /= 2
            total = self._counts.sum(axis=1)
        if (total > GROWN * self._computed_at).any() or (total < self._computed_at).any():
            self._tails, self._computed_at = self._extrapolated(total), total
        return self._tails

    def _extrapolated(self, total: Floats) -> Tails:
        above = np.cumsum(self._counts[:, ::-1], axis=1)[:, ::-1]
        in_tail = np.maximum(TAIL * total, LEAST_IN_TAIL)
        first = np.argmax(above <= in_tail[:, None], axis=1)  # of the bins with the tail
        begins: Floats = _EDGES[np.maximum(first, 1) - 1]
        start = np.log(begins)
        of_tail = self._counts * (np.arange(BINS) >= first[:, None])
        number = np.maximum(of_tail.sum(axis=1), 1e-9)
        index = np.minimum((of_tail * (_LOGS - start[:, None])).sum(axis=1) / number, HEAVIEST)
        share = number / np.maximum(total, 1.0)
        far = np.exp(start + index * np.log(np.maximum(share / self._rare, 1.0)))
        weight = total / (total + PRIOR_WEIGHT)
        limits = weight * far + (1 - weight) * self._prior
        return Tails(limits, begins, np.maximum(index, LIGHTEST), number >= SURE, float(total.max()))


class HeldDeviations:
    """The last deviations of the gauges of one partition, before the record gets them. `beats`: for how many."""

    def __init__(self, beats: int = HELD) -> None:
        self._held: Floats = np.full((beats, 0), np.nan)
        self._run: Ints = np.zeros(0, np.int64)

    def rebuild(self, source: Ints) -> None:
        self._held = carried(self._held, source, np.nan)
        self._run = np.zeros(len(source), np.int64)

    def add(self, beat: int, record: TailRecord, tails: Tails, rows: Ints, deviations: Floats, healthy: Bools) -> None:
        """`rows`: the row of each gauge. `healthy`: whether nothing is known to be wrong with it."""
        due = self._held[0]
        known = due == due
        if known.any():
            record.add(beat, rows[known], due[known])
        self._held[:-1] = self._held[1:]
        self._run = np.where(deviations > tails.start[rows], self._run + 1, 0)
        counts = healthy & (self._run & (self._run - 1) == 0)
        self._held[-1] = np.where(counts, deviations, np.nan)

    def clear(self) -> None:
        self._held[:] = np.nan

    def drop(self, place: int) -> None:
        """Drop the last deviations of a gauge that was raised."""
        self._held[:, place] = np.nan
