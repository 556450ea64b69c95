"""How the simulator models the rows that a file added to the catalogue. For the built-in rows it has formulas."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.kinds import ActionKind, ElementKind, FaultKind


class SimulatedMetric(BaseModel):
    """How the simulator computes a metric. `usual`: its usual value. `noise`: the standard deviation of its noise. Both
    are in the unit of the metric.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    usual: float
    noise: float = Field(ge=0)


_metrics: dict[tuple[ElementKind, str], SimulatedMetric] = {}
_faults: dict[FaultKind, Mapping[str, float]] = {}
_actions: dict[ActionKind, frozenset[FaultKind]] = {}
SIMULATED_METRICS: Mapping[tuple[ElementKind, str], SimulatedMetric] = MappingProxyType(_metrics)
SIMULATED_FAULTS: Mapping[FaultKind, Mapping[str, float]] = MappingProxyType(_faults)
"""For each kind of fault: how much it adds to each metric of the faulty element, at strength 1."""
SIMULATED_ACTIONS: Mapping[ActionKind, frozenset[FaultKind]] = MappingProxyType(_actions)
"""For each kind of action: the kinds of fault that it ends."""


def add_simulated_metric(element: ElementKind, name: str, simulated: SimulatedMetric) -> None:
    _metrics[element, name] = simulated


def add_simulated_fault(kind: FaultKind, raises: Mapping[str, float]) -> None:
    _faults[kind] = raises


def add_simulated_action(kind: ActionKind, ends: frozenset[FaultKind]) -> None:
    _actions[kind] = ends
