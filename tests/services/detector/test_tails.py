"""The limits of gauges follow the noise that healthy gauges have, whatever its scale and tail."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pytest

from services.detector.core.layout import Floats
from services.detector.core.tails import HELD, LAG, MOST, HeldDeviations, TailRecord

GAUGES, BEATS = 20, 2_000
ROWS = np.zeros(GAUGES, np.int64)
HEALTHY = np.full(GAUGES, True)


def limit(draw: Callable[[np.random.Generator], Floats], beats: int = BEATS) -> float:
    chance, record, held = np.random.default_rng(1), TailRecord(np.array([8.0])), HeldDeviations()
    held.rebuild(np.full(GAUGES, -1))
    for beat in range(beats):
        held.add(beat, record, record.at(beat), ROWS, draw(chance), HEALTHY)
    return float(record.at(beats).limits[0])


def normal(chance: np.random.Generator) -> Floats:
    return np.asarray(chance.normal(size=GAUGES))


def heavy(chance: np.random.Generator) -> Floats:
    return np.asarray(chance.standard_t(3, size=GAUGES))


def test_a_heavy_tail_gets_a_wider_limit_than_a_light_one() -> None:
    assert 4.5 < limit(normal) < 15
    assert 30 < limit(heavy) < 200


def test_a_record_of_little_has_the_limit_that_was_given() -> None:
    assert limit(normal, HELD + LAG - 1) == 8.0


def test_a_limit_grows_with_the_noise_alone() -> None:
    assert limit(lambda chance: 3 * normal(chance)) == pytest.approx(3 * limit(normal), rel=0.15)


def test_a_fault_that_was_not_found_hardly_widens_the_limit() -> None:
    def faulty(chance: np.random.Generator) -> Floats:
        found = normal(chance)
        faulty.beat += 1  # type: ignore[attr-defined]
        if 1_000 <= faulty.beat < 1_060:  # type: ignore[attr-defined]
            found[0] += 40
        return found

    faulty.beat = 0  # type: ignore[attr-defined]
    assert limit(faulty) < 2.5 * limit(normal)


def test_a_raised_gauge_leaves_no_deviation_behind() -> None:
    record, held = TailRecord(np.array([8.0])), HeldDeviations()
    held.rebuild(np.full(GAUGES, -1))
    for beat in range(3 * HELD):
        deviations = np.where(np.arange(GAUGES) == 3, 500.0, 0.5)
        held.add(beat, record, record.at(beat), ROWS, deviations, HEALTHY & (np.arange(GAUGES) != 3))
        if beat < HELD:
            held.drop(3)
    tails = record.at(4 * HELD)
    assert tails.limits[0] < 8.0
    assert tails.score(0, 500.0) > tails.score(0, 9.0) > 0


def test_a_score_is_comparable_across_rows_and_rises_with_the_deviation() -> None:
    record, held = TailRecord(np.array([8.0, 8.0])), HeldDeviations()
    held.rebuild(np.full(2 * GAUGES, -1))
    rows, chance = np.repeat([0, 1], GAUGES), np.random.default_rng(2)
    for beat in range(BEATS):
        deviations = np.concatenate([normal(chance), heavy(chance)])
        held.add(beat, record, record.at(beat), rows, deviations, np.full(2 * GAUGES, True))
    tails = record.at(BEATS)
    narrow, wide = tails.limits
    assert tails.score(0, narrow) == pytest.approx(tails.score(1, wide), abs=0.01)
    scores = [tails.score(1, wide * times) for times in (0.1, 1, 2, 5, 1e9)]
    assert scores == sorted(scores)
    assert (scores[-1] <= 16, scores[0] >= 0) == (True, True)


def test_a_record_is_bounded_and_forgets() -> None:
    record = TailRecord(np.array([8.0]))
    many = np.full(200_000, Random(1).random())
    for beat in range(12):
        record.add(beat, np.zeros(len(many), np.int64), many)
        record.at(beat)
    assert record.at(99).size <= MOST + LAG * len(many)


def test_the_order_of_partitions_within_a_beat_changes_nothing() -> None:
    """Two partitions whose ticks of a beat come in either order see the same limits at each beat."""

    def limits(first: int) -> list[float]:
        record, seen = TailRecord(np.array([8.0])), dict[tuple[int, int], float]()
        chances = [np.random.default_rng(1), np.random.default_rng(2)]
        for beat in range(500):
            for partition in (first, 1 - first):
                seen[beat, partition] = float(record.at(beat).limits[0])
                record.add(beat, ROWS, np.abs(heavy(chances[partition])))
        return [seen[key] for key in sorted(seen)]

    assert limits(0) == limits(1)
