"""The newest value of each metric of each element, and the ticks that are made of them. Pure.

Rules
1. A state holds until its source has not confirmed it for a while: then its samples are missing, never 0.
2. A gauge is a sample of one moment: it is in one tick, and missing in the ticks until it is measured again.
3. Each element keeps its place in its partition once it was named, so that a column keeps its meaning.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.domain.catalogue import METRICS, Nature
from shared.domain.elements import kind_of
from shared.domain.instant import iso
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Column, Columns, Tick, partition_of
from shared.domain.topology import Topology, partitions_for

MOST_ELEMENTS = 200_000
"""So many elements are kept beside the nodes and links; further ones are ignored."""
STATE_HOLDS = 3.0
"""A state is unknown after so many times the period in which its source confirms it."""


@dataclass
class _Value:
    value: float
    at: float
    holds: float
    fresh: bool = True


@dataclass
class Board:
    """`interval`: seconds between two ticks."""

    topology: Topology
    interval: float
    _values: dict[tuple[str, str], _Value] = field(default_factory=dict)
    _elements: dict[ElementKind, list[str]] = field(default_factory=dict)
    _metrics: dict[ElementKind, set[str]] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._partitions = partitions_for(self.topology)
        for element in (*self.topology.node_by_id, *self.topology.link_by_id):
            self._admit(element)

    def put(self, element: str, metric: str, value: float | None, at: float, every: float) -> None:
        """Take note of a value. `every`: seconds in which the source confirms it. None: it is not known any more.

        Elements that the network does not have, metrics that the catalogue does not have and values that are no numbers
        are ignored.
        """
        if value is None:
            self._values.pop((element, metric), None)
            return
        if not math.isfinite(value) or not self._admit(element):
            return
        kind = kind_of(self.topology, element)
        if (kind, metric) not in METRICS:
            return
        self._metrics.setdefault(kind, set()).add(metric)
        self._values[element, metric] = _Value(value, at, STATE_HOLDS * max(every, self.interval))

    def value(self, element: str, metric: str, now: float) -> float | None:
        found = self._values.get((element, metric))
        return found.value if found is not None and now - found.at <= found.holds else None

    def off(self, kind: ElementKind, metric: str, now: float) -> list[str]:
        """Return the elements of a kind whose state is 0."""
        return [element for element in self._elements.get(kind, ()) if self.value(element, metric, now) == 0]

    def ticks(self, tick: int, at: float) -> list[Tick]:
        """Return one tick for each partition, and count the gauges in it as reported."""
        shares: list[dict[ElementKind, Columns]] = [{} for _ in range(self._partitions)]
        for kind, elements in self._elements.items():
            names: list[list[str]] = [[] for _ in shares]
            for element in elements:
                names[self._home(element)].append(element)
            metrics = sorted(self._metrics.get(kind, ()))
            for share, own in zip(shares, names, strict=True):
                if own:
                    share[kind] = Columns(own, {metric: self._column(own, kind, metric, at) for metric in metrics})
        return [
            Tick(tick=tick, elements=share, at=iso(at), interval=self.interval, speed=1.0, partition=number)
            for number, share in enumerate(shares)
        ]

    def _column(self, elements: Iterable[str], kind: ElementKind, metric: str, at: float) -> Column:
        state = METRICS[kind, metric].nature is Nature.STATE
        column: Column = []
        for element in elements:
            found = self._values.get((element, metric))
            if found is None or at - found.at > found.holds or not (state or found.fresh):
                column.append(None)
                continue
            found.fresh = False
            column.append(round(found.value, METRICS[kind, metric].digits))
        return column

    def _admit(self, element: str) -> bool:
        if element in self._known:
            return True
        if element not in self.topology or len(self._known) >= MOST_ELEMENTS:
            return False
        self._known.add(element)
        self._elements.setdefault(kind_of(self.topology, element), []).append(element)
        return True

    def _home(self, element: str) -> int:
        return partition_of(min(self.topology.ends(element)), self._partitions)
