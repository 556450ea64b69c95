"""An ingredient of the loop's judgement, and what can stand in its place while it is switched off.

Each function here has the arguments of the one that it replaces; the simplest judgement that still answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TypeAlias
from unittest import mock

import numpy as np

from services.correlator.core.affinity import MAX_ANCHORS, IncidentMatcher
from services.correlator.core.case import IncidentCase
from services.detector.core import tails
from services.detector.core.common import NO_SHIFT, Common, Shift
from services.detector.core.gauges import Gauges
from services.detector.core.growth import Beat, Growth
from services.detector.core.layout import Bools, Floats, Ints, Layout
from services.detector.core.peers import Peers
from services.detector.core.queueing import Queueing
from services.detector.core.rules import ROWS
from services.detector.core.tails import HeldDeviations, TailRecord, Tails
from services.rca.core.confidence import Calibration
from services.rca.core.incident_context import IncidentContext
from services.rca.core.ranking import MAX_RANKED, Ranked
from services.remediator.core.evidence import Metric, Sample
from services.remediator.core.harm import Look
from services.remediator.gate import Finding, Proof
from shared.domain.catalogue import METRICS, metric_in_role
from shared.domain.config import Thresholds
from shared.domain.events import Action, Member
from shared.domain.kinds import ElementKind

Patch: TypeAlias = tuple[object, str, object]
"""A module or class, one of its names, and what stands there while the ingredient is off."""

ELEMENTS = 64
"""Elements that can have a record of their own when nothing is shared by peers."""


@dataclass(frozen=True)
class Ingredient:
    """`safety`: it guards against what the simulator does not show, so a run cannot speak against it."""

    room: str
    name: str
    worlds: Sequence[str]
    patches: Sequence[Patch]
    safety: bool = False

    def off(self) -> ExitStack:
        """Return a context in which the ingredient is switched off."""
        stack = ExitStack()
        for target, name, instead in self.patches:
            stack.enter_context(mock.patch.object(target, name, instead))
        return stack


_peers_init, _rebuild, _update_limits, _smoothed = (
    Peers.__init__,
    Gauges.rebuild,
    Gauges._update_limits,
    Gauges.smoothed,
)
_extrapolated, _hold = TailRecord._extrapolated, HeldDeviations.add


class RecordOfEach(TailRecord):
    """A record with rows for each element alone."""

    def __init__(self) -> None:
        spreads = [spec.judging.spreads if spec.judging else 0.0 for spec in ROWS]
        super().__init__(np.tile(np.array(spreads), ELEMENTS))
        self.numbers: dict[str, int] = {}


def peers_alone(self: Peers) -> None:
    _peers_init(self)
    self.record = RecordOfEach()


def rebuild_alone(self: Gauges, layout: Layout, source: Ints, thresholds: Thresholds) -> None:
    _rebuild(self, layout, source, thresholds)
    record = self._peers.record
    assert isinstance(record, RecordOfEach)
    numbers = [record.numbers.setdefault(element, len(record.numbers)) for element, _ in layout.gauge_keys]
    self._row = self._row + len(ROWS) * np.array(numbers, np.int64)


def largest(self: TailRecord, total: Floats) -> Tails:
    """The empirical quantile of something so rare is the largest deviation."""
    far = np.exp(tails._LOGS[tails.BINS - 1 - np.argmax(self._counts[:, ::-1] > 0, axis=1)])
    weight = total / (total + tails.PRIOR_WEIGHT)
    return replace(_extrapolated(self, total), limits=weight * far + (1 - weight) * self._prior)


def constant(self: TailRecord, total: Floats) -> Tails:
    return replace(_extrapolated(self, total), limits=self._prior)


def hold_all(
    self: HeldDeviations, beat: int, record: TailRecord, known: Tails, rows: Ints, deviations: Floats, healthy: Bools
) -> None:
    no_run = replace(known, start=np.full(len(known.start), np.inf))
    _hold(self, beat, record, no_run, rows, deviations, healthy)


def nothing_added(self: Queueing, load: Floats, usual: Floats, of_others: Floats) -> Floats:
    return np.zeros(len(load))


def as_sampled(self: Gauges, values: Floats, beat: bool, seconds: float) -> Floats:
    _smoothed(self, values, beat, seconds)
    return values


def nothing_grows(self: Growth, now: Beat, expected: Floats, limit: Floats, healthy: Bools) -> Bools:
    return np.full(len(expected), False)


def release_rises(self: Gauges) -> None:
    self.release = np.where(self.open & ~self.growing, np.inf, self.release)
    _update_limits(self)


def rebuild_plainly(self: Gauges, layout: Layout, source: Ints, thresholds: Thresholds) -> None:
    _rebuild(self, layout, source, thresholds)
    self._by_path[:] = False
    self._update_limits()


def over_alone(self: Gauges, values: Floats) -> Bools:
    return values > self.limit


def back_alone(self: Gauges, values: Floats) -> Bools:
    return values < self.release


def no_shift(self: Common, at: float, before: Shift) -> Shift:
    return NO_SHIFT


# --- rca -------------------------------------------------------------------------------------------------------------


def one_cause(context: IncidentContext, ranked: Sequence[Ranked]) -> tuple[list[Ranked], list[Ranked]]:
    return list(ranked[:1]), list(ranked[1 : 1 + MAX_RANKED])


def fit_as_it_is(self: Calibration, fit: float) -> float:
    return fit


# --- correlator and remediator ---------------------------------------------------------------------------------------


def all_members(self: IncidentMatcher, known: IncidentCase) -> Sequence[Member]:
    return list(known.members.values())[:MAX_ANCHORS]


def proved(self: Look, action: Action) -> Finding:
    return Finding(Proof.PROVED, "not examined")


def fills_soon(self: Look, node: str, metric: Metric, value: float, usual: float, limit: float) -> Finding:
    return Finding(Proof.PROVED, "above its usual value", {"value": value, "usual": usual})


def busy_alone(self: Look, element: str, busy: Finding) -> Finding:
    return busy


def newest_alone(self: Look, element: str, metric: Metric) -> list[Sample]:
    return self._recent(element, metric)[:1]


def at_the_element(self: Look, element: str, of_link: Metric, look: Callable[[str, Metric], Finding]) -> Finding:
    role = METRICS[ElementKind.LINK, of_link].role
    at_node = metric_in_role(ElementKind.NODE, role) if role and not self.topology.is_link(element) else of_link
    return look(element, at_node)


# --- answers of any function -----------------------------------------------------------------------------------------


def nothing(*given: object, **named: object) -> None:
    return None


def no(*given: object, **named: object) -> bool:
    return False


def yes(*given: object, **named: object) -> bool:
    return True


def zero(*given: object, **named: object) -> float:
    return 0.0


def empty(*given: object, **named: object) -> tuple[()]:
    return ()


def no_keys(*given: object, **named: object) -> frozenset[object]:
    return frozenset()
