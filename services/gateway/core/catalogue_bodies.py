"""The body of `GET /api/catalogue`: the rows of the catalogue as JSON.

Rule: the body has every row of the catalogue, in the order of the catalogue. No code of this module names a single row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import Field

from services.gateway.core.bodies import Body
from shared.domain.catalogue import (
    ACTION_STATES,
    ACTIONS,
    FAULTS,
    METRICS,
    ActionSpec,
    ActionStateSpec,
    FaultSpec,
    Harm,
    MetricSpec,
    Nature,
    Role,
    Signature,
    SymptomPlace,
)
from shared.domain.kinds import ActionState, ElementKind, in_order


class MetricEntry(Body):
    """One metric of one kind of element."""

    name: str = Field(description="its name in telemetry, anomalies and the other calls")
    element: ElementKind = Field(description="the kind of element at which it is sampled")
    label: str = Field(description="its name for display")
    unit: str = Field(description="empty: none")
    says: str = Field(description="what a value means")
    digits: int = Field(description="decimals with which it is sampled")
    nature: Nature = Field(description="a level, a rate, or a state: 1 if it is as it should be, else 0")
    role: Role | None = Field(description="its role in rules that combine metrics; null: none")
    carried: bool = Field(description="whether traffic carries it: it shows a fault somewhere on the path, not where")
    threshold: str | None = Field(description="the setting that is its plain threshold; null: none")
    limit: float | None = Field(description="its fixed plain threshold, if no setting has one; null: none")
    judged: bool = Field(description="whether the detector raises anomalies for it")
    weight: float = Field(description="its weight in a diagnosis as a local symptom")
    says_off: str | None = Field(description="what an element in state 0 does; null: the metric is no state")
    says_on: str | None = Field(description="what an element back in state 1 does; null: the metric is no state")


class SymptomEntry(Body):
    """One symptom of a kind of fault."""

    element: ElementKind = Field(description="the kind of element that has the fault")
    metric: str = Field(description="the metric that is out of line")
    place: SymptomPlace = Field(description="where it shows: at the element itself, at its links, or at its ends")
    flapping: bool | None = Field(description="true: only if it flaps; false: only if it does not; null: either")
    required: bool = Field(description="whether the fault is proposed only with this symptom")


class FaultEntry(Body):
    """One kind of fault."""

    kind: str = Field(description="its name in the other calls")
    targets: tuple[ElementKind, ...] = Field(description="the kinds of element at which it can be injected")
    shows: tuple[SymptomEntry, ...] = Field(description="the symptoms that it shows")
    harm: Harm = Field(description="what proves that it does harm")
    playbooks: tuple[str, ...] = Field(description="the actions against it, the best first")
    slow: bool = Field(description="whether it grows slowly and can be found before a threshold is crossed")
    flaps: bool = Field(description="whether it comes and goes")
    load: bool = Field(description="whether it may do no harm")
    of_ports: bool = Field(description="whether it is in a port: then a node and a link of that node are one place")
    cuts: bool = Field(description="whether the element carries no traffic while it lasts")
    moves_traffic: bool = Field(description="whether traffic takes another path while it lasts")


class ActionEntry(Body):
    """One kind of action."""

    name: str = Field(description="its name in the other calls")
    targets: tuple[ElementKind, ...] = Field(description="the kinds of element that it can be run on")
    takes_down: str = Field(description="what is out of service while it runs: nothing, ports or node")
    moves_traffic: bool = Field(description="whether load may rise elsewhere")
    undoable: bool = Field(description="whether it is reverted if it did not help")
    detours: bool = Field(description="whether it only leads traffic around its target")
    caps_load: float | None = Field(description="% of capacity to which it limits a link; null: no limit")


class ActionStateEntry(Body):
    """One state of an action."""

    state: ActionState = Field(description="its name in the other calls")
    stage: int = Field(description="its stage; later states have a higher one")
    after: tuple[ActionState, ...] = Field(description="the states that may follow it")
    may_run: bool = Field(description="whether a command to run the action is valid in it")
    may_undo: bool = Field(description="whether a command to revert the action is valid in it")


class CatalogueBody(Body):
    """`GET /api/catalogue`: the metrics, kinds of fault and actions that this installation knows."""

    metrics: tuple[MetricEntry, ...] = Field(description="in the order of display")
    faults: tuple[FaultEntry, ...] = Field(description="the kinds of fault")
    actions: tuple[ActionEntry, ...] = Field(description="the kinds of action")
    action_states: tuple[ActionStateEntry, ...] = Field(description="in the order of an action's life cycle")


def catalogue_body(
    metrics: Iterable[MetricSpec] | None = None,
    faults: Iterable[FaultSpec] | None = None,
    actions: Iterable[ActionSpec] | None = None,
) -> CatalogueBody:
    return CatalogueBody(
        metrics=tuple(map(metric_row, METRICS.values() if metrics is None else metrics)),
        faults=tuple(map(fault_row, FAULTS.values() if faults is None else faults)),
        actions=tuple(map(action_row, ACTIONS.values() if actions is None else actions)),
        action_states=tuple(map(state_row, ACTION_STATES.values())),
    )


def metric_row(spec: MetricSpec) -> MetricEntry:
    return MetricEntry(
        name=spec.name,
        element=spec.element,
        label=spec.label,
        unit=spec.unit,
        says=spec.says,
        digits=spec.digits,
        nature=spec.nature,
        role=spec.role,
        carried=spec.carried,
        threshold=spec.threshold,
        limit=spec.limit,
        judged=spec.judging is not None or spec.state is not None,
        weight=spec.weight,
        says_off=spec.state.says_off if spec.state else None,
        says_on=spec.state.says_on if spec.state else None,
    )


def fault_row(spec: FaultSpec) -> FaultEntry:
    return FaultEntry(
        kind=spec.name,
        targets=in_order(ElementKind, spec.targets),
        shows=tuple(_shown(spec.signatures)),
        harm=spec.harm,
        playbooks=tuple(map(str, spec.playbooks)),
        slow=spec.slow,
        flaps=spec.flaps,
        load=spec.load,
        of_ports=spec.of_ports,
        cuts=spec.cuts,
        moves_traffic=spec.moves_traffic,
    )


def _shown(signatures: Iterable[Signature]) -> Iterator[SymptomEntry]:
    for signature in signatures:
        for symptom in (signature.required, *signature.expected):
            yield SymptomEntry(
                element=signature.element,
                metric=symptom.metric,
                place=symptom.place,
                flapping=symptom.flapping,
                required=symptom is signature.required,
            )


def action_row(spec: ActionSpec) -> ActionEntry:
    return ActionEntry(
        name=spec.name,
        targets=in_order(ElementKind, spec.targets),
        takes_down=spec.takes_down.name.lower(),
        moves_traffic=spec.moves_traffic,
        undoable=spec.undoable,
        detours=spec.detours,
        caps_load=spec.caps_load,
    )


def state_row(spec: ActionStateSpec) -> ActionStateEntry:
    return ActionStateEntry(
        state=spec.state,
        stage=spec.stage,
        after=in_order(ActionState, spec.after),
        may_run=spec.may_run,
        may_undo=spec.may_undo,
    )
