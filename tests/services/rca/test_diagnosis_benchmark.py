"""The benchmark of the diagnosis counts as it says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.diagnosis import Labelled, expected_error, late, learn, line, ranks, share, unseen
from benchmarks.diagnosis_peers import max_z, robust_max, traversal
from services.rca.core.series import Dependency, Episode, SeriesKey

KEYS = tuple(SeriesKey(node, "latency") for node in ("page", "api", "store", "clock"))


def chain() -> Episode:
    """The clock, on which nobody depends, moves the farthest; page, API and store move, too."""
    values = np.random.default_rng(1).normal(10, 1, (4, 100))
    values[:, 80:] += np.array([[5], [9], [7], [50]])
    pairs = (Dependency("page", "api"), Dependency("api", "store"))
    return Episode(np.arange(100.0), KEYS, values, 80, 99, pairs, KEYS[0])


def test_places_and_shares_count_from_one() -> None:
    places = ranks([Labelled("a", chain(), "store"), Labelled("b", chain(), "moon")], lambda episode: ["api", "store"])
    assert places == [2, math.inf]
    assert (share(places, 1), share(places, 2)) == (0, 0.5)
    assert "AC@1 0.000   AC@3 0.500   Avg@5 0.400" in line("x", places)


def test_a_late_window_begins_at_a_later_row_and_keeps_half_of_itself() -> None:
    case = Labelled("a", chain(), "store")
    assert [each.episode.begin for each in late([case], lambda rows: 10)] == [90]
    assert late([case], lambda rows: 11) == late([case], lambda rows: 0) == []
    assert unseen([case])[0].episode.symptom is None


def test_the_calibration_error_is_the_mean_gap_of_the_bins() -> None:
    assert expected_error([(0.9, True), (0.9, False), (0.1, False), (0.1, False)]) == pytest.approx(0.25)


def test_confidence_rises_with_the_fit() -> None:
    rng = np.random.default_rng(1)
    fits = rng.random(2000)
    learnt = learn([(float(fit), bool(rng.random() < fit)) for fit in fits])
    assert learnt.pairs == 2000
    assert all(abs(learnt.confidence(fit) - fit) < 0.1 for fit in (0.1, 0.3, 0.5, 0.7, 0.9))


def test_the_peers_rank_by_deviation_and_by_depth() -> None:
    assert max_z(chain())[0] == robust_max(chain())[0] == "clock"
    assert traversal(chain())[0] == "store"
    assert traversal(chain())[-1] == "clock"
