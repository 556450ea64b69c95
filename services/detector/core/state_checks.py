"""What is off: nodes that do not answer and links that are down, by the last few ticks of each.

Rules: off on a few known ticks in a row is raised; on again on a few, cleared. Two falls of a link close together are a
flap, also where the first was raised as down. A missing sample says nothing; a late one is put where it belongs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.detector.core import rules
from services.detector.core.layout import Bools, Floats, Ints, carried

UNKNOWN = -1


@dataclass(frozen=True)
class StateChange:
    """A state that was raised or cleared, and how many ticks ago that began; what is down may be raised as a flap."""

    place: int
    raised: bool
    flaps: bool
    ago: int


class StateChecks:
    """The last ticks of every state of one partition; the first `nodes` of them are `reachable`, the others `up`."""

    def __init__(self) -> None:
        self._memory: NDArray[np.int8] = np.full((rules.STATE_MEMORY, 0), UNKNOWN, np.int8)
        self.open: Bools = np.full(0, False)
        self.flapping: Bools = np.full(0, False)
        self._nodes = 0
        self._calm = 0  # ticks since the last one that said "off"

    def rebuild(self, nodes: int, source: Ints) -> None:
        """Take on a new layout; places that were known keep their state."""
        self._memory = carried(self._memory, source, UNKNOWN)
        self.open = carried(self.open, source, False)
        self.flapping = carried(self.flapping, source, False)
        self._nodes = nodes
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
        node = place < self._nodes
        if self.open[place]:
            needed = rules.REACHABLE_TICKS if node else rules.UP_TICKS
            if known and known[-1] == (0, 1) and _lasts(run, needed):
                self.open[place] = False
                self._memory[:, place] = 1  # what lies before the proof is over and done with
                return StateChange(place, raised=False, flaps=False, ago=run[0])
            return None if node or self.flapping[place] else self._judge_down(place, known)
        if known[-1] == (0, 0) and _lasts(run, rules.UNREACHABLE_TICKS if node else rules.DOWN_TICKS):
            return self._raise(place, run[0], flaps=False)
        falls = [] if node else _falls(known)
        if len(falls) > 1 and falls[-2] - falls[-1] <= rules.FLAP_TICKS:
            return self._raise(place, falls[-2], flaps=True)
        return None

    def _judge_down(self, place: int, known: list[tuple[int, int]]) -> StateChange | None:
        """Say whether a link that was raised as down has just fallen again, soon after it fell: then it flaps."""
        falls = _falls(known)
        if len(falls) > 1 and falls[-1] == 0 and falls[-2] <= rules.FLAP_TICKS:
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
