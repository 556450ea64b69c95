"""Simulates a poller outside the network's own traffic, which makes one tick for each partition.

Of a hundred rows (the samples of one element), about one is lost and one is late.

A node whose links are down still answers; a node that is down is unreachable. A link that is down has `up` 0,
utilisation 0, and neither latency nor loss.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from network.simulator.added import AddedMetrics
from network.simulator.arrays import Floats, Ints
from network.simulator.noise import key, mix, salted
from network.simulator.numbered import NumberedTopology
from network.simulator.traffic import TrafficSample
from network.simulator.world import DEFAULT, Sampling
from shared.domain.catalogue import METRICS
from shared.domain.events import Fault
from shared.domain.instant import iso
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import MAX_LATE_TICKS, Column, Columns, Rows, Tick

NODE_METRICS = ("cpu_usage", "memory_usage", "latency", "packet_loss", "throughput", "reachable")
LINK_METRICS = ("utilization", "latency", "packet_loss", "up", "admin_up", "transitions")


class LateRow(msgspec.Struct, frozen=True, array_like=True):
    """The samples of one element that arrive late. `tick`: when they were taken. `due`: the tick of their delivery."""

    tick: int
    due: int
    link: bool
    name: str
    values: list[float | None]


class _Table(NamedTuple):
    columns: list[Column]
    names: list[str]
    link: bool


class Poller:
    """`waiting`: the rows that are delivered at a later tick."""

    def __init__(self, numbered: NumberedTopology, sampling: Sampling = DEFAULT.sampling) -> None:
        self._sampling = sampling
        self._numbered = numbered
        self._of_nodes, self._of_links = (AddedMetrics(numbered, kind) for kind in (ElementKind.NODE, ElementKind.LINK))
        self.node_metrics, self.link_metrics = NODE_METRICS + self._of_nodes.names, LINK_METRICS + self._of_links.names
        self._keys = salted(np.concatenate((numbered.node_keys, numbered.link_keys)), key("poller"))
        self.waiting: list[LateRow] = []
        counts = [
            (len(numbered.by_partition[p][0]), len(numbered.by_partition[p][1])) for p in range(numbered.partitions)
        ]
        nodes, links = np.cumsum([(0, 0), *counts], axis=0).T.tolist()
        self._slices = [
            (slice(nodes[p], nodes[p + 1]), slice(links[p], links[p + 1])) for p in range(numbered.partitions)
        ]

    def poll(
        self, sample: TrafficSample, tick: int, now: float, speed: float, faults: Collection[Fault] = ()
    ) -> list[Tick]:
        nodes = _Table(self._node_columns(sample, tick, faults), self._numbered.nodes, link=False)
        links = _Table(self._link_columns(sample, tick, faults), self._numbered.links, link=True)
        self._withhold(nodes, links, tick)
        late = self._arrivals(tick)
        at = iso(now)
        return [
            Tick(
                tick=tick,
                elements=self._elements(
                    (self._numbered.nodes[n], [column[n] for column in nodes.columns]),
                    (self._numbered.links[m], [column[m] for column in links.columns]),
                ),
                at=at,
                interval=self._sampling.interval,
                speed=speed,
                partition=p,
                late=late.get(p, []),
            )
            for p, (n, m) in enumerate(self._slices)
        ]

    def _node_columns(self, sample: TrafficSample, tick: int, faults: Collection[Fault]) -> list[Column]:
        added = [np.where(sample.reachable, column, np.nan) for column in self._of_nodes.at(tick, faults)]
        return _columns([*_node_values(sample), *added], ElementKind.NODE, self.node_metrics)

    def _link_columns(self, sample: TrafficSample, tick: int, faults: Collection[Fault]) -> list[Column]:
        added = self._of_links.at(tick, faults)
        return _columns([*_link_values(sample), *added], ElementKind.LINK, self.link_metrics)

    def _elements(
        self, nodes: tuple[list[str], list[Column]], links: tuple[list[str], list[Column]]
    ) -> dict[ElementKind, Columns]:
        return {
            ElementKind.NODE: Columns(nodes[0], dict(zip(self.node_metrics, nodes[1], strict=True))),
            ElementKind.LINK: Columns(links[0], dict(zip(self.link_metrics, links[1], strict=True))),
        }

    def _withhold(self, nodes: _Table, links: _Table, tick: int) -> None:
        drawn = mix(salted(self._keys, tick))
        bound = 1 << 64
        late, missing = self._sampling.late, self._sampling.missing
        gone: Ints = np.flatnonzero(drawn < np.uint64(min(bound - 1, int(bound * (missing + late)))))
        only_late = np.uint64(min(bound - 1, int(bound * late)))
        for place in gone.tolist():
            table, row = (nodes, place) if place < len(nodes.names) else (links, place - len(nodes.names))
            if drawn[place] < only_late:
                delay = 1 + int(drawn[place]) % MAX_LATE_TICKS
                values = [column[row] for column in table.columns]
                self.waiting.append(LateRow(tick, tick + delay, table.link, table.names[row], values))
            for column in table.columns:
                column[row] = None

    def _arrivals(self, tick: int) -> dict[int, list[Rows]]:
        due = [row for row in self.waiting if row.due <= tick]
        if not due:
            return {}
        self.waiting = [row for row in self.waiting if row.due > tick]
        groups: dict[tuple[int, int], list[LateRow]] = {}
        for row in due:
            groups.setdefault((self._partition(row), row.tick), []).append(row)
        late: dict[int, list[Rows]] = {}
        for (partition, of), rows in sorted(groups.items()):
            late.setdefault(partition, []).append(self._late_rows(of, rows))
        return late

    def _late_rows(self, tick: int, rows: Sequence[LateRow]) -> Rows:
        nodes, links = [row for row in rows if not row.link], [row for row in rows if row.link]
        return Rows(
            tick=tick,
            elements=self._elements(
                ([row.name for row in nodes], _transposed(nodes, len(self.node_metrics))),
                ([row.name for row in links], _transposed(links, len(self.link_metrics))),
            ),
        )

    def has_width(self, row: LateRow) -> bool:
        """Return whether a late row has a value for each metric. A row from another catalogue cannot be used."""
        return len(row.values) == len(self.link_metrics if row.link else self.node_metrics)

    def _partition(self, row: LateRow) -> int:
        number = (self._numbered.link_number if row.link else self._numbered.node_number)[row.name]
        return next(p for p, parts in enumerate(self._slices) if number < parts[row.link].stop)


def _node_values(sample: TrafficSample) -> Sequence[Floats]:
    s = sample
    return s.cpu, s.memory, s.node_latency, s.node_loss, s.throughput, s.reachable.astype(np.float64)


def _link_values(sample: TrafficSample) -> Sequence[Floats]:
    up, enabled = sample.up.astype(np.float64), sample.enabled.astype(np.float64)
    return sample.utilization, sample.link_latency, sample.link_loss, up, enabled, sample.transitions


def _columns(values: Sequence[Floats], kind: ElementKind, metrics: Sequence[str]) -> list[Column]:
    columns: list[Column] = []
    for value, metric in zip(values, metrics, strict=True):
        rounded = np.round(value, METRICS[kind, metric].digits)
        column: Column = rounded.tolist()
        for place in np.flatnonzero(np.isnan(rounded)).tolist():
            column[place] = None
        columns.append(column)
    return columns


def _transposed(rows: Sequence[LateRow], width: int) -> list[Column]:
    return [[row.values[i] for row in rows] for i in range(width)]
