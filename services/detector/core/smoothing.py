"""The means of the last samples of gauges: noise that does not last hardly moves them."""

from __future__ import annotations

import numpy as np

from services.detector.core.layout import Floats, Ints, carried

SECONDS = 10.0
LEAST, MOST = 3, 10
"""Entries in a mean. An entry is the mean of a beat: of a second, or of one interval if that is longer."""


class RecentMeans:
    def __init__(self) -> None:
        self._entries: Floats = np.full((MOST, 0), np.nan)
        self._sum, self._count = np.zeros(0), np.zeros(0)

    def rebuild(self, source: Ints) -> None:
        self._entries = carried(self._entries, source, np.nan)
        self._sum, self._count = np.zeros(len(source)), np.zeros(len(source))

    def add(self, values: Floats, ends_beat: bool) -> None:
        known = values == values
        self._sum += np.where(known, values, 0.0)
        self._count += known
        if ends_beat:
            self._entries[:-1] = self._entries[1:]
            with np.errstate(invalid="ignore", divide="ignore"):
                self._entries[-1] = self._sum / self._count
            self._sum[:], self._count[:] = 0.0, 0.0

    def means(self, seconds_of_beat: float) -> Floats:
        """Return the mean of each gauge over the last `SECONDS`; NaN where fewer than `LEAST` entries are known."""
        entries = self._entries[-min(MOST, max(LEAST, round(SECONDS / seconds_of_beat))) :]
        known = entries == entries
        number = known.sum(axis=0)
        total = np.where(known, entries, 0.0).sum(axis=0)
        return np.where(number >= LEAST, total / np.maximum(number, 1), np.nan)

    def forget(self, place: int) -> None:
        self._entries[:, place] = np.nan
