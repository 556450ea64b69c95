"""How strongly each series speaks for a cause at its node, and how much of that a dependency explains.

Rules

1. A series speaks by how far it left its baseline, by how rare that is, and by how much its shape is the symptom's.
2. A felt trouble counts by its harm: the excess times the demand of the node, as a share of the harm to be explained.
   Few slow calls do not explain a slow whole.
3. From the strength of a felt trouble, the strongest one that a dependency shows in the same metric is subtracted.
4. A resource's trouble stays at its node, so no dependency explains it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np

from services.rca.core.series.departures import Departures, alike
from services.rca.core.series.episode import Episode, Numbers, SeriesKey
from services.rca.core.series.vocabulary import Meaning, Reach


@dataclass(frozen=True)
class Weights:
    """The settings of the ranking, the same for every source; benchmarks/diagnosis.py shows what each is worth.

    `cover`: the power of the share of the harm that a node covers. `noticed`: the share of a felt trouble that is taken
    from the node where it was noticed, or, without a symptom, from nodes that only depend on others. `drift`: how many
    spreads a resource may leave its baseline and mean nothing, as slow growth does. `step`: the part of the step in the
    shape, beside likeness to the symptom; `step_power`: the power of the step in it. The others are factors of series
    that count less: of another metric than the symptom's, of a name without a known word, of demand, and of nodes that
    the symptom's node does not depend on.
    """

    cover: float = 0.75
    noticed: float = 0.8
    drift: float = 2.0
    step: float = 0.3
    step_power: float = 0.25
    other_metric: float = 0.4
    unknown_name: float = 0.5
    demand: float = 0.1
    unreached: float = 0.3


WEIGHTS = Weights()
ALIKE = 0.1
"""Share of a node's strength: a node that depends on it and shows a smaller share does not count as waiting for it."""


@dataclass(frozen=True)
class SeriesFinding:
    """What a series says of its node. `row`: its place in the episode. `strength`: its evidence, >= 0. `left`: what no
    dependency explains of it, as it counts in the ranking; it may be negative. `explained_by`: the dependency that
    explains the most of it, if one does. `waiting`: the nodes that depend on it and show the same metric, the
    strongest first.
    """

    key: SeriesKey
    meaning: Meaning
    row: int
    strength: float
    left: float
    explained_by: str | None
    waiting: tuple[str, ...]


