"""The base classes of events. Each event has a subject, a trace, and an id that derives from its content."""

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
        """The id of the event, which is sent as CloudEvents id and as Nats-Msg-Id."""
        raise NotImplementedError

    @property
    def about(self) -> str:
        """The element, incident or action of the event, which is sent as CloudEvents subject."""
        raise NotImplementedError

    @property
    def root(self) -> str:
        """The id from which the trace of the event derives: of its incident, anomaly or fault, or its own id."""
        return self.id

    @property
    def traceparent(self) -> str:
        span = sha256(self.id.encode()).hexdigest()[:16]
        return f"00-{trace_of(self.root)}-{span}-01"


class OfIncident(Event):
    """The base class of the events of an incident."""

    incident_id: Id

    @property
    def about(self) -> str:
        return self.incident_id

    @property
    def root(self) -> str:
        return self.incident_id


class OfAction(OfIncident):
    """The base class of the events of an action."""

    action_id: Id

    @property
    def about(self) -> str:
        return self.action_id
