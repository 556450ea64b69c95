"""The results of a run: its anomalies, incidents and causes, and their score against the ground truth. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from services.gateway.scoring.scorecard import Scorecard
from shared.domain.events import (
    Action,
    Anomaly,
    AnomalyCleared,
    AnomalyRaised,
    Cause,
    DiagnosisMade,
    Event,
    Incident,
    IncidentEvent,
    RemediationApplied,
    RemediationProposed,
)
from shared.domain.kinds import FaultKind
from shared.domain.topology import Topology

MAX_KEPT = 200_000
"""The limit of anomalies, incidents and diagnoses together. Further results are counted but not compared."""


class NamedCause(BaseModel):
    model_config = ConfigDict(frozen=True)

    element: str
    kind: FaultKind

    def __str__(self) -> str:
        return f"{self.kind} on {self.element}"


@dataclass(frozen=True)
class MadeDiagnosis:
    revision: int
    at: float
    cause: Cause | None


@dataclass
class Findings:
    """The results of one run, which `absorb` collects from the events of the run.

    `actions_cite`: whether an applied action is scored by the cause in the action. If not, it is scored by the first
    cause of the diagnosis that the action cites, as this run made that diagnosis.
    """

    topology: Topology
    actions_cite: bool
    anomalies: dict[str, Anomaly] = field(default_factory=dict)
    cleared: dict[str, float] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    diagnoses: dict[str, list[MadeDiagnosis]] = field(default_factory=dict)
    proposed: dict[str, Action] = field(default_factory=dict)
    left_out: int = 0
    _kept: int = 0

    def __post_init__(self) -> None:
        self.scorecard = Scorecard(self.topology)

    def absorb(self, event: Event, time: float) -> None:
        match event:
            case AnomalyRaised():
                if self._has_room(event.anomaly.id in self.anomalies):
                    self.anomalies.setdefault(event.anomaly.id, event.anomaly)
            case AnomalyCleared():
                if event.anomaly_id in self.anomalies:
                    self.cleared.setdefault(event.anomaly_id, event.at)
            case IncidentEvent():
                self._incident(event.incident)
            case DiagnosisMade():
                self._diagnosis(event)
            case RemediationProposed():
                self._proposed(event.action)
            case RemediationApplied():
                event = self._applied(event)
        self.scorecard.absorb(event, time)

    def cause_of(self, incident_id: str, until: float) -> NamedCause | None:
        """Return the first cause of the diagnosis that led to the first action.

        If no action was proposed up to `until`, return the first cause of the last diagnosis; None if there is no
        cause.
        """
        action = self.proposed.get(incident_id)
        if action is not None and action.proposed <= until:
            diagnosis = self._cited(action)
        else:
            diagnosis = self._latest(incident_id, until)
        cause = diagnosis.cause if diagnosis else None
        return NamedCause(element=cause.element, kind=cause.kind) if cause else None

    def _cited(self, action: Action) -> MadeDiagnosis | None:
        """If this run lacks the cited revision, return the last diagnosis before the action was proposed."""
        known = self.diagnoses.get(action.incident_id, ())
        cited = next((diagnosis for diagnosis in known if diagnosis.revision == action.diagnosis_revision), None)
        return cited or self._latest(action.incident_id, action.proposed)

    def _latest(self, incident_id: str, until: float) -> MadeDiagnosis | None:
        known = [diagnosis for diagnosis in self.diagnoses.get(incident_id, ()) if diagnosis.at <= until]
        return known[-1] if known else None

    def _has_room(self, known: bool) -> bool:
        if known:
            return True
        if self._kept >= MAX_KEPT:
            self.left_out += 1
            return False
        self._kept += 1
        return True

    def _incident(self, incident: Incident) -> None:
        known = self.incidents.get(incident.id)
        if (known is None or incident.revision > known.revision) and self._has_room(known is not None):
            self.incidents[incident.id] = incident

    def _diagnosis(self, made: DiagnosisMade) -> None:
        known = self.diagnoses.setdefault(made.incident_id, [])
        if any(diagnosis.revision == made.revision for diagnosis in known) or not self._has_room(False):
            return
        known.append(MadeDiagnosis(made.revision, made.at, made.causes[0] if made.causes else None))
        known.sort(key=lambda diagnosis: diagnosis.revision)

    def _proposed(self, action: Action) -> None:
        if len(self.proposed) < MAX_KEPT:
            self.proposed.setdefault(action.incident_id, action)

    def _applied(self, event: RemediationApplied) -> RemediationApplied:
        if self.actions_cite:
            return event
        cited = self._cited(event.action)
        cites = {"cause": cited.cause if cited else None, "diagnosis_revision": cited.revision if cited else None}
        return event.model_copy(update={"action": event.action.model_copy(update=cites)})


class Score(BaseModel):
    model_config = ConfigDict(frozen=True)

    faults: int
    detected: int
    right_node: int
    right_kind: int
    repaired: int
    false_anomalies: int


def score_of(findings: Findings, faults: Iterable[str]) -> Score:
    wanted = set(faults)
    scores = [score for score in findings.scorecard.scores() if score.fault_id in wanted]
    return Score(
        faults=len(scores),
        detected=sum(score.detected for score in scores),
        right_node=sum(score.right_node for score in scores),
        right_kind=sum(score.right_kind for score in scores),
        repaired=sum(score.repaired for score in scores),
        false_anomalies=findings.scorecard.report().false_anomalies,
    )
