"""The ground truth, which the diagnosis plane may not read: what was broken on purpose, and what ended it."""

from __future__ import annotations

from pydantic import Field

from shared.domain.events.base import Event, Id, Name, Part
from shared.domain.instant import Instant
from shared.domain.kinds import EndedBy, FaultKind


class Fault(Part):
    """One thing that was broken on purpose. `ends` is when its TTL runs out."""

    id: Id = Field(description="the name of the fault")
    kind: FaultKind = Field(description="what is broken")
    target: Name = Field(description="the node, or the link written `a--b`")
    strength: float = Field(ge=0, le=1, description="how bad it is: 1 is the worst")
    started: Instant = Field(description="network time of the landing")
    ends: Instant = Field(description="network time at which it ends by itself")
    ended: Instant | None = Field(default=None, description="network time of the end; null: it lives")
    ended_by: EndedBy | None = Field(default=None, description="what ended it; null: it lives")
    cycle: int | None = Field(default=None, description="the cycle that injected it; null: a person injected it")


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
