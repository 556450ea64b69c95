"""The events of the stabilizer: the status of all nodes, verdicts on repairs, and advice."""

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
    """The status of every node and of the network; published on change and at intervals."""

    subject = "stability.status"
    at: Instant
    number: int
    state: NetworkState = Field(description="the state of the network; blind: telemetry is lost")
    nodes: dict[str, NodeStatus]
    healthy: int = Field(description="nodes without anomalies")
    affected: int = Field(default=0, description="nodes that only show effects of a fault elsewhere")
    degraded: int = Field(description="nodes that answer and are faulty themselves")
    down: int = Field(description="nodes that do not answer")
    health_percentage: float = Field(description="% of the nodes that are neither degraded nor down")

    @classmethod
    def of(cls, at: float, number: int, state: NetworkState, nodes: Mapping[str, NodeStatus]) -> Self:
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
        counts = ((self.down, "down"), (self.degraded, "degraded"), (self.affected, "affected"))
        text = ", ".join(f"{count} {word}" for count, word in counts if count)
        return f"{text} of {len(self.nodes)} nodes" if text else f"all {len(self.nodes)} nodes healthy"

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
    """An action that would help without an incident: move traffic away from a busy link."""

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
