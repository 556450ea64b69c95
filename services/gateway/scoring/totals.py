"""The totals of all settled scores; their size does not grow with time.

Rules: a score is added once and never removed. Each duration is rounded to three significant digits, and equal
durations are counted. So the quantiles of a million faults are right to half a percent, and fit into one small record.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.scoring.fault_scores import FaultScore
from shared.domain.catalogue import faults_that
from shared.domain.kinds import FaultKind

DIGITS = 3
"""The significant digits of a stored duration. Before that it is rounded to the millisecond."""
TIMED_APART = faults_that(lambda fault: fault.slow or fault.flaps)

Step = Literal["detect", "diagnose", "act", "repair"]
STEPS: tuple[Step, ...] = get_args(Step)


class Quantiles(BaseModel):
    """Median, 95th percentile and maximum, in seconds, right to half a percent; None without a sample."""

    model_config = ConfigDict(frozen=True)

    p50: float | None = Field(default=None, description="the middle, seconds")
    p95: float | None = Field(default=None, description="95 % are not longer, seconds")
    max: float | None = Field(default=None, description="the longest, seconds")


class Seconds(BaseModel):
    """The duration of each step: fault to raised, raised to diagnosed, diagnosed to applied, fault to verified."""

    model_config = ConfigDict(frozen=True)

    detect: Quantiles = Field(default=Quantiles(), description="from the fault to its first anomaly")
    diagnose: Quantiles = Field(default=Quantiles(), description="from the anomaly to the cause that was acted on")
    act: Quantiles = Field(default=Quantiles(), description="from that cause to the action applied")
    repair: Quantiles = Field(default=Quantiles(), description="from the fault to the repair verified")


class Counts(BaseModel):
    """The numbers of faults and results; `early`: leaks and flaps named in time."""

    model_config = ConfigDict(frozen=True)

    faults: int = Field(default=0, description="faults that were injected")
    pending: int = Field(
        default=0, description="faults that are live or ended just now: missing results may still come"
    )
    detected: int = Field(default=0, description="faults that an incident belongs to")
    right_node: int = Field(default=0, description="faults whose place was right in the diagnosis acted on")
    right_kind: int = Field(default=0, description="faults whose kind was right in the diagnosis acted on")
    repaired: int = Field(default=0, description="faults that an action ended, all members clear within 5 s")
    early: int | None = Field(
        default=None, description="leaks and flaps that were named in time; null: there were none"
    )
    seconds: Seconds = Field(default=Seconds(), description="how long each step took")


class KindTotals(BaseModel):
    """The totals of one kind of fault. `slow`: the number of leaks or flaps. `early`: the number of leaks or flaps that
    were found in time. `seconds`: how often each duration occurred, for each of `STEPS`.
    """

    faults: int = 0
    pending: int = 0
    detected: int = 0
    right_node: int = 0
    right_kind: int = 0
    repaired: int = 0
    slow: int = 0
    early: int = 0
    seconds: dict[Step, dict[float, int]] = Field(default_factory=dict)

    def add(self, score: FaultScore) -> None:
        self.faults += 1
        self.pending += score.pending
        self.detected += score.detected
        self.right_node += score.right_node
        self.right_kind += score.right_kind
        self.repaired += score.repaired
        self.slow += score.early is not None
        self.early += bool(score.early)
        for step in STEPS:
            value: float | None = getattr(score, step)
            if value is not None:
                spread, kept = self.seconds.setdefault(step, {}), _kept(value)
                spread[kept] = spread.get(kept, 0) + 1


class ScoreTotals(BaseModel):
    """The totals of all settled scores. `actions`: applied actions. `missed`: wrong actions at the right place.

    `needless`: unnecessary actions. `false`: anomalies that were raised while no fault was live.
    """

    kinds: dict[FaultKind, KindTotals] = Field(default_factory=dict)
    actions: int = 0
    missed: int = 0
    needless: int = 0
    false: int = 0

    @property
    def faults(self) -> int:
        return sum(kind.faults for kind in self.kinds.values())

    def add(self, score: FaultScore) -> None:
        self.kinds.setdefault(score.kind, KindTotals()).add(score)

    def with_more(self, scores: Iterable[FaultScore], more: ScoreTotals) -> ScoreTotals:
        both = self.model_copy(deep=True)
        for score in scores:
            both.add(score)
        both.take(more)
        return both

    def take(self, more: ScoreTotals) -> None:
        self.actions += more.actions
        self.missed += more.missed
        self.needless += more.needless
        self.false += more.false

    def counts(self) -> Counts:
        timed = [kind for name, kind in self.kinds.items() if name not in TIMED_APART]
        return _counts(tuple(self.kinds.values()), timed)

    def by_kind(self) -> dict[FaultKind, Counts]:
        return {name: _counts((self.kinds[name],), (self.kinds[name],)) for name in sorted(self.kinds)}


def _counts(kinds: Iterable[KindTotals], timed: Iterable[KindTotals]) -> Counts:
    kinds, timed = tuple(kinds), tuple(timed)
    return Counts(
        faults=sum(kind.faults for kind in kinds),
        pending=sum(kind.pending for kind in kinds),
        detected=sum(kind.detected for kind in kinds),
        right_node=sum(kind.right_node for kind in kinds),
        right_kind=sum(kind.right_kind for kind in kinds),
        repaired=sum(kind.repaired for kind in kinds),
        early=sum(kind.early for kind in kinds) if any(kind.slow for kind in kinds) else None,
        seconds=Seconds(**{step: quantiles(_together(kind.seconds.get(step, {}) for kind in timed)) for step in STEPS}),
    )


def _together(spreads: Iterable[Mapping[float, int]]) -> Mapping[float, int]:
    summed: Counter[float] = Counter()
    for spread in spreads:
        summed.update(spread)
    return summed


def quantiles(spread: Mapping[float, int]) -> Quantiles:
    """By nearest rank. `spread`: how often each value occurred."""
    count, known = sum(spread.values()), sorted(spread)
    if not count:
        return Quantiles()

    def rank(share: float) -> float:
        left = math.ceil(share * count)
        return next(value for value in known if (left := left - spread[value]) <= 0)

    return Quantiles(p50=rank(0.5), p95=rank(0.95), max=known[-1])


def _kept(value: float) -> float:
    return float(f"{round(value, 3):.{DIGITS}g}")
