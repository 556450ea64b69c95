"""The capabilities of a driver: the metrics, actions and kinds of fault that it offers.

The network process stores them in KV `network`, and other processes read them there. Rule: until capabilities are
stored, nothing is offered.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.domain.elements import kind_of
from shared.domain.errors import MessageError
from shared.domain.kinds import ActionKind, ElementKind, FaultKind
from shared.domain.telemetry import LONGEST_INTERVAL
from shared.domain.topology import Topology

CAPABILITIES_KEY = "capabilities"
"""The key in KV `network` at which the capabilities are stored."""

NOT_KNOWN = "it is not known what this network offers"

Elements = tuple[ElementKind, ...]


class Capabilities(BaseModel):
    """Which metrics, actions and kinds of fault a driver offers, and on which kinds of element."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    driver: str = Field(default="", max_length=100, description="the driver; empty: not known")
    interval: float | None = Field(
        default=None, gt=0, le=LONGEST_INTERVAL, description="network seconds between samples"
    )
    metrics: Mapping[ElementKind, tuple[str, ...]] = Field(
        default={}, description="the metrics of each kind of element"
    )
    actions: Mapping[ActionKind, Elements] = Field(default={}, description="the kinds of element of each action")
    faults: Mapping[FaultKind, Elements] = Field(default={}, description="the kinds of element of each kind of fault")

    @property
    def known(self) -> bool:
        return bool(self.driver)

    def offers_action(self, kind: ActionKind, target: str, topology: Topology) -> bool:
        return kind_of(topology, target) in self.actions.get(kind, ())

    def offers_fault(self, kind: FaultKind, target: str, topology: Topology) -> bool:
        return kind_of(topology, target) in self.faults.get(kind, ())

    def fault_refusal(self, kind: FaultKind, target: str, topology: Topology) -> str:
        if not self.faults:
            return self.no_faults
        if not self.offers_fault(kind, target, topology):
            what = kind_of(topology, target)
            return f"this network does not offer {kind} on a {what} ({self.driver})"
        return ""

    @property
    def no_faults(self) -> str:
        return f"this network offers no faults ({self.driver})" if self.known else f"no faults: {NOT_KNOWN}"

    def action_refusal(self, kind: ActionKind, target: str, topology: Topology) -> str:
        if self.offers_action(kind, target, topology):
            return ""
        return f"{kind} is not offered by this network ({self.driver})" if self.known else f"no actions: {NOT_KNOWN}"


UNKNOWN = Capabilities()
"""The capabilities until a driver has published its own: nothing is offered."""


def encode_capabilities(offered: Capabilities) -> bytes:
    return offered.model_dump_json().encode()


def decode_capabilities(data: bytes) -> Capabilities:
    """Raises MessageError if they are invalid."""
    try:
        return Capabilities.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise MessageError(f"invalid capabilities: {where}: {first['msg']}") from None
