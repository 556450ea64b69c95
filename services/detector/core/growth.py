"""Detects slow growth, such as a memory leak, before the metric reaches its limit.

Rules

1. Growth is judged in windows of several lengths. A window has `ENTRIES` means of equal length; its gain is the rise of
   the straight line through them.
2. A gauge grows if a gain is far beyond the gains that it had before (see `tails`), the line explains most of the
   variance, the gauge is above its expected value, and at this rate it would reach its limit within `HORIZON`.
3. A gauge that always grows at the same rate, such as a cache that fills and is emptied, does not grow in this sense.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.detector.core import rules
from services.detector.core.layout import Bools, Floats, Ints, carried
from services.detector.core.peers import LEAST_SPREAD, SCALES, Gains, Peers, UsualGain
from services.detector.core.smoothing import RunningMeans
from services.detector.core.tails import HeldDeviations

ENTRIES = 16
BEFORE_JUDGED = 8
"""Gains that are learnt before the first is judged."""
FIT = 0.85
"""Share of the window's variance that the line has to explain."""
HELD = 24
"""Entries for which a gain is held before it counts as usual: a window shows all of a leak after `ENTRIES`."""
UNEVEN = 4.0
"""Spread of the gains of one gauge, as a multiple of the peers' spread: at most so much is believed."""
HORIZON = 3600.0
"""Seconds within which a gauge that grows would reach its limit."""

_TIMES = np.arange(ENTRIES) - (ENTRIES - 1) / 2
_SLOPE = _TIMES / (_TIMES @ _TIMES)
_RECENT = 3  # beats; a gauge that was near its expected value so many beats ago rose as a step
STEP_SHARE = 0.35  # share of the present distance from the expected value; an earlier distance above it is a ramp


@dataclass(frozen=True)
class Beat:
    """`number`: beats since the epoch of the source; `seconds`: the length of a beat."""

    partition: int
    number: int
    seconds: float


class _Window:
    """The last entries of all gauges that can grow, and their usual gains."""

    def __init__(self, beats: int) -> None:
        self.beats = beats
        self.entries: Floats = np.full((ENTRIES, 0), np.nan)
        self._running = RunningMeans()
        self._expected, self._spread, self._seen = np.zeros(0), np.zeros(0), np.zeros(0)
        self._held = HeldDeviations(HELD)
        self._passed = 0
        self.scores: dict[int, float] = {}
        """Number of a gauge that grows -> the score of its gain."""

    def rebuild(self, source: Ints) -> None:
        self.entries = carried(self.entries, source, np.nan)
        self._running.rebuild(source)
        for name in ("_expected", "_spread", "_seen"):
            setattr(self, name, carried(getattr(self, name), source, 0.0))
        self._held.rebuild(source)

    def forget(self) -> None:
        self.entries[:] = np.nan

    def add(self, mean: Floats) -> bool:
        """Take the mean of a beat. Return whether it completes an entry."""
        self._running.add(mean)
        self._passed += 1
        if self._passed < self.beats:
            return False
        entry = self._running.take(otherwise=self.entries[-1])
        self.entries[:-1] = self.entries[1:]
        self.entries[-1], self._passed = entry, 0
        return True

    def judge(self, now: Beat, peers: Gains, usual: UsualGain, healthy: Bools, to_limit: Floats) -> Bools:
        """Return which gauges grow. `to_limit`: how far each is from its limit."""
        gained: Floats = (_SLOPE @ self.entries) * ENTRIES
        known = (gained == gained) & healthy
        learnt = self._seen >= BEFORE_JUDGED
        peers.posts.post(now.partition, now.number, (self._expected[learnt], self._spread[learnt]))
        if usual.gain is not None:
            gain, spread = usual.gain
            off = (gained - gain) / np.clip(self._spread, spread, UNEVEN * spread)
            judged = known
        else:  # too few peers: each gauge has only its own gains
            off = (gained - self._expected) / np.maximum(self._spread, LEAST_SPREAD)
            judged = known & learnt
        grows: Bools = judged & (off > usual.tails.limits[0])
        grows &= gained * HORIZON > to_limit * ENTRIES * self.beats * now.seconds
        if grows.any():
            grows &= self._fit(gained) > FIT
        self.scores = {int(n): usual.tails.score(0, float(off[n])) for n in np.flatnonzero(grows)}
        rows = np.zeros(len(off), np.int64)
        self._held.add(now.number, peers.record, usual.tails, rows, off, judged & ~grows)
        self._learn(gained, known & ~grows)
        return grows

    def restart(self, number: int, value: float) -> None:
        self.entries[:, number] = value
        self.drop(number)

    def drop(self, number: int) -> None:
        self._held.drop(number)

    def _fit(self, gained: Floats) -> Floats:
        explained = (gained / ENTRIES) ** 2 * np.mean(_TIMES**2)
        fit: Floats = explained / np.maximum(np.var(self.entries, axis=0), 1e-9)
        return fit

    def _learn(self, gained: Floats, learns: Bools) -> None:
        spread = np.maximum(self._spread, LEAST_SPREAD)
        young = self._seen < rules.WARM_UP
        off = np.where(learns, gained - self._expected, 0.0)
        rate = np.maximum(rules.LEARN, 1 / (self._seen + 1))
        clip = np.where(young, np.inf, rules.CLIP * spread)
        self._expected += rate * np.clip(off, -clip, clip)
        away = np.abs(off)
        step = np.where(away > rules.FAR * spread, 0.0, rules.SPREAD_STEP)
        nudged = spread * (1 + step * np.sign(away - spread))
        averaged = self._spread + rate * (away - self._spread)
        self._spread = np.where(learns, np.where(young, averaged, nudged), self._spread)
        self._seen += learns


class Growth:
    """Judges all gauges of a partition that can grow."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._windows = tuple(_Window(beats) for beats in SCALES)
        self._running = RunningMeans()

    def rebuild(self, source: Ints) -> None:
        for window in self._windows:
            window.rebuild(source)
        self._running.rebuild(source)

    def forget(self) -> None:
        for window in self._windows:
            window.forget()

    def add(self, values: Floats) -> None:
        self._running.add(values)

    def beat(self, now: Beat, expected: Floats, limit: Floats, healthy: Bools) -> Bools:
        """Return which gauges grow. `limit`: the value that does harm; `healthy`: whether each gauge is in line."""
        mean = self._running.take(otherwise=self._windows[0].entries[-1])
        grows = np.zeros(len(mean), bool)
        known = self._peers.at(now.number).gains
        for window, gains, usual in zip(self._windows, self._peers.gains, known, strict=True):
            if window.add(mean):
                grows |= window.judge(now, gains, usual, healthy, limit - mean)
        return grows & (mean > expected)

    def drop(self, number: int) -> None:
        """Do not learn from the last gains of a gauge: it was raised."""
        for window in self._windows:
            window.drop(number)

    def restart(self, number: int, value: float) -> None:
        """Judge a gauge afresh, as if it had always had this value: its anomaly ended."""
        for window in self._windows:
            window.restart(number, value)

    def was_away(self, number: int, value: float, expected: float) -> bool:
        """Return whether a gauge that is over its limit now was already rising `_RECENT` beats ago."""
        earlier = float(self._windows[0].entries[-_RECENT, number])
        return earlier - expected > STEP_SHARE * (value - expected)

    def score(self, number: int) -> float:
        """Return the score of a gauge that `beat` has just found to grow."""
        return max((window.scores.get(number, 0.0) for window in self._windows), default=0.0)

    def last(self, number: int) -> float:
        return float(self._windows[0].entries[-1, number])
