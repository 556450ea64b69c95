"""The labels of a run: its faults as they were, and its incidents with their last diagnosis and their actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from network.simulator.benign import Benign
from shared.domain.events import (
    Action,
    AnomalyRaised,
    Cause,
    DiagnosisMade,
    Event,
    Fault,
    FaultEnded,
    FaultStarted,
    Incident,
    IncidentEvent,
    RemediationEvent,
)
from shared.domain.instant import Instant
from shared.domain.kinds import ActionKind, ActionState, EndedBy, FaultKind, IncidentState, Resolution, Severity

_Kept = TypeVar("_Kept")
MAX_LABELS = 20_000
"""The largest number of incidents, and of actions, of which a run keeps the last state. Others are in the recording."""


class _Label(BaseModel):
    model_config = ConfigDict(frozen=True)


class FaultLabel(_Label):
    """A fault. `to` is null if it was live when the run ended."""

    id: str
    kind: FaultKind
    element: str
    strength: float
    begin: Instant = Field(serialization_alias="from")
    end: Instant | None = Field(serialization_alias="to")
    ended_by: EndedBy | None


class TruthLabels(_Label):
    """`benign`: the load beside traffic, which is no fault; null if there is none. `load`: times a normal day.

    `node` and `kind` repeat the fault if it is the only one, as the cases of `nms backtest diagnose` have them.
    """

    faults: tuple[FaultLabel, ...]
    benign: Benign | None
    load: float
    node: str | None
    kind: FaultKind | None


class CauseLabel(_Label):
    element: str
    kind: FaultKind
    confidence: float
    also: bool


class ActionLabel(_Label):
    id: str
    kind: ActionKind
    target: str
    state: ActionState
    applied: Instant | None
    finished: Instant | None
    cause: CauseLabel | None


class IncidentLabel(_Label):
    """The last state of an incident, the causes of its last diagnosis, and its actions."""

    id: str
    state: IncidentState
    severity: Severity
    pattern: str
    onset: Instant
    opened: Instant
    resolved: Instant | None
    resolution: Resolution | None
    merged_into: str | None
    elements: tuple[str, ...]
    causes: tuple[CauseLabel, ...]
    actions: tuple[ActionLabel, ...]


class IncidentLabels(_Label):
    incidents: tuple[IncidentLabel, ...]
    left_out: int = Field(description=f"incidents, diagnoses and actions beyond the first {MAX_LABELS:,} of each")


@dataclass
class LabelRecorder:
    """Keeps the last state of what a run's events are about."""

    faults: dict[str, Fault] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    causes: dict[str, tuple[Cause, ...]] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    left_out: int = 0
    anomalies: int = 0
    """How many were raised."""

    def take(self, event: Event) -> None:
        match event:
            case AnomalyRaised():
                self.anomalies += 1
            case FaultStarted() | FaultEnded():
                self.faults[event.fault.id] = event.fault
            case IncidentEvent():
                self._keep(self.incidents, event.incident.id, event.incident)
            case DiagnosisMade():
                self._keep(self.causes, event.incident_id, event.causes)
            case RemediationEvent():
                self._keep(self.actions, event.action.id, event.action)

    def _keep(self, kept: dict[str, _Kept], key: str, value: _Kept) -> None:
        if key in kept or len(kept) < MAX_LABELS:
            kept[key] = value
        else:
            self.left_out += 1

    def truth(self, benign: Benign, load: float) -> TruthLabels:
        faults = tuple(_fault(fault) for fault in self.faults.values())
        only = faults[0] if len(faults) == 1 else None
        return TruthLabels(
            faults=faults,
            benign=None if benign == Benign() else benign,
            load=load,
            node=only.element if only else None,
            kind=only.kind if only else None,
        )

    def found(self) -> IncidentLabels:
        actions: dict[str, list[ActionLabel]] = {}
        for action in self.actions.values():
            actions.setdefault(action.incident_id, []).append(_action(action))
        incidents = (
            IncidentLabel(
                id=one.id,
                state=one.state,
                severity=one.severity,
                pattern=one.pattern,
                onset=one.onset,
                opened=one.opened,
                resolved=one.resolved,
                resolution=one.resolution,
                merged_into=one.merged_into,
                elements=tuple(dict.fromkeys(member.anomaly.element for member in one.members)),
                causes=tuple(map(_cause, self.causes.get(one.id, ()))),
                actions=tuple(actions.get(one.id, ())),
            )
            for one in self.incidents.values()
        )
        return IncidentLabels(incidents=tuple(incidents), left_out=self.left_out)


def _fault(fault: Fault) -> FaultLabel:
    return FaultLabel(
        id=fault.id,
        kind=fault.kind,
        element=fault.target,
        strength=fault.strength,
        begin=fault.started,
        end=fault.ended,
        ended_by=fault.ended_by,
    )


def _cause(cause: Cause) -> CauseLabel:
    return CauseLabel(element=cause.element, kind=cause.kind, confidence=cause.confidence, also=cause.also)


def _action(action: Action) -> ActionLabel:
    return ActionLabel(
        id=action.id,
        kind=action.kind,
        target=action.target,
        state=action.state,
        applied=action.applied,
        finished=action.finished,
        cause=_cause(action.cause) if action.cause else None,
    )
