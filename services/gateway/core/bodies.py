"""The bodies of the REST calls and of the frames to the page.

Rules

1. Fields are added, never removed or renamed.
2. Times are ISO 8601 with `Z`.
3. A value that was never measured is null.
"""

from __future__ import annotations

from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.capabilities import UNKNOWN, Capabilities
from shared.domain.events import Fault
from shared.domain.instant import Instant
from shared.domain.kinds import (
    ActionKind,
    ActionState,
    ElementKind,
    FaultKind,
    IncidentState,
    Level,
    Mode,
    NetworkState,
    NodeStatus,
    NodeType,
    Resolution,
    Severity,
)
from shared.domain.telemetry import LOST_AFTER


class Body(BaseModel):
    """A model that the gateway sends."""

    model_config = ConfigDict(frozen=True)


Metrics: TypeAlias = dict[str, float | None]
FURTHER = "the metrics of the catalogue without a field of their own, by name"


class NodeBody(Body):
    """A node as it is now; one that is down keeps its last values."""

    id: str = Field(description="the name of the node")
    type: NodeType = Field(description="router, switch or server")
    status: NodeStatus = Field(description="as the stabilizer reports it")
    cpu_usage: float | None = Field(description="%")
    memory_usage: float | None = Field(description="%")
    latency: float | None = Field(description="ms")
    packet_loss: float | None = Field(description="%")
    throughput: float | None = Field(description="Mbit/s")
    metrics: Metrics = Field(default={}, description=FURTHER)
    connections: tuple[str, ...] = Field(description="the ids of its neighbours")


class LinkBody(Body):
    """A link with its newest values."""

    id: str = Field(description="`source--target`")
    source: str = Field(description="the id of one end")
    target: str = Field(description="the id of the other")
    capacity: float = Field(description="Mbit/s")
    utilization: float | None = Field(description="% of capacity")
    latency: float | None = Field(description="ms")
    packet_loss: float | None = Field(description="%")
    metrics: Metrics = Field(default={}, description=FURTHER)
    status: str = Field(description="up or down")


class ElementBody(Body):
    """An element that is neither a node nor a link, with its newest values."""

    id: str = Field(description="its name, in the form of its kind")
    kind: ElementKind = Field(description="interface, session, service or path")
    metrics: Metrics = Field(description="its metrics by name, in the units of the catalogue")


class TopologyBody(Body):
    """`GET /api/topology`."""

    nodes: tuple[NodeBody, ...] = Field(description="every node")
    links: tuple[LinkBody, ...] = Field(description="every link")
    timestamp: Instant = Field(description="network time of the newest sample")


class Summary(Body):
    """Counts and averages of the network; the averages are over the nodes that answer."""

    total_nodes: int = Field(description="the number of nodes")
    healthy: int = Field(description="nodes without a fault or its effects")
    affected: int = Field(description="nodes that only show effects of a fault elsewhere")
    degraded: int = Field(description="nodes that answer and are faulty themselves")
    down: int = Field(description="nodes that do not answer")
    avg_cpu: float = Field(description="%")
    avg_memory: float = Field(description="%")
    avg_latency: float = Field(description="ms")
    avg_packet_loss: float = Field(description="%")


class MetricsBody(Body):
    """`GET /api/metrics`."""

    nodes: tuple[NodeBody, ...] = Field(description="every node, or the requested one")
    summary: Summary = Field(description="the whole network")
    elements: tuple[ElementBody, ...] = Field(
        default=(), description="every other element of the telemetry, or the requested one"
    )
    elements_left_out: bool = Field(
        default=False, description="whether the telemetry has more other elements than the gateway keeps"
    )
    timestamp: Instant = Field(description="network time of the newest sample")


class HistoryPoint(Body):
    """One value of a metric, or a mean."""

    at: Instant = Field(description="when it was sampled, or the start of the averaged seconds")
    value: float = Field(description="in the unit of the metric")


class HistoryBody(Body):
    """`GET /api/metrics/history`."""

    node: str = Field(description="the element")
    metric: str = Field(description="the name of the metric")
    step: float | None = Field(description="seconds averaged into one point; null: as sampled")
    points: tuple[HistoryPoint, ...] = Field(description="oldest first")


class AveragesPoint(Body):
    """The averages over the nodes at one time, or over the seconds of one step; null where no node was sampled."""

    at: Instant = Field(description="when it was sampled, or the start of the averaged seconds")
    avg_cpu: float | None = Field(description="%")
    avg_memory: float | None = Field(description="%")
    avg_latency: float | None = Field(description="ms")
    avg_packet_loss: float | None = Field(description="%")


class AveragesBody(Body):
    """`GET /api/metrics/history/averages`."""

    step: float | None = Field(description="seconds averaged into one point; null: as sampled")
    points: tuple[AveragesPoint, ...] = Field(description="oldest first")


