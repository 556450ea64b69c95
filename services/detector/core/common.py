"""What the whole network does at once: a rise that most elements share is nobody's fault, and is expected of each.

Rules: the detectors of one process post how far their elements are from what is expected of them, and read what is
common to all. Load is common where the utilisation of half of the links rose by a quarter. Another metric is common
where it rose on three quarters of its elements, until it is back on half of them. What is not so any more when one
node's links are left out is not common: it may be that node's trouble. Posts of another moment are passed over, so that
partitions may be replayed one after another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from services.detector.core.layout import Bools, Floats, Layout
from services.detector.core.rules import LOAD_ROW, ROWS, SHARED_ROWS
from shared.domain.kinds import ElementKind
from shared.domain.topology import Topology

LEAST_ELEMENTS = 4
"""Elements of a kind without which nothing is common to a network."""
SAME_MOMENT, SAME_INTERVALS = 2.0, 1.5
"""Seconds, or intervals where these are longer, between two posts of one moment, at most."""
LOAD_UP, LOAD_DOWN = 1.25, 1.1
"""Times the expected utilisation: from where on load has risen, and below which it is back."""
HALF, MOST = 0.5, 0.75
SAY_AFTER = 3.0
"""Seconds after which a rise is told, so that all who take part are counted."""


@dataclass(frozen=True)
class Post:
    """One partition at one tick: how far each gauge is above what is expected of it, NaN where that is not known."""

    at: float
    interval: float
    layout: Layout
    off: Floats
    over: Bools
    """Whether that is far enough to matter, gauge by gauge."""
    load: Floats
    """Utilisation as a multiple of the expected, link by link."""
    counts: tuple[int, ...]
    """How many gauges of each row are over."""

    def row(self, row: int) -> Floats:
        """Return the distances of one row."""
        return self.off[self.layout.row(row)]

    def risen_links(self, row: int) -> list[str]:
        """Return the names of the links whose metric of this row is over."""
        over = self.over[self.layout.row(row)]
        return [self._names(row)[place] for place in np.flatnonzero(over)]

    def known_links(self, row: int) -> list[str]:
        """Return the names of the links of which it is known whether this row's metric is over."""
        off = self.row(row)
        return [self._names(row)[place] for place in np.flatnonzero(off == off)]

    def _names(self, row: int) -> list[str]:
        return self.layout.elements(ROWS[row])


@dataclass(frozen=True)
class Shift:
    """What is common now: load as a factor, other rows as a distance; a row that is not in it is as usual."""

    load: float = 1.0
    off: Mapping[int, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.load > 1.0 or bool(self.off)


NO_SHIFT = Shift()


class Common:
    """The newest posts of the partitions that a process watches, and what was told of them."""

    def __init__(self, topology: Topology | None = None) -> None:
        self._topology = topology
        self._posts: dict[int, Post] = {}
        self._since: dict[int, float] = {}
        self._told: set[int] = set()

    def post(self, partition: int, post: Post) -> None:
        """Take in how one partition is now."""
        self._posts[partition] = post

    def forget(self, partition: int) -> None:
        """Know no more of a partition that is not watched any longer."""
        self._posts.pop(partition, None)

    def shift(self, at: float, before: Shift) -> Shift:
        """Return what is common at `at`; what was common `before` stays so for longer, against noise."""
        posts = self._now(at)
        load = _load(posts, LOAD_DOWN if before.load > 1.0 else LOAD_UP)
        off = {row: by for row in SHARED_ROWS if (by := self._rise(posts, row, HALF if row in before.off else MOST))}
        return Shift(load, off) if load > 1.0 or off else NO_SHIFT

    def news(self, at: float, shift: Shift) -> list[str]:
        """Return a sentence for each rise that has lasted long enough to be told, once."""
        common = {*shift.off, *((LOAD_ROW,) if shift.load > 1.0 else ())}
        self._since = {row: self._since.get(row, at) for row in common}
        self._told &= common
        if LOAD_ROW in common:  # what follows from load needs no line of its own
            self._told |= shift.off.keys()
        due = [row for row in sorted(common - self._told) if at - self._since[row] >= SAY_AFTER]
        self._told.update(due)
        return [self._sentence(row, at) for row in due]

    def _sentence(self, row: int, at: float) -> str:
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
        """Return by how much a metric rose everywhere, 0 where it did not."""
        many = sum(post.counts[row] for post in posts)
        if many < LEAST_ELEMENTS:  # so it is at nearly every tick
            return 0.0
        values = _together([post.row(row) for post in posts])
        if many < enough * values.size or (
            ROWS[row].element is ElementKind.LINK and not self._without_any_node(posts, row, enough)
        ):
            return 0.0
        return max(0.0, float(np.quantile(values, 1 - enough)))

    def _without_any_node(self, posts: Sequence[Post], row: int, enough: float) -> bool:
        """Say whether enough links rose whichever node's links are left out: else it may be that node's trouble.

        Without a topology nobody knows whose the links are, so that nothing is common to them.
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
    """Return by how much the load of the whole rose, 1 where it did not."""
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
