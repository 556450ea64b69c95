"""The course of a case as a state machine: which phase follows, and what ends it early. Pure.

Rules
1. The phases of a course have a fixed order, and none is entered twice.
2. A phase of the laboratory that does not pass before the verdict makes the case void: what follows is cleaning up.
   A phase of the product never makes a case void: what it does not deliver is scored as missing.
3. What was begun is ended, however the case goes: the product is stopped if its start was tried, the fault is undone
   if its injection was tried, the laboratory is torn down if its building was tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class CoursePhase(StrEnum):
    BUILD = "build"
    """The laboratory is built."""
    BASELINE = "baseline"
    """All checks of the plan hold."""
    REMEMBER = "remember"
    """The healthy state is stored, for the comparisons."""
    WATCH = "watch"
    """Warm: the product runs and sees the healthy network."""
    INJECT = "inject"
    LAND = "land"
    """It is proved that the fault is there."""
    SYMPTOM = "symptom"
    """It is proved that the fault has its effect."""
    START = "start"
    """Cold: the product starts now."""
    VERDICT = "verdict"
    """The product comes to its final verdict."""
    REPAIR = "repair"
    """The product repairs: the fault and its effect are gone."""
    PROOF = "proof"
    """They stay away."""
    REGRESSION = "regression"
    """Nothing is worse than before the fault, after the repair."""
    STOP = "stop"
    """The product ends."""
    UNDO = "undo"
    """The fault, or what is left of it, is removed from outside."""
    LEFT_OVER = "left_over"
    """Nothing is worse than before the fault, after the undo."""
    TEAR_DOWN = "tear_down"


class PhaseEnd(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"


class CourseKind(StrEnum):
    WARM = "warm"
    """The product has watched the healthy network before the fault."""
    COLD = "cold"
    """The product starts after the fault, and knows only the files of its operator."""
    REHEARSAL = "rehearsal"
    """Without the product: proves that the case can be run."""


@dataclass(frozen=True)
class Course:
    """`healthy`: there is no fault."""

    kind: CourseKind
    healthy: bool = False


P = CoursePhase
OF_A_FAULT = frozenset({P.INJECT, P.LAND, P.SYMPTOM, P.REPAIR, P.PROOF, P.UNDO, P.LEFT_OVER})
OF_THE_PRODUCT = frozenset({P.WATCH, P.START, P.VERDICT, P.REPAIR, P.PROOF, P.REGRESSION, P.STOP})
CLEANING = frozenset({P.STOP, P.UNDO, P.LEFT_OVER, P.TEAR_DOWN})
VOIDING = frozenset({P.BUILD, P.BASELINE, P.REMEMBER, P.INJECT, P.LAND, P.SYMPTOM})
"""A case in which one of these does not pass is void."""
STARTS = frozenset({P.WATCH, P.START})
NEEDED_FOR: Mapping[CoursePhase, frozenset[CoursePhase]] = MappingProxyType(
    {P.STOP: STARTS, P.UNDO: frozenset({P.INJECT}), P.TEAR_DOWN: frozenset({P.BUILD})}
)
"""Each phase that cleans up is entered once one of these was entered, whatever their end."""

Ends = Mapping[CoursePhase, PhaseEnd]


def phases_of(course: Course) -> tuple[CoursePhase, ...]:
    """Return the phases of a case that goes well, in order."""
    left_out: set[CoursePhase] = set()
    if course.healthy:
        left_out |= OF_A_FAULT
    if course.kind is CourseKind.REHEARSAL:
        left_out |= OF_THE_PRODUCT
    else:
        left_out.add(P.START if course.kind is CourseKind.WARM else P.WATCH)
    return tuple(phase for phase in CoursePhase if phase not in left_out)


def next_phase(course: Course, ends: Ends) -> CoursePhase | None:
    """Return the phase that follows; None if the case is over. `ends`: the phases so far."""
    latest = max((list(CoursePhase).index(phase) for phase in ends), default=-1)
    for phase in phases_of(course):
        if list(CoursePhase).index(phase) > latest and _is_due(phase, course, ends):
            return phase
    return None


def _is_due(phase: CoursePhase, course: Course, ends: Ends) -> bool:
    if needed := NEEDED_FOR.get(phase):
        return not needed.isdisjoint(ends)
    if is_void(ends) or PhaseEnd.CANCELLED in ends.values():
        return False
    if any(ends.get(start, PhaseEnd.PASSED) is not PhaseEnd.PASSED for start in STARTS):
        return phase is P.LEFT_OVER and ends.get(P.UNDO) is PhaseEnd.PASSED
    match phase:
        case P.REPAIR:
            return ends.get(P.VERDICT) is PhaseEnd.PASSED
        case P.PROOF:
            return ends.get(P.REPAIR) is PhaseEnd.PASSED
        case P.REGRESSION:
            return course.healthy or is_repaired(ends)
        case P.LEFT_OVER:
            return ends.get(P.UNDO) is PhaseEnd.PASSED
    return True


def is_void(ends: Ends) -> bool:
    return any(ends.get(phase, PhaseEnd.PASSED) is not PhaseEnd.PASSED for phase in VOIDING)


def is_repaired(ends: Ends) -> bool:
    return ends.get(P.PROOF) is PhaseEnd.PASSED
