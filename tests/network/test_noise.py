"""The noise is like that of real devices, and like itself every time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from network.simulator.noise import Noise, keys


def _course(ticks: int, names: int = 40) -> np.ndarray:
    noise = Noise(keys(1, [f"n{i}" for i in range(names)]))
    return np.array([noise.at(tick) for tick in range(1, ticks + 1)])


def test_is_about_standard_and_bounded() -> None:
    course = _course(2_000)
    assert abs(course.mean()) < 0.05
    assert 0.8 < course.std() < 1.2
    assert abs(course).max() < 6


def test_remembers_the_last_tick_but_not_only_it() -> None:
    course = _course(2_000)
    course = course - course.mean(axis=0)
    for lag, least, most in ((1, 0.5, 0.95), (8, 0.2, 0.8)):
        together = (course[lag:] * course[:-lag]).mean(axis=0) / course.var(axis=0)
        assert least < together.mean() < most


def test_elements_do_not_move_together() -> None:
    together = np.corrcoef(_course(4_000, 12).T)
    np.fill_diagonal(together, 0)
    assert abs(together).max() < 0.35


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=20))
def test_is_the_same_in_any_order(ticks: list[int]) -> None:
    names = keys(3, ["a", "b"])
    walker = Noise(names)
    for tick in ticks:
        assert np.array_equal(walker.at(tick), Noise(names).at(tick))
