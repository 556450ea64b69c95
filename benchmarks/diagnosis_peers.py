"""Two plain rankings, run on the same cases as the product: how much its evidence is worth more."""

from __future__ import annotations

import math
from collections.abc import Mapping

import networkx as nx
import numpy as np

from services.rca.core.series import Episode

ANOMALOUS = 3.0
"""Standard deviations."""


def deviations(episode: Episode, metric: str | None = None) -> dict[str, float]:
    """Return each node's largest |z| of its mean in the window, by mean and deviation of its baseline."""
    window, found = episode.window, dict[str, float]()
    for key, values in zip(episode.keys, episode.values, strict=True):
        normal, abnormal = (part[~np.isnan(part)] for part in (values[~window], values[window]))
        if metric not in (None, key.metric) or not len(normal) or not len(abnormal):
            continue
        distance, spread = abs(float(abnormal.mean() - normal.mean())), float(normal.std())
        z = distance / spread if spread > 0 else (math.inf if distance > 0 else 0.0)
        found[key.node] = max(found.get(key.node, 0.0), z)
    return found


def max_z(episode: Episode) -> list[str]:
    """Rank the nodes by the largest deviation of any of their metrics."""
    return _falling(deviations(episode))


def traversal(episode: Episode) -> list[str]:
    """Rank first the anomalous nodes reached from the symptom through anomalous ones that need no further such node.

    The walk is that of MonitorRank's and PetShop's authors: from the symptom along dependencies. Then come the other
    nodes that it passed, then the rest, each by its deviation. Without a symptom it begins at every node.
    """
    z = deviations(episode, episode.symptom.metric if episode.symptom else None)
    graph = nx.DiGraph()
    graph.add_nodes_from(z)
    graph.add_edges_from(pair for pair in episode.dependencies if pair.node != pair.needs)
    anomalous = {node for node in graph if z.get(node, 0.0) > ANOMALOUS}
    starts = {episode.symptom.node} if episode.symptom else anomalous
    passed = graph.subgraph(anomalous | starts)
    reached = set().union(*({start, *nx.descendants(passed, start)} for start in starts if start in passed))
    deepest = {node for node in reached if not passed.out_degree(node)}
    parts = (deepest, reached - deepest, z.keys() - reached)
    return [node for part in parts for node in _falling({node: z.get(node, 0.0) for node in part})]


def _falling(z: Mapping[str, float]) -> list[str]:
    return sorted(z, key=lambda node: (-z[node], node))
