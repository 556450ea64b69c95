"""The noise resembles that of real devices, and is reproducible."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from network.simulator.noise import Noise, keys


def _series(ticks: int, names: int = 40) -> np.ndarray:
    noise = Noise(keys(1, [f"n{i}" for i in range(names)]))
    return np.array([noise.at(tick) for tick in range(1, ticks + 1)])


def test_mean_is_0_deviation_1_and_values_are_bounded() -> None:
    series = _series(2_000)
    assert abs(series.mean()) < 0.05
    assert 0.8 < series.std() < 1.2
    assert abs(series).max() < 6


def test_is_autocorrelated_at_several_lags() -> None:
    series = _series(2_000)
    series = series - series.mean(axis=0)
    for lag, least, most in ((1, 0.5, 0.95), (8, 0.2, 0.8)):
        correlation = (series[lag:] * series[:-lag]).mean(axis=0) / series.var(axis=0)
        assert least < correlation.mean() < most


def test_elements_are_uncorrelated() -> None:
    correlation = np.corrcoef(_series(4_000, 12).T)
    np.fill_diagonal(correlation, 0)
    assert abs(correlation).max() < 0.35


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=20))
def test_does_not_depend_on_the_order_of_ticks(ticks: list[int]) -> None:
    names = keys(3, ["a", "b"])
    reused = Noise(names)
    for tick in ticks:
        assert np.array_equal(reused.at(tick), Noise(names).at(tick))
