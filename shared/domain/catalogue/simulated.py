"""How the simulator models the rows that a file added to the catalogue; it has formulas for the built-in ones."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.kinds import ActionKind, ElementKind, FaultKind


class SimulatedMetric(BaseModel):
    """The usual value of a metric and the standard deviation of its noise, in its unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    usual: float
    noise: float = Field(ge=0)


_metrics: dict[tuple[ElementKind, str], SimulatedMetric] = {}
_faults: dict[FaultKind, Mapping[str, float]] = {}
_actions: dict[ActionKind, frozenset[FaultKind]] = {}
SIMULATED_METRICS: Mapping[tuple[ElementKind, str], SimulatedMetric] = MappingProxyType(_metrics)
SIMULATED_FAULTS: Mapping[FaultKind, Mapping[str, float]] = MappingProxyType(_faults)
"""By how much a fault raises each metric of the faulty element at full strength."""
SIMULATED_ACTIONS: Mapping[ActionKind, frozenset[FaultKind]] = MappingProxyType(_actions)
"""The kinds of fault that an action ends."""


def add_simulated_metric(element: ElementKind, name: str, simulated: SimulatedMetric) -> None:
    _metrics[element, name] = simulated


def add_simulated_fault(kind: FaultKind, raises: Mapping[str, float]) -> None:
    _faults[kind] = raises


def add_simulated_action(kind: ActionKind, ends: frozenset[FaultKind]) -> None:
    _actions[kind] = ends
