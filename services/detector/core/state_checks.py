"""What is off: nodes that do not answer and links that are down, by the last few ticks of each.

Rules: off on a few known ticks in a row is raised; on again on a few, cleared. Two falls of a link close together are a
flap, also where the first was raised as down. A missing sample says nothing; a late one is put where it belongs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.detector.core import rules
from services.detector.core.layout import Bools, Floats, Ints, carried
from shared.domain.catalogue import StateJudging

UNKNOWN = -1


@dataclass(frozen=True)
class StateChange:
    """A state that was raised or cleared, and how many ticks ago that began; what is down may be raised as a flap."""

    place: int
    raised: bool
    flaps: bool
    ago: int


class StateChecks:
    """The last samples of every state of one partition."""

    def __init__(self) -> None:
        self._memory: NDArray[np.int8] = np.full((rules.STATE_MEMORY, 0), UNKNOWN, np.int8)
        self.open: Bools = np.full(0, False)
        self.flapping: Bools = np.full(0, False)
        self._specs: Sequence[StateJudging] = ()
        self._calm = 0  # ticks since the last one that said "off"

    def rebuild(self, specs: Sequence[StateJudging], source: Ints) -> None:
        """Take on a new layout; places that were known keep their state."""
        self._memory = carried(self._memory, source, UNKNOWN)
        self.open = carried(self.open, source, False)
        self.flapping = carried(self.flapping, source, False)
        self._specs = specs
        self._calm = 0

    def pass_by(self, ticks: int) -> None:
        """Let ticks pass of which nothing is known yet."""
        ticks = min(ticks, rules.STATE_MEMORY)
        self._memory[:-ticks] = self._memory[ticks:]
        self._memory[-ticks:] = UNKNOWN
        self._calm += ticks

    def put(self, values: Floats, ago: int, places: Ints | None = None) -> None:
        """Write down the samples of a tick; where nothing is known, what is written stays."""
        row = self._memory[rules.STATE_MEMORY - 1 - ago]
        known = values == values
        said = values > 0
        if places is None:
            row[:] = np.where(known, said, row)
        else:
            row[places[known]] = said[known]
        if (known & ~said).any():
            self._calm = 0

    def judge(self) -> list[StateChange]:
        """Return what the last ticks raise and clear."""
        if self._calm > rules.STATE_MEMORY and not self.open.any():
            return []
        off = (self._memory == 0).any(axis=0)
        places = np.flatnonzero(off | self.open)
        return [turn for place in places if (turn := self._judge(int(place)))]

    def _judge(self, place: int) -> StateChange | None:
        samples = self._memory[:, place].tolist()
        known = [
            (ago, value) for ago, value in zip(range(len(samples) - 1, -1, -1), samples, strict=True) if value >= 0
        ]
        run = _last_run(known)
        spec = self._specs[place]
        if self.open[place]:
            if known and known[-1] == (0, 1) and _lasts(run, spec.on):
                self.open[place] = False
                self._memory[:, place] = 1  # what lies before the proof is over and done with
                return StateChange(place, raised=False, flaps=False, ago=run[0])
            return self._judge_down(place, known) if spec.flaps and not self.flapping[place] else None
        if known[-1] == (0, 0) and _lasts(run, spec.off):
            return self._raise(place, run[0], flaps=False)
        falls = _falls(known) if spec.flaps else []
        if len(falls) > 1 and falls[-2] - falls[-1] <= rules.FLAP_SAMPLES:
            return self._raise(place, falls[-2], flaps=True)
        return None

    def _judge_down(self, place: int, known: list[tuple[int, int]]) -> StateChange | None:
        """Say whether what was raised as off has just fallen again, soon after it fell: then it flaps."""
        falls = _falls(known)
        if len(falls) > 1 and falls[-1] == 0 and falls[-2] <= rules.FLAP_SAMPLES:
            return self._raise(place, 0, flaps=True)
        return None

    def _raise(self, place: int, ago: int, *, flaps: bool) -> StateChange:
        self.open[place], self.flapping[place] = True, flaps
        return StateChange(place, raised=True, flaps=flaps, ago=ago)


def _lasts(run: list[int], ticks: int) -> bool:
    """Say whether the samples of a run span so many ticks; one among them may be missing, not the last."""
    return len(run) >= max(2, ticks - 1) and run[0] + 1 >= ticks


def _last_run(known: list[tuple[int, int]]) -> list[int]:
    """Return how long ago the last samples were that all say the same, oldest first."""
    run: list[int] = []
    for ago, value in reversed(known):
        if value != known[-1][1]:
            break
        run.append(ago)
    return run[::-1]


def _falls(known: list[tuple[int, int]]) -> list[int]:
    """Return how long ago the state went off, each time; what is not known before the first sample was on."""
    before = [1, *(value for _, value in known)]
    return [ago for (ago, value), last in zip(known, before, strict=False) if value == 0 and last == 1]