class LogBody(Body):
    """A line of the operator's log."""

    timestamp: Instant = Field(description="when it was written")
    level: Level = Field(description="severity")
    message: str = Field(description="the text")
    service: str = Field(description="the service that wrote it")


class LogsBody(Body):
    """`GET /api/logs`."""

    logs: tuple[LogBody, ...] = Field(description="oldest first")


class CauseInBrief(Body):
    """The most likely cause of an incident."""

    node: str = Field(description="the faulty node or link")
    kind: FaultKind = Field(description="the kind of fault")
    confidence: float = Field(description="0 to 1")


class IncidentBody(Body):
    """An incident in a list."""

    id: str = Field(description="the id of its first anomaly")
    timestamp: Instant = Field(description="when it was opened")
    type: FaultKind = Field(description="the kind of its cause; before a diagnosis, as its first member suggests")
    severity: Severity = Field(description="of its worst member")
    node_id: str = Field(description="the node or link of its cause; before a diagnosis, that of its first member")
    status: IncidentState = Field(description="open, escalated or resolved")
    resolution_time: Instant | None = Field(description="when it was resolved")
    resolution_seconds: float | None = Field(description="seconds from opened to resolved")
    resolution: Resolution | None = Field(description="how it ended")
    merged_into: str | None = Field(description="the id of the incident that it was merged into")
    pattern: str = Field(description="what its members look like together, as a sentence")
    member_count: int = Field(description="the number of its anomalies")
    cause: CauseInBrief | None = Field(description="the most likely cause")
    escalation: str | None = Field(description="why it waits for a person")
    acknowledged_by: str | None = Field(description="who has seen it")
    revision: int = Field(description="grows with every change, also of its actions and its timeline")
    elements: tuple[str, ...] = Field(
        default=(),
        description="the nodes and links that it concerns: its cause, its members, the targets of its actions",
    )


class Stats(Body):
    """Incidents counted; merged ones are not. `auto_resolution_rate` = auto_resolved / closed."""

    total_incidents: int = Field(description="all since the first start of the system")
    auto_resolved: int = Field(description="cleared by a verified action, without a person")
    manual_intervention: int = Field(description="escalated, or a person acted")
    self_cleared: int = Field(description="cleared without an action")
    avg_resolution_time: float = Field(description="seconds from opened to resolved")
    auto_resolution_rate: float = Field(description="0 to 1: auto_resolved / closed")


class IncidentsBody(Body):
    """`GET /api/incidents`; `next_cursor` leads to the older ones."""

    recent_incidents: tuple[IncidentBody, ...] = Field(description="oldest first")
    stats: Stats = Field(description="counts of all incidents, whatever was requested")
    next_cursor: str | None = Field(
        default=None, description="`cursor` of the call that returns the older ones; null: no more"
    )


class ProposalBody(Body):
    """An action against a cause."""

    action: ActionKind = Field(description="the kind of action")
    target: str = Field(description="its node or link")


class CauseBody(Body):
    """One ranked cause, with its evidence."""

    node: str = Field(description="the faulty node or link")
    kind: FaultKind = Field(description="the kind of fault")
    confidence: float = Field(description="0 to 1")
    evidence: tuple[str, ...] = Field(description="the sentences that justify it")
    actions: tuple[ProposalBody, ...] = Field(description="the actions against it, the best first")


class MemberBody(Body):
    """An anomaly of an incident, and why it belongs to it."""

    id: str = Field(description="the id of the anomaly")
    node: str = Field(description="the node or link")
    metric: str = Field(description="the name of the metric")
    value: float = Field(description="in the unit of the metric")
    expected: float = Field(description="what the learnt baseline expected")
    threshold: float = Field(description="the limit that was crossed")
    score: float = Field(description="-log10 of the probability at a healthy element, at most 16")
    severity: Severity = Field(description="severity")
    since: Instant = Field(description="the time of the first sample out of line")
    at: Instant = Field(description="the time of the sample that confirmed it")
    why: str = Field(description="why it belongs to this incident")
    cleared: Instant | None = Field(description="when it was cleared; null: still out of line")


class ActionBody(Body):
    """One attempt at a repair."""

    id: str = Field(description="the incident's id and the attempt")
    action: ActionKind = Field(description="the kind of action")
    target: str = Field(description="its node or link")
    attempt: int = Field(description="counts from 1 within its incident")
    state: ActionState = Field(description="its state")
    by: str = Field(description="`loop`, or the person who approved or rejected it")
    proposed: Instant = Field(description="when it was proposed")
    started: Instant | None = Field(description="when the command was sent to the network")
    applied: Instant | None = Field(description="when it took effect")
    finished: Instant | None = Field(description="when it was verified, failed, reverted or rejected")
    reason: str = Field(description="why it is in this state; may be empty")


