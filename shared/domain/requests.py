"""The requests that a person or the injector sends on `control.<service>`, and their replies. No stream stores them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.events import Fault, Id, Name, Text
from shared.domain.kinds import FaultKind, ServiceName
from shared.domain.shown import Shown

PersonName = Annotated[Name, Shown()]
"""The name of the person who sends the request."""
PersonText = Annotated[Text, Shown()]
"""A text that a person entered, in one line."""
Named = Annotated[Name, Shown(joiners=True)]
"""The name of an element. It can contain joiners, two invisible characters that some languages need."""
Known = Annotated[Id, Shown(joiners=True)]
"""An id that contains the name of an element."""


class Request(BaseModel):
    """A request to one service."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    service: ClassVar[ServiceName]


class InjectFault(Request):
    """Ask the injector for a fault; the reply contains the fault that the network applied."""

    service = ServiceName.INJECTOR
    do: Literal["inject_fault"] = "inject_fault"
    request_id: Known = Field(description="a request that is repeated with the same id injects one fault")
    kind: FaultKind
    target: Named
    strength: float = Field(default=1.0, ge=0, le=1)
    duration: float = Field(default=60.0, ge=1, le=86_400)


class CancelFault(Request):
    """Ask the injector to end a fault."""

    service = ServiceName.INJECTOR
    do: Literal["cancel_fault"] = "cancel_fault"
    fault_id: Known


class ApplyFault(Request):
    """Ask the network to apply a fault; only the injector may. The network sets `started` and `ends`."""

    service = ServiceName.NETWORK
    do: Literal["apply_fault"] = "apply_fault"
    fault_id: Known
    kind: FaultKind
    target: Named
    strength: float = Field(ge=0, le=1)
    duration: float = Field(ge=1, le=86_400)
    cycle: int | None = None


class ClearFault(Request):
    """Ask the network to end a fault; only the injector may."""

    service = ServiceName.NETWORK
    do: Literal["clear_fault"] = "clear_fault"
    fault_id: Known


class Acknowledge(Request):
    """A person acknowledges an incident."""

    service = ServiceName.CORRELATOR
    do: Literal["acknowledge"] = "acknowledge"
    incident_id: Known
    by: PersonName = "operator"


class Comment(Request):
    """A person comments on an incident."""

    service = ServiceName.CORRELATOR
    do: Literal["comment"] = "comment"
    incident_id: Known
    text: PersonText
    by: PersonName = "operator"


class Move(Request):
    """Move members to another incident."""

    service = ServiceName.CORRELATOR
    do: Literal["move"] = "move"
    incident_id: Known
    members: tuple[Known, ...]
    to: Known


class Split(Request):
    """Move members to a new incident."""

    service = ServiceName.CORRELATOR
    do: Literal["split"] = "split"
    incident_id: Known
    members: tuple[Known, ...]


class Merge(Request):
    """Merge an incident into another."""

    service = ServiceName.CORRELATOR
    do: Literal["merge"] = "merge"
    incident_id: Known
    into: Known


class Approve(Request):
    """A person approves a proposed action."""

    service = ServiceName.REMEDIATOR
    do: Literal["approve"] = "approve"
    action_id: Known
    by: PersonName = "operator"


class Reject(Request):
    """A person rejects a proposed action."""

    service = ServiceName.REMEDIATOR
    do: Literal["reject"] = "reject"
    action_id: Known
    by: PersonName = "operator"
    reason: PersonText = ""


AnyRequest = Annotated[
    InjectFault
    | CancelFault
    | ApplyFault
    | ClearFault
    | Acknowledge
    | Comment
    | Move
    | Split
    | Merge
    | Approve
    | Reject,
    Field(discriminator="do"),
]


class Reply(BaseModel):
    """The reply of a service. `refused`: the reason if the request was not done."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    refused: Text | None = None
    unknown: bool = Field(default=False, description="refused since something that the request names does not exist")
    unsure: bool = Field(
        default=False, description="it is unknown whether it was done, or will be; the reason is in `refused`"
    )
    fault: Fault | None = None
