"""Synthetic telemetry from a seed: quiet levels with autocorrelated noise, which a test changes by an effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from services.detector.core import AnomalyEvent, Detector
from shared.domain.telemetry import TICK_SECONDS, Column, Rows, Tick
from shared.testing import elements, telemetry

START = 1_767_225_600.0
QUIET_NODE = {"cpu_usage": 35.0, "memory_usage": 50.0, "latency": 4.0, "packet_loss": 0.1, "throughput": 300.0}
QUIET_LINK = {"utilization": 30.0, "latency": 2.0, "packet_loss": 0.05}
NOISE = {
    "cpu_usage": 2.0,
    "memory_usage": 1.0,
    "latency": 0.3,
    "packet_loss": 0.03,
    "throughput": 10.0,
    "utilization": 3.0,
}
MEMORY = 0.9
Effect = Callable[[int, str, str, float], float | None]
"""(tick, element, metric, quiet value) -> value, or None for a missing sample."""


def quiet(_tick: int, _element: str, _metric: str, value: float) -> float | None:
    return value


class Synthetic:
    def __init__(
        self, nodes: int = 4, links: int = 4, seed: int = 1, missing: float = 0.0, effect: Effect = quiet
    ) -> None:
        self.nodes = [f"node-{i}" for i in range(1, nodes + 1)]
        self.links = [f"node-{i}--node-{i + 1}" for i in range(1, links + 1)]
        self.effect = effect
        self._random = np.random.default_rng(seed)
        self._missing = missing
        self._noise: dict[str, NDArray[np.float64]] = {}
        self.tick = 0

    def ticks(self, count: int) -> Iterator[Tick]:
        for _ in range(count):
            yield self.next()

    def next(self) -> Tick:
        tick = self.tick
        self.tick += 1
        node = {m: self._column(tick, self.nodes, "node", m, level) for m, level in QUIET_NODE.items()}
        node["reachable"] = [self.effect(tick, name, "reachable", 1.0) for name in self.nodes]
        link = {m: self._column(tick, self.links, "link", m, level) for m, level in QUIET_LINK.items()}
        link["up"] = [self.effect(tick, name, "up", 1.0) for name in self.links]
        for row in np.flatnonzero(self._random.random(len(self.nodes)) < self._missing):
            for column in node.values():
                column[row] = None
        for row in np.flatnonzero(self._random.random(len(self.links)) < self._missing):
            for column in link.values():
                column[row] = None
        return telemetry(tick, at=START + tick * TICK_SECONDS, nodes=(self.nodes, node), links=(self.links, link))

    def _column(self, tick: int, names: Sequence[str], what: str, metric: str, level: float) -> Column:
        past = self._noise.get(what + metric, np.zeros(len(names)))
        fresh = self._random.standard_normal(len(names)) * (1 - MEMORY**2) ** 0.5
        now = self._noise[what + metric] = MEMORY * past + fresh
        values = np.maximum(level + now * NOISE.get(metric, 0.1 * level), 0.0).tolist()
        return [self.effect(tick, name, metric, round(value, 3)) for name, value in zip(names, values, strict=True)]


def observed(detector: Detector, ticks: Iterable[Tick]) -> list[AnomalyEvent]:
    return [event for tick in ticks for event in detector.observe(tick)]


def late(tick: int, node: str, **values: float | None) -> Rows:
    return Rows(tick, elements(nodes=([node], {m: [values.get(m)] for m in (*QUIET_NODE, "reachable")})))


def late_link(tick: int, link: str, up: float) -> Rows:
    columns: dict[str, Column] = {"utilization": [30.0], "latency": [2.0], "packet_loss": [0.0], "up": [up]}
    return Rows(tick, elements(links=([link], columns)))
