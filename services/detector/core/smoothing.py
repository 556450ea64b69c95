"""The means of gauges over a beat, and over the last seconds: noise that does not last hardly moves them."""

from __future__ import annotations

import numpy as np

from services.detector.core.layout import Floats, Ints, carried

SECONDS = 10.0
LEAST, MOST = 3, 10
"""Entries in a mean. An entry is the mean of a beat: of a second, or of one interval if that is longer."""


class RunningMeans:
    """The mean of each gauge since the last one was taken."""

    def __init__(self) -> None:
        self._sum, self._count = np.zeros(0), np.zeros(0)

    def rebuild(self, source: Ints) -> None:
        self._sum, self._count = carried(self._sum, source, 0.0), carried(self._count, source, 0.0)

    def add(self, values: Floats) -> None:
        known = values == values
        self._sum += np.where(known, values, 0.0)
        self._count += known

    def take(self, otherwise: Floats | float = np.nan) -> Floats:
        """Return the means, and begin again. `otherwise`: for a gauge without a sample."""
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.where(self._count > 0, self._sum / self._count, otherwise)
        self._sum[:], self._count[:] = 0.0, 0.0
        return means


class RecentMeans:
    def __init__(self) -> None:
        self._entries: Floats = np.full((MOST, 0), np.nan)
        self._running = RunningMeans()

    def rebuild(self, source: Ints) -> None:
        self._entries = carried(self._entries, source, np.nan)
        self._running.rebuild(source)

    def add(self, values: Floats, ends_beat: bool) -> None:
        self._running.add(values)
        if ends_beat:
            self._entries[:-1] = self._entries[1:]
            self._entries[-1] = self._running.take()

    def means(self, seconds_of_beat: float) -> Floats:
        """Return the mean of each gauge over the last `SECONDS`; NaN where fewer than `LEAST` entries are known."""
        entries = self._entries[-min(MOST, max(LEAST, round(SECONDS / seconds_of_beat))) :]
        known = entries == entries
        number = known.sum(axis=0)
        total = np.where(known, entries, 0.0).sum(axis=0)
        return np.where(number >= LEAST, total / np.maximum(number, 1), np.nan)

    def forget(self, place: int) -> None:
        self._entries[:, place] = np.nan
