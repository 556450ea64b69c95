"""The novelty of whole elements: all metrics of an element together, and a score stays high as long as it deviates."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from services.detector.core.layout import Floats, Ints, carried
from services.detector.core.novelty import tail
from services.detector.core.novelty.alarms import Alarms, Novelty, score_of
from services.detector.core.novelty.residual import MAX_METRICS, REFIT, Residuals, bytes_of

START = 5 * REFIT  # rows of an element before it is judged: the first fits follow each row of noise
SMOOTHING = 0.5  # share of the newest row in the mean of the last rows
LEVEL = 2.0  # -log10 of the probability at which an alarm is raised
DEVIANT_LEVEL = 1.5  # the same, of a row that is unlikely to be normal
DEVIANT = 0.1  # what such a row counts in the past, so that a long deviation stays rare
BYTES = bytes_of(MAX_METRICS) + 4 * tail.BINS + 64
"""Of the state of one metric, at most."""


class ElementNovelty:
    """The state of `elements` elements that have the same metrics. More than MAX_METRICS metrics are split into groups
    of neighbours of about the same size, and only metrics of the same group explain each other.
    """

    def __init__(self, elements: int, metrics: int) -> None:
        groups = -(-metrics // MAX_METRICS)
        edges = [metrics * group // groups for group in range(groups + 1)]
        self._groups = [(slice(start, stop), Residuals(elements, stop - start)) for start, stop in pairwise(edges)]
        self._mean: Floats = np.zeros(elements)
        self._tail = tail.Tail(elements, START, DEVIANT, DEVIANT_LEVEL)
        self._alarms = Alarms(elements, LEVEL)

    def rebuild(self, source: Ints) -> None:
        """Reorder, add and remove elements. `source`: for each new element its old place, or ABSENT."""
        for _, residuals in self._groups:
            residuals.rebuild(source)
        self._mean = carried(self._mean, source, 0.0)
        self._tail.rebuild(source)
        self._alarms.rebuild(source)

    @property
    def nbytes(self) -> int:
        groups = sum(residuals.nbytes for _, residuals in self._groups)
        return groups + self._mean.nbytes + self._tail.nbytes + self._alarms.nbytes

    def update(self, values: Floats) -> Novelty:
        """`values`: (elements, metrics), NaN where a sample is missing. An element without any sample scores 0."""
        errors = np.concatenate([np.abs(residuals.update(values[:, part])) for part, residuals in self._groups], 1)
        known = errors == errors
        count = known.sum(1)
        error = np.where(known, errors, 0.0).sum(1) / np.maximum(count, 1)
        self._mean += np.where(count > 0, SMOOTHING * (error - self._mean), 0.0)
        rarity = self._tail.update(self._mean, count > 0)
        alarm, _ = self._alarms.update(rarity)
        return Novelty(score_of(rarity, LEVEL), alarm)
