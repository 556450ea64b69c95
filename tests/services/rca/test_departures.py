"""How far a series left its baseline, how alike two shapes are, and what a metric's name says."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from services.rca.core.series.departures import LEAST_BASELINE, Departures, alike, average_ranks, departures_of
from services.rca.core.series.episode import Episode, SeriesKey
from services.rca.core.series.vocabulary import Reach, meaning_of


def departures(*rows: list[float], metric: str = "latency", abnormal: int = 20) -> Departures:
    values = np.array(rows, dtype=float)
    keys = tuple(SeriesKey(f"n{at}", metric) for at in range(len(rows)))
    times = np.arange(values.shape[1], dtype=float)
    case = Episode(times, keys, values, times[-abnormal], times[-1])
    return departures_of(case, [meaning_of(metric)] * len(rows))


def normal(size: int, seed: int = 1) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(10, 1, size)


def test_spreads_are_standard_deviations_of_a_normal_baseline() -> None:
    found = departures([*normal(2000), *normal(20, 2) + 7])
    assert found.spreads[0] == pytest.approx(7, rel=0.1)
    assert found.rarity[0] == found.step[0] == 1


def test_a_baseline_that_holds_a_part_of_the_fault_is_still_one() -> None:
    found = departures([*normal(600), *normal(60, 3) + 7, *normal(300, 2) + 7], abnormal=300)
    assert found.spreads[0] > 5
    assert found.rarity[0] > 0.9


def test_the_mean_judges_a_series_that_stays_at_one_value() -> None:
    found = departures([100.0] * 50 + [100.0] * 15 + [80.0] * 5, metric="availability")
    assert found.level[0] == 95
    assert found.excess[0] == 5


def test_a_series_that_was_always_zero_is_measured_by_its_peers() -> None:
    once, often = [0.0] * 50 + [0.0] * 19 + [4.0], [0.0] * 50 + [4.0] * 20
    found = departures(once, often, metric="errors")
    assert found.spreads[1] == pytest.approx(100)
    assert found.spreads[0] == pytest.approx(5)


def test_a_short_baseline_says_nothing() -> None:
    few = LEAST_BASELINE - 1
    assert departures([1.0] * few + [9.0] * 20).spreads[0] == 0
    assert departures([1.0] * (few + 1) + [9.0] * 20).spreads[0] > 0


def test_equal_values_share_their_rank() -> None:
    ranks = average_ranks(np.array([[3.0, 1.0, 3.0, np.nan, 2.0]]))
    assert ranks.tolist()[0][:3] == [3.5, 1.0, 3.5]
    assert np.isnan(ranks[0, 3])


def test_shapes_are_compared_by_rank_and_opposite_ones_are_not_alike() -> None:
    rising = np.arange(10.0)
    ranks = average_ranks(np.array([rising, rising**3, -rising, np.full(10, 4.0), [*rising[:5], *[np.nan] * 5]]))
    assert alike(ranks, ranks[0]).tolist() == pytest.approx([1, 1, 0, 0, 0])


@pytest.mark.parametrize(
    ("metric", "kind", "reach", "harm"),
    [
        ("latency-90", "latency", Reach.FELT, 1),
        ("http_request_duration_seconds", "latency", Reach.FELT, 1),
        ("request_errors_total", "errors", Reach.FELT, 1),
        ("rpc_5xx", "errors", Reach.FELT, 1),
        ("successRate", "availability", Reach.FELT, -1),
        ("up", "availability", Reach.FELT, -1),
        ("packetLoss", "loss", Reach.FELT, 1),
        ("container_cpu_usage", "cpu", Reach.OWN, 1),
        ("node_memory_MemAvailable_bytes", "memory", Reach.OWN, -1),
        ("cpu_idle", "cpu", Reach.OWN, -1),
        ("node_disk_io_time", "disk", Reach.OWN, 1),
        ("load", "requests", Reach.DEMAND, 0),
        ("http_requests_total", "requests", Reach.DEMAND, 0),
        ("zorp", "zorp", Reach.UNKNOWN, 0),
        ("platitude", "platitude", Reach.UNKNOWN, 0),
    ],
)
def test_a_name_says_which_trouble_it_shows(metric: str, kind: str, reach: Reach, harm: int) -> None:
    meaning = meaning_of(metric)
    assert (meaning.kind, meaning.reach, meaning.harm) == (kind, reach, harm)
