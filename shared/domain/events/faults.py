"""The events about faults and cycles. They are the ground truth, which the diagnosis plane must not read."""

from __future__ import annotations

from pydantic import Field

from shared.domain.events.base import Event, Id, Name, Part
from shared.domain.instant import Instant
from shared.domain.kinds import EndedBy, FaultKind


class Fault(Part):
    """A fault that was injected. `ends` is when its TTL runs out."""

    id: Id = Field(description="the id of the fault")
    kind: FaultKind = Field(description="the kind of fault")
    target: Name = Field(description="the node, or the link written `a--b`")
    strength: float = Field(ge=0, le=1, description="how strong it is: 1 is the strongest")
    started: Instant = Field(description="network time at which it was applied")
    ends: Instant = Field(description="network time at which it ends by itself")
    ended: Instant | None = Field(default=None, description="network time of the end; null: it is live")
    ended_by: EndedBy | None = Field(default=None, description="what ended it; null: it is live")
    cycle: int | None = Field(default=None, description="the cycle that injected it; null: a person injected it")


class FaultCycle(Event):
    """A cycle of the injector began. `number` counts from 1 and continues after a restart."""

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
    """The network applied a fault."""

    subject = "fault.started"


class FaultEnded(_AboutFault):
    """A fault ended; `fault.ended_by` is the reason."""

    subject = "fault.ended"
