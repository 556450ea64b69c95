"""The peers of the detection on recordings, at their usual settings: rolling z-score, rolling PCA of scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

Table = NDArray[np.float64]
Z_WINDOW, Z_LEVEL = 288, 3.0  # rows; deviations
PCA_WINDOW, REFIT, KEPT = 4_000, 500, 0.9  # rows; rows; share of the variance
NEAR, FARTHEST = 5.0, 20.0  # deviations, when fitting and when judging
QUANTILE = 0.99  # of the past residuals, for a flag


def rolling_z(values: Table) -> tuple[Table, Table]:
    """Return score and flag of each row: the mean distance of its metrics to the window's mean, in deviations."""
    table = np.nan_to_num(values)
    sums = np.concatenate((np.zeros((1, table.shape[1])), np.cumsum(table, 0)))
    squares = np.concatenate((np.zeros((1, table.shape[1])), np.cumsum(table**2, 0)))
    stop = np.arange(len(table))
    start = np.maximum(0, stop - Z_WINDOW)
    count = np.maximum(stop - start, 1)[:, None]
    mean = (sums[stop] - sums[start]) / count
    deviation = np.sqrt(np.maximum((squares[stop] - squares[start]) / count - mean**2, 0))
    distance = np.where(deviation > 0, np.abs(table - mean) / np.where(deviation > 0, deviation, 1.0), 0.0)
    distance[:10] = 0
    far = distance.mean(1)
    return far / (far + Z_LEVEL), (far >= Z_LEVEL).astype(float)


def rolling_pca(values: Table) -> tuple[Table, Table]:
    """Return score and flag of each row: the mean residual outside of the main components, in past deviations."""
    table = np.nan_to_num(values)
    far, level = np.zeros(len(table)), np.full(len(table), np.inf)
    for start in range(REFIT, len(table), REFIT):
        past, rows = table[max(0, start - PCA_WINDOW) : start], slice(start, start + REFIT)
        centre, deviation = np.median(past, 0), past.std(0)
        deviation = np.where(deviation > 0, deviation, 1.0)
        known = np.clip((past - centre) / deviation, -NEAR, NEAR)
        model = PCA(KEPT, svd_solver="full").fit(known)
        scale = (known - model.inverse_transform(model.transform(known))).std(0) + 0.01
        new = np.clip((table[rows] - centre) / deviation, -FARTHEST, FARTHEST)
        rest = np.abs(new - model.inverse_transform(model.transform(new))) / scale
        far[rows] = np.minimum(rest, 10.0).mean(1)
        level[rows] = np.quantile(far[max(0, start - PCA_WINDOW) : start], QUANTILE) if start > REFIT else np.inf
    return far / (far + 1.0), (far >= level).astype(float)


PEERS: Mapping[str, Callable[[Table], tuple[Table, Table]]] = {"rolling z": rolling_z, "rolling PCA": rolling_pca}
