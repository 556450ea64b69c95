"""How far each series has left its baseline, all series at once.

Rules

1. The baseline is its median and quartiles. Neither its extremes nor its standard deviation count, since the first part
   of a fault that is noticed late is among its rows.
2. Only the harmful direction counts; where it is unknown, the one in which the series moved.
3. A series that usually stays at one value (errors, availability) is judged by its mean in the window, since its median
   shows no trouble that comes and goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.rca.core.series.episode import Episode, Flags, Numbers
from services.rca.core.series.vocabulary import Meaning

LEAST_BASELINE = 10
"""Samples of a baseline below which a series says nothing."""
NORMAL_IQR = 1.349
"""The distance of the quartiles of a normal distribution, in standard deviations."""
LEAST_SPREAD = 0.05
"""Of the median: a smaller spread of a series counts as this one."""
LEAST_SPREAD_AT_REST = 0.001
"""The same for a series that stays at one value: a thousandth of the requests that fail is a deviation."""
OF_THE_LARGEST = 0.01
"""The spread of a series that was always 0, as a share of the largest sample of that metric in the window."""
NEAREST = 35
"""Rows of the baseline, those nearest to the window, that its shape is compared with; more if the window is longer."""
LEAST_PAIRS = 6
"""Samples that two series share, below which their shapes are not compared."""


@dataclass(frozen=True)
class Departures:
    """Arrays of shape (series,), but `ranks`.

    `level` and `usual`: the value in the window and the median of the baseline. `spreads`: how many spreads the level
    lies beyond the usual value, >= 0. `rarity`: the share of the baseline that was better than the level. `step`: how
    well the window's samples stand apart from the nearest of the baseline, from 0 to 1 (2 AUC - 1). `mean`: of the
    window. `excess`: the harmful part of `mean` beyond the usual value, >= 0. `ranks`: (series, m) of the window's and
    the nearest rows in the order of time, the worst the highest, NaN for a gap.
    """

    level: Numbers
    usual: Numbers
    spreads: Numbers
    rarity: Numbers
    step: Numbers
    mean: Numbers
    excess: Numbers
    ranks: Numbers


def departures_of(episode: Episode, meanings: Sequence[Meaning]) -> Departures:
    """`meanings`: one for each series."""
    window = episode.window
    baseline, abnormal = _Rows.of(episode.values[:, ~window]), _Rows.of(episode.values[:, window])
    judged = (baseline.counts >= LEAST_BASELINE) & (abnormal.counts >= 1)
    low, usual, high = (baseline.quantile(share) for share in (0.25, 0.5, 0.75))
    at_rest = (high - low) <= 1e-9 * np.abs(usual)
    mean = abnormal.mean()
    level = np.where(at_rest, mean, abnormal.quantile(0.5))
    harm = np.array([meaning.harm for meaning in meanings], dtype=np.float64)
    harm = np.where(harm == 0, np.where(level >= usual, 1.0, -1.0), harm)
    moved = np.where(judged, harm * (level - usual), 0.0)
    wandering = np.maximum((high - low) / NORMAL_IQR, LEAST_SPREAD * np.abs(usual))
    resting = np.maximum(baseline.mean_distance(usual), LEAST_SPREAD_AT_REST * np.abs(usual))
    farthest = np.nanmax(np.abs(abnormal.values - usual[:, None]), axis=1, initial=0.0)
    spread = _never_zero(np.where(at_rest, resting, wandering), farthest, [key.metric for key in episode.keys])
    as_bad = (harm[:, None] * baseline.values >= (harm * level)[:, None]).sum(axis=1)
    near = _near(episode, window)
    ranks = average_ranks(harm[:, None] * episode.values[:, near])
    return Departures(
        level=level,
        usual=usual,
        spreads=np.nan_to_num(np.maximum(moved / spread, 0.0)),
        rarity=1.0 - as_bad / np.maximum(baseline.counts, 1),
        step=_step(ranks, window[near]),
        mean=mean,
        excess=np.where(judged, np.nan_to_num(np.maximum(harm * (mean - usual), 0.0)), 0.0),
        ranks=ranks,
    )


@dataclass(frozen=True)
class _Rows:
    """Values of shape (series, rows), those in order with the gaps last, and the samples of each series."""

    values: Numbers
    ordered: Numbers
    counts: NDArray[np.intp]

    @classmethod
    def of(cls, values: Numbers) -> _Rows:
        return cls(values, np.sort(values, axis=1), (~np.isnan(values)).sum(axis=1))

    def quantile(self, share: float) -> Numbers:
        """Return (series,), interpolated between samples; NaN for a series without any."""
        at = share * (np.maximum(self.counts, 1) - 1)
        below, rows = np.floor(at).astype(np.intp), np.arange(len(self.ordered))
        low, high = self.ordered[rows, below], self.ordered[rows, np.ceil(at).astype(np.intp)]
        return np.asarray(low + (at - below) * (high - low))

    def mean(self) -> Numbers:
        total = np.nansum(self.values, axis=1)
        return np.where(self.counts > 0, total / np.maximum(self.counts, 1), np.nan)

    def mean_distance(self, centre: Numbers) -> Numbers:
        return np.asarray(np.nansum(np.abs(self.values - centre[:, None]), axis=1) / np.maximum(self.counts, 1))


def _never_zero(spread: Numbers, farthest: Numbers, metrics: Sequence[str]) -> Numbers:
    """A series that was always 0 has no spread of its own: it is measured by the same metric at all nodes.

    `farthest`: (series,) the largest distance of a sample in the window from the usual value.
    """
    largest: dict[str, float] = {}
    for metric, distance in zip(metrics, farthest, strict=True):
        largest[metric] = max(largest.get(metric, 0.0), float(distance))
    floor = np.array([OF_THE_LARGEST * largest[metric] or 1.0 for metric in metrics])
    return np.where(spread > 0, spread, floor)


def _near(episode: Episode, window: Flags) -> NDArray[np.intp]:
    """Return the rows, in order, of the window and of the part of the baseline that is nearest to it in time."""
    rows = np.flatnonzero(~window)
    times = episode.times[rows]
    distance = np.where(times < episode.begin, episode.begin - times, times - episode.end)
    wanted = max(NEAREST, int(window.sum()))
    return np.sort(np.concatenate((np.flatnonzero(window), rows[np.argsort(distance, kind="stable")[:wanted]])))


def average_ranks(values: Numbers) -> Numbers:
    """Return the ranks from 1 of each row's values, equal values sharing their mean rank, NaN staying NaN."""
    ranks = np.full(values.shape, np.nan)
    for row, ranked in zip(values, ranks, strict=True):
        present = ~np.isnan(row)
        _, place, counts = np.unique(row[present], return_inverse=True, return_counts=True)
        ranked[present] = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks


