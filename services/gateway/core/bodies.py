"""The bodies of the REST calls and of the frames to the page: what leaves the gateway, and nothing else.

Rules: a body is the seed's body and more, never less. Times are ISO 8601 with `Z`. A value that was never
measured is null.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from shared.events import Fault
from shared.instant import Instant
from shared.kinds import (
    ActionKind,
    ActionState,
    FaultKind,
    IncidentState,
    Level,
    Mode,
    NodeStatus,
    NodeType,
    Resolution,
    Severity,
)


class Body(BaseModel):
    """Anything that is sent."""

    model_config = ConfigDict(frozen=True)


class NodeBody(Body):
    """A node as it is now; one that is down keeps its last values."""

    id: str
    type: NodeType
    status: NodeStatus
    cpu_usage: float | None = Field(description="%")
    memory_usage: float | None = Field(description="%")
    latency: float | None = Field(description="ms")
    packet_loss: float | None = Field(description="%")
    throughput: float | None = Field(description="Mbit/s")
    connections: tuple[str, ...]


class LinkBody(Body):
    """A link as it is now."""

    id: str
    source: str
    target: str
    capacity: float = Field(description="Mbit/s")
    utilization: float | None = Field(description="% of capacity")
    latency: float | None = Field(description="ms")
    packet_loss: float | None = Field(description="%")
    status: str = Field(description="up or down")


class TopologyBody(Body):
    """`GET /api/topology`."""

    nodes: tuple[NodeBody, ...]
    links: tuple[LinkBody, ...]
    timestamp: Instant


class Summary(Body):
    """The network in eight figures; averages are over the nodes that answer."""

    total_nodes: int
    healthy: int
    degraded: int
    down: int
    avg_cpu: float
    avg_memory: float
    avg_latency: float
    avg_packet_loss: float


class MetricsBody(Body):
    """`GET /api/metrics`."""

    nodes: tuple[NodeBody, ...]
    summary: Summary
    timestamp: Instant


class HistoryPoint(Body):
    """One value of a metric."""

    at: Instant
    value: float


class HistoryBody(Body):
    """`GET /api/metrics/history`."""

    node: str
    metric: str
    step: float | None = Field(description="seconds averaged into one point; null: as measured")
    points: tuple[HistoryPoint, ...]


class LogBody(Body):
    """A line of the operator's log."""

    timestamp: Instant
    level: Level
    message: str
    service: str


class LogsBody(Body):
    """`GET /api/logs`."""

    logs: tuple[LogBody, ...]


class CauseInBrief(Body):
    """What an incident is put down to."""

    node: str
    kind: FaultKind
    confidence: float


class IncidentBody(Body):
    """An incident in a list. `resolution_time` is the moment it was resolved."""

    id: str
    timestamp: Instant
    type: FaultKind
    severity: Severity
    node_id: str
    status: IncidentState
    resolution_time: Instant | None
    resolution_seconds: float | None
    resolution: Resolution | None
    merged_into: str | None
    pattern: str
    member_count: int
    cause: CauseInBrief | None
    escalation: str | None
    acknowledged_by: str | None


class Stats(Body):
    """Incidents counted; merged ones are not. `auto_resolution_rate` = auto_resolved / closed."""

    total_incidents: int
    auto_resolved: int
    manual_intervention: int
    self_cleared: int
    avg_resolution_time: float
    auto_resolution_rate: float


class IncidentsBody(Body):
    """`GET /api/incidents`; `next_cursor` leads to the older ones."""

    recent_incidents: tuple[IncidentBody, ...]
    stats: Stats
    next_cursor: str | None = None


class ProposalBody(Body):
    """An action that fits a cause."""

    action: ActionKind
    target: str


class CauseBody(Body):
    """One ranked cause, with what speaks for it."""

    node: str
    kind: FaultKind
    confidence: float
    evidence: tuple[str, ...]
    actions: tuple[ProposalBody, ...]


class MemberBody(Body):
    """An anomaly of an incident, and why it is in."""

    id: str
    node: str
    metric: str
    value: float
    expected: float
    threshold: float
    score: float
    severity: Severity
    since: Instant
    at: Instant
    why: str
    cleared: Instant | None


class ActionBody(Body):
    """One attempt at a repair."""

    id: str
    action: ActionKind
    target: str
    attempt: int
    state: ActionState
    by: str
    proposed: Instant
    started: Instant | None
    applied: Instant | None
    finished: Instant | None
    reason: str


class TimelineEntry(Body):
    """Something that happened to an incident, and who did it."""

    at: Instant
    what: str
    by: str


class IncidentDetail(IncidentBody):
    """`GET /api/incidents/{id}`."""

    causes: tuple[CauseBody, ...]
    members: tuple[MemberBody, ...]
    actions: tuple[ActionBody, ...]
    timeline: tuple[TimelineEntry, ...]
    comments: tuple[str, ...]


class FaultsBody(Body):
    """`GET /api/faults`: the live ones and the last hundred that ended, oldest first."""

    faults: tuple[Fault, ...]


class ReplicaBody(Body):
    """One process of a service."""

    id: str
    version: str
    pid: int
    started: Instant


class ServiceBody(Body):
    """A service is `up` when at least one process of it answers on the bus."""

    name: str
    status: str
    replicas: tuple[ReplicaBody, ...]


class ServicesBody(Body):
    """`GET /api/services`."""

    services: tuple[ServiceBody, ...]


class StatusBody(Body):
    """`GET /api/status`. `services` is `up` or `down` by service."""

    running: bool
    cycle_count: int
    uptime: float
    mode: Mode
    version: str
    services: dict[str, str]
    network_state: str | None = Field(description="the stabilizer's word: stable, recovering or unstable")
    health_percentage: float | None
    timestamp: Instant
