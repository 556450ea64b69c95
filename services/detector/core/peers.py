"""What the detectors of a process have learnt together from elements of the same kind.

What holds at a beat is computed once, from what the partitions posted `LAG` beats before or earlier. So it is the same
for all partitions, and does not depend on the order in which their ticks arrive.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from services.detector.core.layout import Floats
from services.detector.core.rules import ROWS
from services.detector.core.tails import LAG, RARE, YOUNG, TailRecord, Tails

T = TypeVar("T")

SCALES = (1, 4, 16, 64)
"""Beats in an entry of each window in which growth is judged. A beat is a second, or one interval if that is longer."""
GAINS_TOO_FAR = 8.0
LEAST_PEERS = 4
"""Gauges with known gains that a judgement of growth needs."""
LEAST_LOADED = 3
"""Links that have been loaded, which an estimate of the delay by load needs."""
CALM_SHARE = 0.005
"""Share of the gauges that may be out of line while deviations are recorded: a fault disturbs its neighbours too."""
LEAST_SPREAD = 1e-3
KEPT = 4 * LAG
"""Beats for which posts, and what holds, are kept: one partition may be some beats behind the others."""


class Posts(Generic[T]):
    """What each partition posted in its last beats."""

    def __init__(self) -> None:
        self._posts: dict[int, deque[tuple[int, T]]] = {}

    def post(self, partition: int, beat: int, what: T) -> None:
        self._posts.setdefault(partition, deque(maxlen=KEPT)).append((beat, what))

    def forget(self, partition: int) -> None:
        self._posts.pop(partition, None)

    def at(self, beat: int) -> list[T]:
        """Return the last post of each partition that was posted `LAG` beats before, or earlier."""
        found = []
        for _, posts in sorted(self._posts.items()):
            known = [what for posted, what in posts if posted <= beat - LAG]
            found += known[-1:]
        return found


@dataclass(frozen=True)
class UsualGain:
    """How much gauges usually gain in a window. `gain`: the expected gain and its spread; None: too few peers."""

    tails: Tails
    gain: tuple[float, float] | None


class Gains:
    """How much gauges usually gain in a window: the medians over all gauges that have known gains.

    A leak that began before the first sample would be usual for its own gauge, so the peers decide what is usual.
    """

    def __init__(self, beats: int) -> None:
        self.record = TailRecord(np.array([GAINS_TOO_FAR]), RARE * beats)
        self.posts = Posts[tuple[Floats, Floats]]()
        """Of the gauges whose gains are known: the expected gains, and their spreads."""

    def at(self, beat: int) -> UsualGain:
        posts = self.posts.at(beat)
        if sum(expected.size for expected, _ in posts) < LEAST_PEERS:
            return UsualGain(self.record.at(beat), None)
        expected, spread = (np.median(np.concatenate([post[part] for post in posts])) for part in (0, 1))
        return UsualGain(self.record.at(beat), (float(expected), max(LEAST_SPREAD, float(spread))))


@dataclass(frozen=True)
class Known:
    """What the peers have shown at one beat. `records`: whether deviations are recorded: so little is out of line that
    the other gauges show what is usual. `busy`: the tails for observations, which learn from no load that is observed.
    `delay_by_load`: see `queueing`; None: too few links have been loaded.
    """

    tails: Tails
    busy: Tails
    records: bool
    gains: tuple[UsualGain, ...]
    delay_by_load: float | None

    def of_load(self, row: int) -> Tails:
        """Return the tails that judge observations of a row: those of anomalies until there are enough deviations."""
        enough = self.busy.size >= YOUNG
        return self.busy if enough and self.busy.limits[row] < self.tails.limits[row] else self.tails

    def narrower(self, row: int) -> float:
        """Return the limit of observations of a row as a share of the limit of anomalies."""
        return float(self.of_load(row).limits[row] / self.tails.limits[row])


class Peers:
    def __init__(self) -> None:
        prior = np.array([spec.judging.spreads if spec.judging else 0.0 for spec in ROWS])
        self.record, self.busy = TailRecord(prior), TailRecord(prior)
        self.gains = tuple(Gains(beats) for beats in SCALES)
        self.raised = Posts[tuple[int, int]]()
        """How many gauges were raised not long ago, and how many there are."""
        self.delays = Posts[Floats]()
        """Of the links that have been loaded: the delay that load adds."""
        self._known: dict[int, Known] = {}

    def at(self, beat: int) -> Known:
        if beat not in self._known:
            self._known[beat] = self._compute(beat)
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        return self._known[beat]

    def _compute(self, beat: int) -> Known:
        tails = self.record.at(beat)
        raised, gauges = (sum(post[part] for post in self.raised.at(beat)) for part in (0, 1))
        delays = np.concatenate([np.zeros(0), *self.delays.at(beat)])
        return Known(
            tails=tails,
            busy=self.busy.at(beat),
            records=raised <= CALM_SHARE * gauges or tails.size < YOUNG,
            gains=tuple(gains.at(beat) for gains in self.gains),
            delay_by_load=float(np.median(delays)) if delays.size >= LEAST_LOADED else None,
        )

    def forget(self, partition: int) -> None:
        self.raised.forget(partition)
        self.delays.forget(partition)
        for gains in self.gains:
            gains.posts.forget(partition)
