"""What every event has: an id that derives from what it says, a trace, a subject."""

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
    """Return the id of the trace that is named after `root`."""
    return sha256(root.encode()).hexdigest()[:32]


class Part(BaseModel):
    """A value inside an event."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Event(Part):
    """A fact that was published; `subject` is both its NATS subject and the tail of its CloudEvents type."""

    subject: ClassVar[str]
    version: ClassVar[int] = 1

    @property
    def id(self) -> str:
        """The CloudEvents id and the Nats-Msg-Id."""
        raise NotImplementedError

    @property
    def about(self) -> str:
        """The CloudEvents subject: the element, incident or action that the event is about."""
        raise NotImplementedError

    @property
    def root(self) -> str:
        """What the event's trace is named after: the first anomaly of its incident, else itself."""
        return self.id

    @property
    def traceparent(self) -> str:
        """The W3C trace context that the event travels with."""
        span = sha256(self.id.encode()).hexdigest()[:16]
        return f"00-{trace_of(self.root)}-{span}-01"


class OfIncident(Event):
    """An event in the story of one incident."""

    incident_id: Id

    @property
    def about(self) -> str:
        return self.incident_id

    @property
    def root(self) -> str:
        return self.incident_id


class OfAction(OfIncident):
    """An event about one action, in the story of its incident."""

    action_id: Id

    @property
    def about(self) -> str:
        return self.action_id
