"""What the stabilizer says: how every node is, whether a repair held, what gentle tuning would help."""

from __future__ import annotations

from pydantic import Field

from shared.events.base import Event, Id, Name, OfAction, Text
from shared.instant import Instant
from shared.kinds import ActionKind, NetworkState, NodeStatus


class StabilityStatus(Event):
    """How every node is and how the whole is; published on change and once in a while."""

    subject = "stability.status"
    at: Instant
    number: int
    state: NetworkState = Field(description="how the whole is; blind: no telemetry comes")
    nodes: dict[str, NodeStatus]
    healthy: int
    degraded: int
    down: int
    health_percentage: float

    @property
    def id(self) -> str:
        return f"status-{self.number}-{int(self.at * 1000)}"

    @property
    def about(self) -> str:
        return "network"


class StabilityVerdict(OfAction):
    """Whether a repair held: stable, relapsed or oscillating."""

    subject = "stability.verdict"
    at: Instant
    verdict: Name
    reason: Text

    @property
    def id(self) -> str:
        return f"{self.action_id}.verdict"


class StabilityAdvised(Event):
    """Gentle tuning that would help: move traffic away from a hot link."""

    subject = "stability.advised"
    advice_id: Id
    at: Instant
    action: ActionKind
    target: Name
    reason: Text

    @property
    def id(self) -> str:
        return self.advice_id

    @property
    def about(self) -> str:
        return self.target
