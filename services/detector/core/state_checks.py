"""Judges each state by its last samples: finds nodes that do not answer, and links that are down or flap.

Rules

1. A state that is 0 in a few known samples in a row is raised. A raised state that is 1 in a few samples in a row is
   cleared. The catalogue has the numbers of samples.
2. A link that goes down twice in a short time flaps, even if it was raised as down after the first time. The driver may
   count changes that no sample shows. A link that is disabled does not flap.
3. A missing sample changes nothing. A late sample is stored at its own tick.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.detector.core import rules
from services.detector.core.layout import Bools, Floats, Ints, carried
from shared.domain.catalogue import StateJudging

UNKNOWN = -1
FALLS_KEPT = 4


@dataclass(frozen=True)
class StateChange:
    """A state that was raised or cleared. `place`: its index in the arrays. `ago`: how many ticks ago it changed."""

    place: int
    raised: bool
    flaps: bool
    ago: int


class StateChecks:
    def __init__(self) -> None:
        self._memory: NDArray[np.int8] = np.full((rules.STATE_MEMORY, 0), UNKNOWN, np.int8)
        self.open: Bools = np.full(0, False)
        self.flapping: Bools = np.full(0, False)
        self._specs: Sequence[StateJudging] = ()
        self._calm = 0  # ticks since the last sample that was 0
        self._clock = 0
        self._falls: dict[int, list[int]] = {}
        """Place -> the ticks of the last falls that have been judged, at most `FALLS_KEPT`."""

    def rebuild(self, specs: Sequence[StateJudging], source: Ints) -> None:
        self._memory = carried(self._memory, source, UNKNOWN)
        self.open = carried(self.open, source, False)
        self.flapping = carried(self.flapping, source, False)
        self._specs = specs
        self._calm = 0
        self._falls.clear()

    def advance(self, ticks: int) -> None:
        self._clock += ticks
        ticks = min(ticks, rules.STATE_MEMORY)
        self._memory[:-ticks] = self._memory[ticks:]
        self._memory[-ticks:] = UNKNOWN
        self._calm += ticks

    def put(self, values: Floats, ago: int, places: Ints | None = None) -> None:
        """`ago`: how many ticks back. A missing sample leaves the stored sample unchanged."""
        row = self._memory[rules.STATE_MEMORY - 1 - ago]
        known = values == values
        on = values > 0
        if places is None:
            row[:] = np.where(known, on, row)
        else:
            row[places[known]] = on[known]
        if (known & ~on).any():
            self._calm = 0

    def put_changes(self, place: int, changes: int) -> None:
        """Take the number of changes of a state since the sample before, which can be more than two samples show.

        A state that changed unseen counts as 0 in this sample.
        """
        now, before = int(self._memory[-1, place]), self._last_known(place)
        if now == UNKNOWN or before == UNKNOWN or changes <= (now != before):
            return
        falls = (changes + before - now) // 2 - (before > now)
        self._memory[-1, place] = 0
        self._calm = 0
        self._remember(place, [self._clock] * falls)

    def _last_known(self, place: int) -> int:
        known = [value for value in self._memory[:-1, place].tolist() if value != UNKNOWN]
        return known[-1] if known else UNKNOWN

    def _remember(self, place: int, falls: Sequence[int]) -> None:
        kept = [*self._falls.get(place, ()), *falls]
        self._falls[place] = kept[-FALLS_KEPT:]

    def judge(self, disabled: Collection[int] = (), interval: float = 0.0) -> list[StateChange]:
        """`disabled`: the places of states that the configuration keeps at 0: they do not flap. `interval`: seconds."""
        if self._calm > rules.STATE_MEMORY and not self.open.any():
            return []
        off = (self._memory == 0).any(axis=0)
        places = np.flatnonzero(off | self.open)
        within = max(rules.FLAP_SAMPLES, math.ceil(rules.FLAP_SECONDS / interval) if interval else 0)
        return [change for place in places if (change := self._judge(int(place), place in disabled, within))]

    def _judge(self, place: int, disabled: bool, within: int) -> StateChange | None:
        samples = self._memory[:, place].tolist()
        known = [
            (ago, value) for ago, value in zip(range(len(samples) - 1, -1, -1), samples, strict=True) if value >= 0
        ]
        run = _last_run(known)
        spec = self._specs[place]
        flaps = spec.flaps and not disabled
        if self.open[place]:
            if known and known[-1] == (0, 1) and _lasts(run, spec.on):
                self.open[place] = False
                self._memory[:, place] = 1  # outages before the clearing do not count for a later flap
                return StateChange(place, raised=False, flaps=False, ago=run[0])
            return self._judge_down(place, known) if flaps and not self.flapping[place] else None
        if flaps and self._unseen_falls(place, within):
            return self._raise(place, 0, flaps=True)
        if known[-1] == (0, 0) and _lasts(run, spec.off):
            again = flaps and self._fell_before(place, within)
            if flaps:
                self._remember(place, [self._clock - run[0]])
            return self._raise(place, run[0], flaps=again)
        falls = _falls(known) if flaps else []
        if len(falls) > 1 and falls[-2] - falls[-1] <= rules.FLAP_SAMPLES:
            return self._raise(place, falls[-2], flaps=True)
        return None

    def _fell_before(self, place: int, within: int) -> bool:
        """Return whether a state that is 0 now fell another time not long ago, and was 1 between."""
        return any(self._clock - tick <= within for tick in self._falls.get(place, ()))

    def _unseen_falls(self, place: int, within: int) -> bool:
        """Return whether a state fell at least twice not long ago, and once in the last interval."""
        falls = [tick for tick in self._falls.get(place, ()) if self._clock - tick <= within]
        return len(falls) > 1 and falls[-1] == self._clock

    def _judge_down(self, place: int, known: list[tuple[int, int]]) -> StateChange | None:
        falls = _falls(known)
        if len(falls) > 1 and falls[-1] == 0 and falls[-2] <= rules.FLAP_SAMPLES:
            return self._raise(place, 0, flaps=True)
        return None

    def _raise(self, place: int, ago: int, *, flaps: bool) -> StateChange:
        self.open[place], self.flapping[place] = True, flaps
        return StateChange(place, raised=True, flaps=flaps, ago=ago)


def _lasts(run: list[int], ticks: int) -> bool:
    """Return whether a run of equal samples began at least `ticks` ticks ago, the newest tick included.

    The run needs at least two samples, and at least `ticks` - 1 of them.
    """
    return len(run) >= max(2, ticks - 1) and run[0] + 1 >= ticks


def _last_run(known: list[tuple[int, int]]) -> list[int]:
    """Return the ages, in ticks, of the newest samples that all have the same value; oldest first."""
    run: list[int] = []
    for ago, value in reversed(known):
        if value != known[-1][1]:
            break
        run.append(ago)
    return run[::-1]


def _falls(known: list[tuple[int, int]]) -> list[int]:
    """Return how many ticks ago each fall from 1 to 0 was. Before the first sample, the state counts as 1."""
    before = [1, *(value for _, value in known)]
    return [ago for (ago, value), last in zip(known, before, strict=False) if value == 0 and last == 1]