def _step(ranks: Numbers, abnormal: Flags) -> Numbers:
    """Return (series,): 2 AUC - 1 of the abnormal rows among all, at least 0 (Mann and Whitney, 1947)."""
    bad, everything = (~np.isnan(ranks[:, abnormal])).sum(axis=1), (~np.isnan(ranks)).sum(axis=1)
    pairs = bad * (everything - bad)
    wins = np.nansum(ranks[:, abnormal], axis=1) - bad * (bad + 1) / 2
    return np.where(pairs > 0, np.maximum(2 * wins / np.maximum(pairs, 1) - 1, 0.0), 0.0)


def alike(ranks: Numbers, other: Numbers) -> Numbers:
    """Return (series,): Spearman's rank correlation of each row with `other` over their common samples, at least 0.

    `ranks`: (series, m); `other`: (m,). Ranks are those among all samples of a row, also where only some are common.
    """
    common = ~np.isnan(ranks) & ~np.isnan(other)
    counts = np.maximum(common.sum(axis=1), 1)[:, None]
    mine, its = np.where(common, ranks, 0.0), np.where(common, other, 0.0)
    mine = np.where(common, mine - mine.sum(axis=1, keepdims=True) / counts, 0.0)
    its = np.where(common, its - its.sum(axis=1, keepdims=True) / counts, 0.0)
    size = np.sqrt((mine**2).sum(axis=1) * (its**2).sum(axis=1))
    similar = np.where(size > 0, (mine * its).sum(axis=1) / np.where(size > 0, size, 1.0), 0.0)
    return np.where(counts[:, 0] >= LEAST_PAIRS, np.maximum(similar, 0.0), 0.0)
