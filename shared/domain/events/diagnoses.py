"""The event of rca: the causes of an incident, the best first, each with the actions against it."""

from __future__ import annotations

from pydantic import Field

from shared.domain.events.base import Id, Name, OfIncident, Part, Text
from shared.domain.instant import Instant
from shared.domain.kinds import ActionKind, FaultKind

MAX_CAUSES = 8


class Proposal(Part):
    """An action that a cause suggests."""

    action: ActionKind
    target: Name


class Cause(Part):
    """A possible cause of an incident. `members` are the anomalies at the cause itself; a repair must clear them."""

    element: Name
    kind: FaultKind
    confidence: float = Field(ge=0, le=1)
    fit: float = Field(default=0, ge=0, le=1, description="the share of the symptoms that it explains")
    also: bool = Field(
        default=False, description="it explains symptoms that the causes before it do not; else it is an alternative"
    )
    evidence: tuple[Text, ...] = ()
    members: tuple[Id, ...] = ()
    actions: tuple[Proposal, ...] = ()

    @property
    def key(self) -> tuple[str, FaultKind]:
        """Causes with equal keys count as the same cause."""
        return (self.element, self.kind)


class DiagnosisMade(OfIncident):
    """The causes of an incident at one of its revisions, the best first; empty if no cause fits."""

    subject = "diagnosis.made"
    revision: int
    at: Instant
    causes: tuple[Cause, ...] = Field(default=(), max_length=MAX_CAUSES)

    @property
    def id(self) -> str:
        return f"{self.incident_id}.r{self.revision}.diagnosis"
