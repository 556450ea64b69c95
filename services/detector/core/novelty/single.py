"""The novelty of single metrics: each series is judged by its own past alone, and a score marks what is new."""

from __future__ import annotations

import numpy as np

from services.detector.core.layout import Floats, Ints
from services.detector.core.novelty import shapes, tail
from services.detector.core.novelty.alarms import ECHO, Alarms, Novelty, score_of

START = 100  # samples of a series before it is judged
LEVEL = 1.5  # -log10 of the probability at which an alarm is raised
BYTES = shapes.BYTES + 4 * tail.BINS + 16 + 16


class SeriesNovelty:
    """The state of `series` independent series that are sampled together. Bytes of a series: at most BYTES."""

    def __init__(self, series: int) -> None:
        self._shapes = shapes.ShapeDistance(series)
        self._tail = tail.Tail(series, START)
        self._alarms = Alarms(series, LEVEL)

    def rebuild(self, source: Ints) -> None:
        """Reorder, add and remove series. `source`: for each new series its old place, or ABSENT."""
        self._shapes.rebuild(source)
        self._tail.rebuild(source)
        self._alarms.rebuild(source)

    @property
    def nbytes(self) -> int:
        return self._shapes.nbytes + self._tail.nbytes + self._alarms.nbytes

    def update(self, values: Floats) -> Novelty:
        """`values`: one sample of each series, NaN where it is missing; such a series scores 0 and learns nothing. What
        follows an alarm scores low until it is rarer than the alarm was.
        """
        distances = self._shapes.update(values, self._tail.usual)
        rarity = self._tail.update(distances, values == values)
        alarm, follows = self._alarms.update(rarity)
        return Novelty(score_of(np.where(follows, np.minimum(rarity, ECHO), rarity), LEVEL), alarm)
