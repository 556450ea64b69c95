"""Novelty: scores depend on the past alone, compare between series, and cost a bounded amount of memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.detector.core.layout import ABSENT
from services.detector.core.novelty import ElementNovelty, SeriesNovelty, joint, residual, shapes, single, tail
from services.detector.core.novelty.alarms import REFRACTORY, Alarms

Numbers = NDArray[np.float64]
ROWS = 700


def wave(rows: int = ROWS, seed: int = 1, noise: float = 0.1) -> Numbers:
    """A daily wave of 60 rows with noise."""
    return np.sin(np.arange(rows) * 2 * np.pi / 60) + noise * np.random.default_rng(seed).normal(size=rows)


def element(rows: int = 2_000, seed: int = 1, metrics: int = 5) -> Numbers:
    """Metrics that follow the same wave, each with noise of its own: (rows, metrics)."""
    noise = np.random.default_rng(seed).normal(size=(rows, metrics))
    return wave(rows)[:, None] * np.arange(1, metrics + 1) + 0.1 * noise


def gaps(values: Numbers, seed: int = 3, share: float = 0.05) -> Numbers:
    missing = np.random.default_rng(seed).random(values.shape) < share
    return np.where(missing, np.nan, values)


def of_series(values: Numbers) -> tuple[Numbers, Numbers]:
    """Return scores and alarms of each row; `values`: (rows, series) or (rows,)."""
    table = values if values.ndim == 2 else values[:, None]
    judge = SeriesNovelty(table.shape[1])
    found = [judge.update(row) for row in table]
    return np.array([one.score for one in found]), np.array([one.alarm for one in found])


def of_element(values: Numbers) -> tuple[Numbers, Numbers]:
    judge = ElementNovelty(1, values.shape[1])
    found = [judge.update(row[None]) for row in values]
    return np.array([one.score[0] for one in found]), np.array([one.alarm[0] for one in found])


@given(cut=st.integers(0, ROWS), seed=st.integers(0, 20))
@settings(max_examples=8, deadline=None)
def test_a_score_of_a_series_depends_on_earlier_rows_alone(cut: int, seed: int) -> None:
    values = gaps(wave(seed=seed))
    changed = np.concatenate((values[:cut], 1e6 * np.ones(ROWS - cut)))
    assert (of_series(values)[0][:cut] == of_series(changed)[0][:cut]).all()


@given(cut=st.integers(0, ROWS))
@settings(max_examples=8, deadline=None)
def test_a_score_of_an_element_depends_on_earlier_rows_alone(cut: int) -> None:
    values = gaps(element(ROWS))
    assert (of_element(values)[0][:cut] == of_element(values[:cut])[0]).all()


def test_a_score_has_no_unit() -> None:
    values = wave()
    values[650] = 4.0
    scores, alarms = of_series(np.stack([values, 1024.0 * values, values / 1024.0], 1))
    assert (scores[:, :1] == scores).all()
    assert alarms[650].all()


def test_series_that_are_judged_together_do_not_touch_each_other() -> None:
    values = np.stack([gaps(wave(seed=seed), seed) for seed in range(3)], 1)
    together = of_series(values)[0]
    alone = np.concatenate([of_series(values[:, place])[0] for place in range(3)], 1)
    assert together == pytest.approx(alone)


@pytest.mark.parametrize("kind", ["series", "element"])
def test_scores_stay_within_0_and_1(kind: str) -> None:
    values = gaps(element(1_200))
    values[900] *= 1e9
    values[1_000:1_010] = 1e30
    scores = of_series(values)[0] if kind == "series" else of_element(values)[0]
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores[900].max() > 0.9


def test_a_row_of_normal_values_raises_few_alarms() -> None:
    """The rarest hundredth of an element's rows raises alarms, and of these one in each refractory time."""
    assert of_series(wave(3_000))[1].sum() <= 6
    assert of_element(element(3_000))[1].sum() <= 12


def test_a_spike_raises_one_alarm_at_its_first_row() -> None:
    values = wave()
    values[600:610] += 5.0
    scores, alarms = of_series(values)
    assert np.flatnonzero(alarms[590:]).tolist() == [10]
    assert scores[600] > 0.5
    assert (scores[602:640] < 0.5).all()


def test_a_shape_that_is_new_is_found_within_the_usual_range() -> None:
    values = wave(2_400, noise=0.02)
    values[2_000:2_060] = 0.3
    scores, _ = of_series(values)
    assert scores[2_000:2_060].max() > 0.5


