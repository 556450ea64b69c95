"""What the stabilizer says: how every node is, whether a repair held, what gentle tuning would help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Self

from pydantic import Field

from shared.domain.events.base import Event, Id, Name, OfAction, Text
from shared.domain.instant import Instant
from shared.domain.kinds import ActionKind, NetworkState, NodeStatus

PERCENT = 100.0


class StabilityStatus(Event):
    """How every node is and how the whole is; published on change and once in a while."""

    subject = "stability.status"
    at: Instant
    number: int
    state: NetworkState = Field(description="how the whole is; blind: no telemetry comes")
    nodes: dict[str, NodeStatus]
    healthy: int = Field(description="nodes without any trouble")
    affected: int = Field(default=0, description="nodes that only suffer from trouble elsewhere")
    degraded: int = Field(description="nodes that answer and have trouble of their own")
    down: int = Field(description="nodes that cannot be reached")
    health_percentage: float = Field(description="% of the nodes that are neither degraded nor down")

    @classmethod
    def of(cls, at: float, number: int, state: NetworkState, nodes: Mapping[str, NodeStatus]) -> Self:
        """Return the status with its counts: the one place that says how health is reckoned from them."""
        count = Counter(nodes.values())
        sound = count[NodeStatus.HEALTHY] + count[NodeStatus.AFFECTED]
        return cls(
            at=at,
            number=number,
            state=state,
            nodes=dict(nodes),
            healthy=count[NodeStatus.HEALTHY],
            affected=count[NodeStatus.AFFECTED],
            degraded=count[NodeStatus.DEGRADED],
            down=count[NodeStatus.DOWN],
            health_percentage=round(PERCENT * sound / len(nodes), 2) if nodes else PERCENT,
        )

    @property
    def trouble(self) -> str:
        """How many nodes are not healthy, in words: "1 degraded, 14 affected of 16 nodes"."""
        counts = ((self.down, "down"), (self.degraded, "degraded"), (self.affected, "affected"))
        said = ", ".join(f"{count} {word}" for count, word in counts if count)
        return f"{said} of {len(self.nodes)} nodes" if said else f"all {len(self.nodes)} nodes healthy"

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
