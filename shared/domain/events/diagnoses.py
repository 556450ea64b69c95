"""What rca says: the causes of an incident, best first, with the actions that fit."""

from __future__ import annotations

from pydantic import Field

from shared.domain.events.base import Id, Name, OfIncident, Part, Text
from shared.domain.instant import Instant
from shared.domain.kinds import ActionKind, FaultKind

MAX_CAUSES = 8


class Proposal(Part):
    """An action that fits a cause."""

    action: ActionKind
    target: Name


class Cause(Part):
    """One explanation of an incident. `members` are the anomalies at the cause itself, which a repair must clear."""

    element: Name
    kind: FaultKind
    confidence: float = Field(ge=0, le=1)
    fit: float = Field(default=0, ge=0, le=1, description="how well the signature fits; confidence is this, calibrated")
    evidence: tuple[Text, ...] = ()
    members: tuple[Id, ...] = ()
    actions: tuple[Proposal, ...] = ()

    @property
    def key(self) -> tuple[str, FaultKind]:
        """What makes two causes the same."""
        return (self.element, self.kind)


class DiagnosisMade(OfIncident):
    """The causes of an incident at one of its revisions, best first; none where nothing fits."""

    subject = "diagnosis.made"
    revision: int
    at: Instant
    causes: tuple[Cause, ...] = Field(default=(), max_length=MAX_CAUSES)

    @property
    def id(self) -> str:
        return f"{self.incident_id}.r{self.revision}.diagnosis"
