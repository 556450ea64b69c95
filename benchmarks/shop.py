"""Outages of a made-up shop of fourteen services: one-second samples, noise that is no fault, one culprit.

Made to be hard in the ways of real ones. The load of all services swings together. Idle services are noisy and have
rare spikes. Memory grows without a fault. Error counters are 0 most of the time. Services that depend on the culprit
show its fault too. The window begins 0 to 60 rows after the onset, so that the baseline contains the first part of the
fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.rca.core.series import Dependency, Episode, SeriesKey

CALLS: Mapping[str, Sequence[str]] = {
    "front-end": ("catalogue", "user", "carts", "orders", "session-db"),
    "catalogue": ("catalogue-db",),
    "user": ("user-db",),
    "carts": ("carts-db",),
    "orders": ("carts", "user", "payment", "shipping", "orders-db"),
    "shipping": ("rabbitmq",),
    "queue-master": ("rabbitmq",),
}
NODES = sorted({*CALLS, *(called for calls in CALLS.values() for called in calls)})
IDLE = ("queue-master", "rabbitmq")
SILENT = frozenset(node for node in NODES if node.endswith("-db")) | {"rabbitmq"}
"""Nodes whose calls nobody measures: they have a processor and a memory only."""
CULPRITS = [node for node in NODES if node not in SILENT and node not in ("front-end", "queue-master")]
KINDS = ("cpu", "mem", "disk", "delay", "loss")
LATE = (0, 30, 60)
HOLD = 5
"""Rows for which a sample is repeated, as a source does that is read more often than it measures."""
SYMPTOM = SeriesKey("front-end", "latency-90")
Series = NDArray[np.float64]


@dataclass(frozen=True)
class Outage:
    episode: Episode
    culprit: str
    kind: str
    late: int


@dataclass
class Shop:
    """One run of the shop; `fault` rises from 0 to 1 at the onset, and stays 0 on a quiet day."""

    rng: np.random.Generator
    rows: int
    culprit: str
    kind: str
    strength: float
    fault: Series
    factors: dict[tuple[str, str], float] = field(default_factory=dict)
    series: dict[SeriesKey, Series] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.factors = {(node, called): self.rng.uniform(0.2, 1.2) for node in CALLS for called in CALLS[node]}
        self.own = {node: float(np.exp(self.rng.normal(-5, 0.7))) for node in NODES}
        self.slowed = self.strength * self._slowdown()
        drop = min(2.0, self.slow("front-end") / self.usual("front-end")) / 2.5
        day = 1 + 0.15 * self.wander(60) + 0.1 * np.sin(np.arange(self.rows) / self.rng.uniform(30, 150))
        self.work = np.maximum(0.05, day * (1 - drop * self.fault))
        for node in NODES:
            self._resources(node)
            if node not in SILENT:
                self._calls(node)

    def _slowdown(self) -> float:
        """Return by how many times its own latency the culprit is slower; many a busy processor is felt by nobody."""
        match self.kind:
            case "delay":
                return 3 * self.rng.uniform(2, 20)
            case "loss":
                return 3 * self.rng.uniform(1, 6)
            case "mem":
                return self.rng.choice((0, 0, 0.5)) * self.rng.uniform(0, 1)
            case _:
                return self.rng.choice((0, 0.3, 1)) * self.rng.uniform(0, 1.5)

    def wander(self, rows: int) -> Series:
        """Return noise of unit size in which neighbours within `rows` are alike."""
        noise = self.rng.normal(size=self.rows + rows - 1)
        return np.convolve(noise, np.full(rows, rows**-0.5), "valid")

    def noise(self, size: float) -> Series:
        return size * self.wander(int(self.rng.integers(3, 20)))

    def bursts(self, mean: float, most: float) -> Series:
        """Return factors of 1, and of up to `most` for up to a minute, `mean` times on average."""
        factors = np.ones(self.rows)
        for begin in self.rng.integers(0, self.rows - 60, self.rng.poisson(mean)):
            factors[begin : begin + self.rng.integers(3, 60)] *= self.rng.uniform(1.5, most)
        return factors

    def usual(self, node: str) -> float:
        return self.own[node] + sum(self.usual(called) * self.factors[node, called] for called in CALLS.get(node, ()))

    def slow(self, node: str) -> float:
        if node == self.culprit:
            return self.own[node] * self.slowed
        return sum(self.slow(called) * self.factors[node, called] for called in CALLS.get(node, ()))

    def load(self, node: str) -> float:
        callers = [caller for caller, calls in CALLS.items() if node in calls]
        if node == "front-end":
            return 50.0
        return 0.8 * sum(self.load(caller) * min(1.0, self.factors[caller, node]) for caller in callers) or 0.5

    def _resources(self, node: str) -> None:
        rng, fault = self.rng, self.fault
        if node in IDLE:
            cpu = rng.uniform(0.002, 0.03) * (1 + self.noise(0.3))
        else:
            cpu = rng.uniform(0.03, 0.4) * (1 + self.noise(0.15)) * (0.3 + 0.7 * self.work)
        cpu = cpu * self.bursts(2, 5) + (rng.random(self.rows) < 0.01) * rng.exponential(0.3, self.rows)
        growth = rng.choice((0, 0.0005, 0.002)) * np.cumsum(rng.normal(size=self.rows))
        memory = rng.uniform(3e7, 6e8) * (1 + growth + self.noise(0.003) + rng.choice((0, 0, 0.08)) * self._passed())
        if node == self.culprit and self.kind == "cpu":
            cpu = cpu + fault * rng.uniform(0.3, 1.5) * self.strength * (1 + self.noise(0.1))
        elif node == self.culprit and self.kind == "mem":
            memory = memory * (1 + fault * rng.uniform(0.2, 2) * self.strength)
        elif node == self.culprit and self.kind == "disk":
            cpu = cpu + fault * rng.uniform(0.15, 0.8) * self.strength * (1 + self.noise(0.1))
            memory = memory * (1 + fault * rng.uniform(0.05, 0.6))
        self._keep(node, cpu=np.maximum(0, cpu), mem=memory)

    def _passed(self) -> Series:
        return np.arange(self.rows) / self.rows

    def _calls(self, node: str) -> None:
        rng, rows = self.rng, self.rows
        load = self.load(node) * self.work * (1 + self.noise(0.1))
        median = self.usual(node) * np.maximum(0.3, 1 + self.noise(0.15)) * (0.8 + 0.2 * self.work)
        tail = median * rng.uniform(2, 4) * np.maximum(0.4, 1 + self.noise(0.25)) * self.bursts(1, 6)
        tail = tail + (rng.random(rows) < 0.02) * rng.exponential(10 * self.usual(node), rows)
        extra = self.fault * self.slow(node)
        part = rng.uniform(0, 0.3) if self.kind == "loss" else 1.0
        median = median + part * extra * np.maximum(0.1, 1 + self.noise(0.2))
        tail = tail + rng.uniform(1, 2) * extra * np.maximum(0.1, 1 + self.noise(0.3))
        if rng.random() < 0.15:
            median[rng.random(rows) < 0.4] = np.nan
        errors = (rng.random(rows) < 0.003) * rng.integers(1, 4, rows).astype(float)
        if self.slow(node) > 0 and self.kind in ("delay", "loss"):
            errors += self.fault * (rng.random(rows) < rng.uniform(0, 0.4)) * rng.integers(1, 5, rows)
        self._keep(node, **{"load": np.maximum(0, load), "latency-50": median, "latency-90": tail})
        self.series[SeriesKey(node, "error")] = errors

    def _keep(self, node: str, **series: Series) -> None:
        held = np.arange(self.rows) // HOLD * HOLD
        self.series.update({SeriesKey(node, metric): values[held] for metric, values in series.items()})


def outage(
    seed: int, kind: str | None = None, late: int | None = None, symptom: bool = True, fault: float = 1.0
) -> Outage:
    """`fault`: the strength of the fault, usually 0.7 to 2.7 times this; 0 for a quiet day."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(600, 1201))
    onset = rows // 2 + int(rng.integers(-30, 30))
    kind = kind or str(rng.choice(KINDS))
    late = int(rng.choice(LATE)) if late is None else late
    culprit = str(rng.choice(CULPRITS))
    rising = np.clip((np.arange(rows) - onset) / rng.uniform(2, 40), 0, 1)
    strength = fault * float(np.exp(rng.uniform(-0.3, 1)))
    shop = Shop(rng, rows, culprit, kind, strength, rising if fault else np.zeros(rows))
    keys = tuple(sorted(shop.series))
    episode = Episode(
        times=np.arange(rows, dtype=float),
        keys=keys,
        values=np.array([shop.series[key] for key in keys]),
        begin=onset + late,
        end=rows - 1,
        dependencies=tuple(Dependency(node, called) for node in CALLS for called in CALLS[node]),
        symptom=SYMPTOM if symptom else None,
    )
    return Outage(episode, culprit, kind, late)
