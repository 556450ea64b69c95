"""The mean of the last seconds follows what lasts, and not what does not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from services.detector.core.smoothing import LEAST, SECONDS, RecentMeans


def after(values: list[float], samples_a_beat: int = 4, seconds: float = 1.0) -> float:
    means = RecentMeans()
    means.rebuild(np.array([-1]))
    for number, value in enumerate(values):
        means.add(np.array([value]), ends_beat=number % samples_a_beat == samples_a_beat - 1)
    return float(means.means(seconds)[0])


def test_a_level_that_lasts_is_the_mean() -> None:
    assert after([10.0] * 200 + [90.0] * 40) == 90.0


def test_a_second_hardly_moves_the_mean() -> None:
    assert after([10.0] * 200 + [90.0] * 4) == pytest.approx(10 + 80 / SECONDS)


def test_missing_samples_are_left_out() -> None:
    assert after([10.0, math.nan] * 40) == 10.0
    assert math.isnan(after([math.nan] * 80))


def test_a_long_interval_needs_few_samples_and_never_fewer() -> None:
    assert after([10.0] * 9 + [40.0], samples_a_beat=1, seconds=30.0) == pytest.approx((40 + (LEAST - 1) * 10) / LEAST)
    assert math.isnan(after([10.0] * (LEAST - 1), samples_a_beat=1, seconds=30.0))


def test_a_gauge_that_was_cleared_begins_again() -> None:
    means = RecentMeans()
    means.rebuild(np.array([-1, -1]))
    for _ in range(5):
        means.add(np.array([90.0, 90.0]), ends_beat=True)
    means.forget(0)
    assert [math.isnan(mean) for mean in means.means(1.0)] == [True, False]
