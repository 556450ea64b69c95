"""Plain rankings, run on the same cases as the product: how much its evidence is worth more."""

from __future__ import annotations

import math
from collections.abc import Mapping

import networkx as nx
import numpy as np

from services.rca.core.series import Episode

ANOMALOUS = 2.0
"""Standard deviations: of 2, 3, 5 and 9 the best for this peer on the cases that it was tried on."""


def deviations(episode: Episode, metric: str | None = None) -> dict[str, float]:
    """Return each node's largest |z| of its mean in the window, by mean and deviation of its baseline."""
    window = episode.window
    found: dict[str, float] = {}
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


def robust_max(episode: Episode) -> list[str]:
    """Rank the nodes by their farthest sample of the window, from the baseline's median in its quartile distances.

    As in Pham et al., "BARO" (2024); a series whose quartiles are equal is measured in its own unit, as there.
    """
    window, found = episode.window, dict.fromkeys((key.node for key in episode.keys), 0.0)
    for key, values in zip(episode.keys, episode.values, strict=True):
        normal, abnormal = (part[~np.isnan(part)] for part in (values[~window], values[window]))
        if len(normal) and len(abnormal):
            low, middle, high = np.quantile(normal, (0.25, 0.5, 0.75))
            farthest = float(np.abs(abnormal - middle).max()) / (float(high - low) or 1.0)
            found[key.node] = max(found[key.node], farthest)
    return _falling(found)


def traversal(episode: Episode) -> list[str]:
    """Rank the anomalous nodes first that are reached from the symptom through anomalous ones and need no further one.

    Among these, the farther from the symptom comes first, then the larger deviation. Then come the other nodes that the
    walk passed, then the rest. Without a symptom the walk begins at every anomalous node. As in Hardt et al., "The
    PetShop Dataset" (2024).
    """
    z = deviations(episode, episode.symptom.metric if episode.symptom else None)
    graph = nx.DiGraph()
    graph.add_nodes_from(z)
    graph.add_edges_from(pair for pair in episode.dependencies if pair.node != pair.needs)
    anomalous = {node for node in graph if z.get(node, 0.0) > ANOMALOUS}
    starts = ({episode.symptom.node} if episode.symptom else anomalous) & set(graph)
    passed = graph.subgraph(anomalous | starts)
    far = nx.multi_source_dijkstra_path_length(passed, starts) if starts else {}
    deepest = {node for node in far if not passed.out_degree(node)}
    parts = (deepest, far.keys() - deepest, z.keys() - far)
    return [node for part in parts for node in sorted(part, key=lambda n: (-far.get(n, 0), -z.get(n, 0.0), n))]


def _falling(z: Mapping[str, float]) -> list[str]:
    return sorted(z, key=lambda node: (-z[node], node))
