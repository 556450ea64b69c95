"""Finds common rises. In a common rise, a metric rises on most elements, so that no single element is faulty.

The detectors add a common rise to the value that they expect of each element.

Rules

1. Each detector of a process posts how far its gauges are above the expected values. All these posts together show
   the common rises.
2. Load has a common rise if the utilisation of half of the links rose by a quarter.
3. A rise of another metric becomes common when three quarters of the elements have the rise. It ends when fewer than
   half of the elements have it.
4. If that metric belongs to links, enough links must have risen even if the links of any one node are left out.
   Otherwise that node may be faulty.
5. Posts of another time are ignored. So partitions can be replayed one after another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from services.detector.core.layout import Bools, Floats, Layout
from services.detector.core.peers import Peers
from services.detector.core.rules import LOAD_ROW, ROWS, SHARED_ROWS
from shared.domain.kinds import ElementKind
from shared.domain.topology import Topology

LEAST_ELEMENTS = 4
"""The smallest number of elements that can have a common rise."""
SAME_MOMENT, SAME_INTERVALS = 2.0, 1.5
"""How far apart two posts of the same time can be: in seconds, or in intervals where that is longer."""
LOAD_UP, LOAD_DOWN = 1.25, 1.1
"""Multiples of the expected utilisation: load above the first has risen, load below the second is back."""
HALF, MOST = 0.5, 0.75
REPORT_AFTER = 3.0
"""Seconds after which a common rise is logged. So the log line also counts elements that rise a little later."""


@dataclass(frozen=True)
class Post:
    """How far the gauges of one partition are above their learnt values at one tick (`excess`; NaN if unknown)."""

    at: float
    interval: float
    layout: Layout
    excess: Floats
    over: Bools
    """Of each gauge: whether its excess is large enough to count for a common rise."""
    load: Floats
    """Of each link: its utilisation as a multiple of the learnt utilisation."""
    counts: tuple[int, ...]
    """For each row (one metric of one kind of element): the number of gauges that `over` marks."""

    def row(self, row: int) -> Floats:
        return self.excess[self.layout.rows[row]]

    def risen_links(self, row: int) -> list[str]:
        over = self.over[self.layout.rows[row]]
        return [self._names(row)[place] for place in np.flatnonzero(over)]

    def known_links(self, row: int) -> list[str]:
        excess = self.row(row)
        return [self._names(row)[place] for place in np.flatnonzero(excess == excess)]

    def _names(self, row: int) -> list[str]:
        return self.layout.elements(ROWS[row])


@dataclass(frozen=True)
class Shift:
    """The common rises at one time.

    `load`: the factor by which the utilisation of links rose; 1 without a rise. `rises`: row number of any other metric
    -> by how much the metric rose; a metric without a common rise is missing.
    """

    load: float = 1.0
    rises: Mapping[int, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.load > 1.0 or bool(self.rises)


NO_SHIFT = Shift()


class Common:
    def __init__(self, topology: Topology | None = None) -> None:
        self._topology = topology
        self.peers = Peers()
        self._posts: dict[int, Post] = {}
        self._since: dict[int, float] = {}
        self._reported: set[int] = set()

    def post(self, partition: int, post: Post) -> None:
        self._posts[partition] = post

    def forget(self, partition: int) -> None:
        self._posts.pop(partition, None)
        self.peers.forget(partition)

    def shift(self, at: float, before: Shift) -> Shift:
        """A rise that is already in `before` ends at a lower limit than it began at, so that noise does not end it."""
        posts = self._now(at)
        load = _load(posts, LOAD_DOWN if before.load > 1.0 else LOAD_UP)
        rises = {}
        for row in SHARED_ROWS:
            if by := self._rise(posts, row, HALF if row in before.rises else MOST):
                rises[row] = by
        return Shift(load, rises) if load > 1.0 or rises else NO_SHIFT

    def new_rises(self, at: float, shift: Shift) -> list[str]:
        """Return one log line for each new common rise that has lasted for `REPORT_AFTER` seconds.

        While the load of the network is raised, the other rises have no line of their own.
        """
        common = {*shift.rises, *((LOAD_ROW,) if shift.load > 1.0 else ())}
        self._since = {row: self._since.get(row, at) for row in common}
        self._reported &= common
        if LOAD_ROW in common:  # the log line about load also stands for the rises that load causes
            self._reported |= shift.rises.keys()
        due = [row for row in sorted(common - self._reported) if at - self._since[row] >= REPORT_AFTER]
        self._reported.update(due)
        return [self._line(row, at) for row in due]

    def _line(self, row: int, at: float) -> str:
        posts = self._now(at)
        if row == LOAD_ROW:
            ratios = _together([post.load for post in posts])
            many, of = int((ratios > LOAD_DOWN).sum()), ratios.size
        else:
            many, of = sum(post.counts[row] for post in posts), _together([post.row(row) for post in posts]).size
        what = "load of the whole network" if row == LOAD_ROW else "common to the whole network"
        spec = ROWS[row]
        rise = f"{spec.label} rose on {many} of {of} {spec.element}s together"
        return f"{rise}: taken as {what}, nothing is repaired for it."

    def _now(self, at: float) -> list[Post]:
        posts = self._posts.values()
        return [post for post in posts if abs(post.at - at) <= max(SAME_MOMENT, SAME_INTERVALS * post.interval)]

    def _rise(self, posts: Sequence[Post], row: int, enough: float) -> float:
        many = sum(post.counts[row] for post in posts)
        if many < LEAST_ELEMENTS:  # nearly every tick returns here
            return 0.0
        values = _together([post.row(row) for post in posts])
        if many < enough * values.size or (
            ROWS[row].element is ElementKind.LINK and not self._without_any_node(posts, row, enough)
        ):
            return 0.0
        return max(0.0, float(np.quantile(values, 1 - enough)))

    def _without_any_node(self, posts: Sequence[Post], row: int, enough: float) -> bool:
        """Return whether enough links rose even if the links of any one node are left out.

        Without a topology the ends of the links are unknown, and no rise of links is common.
        """
        if self._topology is None:
            return False
        risen = [self._ends(name) for post in posts for name in post.risen_links(row)]
        sampled = [self._ends(name) for post in posts for name in post.known_links(row)]
        at_node = Counter(node for ends in risen for node in ends)
        of_node = Counter(node for ends in sampled for node in ends)
        return all(len(risen) - at_node[node] >= max(1.0, enough * (len(sampled) - of_node[node])) for node in at_node)

    def _ends(self, link: str) -> frozenset[str]:
        known = self._topology is not None and link in self._topology.link_by_id
        return frozenset(self._topology.ends(link)) if known and self._topology is not None else frozenset()


def _load(posts: Sequence[Post], enough: float) -> float:
    """Return the factor by which the load of the whole network rose; 1 without a common rise."""
    if sum(post.counts[LOAD_ROW] for post in posts) < LEAST_ELEMENTS:
        return 1.0
    ratios = _together([post.load for post in posts])
    risen = int((ratios > enough).sum())
    if risen < max(LEAST_ELEMENTS, HALF * ratios.size):
        return 1.0
    return max(1.0, float(np.median(ratios)))


def _together(columns: Sequence[Floats]) -> Floats:
    values: Floats = np.concatenate(columns) if columns else np.zeros(0)
    known: Floats = values[values == values]
    return known
