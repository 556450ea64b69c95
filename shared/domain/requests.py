"""Requests on `control.<service>` and their replies. Commands of a person or of the injector; never in a stream."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.events import Fault, Id, Name, Text
from shared.domain.kinds import FaultKind, ServiceName
from shared.domain.shown import Shown

PersonName = Annotated[Name, Shown()]
"""Who says something."""
PersonText = Annotated[Text, Shown()]
"""What a person has to say: one line."""
Named = Annotated[Name, Shown(joiners=True)]
"""An element, which may be spelt with joiners."""
Known = Annotated[Id, Shown(joiners=True)]
"""The id of something, which has an element's name in it."""


class Request(BaseModel):
    """Something that one service is asked to do."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    service: ClassVar[ServiceName]


class InjectFault(Request):
    """Ask the injector for a fault; its answer is the fault as it landed."""

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
    """The injector's order to the network. The network sets `started` and `ends` when it lands."""

    service = ServiceName.NETWORK
    do: Literal["apply_fault"] = "apply_fault"
    fault_id: Known
    kind: FaultKind
    target: Named
    strength: float = Field(ge=0, le=1)
    duration: float = Field(ge=1, le=86_400)
    cycle: int | None = None


class ClearFault(Request):
    """The injector's order to the network to end a fault."""

    service = ServiceName.NETWORK
    do: Literal["clear_fault"] = "clear_fault"
    fault_id: Known


class Acknowledge(Request):
    """A person has seen an incident."""

    service = ServiceName.CORRELATOR
    do: Literal["acknowledge"] = "acknowledge"
    incident_id: Known
    by: PersonName = "operator"


class Comment(Request):
    """A person has something to say about an incident."""

    service = ServiceName.CORRELATOR
    do: Literal["comment"] = "comment"
    incident_id: Known
    text: PersonText
    by: PersonName = "operator"


class Move(Request):
    """Members belong to another incident."""

    service = ServiceName.CORRELATOR
    do: Literal["move"] = "move"
    incident_id: Known
    members: tuple[Known, ...]
    to: Known


class Split(Request):
    """Members are an incident of their own."""

    service = ServiceName.CORRELATOR
    do: Literal["split"] = "split"
    incident_id: Known
    members: tuple[Known, ...]


class Merge(Request):
    """Two incidents are one."""

    service = ServiceName.CORRELATOR
    do: Literal["merge"] = "merge"
    incident_id: Known
    into: Known


class Approve(Request):
    """A person lets a proposed action run."""

    service = ServiceName.REMEDIATOR
    do: Literal["approve"] = "approve"
    action_id: Known
    by: PersonName = "operator"


class Reject(Request):
    """A person refuses a proposed action."""

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
    """What a service answers. `refused` holds the reason where it did not do as asked."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    refused: Text | None = None
    unknown: bool = Field(default=False, description="refused because a named thing does not exist")
    unsure: bool = Field(
        default=False, description="it is not known whether it was done, or will be; `refused` says why"
    )
    fault: Fault | None = None