def test_a_series_that_never_varied_raises_an_alarm_when_it_does() -> None:
    values = np.full(400, 7.0)
    values[300:] = 8.0
    scores, alarms = of_series(values)
    assert (scores[:300] == 0).all()
    assert np.flatnonzero(alarms).tolist() == [300]


@pytest.mark.parametrize("kind", ["series", "element"])
def test_a_missing_row_scores_0_and_a_metric_without_samples_changes_nothing(kind: str) -> None:
    values = element(1_000)
    values[800:820] = np.nan
    score = of_element if kind == "element" else lambda table: of_series(table[:, 0])
    assert (score(values)[0][800:820] == 0).all()
    empty = np.full((1_000, 1), np.nan)
    assert (of_element(empty)[0] == 0).all()
    assert (of_series(empty)[0] == 0).all()


def test_metrics_that_part_are_found_though_each_is_within_its_range() -> None:
    values = element(2_000)
    values[1_800:1_830, 2] = values[1_770:1_800, 2]  # half a day late
    scores, alarms = of_element(values)
    assert alarms[1_800:1_806].any()
    assert (scores[1_805:1_825] > 0.5).mean() > 0.8


def test_an_element_scores_high_as_long_as_it_deviates() -> None:
    values = element(3_000)
    values[2_000:2_400, 1] = 0.0
    scores, alarms = of_element(values)
    assert scores.dtype == np.float64
    assert (scores[2_000:2_040] > 0.5).mean() > 0.7
    assert np.median(scores[2_000:2_400]) > 0.4 > 0.2 > np.median(scores[2_450:])
    assert alarms[2_000:2_005].sum() == 1


def test_alarms_pause_for_a_time_unless_something_rarer_follows() -> None:
    alarms = Alarms(1, level=1.5)
    rarity = np.zeros(400)
    rarity[[10, 50, 60, 61, 300]] = 2.0, 2.9, 3.1, 4.0, 1.6
    found = [bool(alarms.update(np.array([figure]))[0][0]) for figure in rarity]
    assert np.flatnonzero(found).tolist() == [10, 60, 300]
    assert REFRACTORY < 300 - 60


def test_the_state_of_a_series_has_a_bound() -> None:
    judge = SeriesNovelty(20)
    size = judge.nbytes
    for value in wave(shapes.SLACK * 2 + 10):
        judge.update(np.full(20, value))
    assert judge.nbytes == size <= 20 * single.BYTES
    assert single.BYTES <= 11_000


@pytest.mark.parametrize("metrics", [1, 5, 38, residual.MAX_METRICS, 150])
def test_the_state_of_an_element_has_a_bound(metrics: int) -> None:
    judge = ElementNovelty(3, metrics)
    assert judge.nbytes <= 3 * metrics * joint.BYTES
    if metrics <= residual.MAX_METRICS:
        assert judge.nbytes <= 3 * (metrics * residual.bytes_of(metrics) + 4 * tail.BINS + 64)
    assert joint.BYTES <= 6_000


def test_an_element_with_many_metrics_is_judged_in_groups() -> None:
    values = element(800, metrics=150)
    values[700:710, 100] += 100.0
    scores, _ = of_element(values)
    assert scores[700:710].max() > 0.5
    with pytest.raises(ValueError, match="65 metrics: an element has 1 to 64"):
        residual.Residuals(1, 65)


def test_series_and_elements_can_be_added_moved_and_removed() -> None:
    values = np.stack([wave(seed=seed) for seed in range(3)], 1)
    moved, whole = SeriesNovelty(3), SeriesNovelty(3)
    for row in values[:500]:
        moved.update(row)
        whole.update(row)
    moved.rebuild(np.array([2, ABSENT, 0]))
    for row in values[500:]:
        found, expected = moved.update(row[[2, 1, 0]]), whole.update(row)
        assert found.score[[0, 2]] == pytest.approx(expected.score[[2, 0]])
    joined, alone = ElementNovelty(2, 3), ElementNovelty(1, 3)
    for row in element(600, metrics=3):
        joined.update(np.stack([row, -row]))
        alone.update(row[None])
    joined.rebuild(np.array([ABSENT, 0]))
    for row in element(100, seed=2, metrics=3):
        assert joined.update(np.stack([row, row])).score[1] == pytest.approx(alone.update(row[None]).score[0])


def test_the_past_fades(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "LONGEST", 400.0)
    past = tail.Tail(1, start=100)
    present = np.array([True])
    for figure in np.random.default_rng(1).random(2_000):
        past.update(np.array([figure]), present)
    rare = past.update(np.array([3.0]), present)[0]
    for _ in range(2_000):
        common = past.update(np.array([3.0]), present)[0]
    assert rare > 1.5 > 0.1 > common