@dataclass(frozen=True)
class SeriesEvidence:
    """The evidence of all series. `meanings` and the arrays of `departures` have the order of `episode.keys`."""

    episode: Episode
    meanings: Sequence[Meaning]
    departures: Departures
    weights: Weights = WEIGHTS

    def findings(self) -> list[SeriesFinding]:
        """Return one for each series, in their order."""
        return [self._finding(row, key) for row, key in enumerate(self.episode.keys)]

    def _finding(self, row: int, key: SeriesKey) -> SeriesFinding:
        strength, left, by = self._strength[row], self._strength[row], None
        if self.meanings[row].reach is not Reach.OWN:
            passed, by = self._passed_on(row)
            left -= passed + (self.weights.noticed * strength if key.node in self._noticed else 0.0)
        factor = self._factor(row) * (1.0 if key.node in self._reached else self.weights.unreached)
        return SeriesFinding(key, self.meanings[row], row, strength, left * factor, by, self._waiting(key))

    def _passed_on(self, row: int) -> tuple[float, str | None]:
        """Return the most that one dependency explains of a series, and which."""
        key = self.episode.keys[row]
        best: tuple[float, str | None] = (0.0, None)
        for node in sorted(self._graph.successors(key.node)):
            other = self._rows[key.metric].get(node)
            if other is not None and self._strength[other] > best[0]:
                best = (self._strength[other], node)
        return best

    def _waiting(self, key: SeriesKey) -> tuple[str, ...]:
        rows = self._rows[key.metric]
        shown = {node: self._strength[rows[node]] for node in self._graph.predecessors(key.node) if node in rows}
        least = ALIKE * self._strength[rows[key.node]]
        return tuple(sorted((node for node in shown if shown[node] > least), key=lambda node: (-shown[node], node)))

    def _share(self, row: int) -> float:
        """Return which share of the harm to explain a series covers, 0 to 1; 1 if it or a demand is unknown."""
        mine, harm = self._harm[row], self._to_explain[self.episode.keys[row].metric]
        if self.meanings[row].reach is not Reach.FELT or math.isnan(mine) or math.isnan(harm):
            return 1.0
        return min(1.0, mine / harm) if harm > 0 else 1.0

    @cached_property
    def _strength(self) -> list[float]:
        departures = self.departures
        felt = np.array([meaning.reach is Reach.FELT for meaning in self.meanings], dtype=bool)
        spreads = np.where(felt, departures.spreads, np.maximum(departures.spreads - self.weights.drift, 0.0))
        bare = np.log1p(spreads) * departures.rarity * self._shape
        return [float(each) * self._share(row) ** self.weights.cover for row, each in enumerate(bare)]

    @cached_property
    def _shape(self) -> Numbers:
        own = np.array([meaning.reach is Reach.OWN for meaning in self.meanings], dtype=bool)
        step = self.departures.step
        if self._symptom is None:
            return np.where(own, step, step**self.weights.step_power)
        part = self.weights.step
        felt = (1 - part) * self.similar + part * step**self.weights.step_power
        return np.where(own, np.maximum(self.similar, step), felt)

    @cached_property
    def similar(self) -> Numbers:
        """Return how alike each series is to the symptom in shape, 0 to 1; 0 without a symptom."""
        if self._symptom is None:
            return np.zeros(len(self.episode.keys))
        return alike(self.departures.ranks, self.departures.ranks[self._symptom])

    @property
    def has_symptom(self) -> bool:
        return self._symptom is not None

    @cached_property
    def _symptom(self) -> int | None:
        """Return the row of the symptom, unless it is missing or never changes, so that nothing can be like it."""
        row = next((row for row, key in enumerate(self.episode.keys) if key == self.episode.symptom), None)
        return row if row is not None and len(np.unique(_present(self.departures.ranks[row]))) > 1 else None

    @cached_property
    def _harm(self) -> list[float]:
        """Return the excess of each series times the demand of its node; NaN where that is unknown."""
        demand: dict[str, float] = {}
        for key, meaning, mean in zip(self.episode.keys, self.meanings, self.departures.mean, strict=True):
            if meaning.reach is Reach.DEMAND:
                demand[key.node] = max(demand.get(key.node, 0.0), float(np.nan_to_num(mean)))
        excess = self.departures.excess
        return [float(excess[row]) * demand.get(key.node, math.nan) for row, key in enumerate(self.episode.keys)]

    @cached_property
    def _to_explain(self) -> dict[str, float]:
        """Return the harm of each metric at the symptom's node, else the largest at any node; NaN if unknown."""
        symptom = self.episode.symptom if self._symptom is not None else None
        harms: dict[str, float] = {}
        for metric, rows in self._rows.items():
            seen = [rows[symptom.node]] if symptom and symptom.node in rows else rows.values()
            harms[metric] = max((self._harm[row] for row in seen if not math.isnan(self._harm[row])), default=math.nan)
        return harms

    def _factor(self, row: int) -> float:
        noticed = None if self._symptom is None else self.episode.keys[self._symptom].metric
        match self.meanings[row].reach:
            case Reach.DEMAND:
                return self.weights.demand
            case Reach.UNKNOWN:
                return 1.0 if self.episode.keys[row].metric == noticed else self.weights.unknown_name
            case Reach.FELT if noticed not in (None, self.episode.keys[row].metric):
                return self.weights.other_metric
        return 1.0

    @cached_property
    def _reached(self) -> frozenset[str]:
        symptom = self.episode.symptom
        if symptom is None or symptom.node not in self._graph:
            return frozenset(self._graph)
        return frozenset({symptom.node, *nx.descendants(self._graph, symptom.node)})

    @cached_property
    def _noticed(self) -> frozenset[str]:
        if self.episode.symptom is not None:
            return frozenset({self.episode.symptom.node})
        ways = self._graph
        return frozenset(node for node in ways if ways.in_degree(node) == 0 and ways.out_degree(node) > 0)

    @cached_property
    def _graph(self) -> nx.DiGraph:
        graph = nx.DiGraph()
        graph.add_nodes_from(key.node for key in self.episode.keys)
        graph.add_edges_from(pair for pair in self.episode.dependencies if pair.node != pair.needs)
        return graph

    @cached_property
    def _rows(self) -> Mapping[str, Mapping[str, int]]:
        """Return the rows of each metric by node."""
        rows: dict[str, dict[str, int]] = {}
        for row, key in enumerate(self.episode.keys):
            rows.setdefault(key.metric, {})[key.node] = row
        return rows


def _present(values: Numbers) -> Numbers:
    return values[~np.isnan(values)]
