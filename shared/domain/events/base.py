"""The base classes of events: each event has an id that derives from its content, a trace and a subject."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

MAX_TEXT = 2_000
MAX_EVENT_BYTES = 1024 * 1024

Id = Annotated[str, Field(min_length=1, max_length=300)]
Name = Annotated[str, Field(min_length=1, max_length=260)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]


def trace_of(root: str) -> str:
    return sha256(root.encode()).hexdigest()[:32]


class Part(BaseModel):
    """A value inside an event."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Event(Part):
    """A published fact. `subject` is both its NATS subject and the last part of its CloudEvents type."""

    subject: ClassVar[str]
    version: ClassVar[int] = 1

    @property
    def id(self) -> str:
        """The CloudEvents id and the Nats-Msg-Id."""
        raise NotImplementedError

    @property
    def about(self) -> str:
        """The CloudEvents subject: the element, incident or action of the event."""
        raise NotImplementedError

    @property
    def root(self) -> str:
        """The id of the event's trace: the first anomaly of its incident, or the event itself."""
        return self.id

    @property
    def traceparent(self) -> str:
        """The W3C trace context of the event."""
        span = sha256(self.id.encode()).hexdigest()[:16]
        return f"00-{trace_of(self.root)}-{span}-01"


class OfIncident(Event):
    """An event of one incident."""

    incident_id: Id

    @property
    def about(self) -> str:
        return self.incident_id

    @property
    def root(self) -> str:
        return self.incident_id


class OfAction(OfIncident):
    """An event of one action of an incident."""

    action_id: Id

    @property
    def about(self) -> str:
        return self.action_id
