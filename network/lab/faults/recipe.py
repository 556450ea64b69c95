"""What a recipe is: its parameters, what it accepts, what it changes, and how it proves the fault."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from network.lab.faults.access import LabAccess
from network.lab.faults.change import FaultChange
from network.lab.faults.proof import Landed, NotLanded
from network.lab.faults.target import FaultTarget
from network.lab.plan import LabPlan
from shared.domain.kinds import ElementKind

LONGEST_TEXT = 200
DEFAULT_SECONDS = 120.0
MOST_SECONDS = 7_200.0
"""The longest time to live."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class ParameterKind(StrEnum):
    NUMBER = "number"
    INTEGER = "integer"
    TEXT = "text"


@dataclass(frozen=True)
class FaultParameter:
    """`default`: empty for a text means that the recipe chooses. `least`, `most`: of a number, both included.

    `meaning`: with the unit.
    """

    name: str
    kind: ParameterKind
    default: str
    meaning: str
    least: float = -math.inf
    most: float = math.inf

    def fault_of(self, value: str) -> str:
        """Return why the text is no value of this parameter; empty if it is one."""
        if self.kind is ParameterKind.TEXT:
            fine = len(value) <= LONGEST_TEXT and value.isprintable()
            return "" if fine else f"{self.name}: at most {LONGEST_TEXT} printable characters"
        try:
            amount = float(value) if self.kind is ParameterKind.NUMBER else int(value)
        except ValueError:
            amount = math.nan
        if self.least <= amount <= self.most:
            return ""
        return f"{self.name}: {value!r} is no {self.kind} from {self.least:g} to {self.most:g}"


def number(name: str, default: float, meaning: str, least: float, most: float) -> FaultParameter:
    return FaultParameter(name, ParameterKind.NUMBER, f"{default:g}", meaning, least, most)


def integer(name: str, default: int, meaning: str, least: int, most: int) -> FaultParameter:
    return FaultParameter(name, ParameterKind.INTEGER, str(default), meaning, least, most)


def text(name: str, meaning: str, default: str = "") -> FaultParameter:
    return FaultParameter(name, ParameterKind.TEXT, default, meaning)


@dataclass(frozen=True)
class FaultRequest:
    """`parameters`: as a person writes them. `seconds`: the time to live, counted from when it is accepted."""

    id: str
    kind: str
    target: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    seconds: float = DEFAULT_SECONDS

    def fault(self) -> str:
        """Return what is wrong with the request itself; empty if nothing is."""
        if not _ID.fullmatch(self.id):
            return "the id of a fault has at most 63 letters, digits, dots, dashes and underscores"
        if not 0 < self.seconds <= MOST_SECONDS:
            return f"a fault lasts more than 0 and at most {MOST_SECONDS:g} s"
        return ""


@dataclass(frozen=True)
class FaultCase:
    """A checked request: the laboratory, the target and a value for each parameter of the recipe.

    `figures`: what the recipe measured before the fault.
    """

    id: str
    lab: LabAccess
    target: FaultTarget
    values: Mapping[str, str]
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def plan(self) -> LabPlan:
        return self.lab.plan

    @property
    def node(self) -> str:
        return self.target.node.name

    def text(self, name: str) -> str:
        return self.values[name]

    def number(self, name: str) -> float:
        return float(self.values[name])

    def integer(self, name: str) -> int:
        return int(self.values[name])


Look = Callable[[FaultCase], Landed | NotLanded]
STEADY = 5.0
"""Seconds between two looks at what daemons that have just started do not show yet either."""


def steady(look: Look) -> Look:
    """Return a look that counts only if it is the same some seconds later."""

    def twice(case: FaultCase) -> Landed | NotLanded:
        first = look(case)
        if isinstance(first, NotLanded):
            return first
        time.sleep(STEADY)
        return look(case)

    return twice


Made = tuple[FaultChange, ...] | NotLanded


@dataclass(frozen=True)
class Recipe:
    """A kind of fault. To apply it is to make its changes in order; to clear it is to undo them, the last one first.

    `changes`: reads what is there and returns the changes, or why the fault cannot be made here; it changes nothing.
    `landed`: looks beyond that all changes hold. `symptom`: looks whether the network suffers; None: the fault has no
    symptom of its own. `baseline`: measures before the fault what the symptom compares with. `within`: seconds until
    the symptom is complete, by the default timers of FRR.
    """

    kind: str
    accepts: frozenset[ElementKind]
    changes: Callable[[FaultCase], Made]
    parameters: tuple[FaultParameter, ...] = ()
    landed: Look | None = None
    symptom: Look | None = None
    baseline: Callable[[FaultCase], Mapping[str, float]] | None = None
    within: float = 15.0

    def values(self, given: Mapping[str, str]) -> Mapping[str, str] | NotLanded:
        """Return a value for each parameter: the given one or the default."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name, value in given.items():
            if name not in known:
                names = ", ".join(known) or "none"
                return NotLanded(f"{self.kind} has no parameter {name}: it has {names}")
            if fault := known[name].fault_of(value):
                return NotLanded(fault)
        return {name: given.get(name, parameter.default) for name, parameter in known.items()}