class ApprovalBody(Body):
    """An action that waits for a person's approval."""

    id: str = Field(description="its id, for `POST /api/actions/{id}/approve` and `reject`")
    incident: str = Field(description="the id of its incident")
    action: ActionKind = Field(description="the kind of action")
    target: str = Field(description="its node or link")
    state: ActionState = Field(description="`proposed`, or `blocked` if the gate refused it before the approval")
    since: Instant = Field(description="when it was proposed")
    reason: str = Field(description="the cause that it is against, or the rule that blocks it")
    takes_down: tuple[str, ...] = Field(description="nodes and links that carry no traffic while it runs")


class ApprovalsBody(Body):
    """All actions that wait for approval, the longest waiting first."""

    approvals: tuple[ApprovalBody, ...]
    left_out: int = Field(description="the number of waiting actions that are not listed")


class TimelineEntry(Body):
    """An event of an incident, and who caused it."""

    at: Instant = Field(description="when it happened")
    what: str = Field(description="what happened")
    by: str = Field(description="the service, or the person")


class IncidentDetail(IncidentBody):
    """`GET /api/incidents/{id}`."""

    causes: tuple[CauseBody, ...] = Field(description="the most likely first")
    members: tuple[MemberBody, ...] = Field(description="the anomalies, in the order in which they were added")
    actions: tuple[ActionBody, ...] = Field(description="the first attempt first")
    timeline: tuple[TimelineEntry, ...] = Field(description="oldest first")
    comments: tuple[str, ...] = Field(description="`name: text`, oldest first")


class FaultsBody(Body):
    """`GET /api/faults`: the live faults and the last hundred that ended."""

    faults: tuple[Fault, ...] = Field(description="oldest first")


class ReplicaBody(Body):
    """One process of a service."""

    id: str = Field(description="the name of the process")
    version: str = Field(description="of the product")
    pid: int = Field(description="its process id")
    started: Instant = Field(description="wall time of its start")


class ServiceBody(Body):
    """A service and its processes; it is `up` if at least one of them answers on the bus."""

    name: str = Field(description="the name of the service")
    status: str = Field(description="`up` or `down`")
    replicas: tuple[ReplicaBody, ...] = Field(description="its processes")


class ServicesBody(Body):
    """`GET /api/services`."""

    services: tuple[ServiceBody, ...] = Field(description="the eight of NMS, then any other that answers")


class EnforcedRunning(Body):
    """The state of the campaign, as the processes of the injector report it."""

    running: bool = Field(description="whether the fault campaign runs")
    age: float = Field(description="seconds since the oldest of its processes' reports")


class EnforcedMode(Body):
    """What the remediator reports that it enforces."""

    mode: Mode = Field(description="how far it may go")
    age: float = Field(description="seconds since the oldest of its processes' reports")


class EnforcedBody(Body):
    """What the services report that they enforce; null: no process of the service has answered for 15 s."""

    injector: EnforcedRunning | None = Field(description="the campaign")
    remediator: EnforcedMode | None = Field(description="repair")


class StatusBody(Body):
    """`GET /api/status`. `services` is `up` or `down` by service.

    `running` and `mode` are what injector and remediator enforce, as they report it; where one has not answered for
    15 s, the desired value is given here and `enforced` has null for it. `GET /api/config` returns the desired state.
    """

    running: bool = Field(description="whether the fault campaign runs")
    cycle_count: int = Field(description="cycles of the injector so far")
    uptime: float = Field(description="seconds since this gateway started")
    mode: Mode = Field(description="how far the remediator may go")
    enforced: EnforcedBody = Field(description="what injector and remediator report that they enforce")
    config_fault: str | None = Field(
        description="why the stored configuration cannot be read: then repair is off and the campaign stopped"
    )
    version: str = Field(description="of the product")
    instance: str = Field(description="the id of the stored state; a fresh start or another network has a new one")
    services: dict[str, str] = Field(description="`up` or `down`, by the name of the service")
    network: Capabilities = Field(
        default=UNKNOWN,
        description="the driver of the managed network, and its capabilities; empty if unknown",
    )
    network_state: NetworkState | None = Field(description="as the stabilizer reports it; blind: its telemetry is lost")
    health_percentage: float | None = Field(description="% of the nodes that are neither degraded nor down")
    timestamp: Instant = Field(description="network time of the newest sample")
    stale_after: float = Field(
        default=LOST_AFTER, description="seconds without telemetry after which values are old; at least three intervals"
    )
    unauthenticated: bool = Field(
        default=False, description="whether other machines can reach the gateway, which has no login"
    )
