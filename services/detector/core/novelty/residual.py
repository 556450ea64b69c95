"""How far each metric of an element is from what all its other metrics, and the row before, let expect.

The residual of a metric is its error when it is predicted linearly from all other columns, in units of that error's
deviation. All errors come from one inverse of the correlations: the partial regressions of Lauritzen (Graphical Models,
1996), with a ridge. The correlations are of all rows so far; far values count as near ones, so they teach little.
"""

from __future__ import annotations

import numpy as np

from services.detector.core.layout import ABSENT, Bools, Floats, Ints

REFIT = 100  # rows from one fit to the next, and before the first
RIDGE = 0.2  # added to each column's correlation with itself
LEAST_SPREAD = 0.05  # of a column's range so far
NEAR = 6.0  # deviations; a value further away counts as one at this distance when the correlations are learnt
FARTHEST = 50.0  # deviations, and units of a residual
LEAST_UNIT = 0.01
LONGEST = 100_000.0  # rows that are counted; then all sums are halved, so that the oldest fade
MAX_METRICS = 64
"""Of one element; the bytes of a metric grow with the number of metrics."""


def bytes_of(metrics: int) -> int:
    """Return the bytes of the state of one metric of an element that has `metrics` metrics."""
    return 8 * (2 * REFIT + 6 * metrics + 13) + 16


class Residuals:
    """The state of `elements` elements that have the same metrics. Raises ValueError above MAX_METRICS."""

    def __init__(self, elements: int, metrics: int) -> None:
        if not 0 < metrics <= MAX_METRICS:
            raise ValueError(f"{metrics} metrics: an element has 1 to {MAX_METRICS}; split them into groups")
        self._metrics, self._filled = metrics, 0
        self._rows = np.zeros((elements, REFIT, 2 * metrics))
        self._last, self._first, self._seen = (np.zeros((elements, metrics)) for _ in range(3))
        self._low, self._high = (np.zeros((elements, metrics)) for _ in range(2))
        self._weight = np.zeros((elements, 1))
        self._sum, self._centre = (np.zeros((elements, 2 * metrics)) for _ in range(2))
        self._spread = np.full((elements, 2 * metrics), np.inf)
        self._products = np.zeros((elements, 2 * metrics, 2 * metrics))
        self._filter = np.zeros((elements, 2 * metrics, metrics))

    def rebuild(self, source: Ints) -> None:
        """`source`: for each new element its old place, or ABSENT."""
        known = source != ABSENT
        for name, fresh in (*((name, 0.0) for name in _STATE), ("_spread", np.inf)):
            old: Floats = getattr(self, name)
            new = np.full((len(source), *old.shape[1:]), fresh)
            new[known] = old[source[known]]
            setattr(self, name, new)

    @property
    def nbytes(self) -> int:
        states: list[Floats] = [getattr(self, name) for name in (*_STATE, "_spread")]
        return sum(state.nbytes for state in states)

    def update(self, values: Floats) -> Floats:
        """`values`: (elements, metrics), NaN where a sample is missing. Return the residuals, at most FARTHEST in size;
        NaN where a sample is missing, and in the first REFIT samples of a metric.
        """
        present = values == values
        self._first = np.where(present & (self._seen == 0), values, self._first)
        now = np.where(present, values - self._first, self._last)
        row = np.concatenate((now, np.where(self._seen > 0, self._last, now)), 1)
        known = present & (self._seen >= REFIT)
        residuals = self._residuals(row) if known.any() else np.zeros_like(now)
        self._learn(row, present)
        self._last = now
        return np.where(known, residuals, np.nan)

    def _residuals(self, row: Floats) -> Floats:
        with np.errstate(over="ignore"):
            far = np.clip((row - self._centre) / self._spread, -FARTHEST, FARTHEST)
        errors: Floats = np.clip((far[:, None] @ self._filter)[:, 0], -FARTHEST, FARTHEST)
        return errors

    def _learn(self, row: Floats, present: Bools) -> None:
        now = row[:, : self._metrics]
        np.minimum(self._low, now, out=self._low)
        np.maximum(self._high, now, out=self._high)
        self._seen += present
        self._rows[:, self._filled] = row
        self._filled += 1
        if self._filled == REFIT:
            self._filled = 0
            self._count()
            self._fit()

    def _count(self) -> None:
        reach = NEAR * self._spread[:, None]
        centre = self._centre[:, None]
        rows = np.clip(self._rows, centre - reach, centre + reach)
        fade = np.where(self._weight >= LONGEST, 0.5, 1.0)
        self._weight = fade * self._weight + REFIT
        self._sum = fade * self._sum + rows.sum(1)
        self._products = fade[:, None] * self._products + rows.transpose(0, 2, 1) @ rows

    def _fit(self) -> None:
        self._centre = self._sum / self._weight
        covariance = self._products / self._weight[:, None]
        covariance = covariance - self._centre[:, :, None] * self._centre[:, None]
        variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0)
        width = LEAST_SPREAD * np.tile(self._high - self._low, 2)
        spread = np.sqrt(variance + width**2)
        divisor = np.where(spread > 0, spread, 1.0)
        self._spread = np.where(spread > 0, spread, np.finfo(float).tiny)
        correlation = covariance / (divisor[:, :, None] * divisor[:, None])
        inverse = np.linalg.inv(correlation + RIDGE * np.eye(2 * self._metrics))
        own = np.diagonal(inverse, axis1=1, axis2=2)[:, : self._metrics]
        predict = inverse[:, :, : self._metrics] / own[:, None]
        errors = (predict * (correlation @ predict)).sum(1)
        self._filter = predict / (np.sqrt(np.maximum(errors, 0.0)) + LEAST_UNIT)[:, None]


_STATE = (
    "_rows",
    "_last",
    "_first",
    "_seen",
    "_low",
    "_high",
    "_weight",
    "_sum",
    "_centre",
    "_products",
    "_filter",
)
