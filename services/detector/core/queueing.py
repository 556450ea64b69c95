"""Takes out of the delay of a link what its load explains, so that a busy link is not taken for a slow one.

Rules

1. The time that a packet waits grows as 1 / (1 - load), as in an M/M/1 queue (Kleinrock 1975, "Queueing Systems"). The
   delay that load adds is a multiple of how much that term rose over its usual value.
2. A link learns its multiple while its load is well above its usual load. Until it has done so for some beats, the
   median of its peers counts, since a fault of one link must not explain itself.
3. A delay beyond the operator's threshold is judged as it is.
"""

from __future__ import annotations

import numpy as np

from services.detector.core.layout import Bools, Floats, Ints, carried

FULLEST = 95.0
"""In % of capacity; a fuller link waits as if it were as full."""
FROM, LEARNS_FROM = 0.1, 0.5
"""Rise of the waiting time, as a share of its usual value, from which load explains delay, and from which it shows."""
KNOWN = 8.0
"""Beats with load after which a link's own multiple counts."""
STEP = 1 / 16
"""Share of its multiple that a link learns in a beat."""


class Queueing:
    def __init__(self) -> None:
        self._multiple, self._seen = np.zeros(0), np.zeros(0)

    def rebuild(self, source: Ints) -> None:
        self._multiple, self._seen = carried(self._multiple, source, 0.0), carried(self._seen, source, 0.0)

    def added(self, load: Floats, usual: Floats, of_others: Floats) -> Floats:
        """Return the delay that the load of each link adds. `of_others`: the multiples of links that do not know their
        own. Loads are in %.
        """
        multiple = np.where(self._seen >= KNOWN, self._multiple, of_others)
        return multiple * np.maximum(0.0, _rise(load, usual) - FROM)

    def learn(self, delay: Floats, load: Floats, usual: Floats, healthy: Bools) -> None:
        """`delay`: how far the delay of each link is above the value that is expected without more load."""
        rise = _rise(load, usual)
        learns = healthy & (rise > LEARNS_FROM) & (delay == delay)
        if not learns.any():
            return
        shown = np.maximum(0.0, delay / np.maximum(rise - FROM, LEARNS_FROM - FROM))
        rate = np.maximum(STEP, 1 / (self._seen + 1))
        most = np.where(self._seen >= KNOWN, self._multiple, np.inf)  # so that a fault in a burst shows as one
        off = np.clip(shown - self._multiple, -most, most)
        self._multiple += np.where(learns, rate * off, 0.0)
        self._seen += learns

    def known(self) -> Floats:
        """Return the multiples of the links that have been loaded."""
        known: Floats = self._multiple[self._seen > 0]
        return known


def _rise(load: Floats, usual: Floats) -> Floats:
    """Return by how much waiting takes longer than usual, as a share; 0 where the load is unknown."""
    now = np.minimum(np.where(load == load, load, usual), FULLEST)
    rise: Floats = (100 - np.minimum(usual, FULLEST)) / (100 - now) - 1
    return rise
