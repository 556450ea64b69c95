"""The rows that a file adds to the catalogue: their fields, and the check that the rows fit together. Pure.

Rules: a row never changes an existing row. The targets of a kind of fault have to have the metric that it requires, and
each of its playbooks has to accept all these targets. The field `simulated` is for the simulator; other drivers ignore
it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.catalogue.actions import ACTIONS, ActionSpec, TakesDown, add_action
from shared.domain.catalogue.faults import FAULTS, FaultSpec, Harm, Signature, SymptomPlace, SymptomSpec, add_fault
from shared.domain.catalogue.metrics import METRICS, Judging, MetricSpec, Nature, add_metric
from shared.domain.catalogue.simulated import (
    SimulatedMetric,
    add_simulated_action,
    add_simulated_fault,
    add_simulated_metric,
)
from shared.domain.kinds import ActionKind, ElementKind, FaultKind
from shared.domain.telemetry import METRIC_NAME

MAX_ROWS = 200
MAX_LISTED = 20
MAX_TEXT = 200
TAKES_DOWN: Mapping[str, TakesDown] = {level.name.lower(): level for level in TakesDown}
Name = Annotated[str, Field(pattern=METRIC_NAME)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]
Location = tuple[str | int, ...]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AddedMetric(_Row):
    """A metric that a file adds. `threshold`: the limit above which every value is an anomaly. `least`: the smallest
    rise above the usual value that can be an anomaly, in the unit of the metric.
    """

    name: Name
    element: ElementKind
    unit: Text = ""
    label: Text = ""
    says: Text = ""
    digits: int = Field(default=1, ge=0, le=6)
    threshold: float | None = Field(default=None, gt=0)
    least: float = Field(gt=0)
    share: float = Field(default=0.0, ge=0, le=10)
    spreads: float = Field(default=8.0, ge=1, le=100)
    slow: bool = False
    simulated: SimulatedMetric | None = None

    def spec(self) -> MetricSpec:
        judging = Judging(self.spreads, self.least, 1.15, share=self.share, grows=self.slow)
        return MetricSpec(
            self.name,
            self.element,
            self.unit,
            self.says or self.unit,
            self.label or self.name.replace("_", " ").capitalize(),
            self.digits,
            nature=Nature.GAUGE,
            limit=self.threshold,
            judging=judging,
        )


class AddedFault(_Row):
    """A kind of fault that a file adds. `required`: the metric that is always out of line. `expected`: further metrics
    whose anomalies count for the fault.
    """

    kind: Name
    targets: tuple[ElementKind, ...] = Field(min_length=1, max_length=len(ElementKind))
    required: Name
    expected: tuple[Name, ...] = Field(default=(), max_length=MAX_LISTED)
    playbooks: tuple[Name, ...] = Field(min_length=1, max_length=MAX_LISTED)
    slow: bool = False
    simulated: Mapping[Name, float] = Field(default={}, max_length=MAX_LISTED)
    """How much the simulator adds to each metric of the faulty element, at strength 1."""

    def spec(self) -> FaultSpec:
        return FaultSpec(
            self.kind,
            Harm.RAISED,
            tuple(
                Signature(
                    element,
                    SymptomSpec(self.required),
                    expected=tuple(SymptomSpec(metric, SymptomPlace.SELF) for metric in self.expected),
                )
                for element in self.targets
            ),
            self.playbooks,
            carries=frozenset(),
            slow=self.slow,
            load=True,
        )


class AddedAction(_Row):
    """A kind of action that a file adds. `simulated`: the kinds of fault that it ends in the simulator."""

    name: Name
    targets: tuple[ElementKind, ...] = Field(min_length=1, max_length=len(ElementKind))
    takes_down: str = Field(default="nothing", pattern=f"^({'|'.join(TAKES_DOWN)})$")
    moves_traffic: bool = False
    simulated: tuple[Name, ...] = Field(default=(), max_length=MAX_LISTED)

    def spec(self) -> ActionSpec:
        return ActionSpec(
            self.name,
            frozenset(self.targets),
            TAKES_DOWN[self.takes_down],
            moves_traffic=self.moves_traffic,
        )


class CatalogueRows(_Row):
    """The content of a catalogue file."""

    metrics: tuple[AddedMetric, ...] = Field(default=(), max_length=MAX_ROWS)
    faults: tuple[AddedFault, ...] = Field(default=(), max_length=MAX_ROWS)
    actions: tuple[AddedAction, ...] = Field(default=(), max_length=MAX_ROWS)


@dataclass(frozen=True)
class Misfit:
    where: Location
    why: str


def misfits(rows: CatalogueRows) -> Iterator[Misfit]:
    metrics, actions = set(METRICS), {str(name): spec.targets for name, spec in ACTIONS.items()}
    for i, metric in enumerate(rows.metrics):
        if (metric.element, metric.name) in metrics:
            yield Misfit(("metrics", i, "name"), f"a {metric.element} already has a metric {metric.name}")
        metrics.add((metric.element, metric.name))
    for i, action in enumerate(rows.actions):
        if action.name in actions:
            yield Misfit(("actions", i, "name"), f"there already is an action {action.name}")
        actions[action.name] = frozenset(action.targets)
    kinds = {str(kind) for kind in FAULTS}
    for i, fault in enumerate(rows.faults):
        if fault.kind in kinds:
            yield Misfit(("faults", i, "kind"), f"there already is a fault {fault.kind}")
        kinds.add(fault.kind)
        yield from _of_fault(i, fault, metrics, actions)
    for i, action in enumerate(rows.actions):
        for j, kind in enumerate(action.simulated):
            if kind not in kinds:
                yield Misfit(("actions", i, "simulated", j), f"there is no fault {kind}")


def _of_fault(
    i: int, fault: AddedFault, metrics: set[tuple[ElementKind, str]], actions: Mapping[str, frozenset[ElementKind]]
) -> Iterator[Misfit]:
    shown = ((("required",), fault.required), *((("expected", j), name) for j, name in enumerate(fault.expected)))
    simulated = ((("simulated", name), name) for name in fault.simulated)
    for element in fault.targets:
        for where, metric in (*shown, *simulated):
            if (element, metric) not in metrics:
                yield Misfit(("faults", i, *where), f"a {element} has no metric {metric}")
    for j, name in enumerate(fault.playbooks):
        if name not in actions:
            yield Misfit(("faults", i, "playbooks", j), f"there is no action {name}")
        elif not frozenset(fault.targets) <= actions[name]:
            yield Misfit(("faults", i, "playbooks", j), f"{name} does not accept all targets of {fault.kind}")


def add_rows(rows: CatalogueRows) -> None:
    """Add rows that `misfits` has checked. This must be called before any module derives a table from the catalogue."""
    for metric in rows.metrics:
        add_metric(metric.spec())
        if metric.simulated is not None:
            add_simulated_metric(metric.element, metric.name, metric.simulated)
    for action in rows.actions:
        add_action(action.spec())
    for fault in rows.faults:
        add_fault(fault.spec())
        add_simulated_fault(FaultKind(fault.kind), fault.simulated)
    for action in rows.actions:
        add_simulated_action(ActionKind(action.name), frozenset(map(FaultKind, action.simulated)))
