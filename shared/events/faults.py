"""The truth, kept from the mind: what was broken on purpose, and what ended it."""

from __future__ import annotations

from pydantic import Field

from shared.events.base import Event, Id, Name, Part
from shared.instant import Instant
from shared.kinds import EndedBy, FaultKind


class Fault(Part):
    """One thing that was broken on purpose. `ends` is when its TTL runs out."""

    id: Id
    kind: FaultKind
    target: Name
    strength: float = Field(ge=0, le=1)
    started: Instant
    ends: Instant
    ended: Instant | None = None
    ended_by: EndedBy | None = None
    cycle: int | None = None


class FaultCycle(Event):
    """The injector's clock turned; `number` counts from 1 and survives restarts."""

    subject = "fault.cycle"
    number: int = Field(ge=1)
    at: Instant
    interval: float

    @property
    def id(self) -> str:
        return f"cycle-{self.number}"

    about = id


class _AboutFault(Event):
    fault: Fault

    @property
    def id(self) -> str:
        return f"{self.fault.id}.{self.subject.rpartition('.')[2]}"

    @property
    def about(self) -> str:
        return self.fault.target

    @property
    def root(self) -> str:
        return self.fault.id


class FaultStarted(_AboutFault):
    """A fault landed in the network."""

    subject = "fault.started"


class FaultEnded(_AboutFault):
    """A fault is over; `fault.ended_by` says why."""

    subject = "fault.ended"
