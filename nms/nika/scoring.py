"""Scores an answer as NIKA 0.2.0 does, and estimates how far a mean may be from its true value. Pure.

Rules
1. Pairs, resources and fault ids are compared as sets, so duplicates do not count.
2. precision = TP / (TP + FP), recall = TP / (TP + FN), F1 is their harmonic mean; each is 0 where it is undefined, 1
   where both sets are empty, and rounded to 4 digits at the end.
3. A list that is missing or invalid scores 0 in all sets, also where the truth is empty. An empty list is a valid one.
4. Detection is 1 if the flag equals the truth, else 0; it does not depend on the pairs. No readable flag: 0.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from statistics import fmean

from nms.nika.resources import NikaPair

DIGITS = 4
RESAMPLES = 10_000
SEED = 42
TAIL = 0.025
"""Of each side: the interval holds 95 %."""
TRUE = frozenset({"true", "True", "1", "yes", "Yes"})
FALSE = frozenset({"false", "False", "0", "no", "No"})
"""What NIKA reads as a flag, besides true, false, 1 and 0."""


@dataclass(frozen=True)
class SetScore:
    precision: float
    recall: float
    f1: float


NOTHING_SCORED = SetScore(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class NikaAnswer:
    """`is_anomaly`: None if the flag is missing or unreadable. `pairs`: None if the list is missing or invalid."""

    is_anomaly: bool | None = None
    pairs: tuple[NikaPair, ...] | None = None


NO_ANSWER = NikaAnswer()
"""Nothing was handed in."""


@dataclass(frozen=True)
class NikaScore:
    rca: SetScore
    localization: SetScore
    fault_type: SetScore
    detection: float


def read_flag(value: object) -> bool | None:
    """Read `is_anomaly` as NIKA does; None if it is unreadable."""
    if isinstance(value, bool | int | float):
        return value == 1 if value in (0, 1) else None
    if isinstance(value, str):
        return True if value in TRUE else False if value in FALSE else None
    return None


def set_score(answered: Collection[Hashable], truth: Collection[Hashable]) -> SetScore:
    found, wanted = set(answered), set(truth)
    if not found and not wanted:
        return SetScore(1.0, 1.0, 1.0)
    right = len(found & wanted)
    precision = right / len(found) if found else 0.0
    recall = right / len(wanted) if wanted else 0.0
    both = precision + recall
    f1 = 2 * precision * recall / both if both else 0.0
    return SetScore(round(precision, DIGITS), round(recall, DIGITS), round(f1, DIGITS))


def score(answer: NikaAnswer, truth: Sequence[NikaPair]) -> NikaScore:
    """`truth`: empty if the case is healthy."""
    detection = float(answer.is_anomaly is not None and answer.is_anomaly is bool(truth))
    if answer.pairs is None:
        return NikaScore(NOTHING_SCORED, NOTHING_SCORED, NOTHING_SCORED, detection)
    return NikaScore(
        rca=set_score(answer.pairs, truth),
        localization=set_score([pair.resource for pair in answer.pairs], [pair.resource for pair in truth]),
        fault_type=set_score([pair.fault for pair in answer.pairs], [pair.fault for pair in truth]),
        detection=detection,
    )


@dataclass(frozen=True)
class Estimate:
    """A mean over cases, and its 95 % bootstrap interval. `count`: of cases."""

    mean: float
    low: float
    high: float
    count: int


def estimate(values: Sequence[float], resamples: int = RESAMPLES, seed: int = SEED) -> Estimate | None:
    """Resample the cases with replacement; the same values give the same interval. None if there are no values."""
    if not values:
        return None
    chance = random.Random(seed)
    means = sorted(fmean(chance.choices(values, k=len(values))) for _ in range(resamples))
    last = len(means) - 1
    low, high = means[round(TAIL * last)], means[round((1 - TAIL) * last)]
    return Estimate(fmean(values), low, high, len(values))
