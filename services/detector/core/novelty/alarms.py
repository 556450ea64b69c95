"""When a rare figure becomes an alarm: at the first row, and not once more for the same deviation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.detector.core.layout import Bools, Floats, Ints, carried

REFRACTORY = 150.0  # rows after an alarm in which only a rarer figure raises another
RARER = 1.5  # times the last alarm's rarity
ALARM_SCORE = 0.5
"""The score at which an alarm is raised."""
ECHO = 0.5  # rarity that is shown of what follows an alarm


@dataclass(frozen=True)
class Novelty:
    """`score`: 0 to 1, from a tail probability in the past of the series; an alarm is raised at ALARM_SCORE. `alarm`:
    whether one is raised at this row.
    """

    score: Floats
    alarm: Bools


class Alarms:
    """The last alarm of each of `series` series. `level`: -log10 of the probability at which an alarm is raised.

    Bytes of a series: 16.
    """

    def __init__(self, series: int, level: float) -> None:
        self._level = level
        self._since: Floats = np.full(series, np.inf)
        self._last: Floats = np.zeros(series)

    def rebuild(self, source: Ints) -> None:
        """`source`: for each new series its old place, or ABSENT."""
        self._since, self._last = carried(self._since, source, np.inf), carried(self._last, source, 0.0)

    @property
    def nbytes(self) -> int:
        return self._since.nbytes + self._last.nbytes

    def update(self, rarity: Floats) -> tuple[Bools, Bools]:
        """Return which series raise an alarm, and which are in the refractory time of one and show nothing rarer."""
        self._since += 1
        follows = (self._since < REFRACTORY) & (rarity <= RARER * self._last)
        alarm = ~follows & (rarity >= self._level)
        self._since[alarm] = 0.0
        self._last[alarm] = rarity[alarm]
        return alarm, follows


def score_of(rarity: Floats, level: float) -> Floats:
    """`rarity`: -log10 of a probability. Return it on the scale from 0 to 1 on which `level` is ALARM_SCORE."""
    return rarity / (rarity + level)
