"""The events of the correlator. Each contains the complete incident."""

from __future__ import annotations

from pydantic import Field

from shared.domain.catalogue import UNRESOLVED
from shared.domain.events.anomalies import Anomaly
from shared.domain.events.base import Event, Id, Name, Part, Text
from shared.domain.instant import Instant
from shared.domain.kinds import IncidentState, Resolution, Severity

MAX_MEMBERS = 500


class Member(Part):
    """An anomaly of an incident, and why it belongs to it. `cleared`: the time of the sample that proved its end."""

    anomaly: Anomaly
    why: Text
    cleared: Instant | None = None

    @property
    def open(self) -> bool:
        return self.cleared is None


class Incident(Part):
    """Anomalies that belong together. `revision` grows by one with every change; the id is its first anomaly's."""

    id: Id
    revision: int = Field(ge=1)
    state: IncidentState
    severity: Severity
    pattern: Text = Field(description="what the members look like together, for a person")
    onset: Instant = Field(description="when its first anomaly began")
    opened: Instant
    updated: Instant
    members: tuple[Member, ...] = Field(min_length=1, max_length=MAX_MEMBERS)
    left_out: int = Field(default=0, description="anomalies beyond the limit of members")
    resolved: Instant | None = None
    resolution: Resolution | None = None
    merged_into: Id | None = None
    escalation: Text | None = Field(default=None, description="why a person is needed")
    escalated_in: int | None = Field(default=None, ge=1, description="the revision of the last escalation")
    acknowledged_by: Name | None = None
    repaired_by: Id | None = Field(default=None, description="the last action for it that was verified")
    acted_by: Name | None = Field(default=None, description="who, other than the loop, had an action applied for it")
    comments: tuple[Text, ...] = Field(default=(), max_length=100)

    @property
    def is_open(self) -> bool:
        """An escalated incident is open, too."""
        return self.state in UNRESOLVED

    @property
    def open_members(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.open)


class IncidentEvent(Event):
    """The complete current state of an incident."""

    incident: Incident

    @property
    def id(self) -> str:
        return f"{self.incident.id}.r{self.incident.revision}"

    @property
    def about(self) -> str:
        return self.incident.id

    @property
    def root(self) -> str:
        return self.incident.id


class IncidentOpened(IncidentEvent):
    """Anomalies were raised that belong to no open incident."""

    subject = "incident.opened"


class IncidentUpdated(IncidentEvent):
    """A member was added, removed or cleared, or a person acknowledged or commented."""

    subject = "incident.updated"


class IncidentResolved(IncidentEvent):
    """All members have been clear for some time."""

    subject = "incident.resolved"


class IncidentEscalated(IncidentEvent):
    """The loop has no permitted action left; a person is needed. Repeated for a later revision it keeps its id."""

    subject = "incident.escalated"

    @property
    def id(self) -> str:
        return f"{self.incident.id}.r{self.incident.escalated_in or self.incident.revision}"
