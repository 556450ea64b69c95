"""The body of `GET /api/catalogue`: the rows of the catalogue, as JSON says them.

Rule: every row of the mappings is told, in their order; nothing here names one.
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

    name: str = Field(description="as telemetry, anomalies and the other calls name it")
    element: ElementKind = Field(description="the kind of element that it is sampled at")
    label: str = Field(description="its name for people")
    unit: str = Field(description="empty: it has none")
    says: str = Field(description="what a value is, more exactly than the unit")
    digits: int = Field(description="decimals with which it is sampled")
    nature: Nature = Field(description="a level, a rate, or a state: 1 as it should be, 0 when it is not")
    role: Role | None = Field(description="what it stands for in rules that combine metrics; null: nothing")
    carried: bool = Field(description="it tells that something is wrong on the way of the traffic, not where")
    threshold: str | None = Field(description="the plain limit among the settings that holds for it; null: none")
    limit: float | None = Field(description="a plain limit of its own, where the settings have none; null: none")
    judged: bool = Field(description="whether the detector raises anomalies of it")
    weight: float = Field(description="how much it counts in a diagnosis where it is local")
    says_off: str | None = Field(description="what an element does whose state is 0; null: it is no state")
    says_on: str | None = Field(description="what an element does whose state is 1 again; null: it is no state")


class SymptomEntry(Body):
    """One symptom of a kind of fault."""

    element: ElementKind = Field(description="the kind of element that the fault is at")
    metric: str = Field(description="what is out of line")
    place: SymptomPlace = Field(description="where it shows: at the element itself, at its links, at its ends")
    flapping: bool | None = Field(description="only where it flaps, or only where it does not; null: either")
    required: bool = Field(description="without it the fault is not proposed")


class FaultEntry(Body):
    """One kind of fault."""

    kind: str = Field(description="as the other calls name it")
    strikes: tuple[ElementKind, ...] = Field(description="the kinds of element that it can strike")
    shows: tuple[SymptomEntry, ...] = Field(description="what it is named by")
    harm: Harm = Field(description="what proves that it harms somebody")
    playbooks: tuple[str, ...] = Field(description="the actions that are tried against it, the best first")
    slow: bool = Field(description="it grows, and can be found before a limit is crossed")
    flaps: bool = Field(description="it comes and goes")
    load: bool = Field(description="it may be there and harm nobody")
    of_ports: bool = Field(description="it sits in a port: a node and a link of that node are one place")
    cuts: bool = Field(description="what it strikes carries nothing")
    moves_traffic: bool = Field(description="traffic takes another way while it lasts")


class ActionEntry(Body):
    """One action: a playbook."""

    name: str = Field(description="as the other calls name it")
    targets: tuple[ElementKind, ...] = Field(description="the kinds of element that it can be aimed at")
    takes_down: str = Field(description="what is out of service while it runs: nothing, ports or node")
    moves_traffic: bool = Field(description="load may rise elsewhere")
    lingers: float | None = Field(description="seconds of network time in which it still shows; null: it does not")
    undoable: bool = Field(description="whether it is undone where it did not help")
    detours: bool = Field(description="it leads traffic around its target, and nothing else")
    caps_load: float | None = Field(description="% of its capacity at which it holds a link; null: it does not")


class ActionStateEntry(Body):
    """One state in the life of an action."""

    state: ActionState = Field(description="as the other calls name it")
    stage: int = Field(description="grows on the way through the states")
    after: tuple[ActionState, ...] = Field(description="the states that may follow it")
    may_run: bool = Field(description="whether a command to carry the action out is valid in it")
    may_undo: bool = Field(description="whether a command to undo the action is valid in it")


class CatalogueBody(Body):
    """`GET /api/catalogue`: what there is in the domain, each thing described once."""

    metrics: tuple[MetricEntry, ...] = Field(description="in the order in which they are shown")
    faults: tuple[FaultEntry, ...] = Field(description="the kinds of fault")
    actions: tuple[ActionEntry, ...] = Field(description="what a repair can do")
    action_states: tuple[ActionStateEntry, ...] = Field(description="in the order in which an action goes through them")


def catalogue_body(
    metrics: Iterable[MetricSpec] | None = None,
    faults: Iterable[FaultSpec] | None = None,
    actions: Iterable[ActionSpec] | None = None,
) -> CatalogueBody:
    """Return the rows of a catalogue; of this installation's where nothing is given."""
    return CatalogueBody(
        metrics=tuple(map(metric_row, METRICS.values() if metrics is None else metrics)),
        faults=tuple(map(fault_row, FAULTS.values() if faults is None else faults)),
        actions=tuple(map(action_row, ACTIONS.values() if actions is None else actions)),
        action_states=tuple(map(state_row, ACTION_STATES.values())),
    )


def metric_row(spec: MetricSpec) -> MetricEntry:
    """Return the row of a metric."""
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
    """Return the row of a kind of fault."""
    return FaultEntry(
        kind=spec.name,
        strikes=in_order(ElementKind, spec.strikes),
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
    """Return the row of an action."""
    return ActionEntry(
        name=spec.name,
        targets=in_order(ElementKind, spec.targets),
        takes_down=spec.takes_down.name.lower(),
        moves_traffic=spec.moves_traffic,
        lingers=spec.lingers,
        undoable=spec.undoable,
        detours=spec.detours,
        caps_load=spec.caps_load,
    )


def state_row(spec: ActionStateSpec) -> ActionStateEntry:
    """Return the row of a state."""
    return ActionStateEntry(
        state=spec.state,
        stage=spec.stage,
        after=in_order(ActionState, spec.after),
        may_run=spec.may_run,
        may_undo=spec.may_undo,
    )
