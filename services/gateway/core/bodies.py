"""The bodies of the REST calls and of the frames to the page: what leaves the gateway, and nothing else.

Rules: a body is the seed's body and more, never less. Times are ISO 8601 with `Z`. A value that was never
measured is null.
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
    """Anything that is sent."""

    model_config = ConfigDict(frozen=True)


Metrics: TypeAlias = dict[str, float | None]
FURTHER = "the metrics of the catalogue that have no field of their own, by name"


class NodeBody(Body):
    """A node as it is now; one that is down keeps its last values."""

    id: str = Field(description="the name of the node")
    type: NodeType = Field(description="what it is for")
    status: NodeStatus = Field(description="the stabilizer's word on it")
    cpu_usage: float | None = Field(description="%")
    memory_usage: float | None = Field(description="%")
    latency: float | None = Field(description="ms")
    packet_loss: float | None = Field(description="%")
    throughput: float | None = Field(description="Mbit/s")
    metrics: Metrics = Field(default={}, description=FURTHER)
    connections: tuple[str, ...] = Field(description="the ids of its neighbours")


class LinkBody(Body):
    """A link as it is now."""

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
    """An element that is no node and no link, as telemetry told of it last."""

    id: str = Field(description="its name, written as its kind is")
    kind: ElementKind = Field(description="what it is: interface, session, service or path")
    metrics: Metrics = Field(description="its metrics by name, in the units of the catalogue")


class TopologyBody(Body):
    """`GET /api/topology`."""

    nodes: tuple[NodeBody, ...] = Field(description="every node")
    links: tuple[LinkBody, ...] = Field(description="every link")
    timestamp: Instant = Field(description="network time of the newest sample")


class Summary(Body):
    """The network in nine figures; averages are over the nodes that answer."""

    total_nodes: int = Field(description="how many nodes there are")
    healthy: int = Field(description="nodes without any trouble")
    affected: int = Field(description="nodes that only suffer from trouble elsewhere")
    degraded: int = Field(description="nodes that answer and have trouble of their own")
    down: int = Field(description="nodes that cannot be reached")
    avg_cpu: float = Field(description="%")
    avg_memory: float = Field(description="%")
    avg_latency: float = Field(description="ms")
    avg_packet_loss: float = Field(description="%")


class MetricsBody(Body):
    """`GET /api/metrics`."""

    nodes: tuple[NodeBody, ...] = Field(description="every node, or the one that was asked for")
    summary: Summary = Field(description="the whole network")
    elements: tuple[ElementBody, ...] = Field(
        default=(), description="every other element that telemetry names, or the one that was asked for"
    )
    elements_left_out: bool = Field(
        default=False, description="whether telemetry names more other elements than the gateway keeps"
    )
    timestamp: Instant = Field(description="network time of the newest sample")


class HistoryPoint(Body):
    """One value of a metric."""

    at: Instant = Field(description="when it was measured, or when the seconds of the mean begin")
    value: float = Field(description="in the unit of the metric")


class HistoryBody(Body):
    """`GET /api/metrics/history`."""

    node: str = Field(description="the element")
    metric: str = Field(description="the name of the metric")
    step: float | None = Field(description="seconds averaged into one point; null: as measured")
    points: tuple[HistoryPoint, ...] = Field(description="oldest first")


class AveragesPoint(Body):
    """The averages at one time; null where no node was sampled."""

    at: Instant = Field(description="when it was measured, or when the seconds of the mean begin")
    avg_cpu: float | None = Field(description="%")
    avg_memory: float | None = Field(description="%")
    avg_latency: float | None = Field(description="ms")
    avg_packet_loss: float | None = Field(description="%")


class AveragesBody(Body):
    """`GET /api/metrics/history/averages`."""

    step: float | None = Field(description="seconds averaged into one point; null: as measured")
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
    """What an incident is put down to."""

    node: str = Field(description="the node or link that is at fault")
    kind: FaultKind = Field(description="what is wrong with it")
    confidence: float = Field(description="0 to 1")


class IncidentBody(Body):
    """An incident in a list. `resolution_time` is the moment it was resolved."""

    id: str = Field(description="the id of its first anomaly")
    timestamp: Instant = Field(description="when it was opened")
    type: FaultKind = Field(description="what it is put down to; before that, what its first member looks like")
    severity: Severity = Field(description="of its worst member")
    node_id: str = Field(description="the node or link that it is put down to; before that, that of its first member")
    status: IncidentState = Field(description="where it stands")
    resolution_time: Instant | None = Field(description="when it was resolved")
    resolution_seconds: float | None = Field(description="seconds from opened to resolved")
    resolution: Resolution | None = Field(description="what cleared it")
    merged_into: str | None = Field(description="the id of the incident that it lives on in")
    pattern: str = Field(description="how its members belong together, in words")
    member_count: int = Field(description="how many anomalies it gathers")
    cause: CauseInBrief | None = Field(description="the most likely cause")
    escalation: str | None = Field(description="why it waits for a person")
    acknowledged_by: str | None = Field(description="who has seen it")
    revision: int = Field(description="grows with all that is learnt of it, its actions and its timeline included")
    elements: tuple[str, ...] = Field(
        default=(),
        description="the nodes and links that it concerns: its cause, its members, the targets of its actions",
    )


class Stats(Body):
    """Incidents counted; merged ones are not. `auto_resolution_rate` = auto_resolved / closed."""

    total_incidents: int = Field(description="all since the system was begun")
    auto_resolved: int = Field(description="cleared by a verified action, without a person")
    manual_intervention: int = Field(description="escalated, or a person acted")
    self_cleared: int = Field(description="cleared without an action")
    avg_resolution_time: float = Field(description="seconds from opened to resolved")
    auto_resolution_rate: float = Field(description="0 to 1: auto_resolved / closed")


class IncidentsBody(Body):
    """`GET /api/incidents`; `next_cursor` leads to the older ones."""

    recent_incidents: tuple[IncidentBody, ...] = Field(description="oldest first")
    stats: Stats = Field(description="counts of all, whatever was asked for")
    next_cursor: str | None = Field(
        default=None, description="`cursor` of the call that returns the older ones; null: no more"
    )


class ProposalBody(Body):
    """An action that fits a cause."""

    action: ActionKind = Field(description="what to do")
    target: str = Field(description="the node or link to do it to")


class CauseBody(Body):
    """One ranked cause, with what speaks for it."""

    node: str = Field(description="the node or link that is at fault")
    kind: FaultKind = Field(description="what is wrong with it")
    confidence: float = Field(description="0 to 1")
    evidence: tuple[str, ...] = Field(description="what speaks for it, in words")
    actions: tuple[ProposalBody, ...] = Field(description="what would cure it, the best first")


class MemberBody(Body):
    """An anomaly of an incident, and why it is in."""

    id: str = Field(description="the id of the anomaly")
    node: str = Field(description="the node or link")
    metric: str = Field(description="the name of the metric")
    value: float = Field(description="in the unit of the metric")
    expected: float = Field(description="what the learnt baseline expected")
    threshold: float = Field(description="the limit that was crossed")
    score: float = Field(description="deviations from the expected value")
    severity: Severity = Field(description="how bad it is")
    since: Instant = Field(description="the sample with which it began")
    at: Instant = Field(description="the sample that made it sure")
    why: str = Field(description="why it is in this incident")
    cleared: Instant | None = Field(description="when it was back; null: still out of line")


class ActionBody(Body):
    """One attempt at a repair."""

    id: str = Field(description="the incident's id and the attempt")
    action: ActionKind = Field(description="what is done")
    target: str = Field(description="the node or link that it is done to")
    attempt: int = Field(description="counts from 1 within its incident")
    state: ActionState = Field(description="where it stands")
    by: str = Field(description="`loop`, or the person who approved or rejected it")
    proposed: Instant = Field(description="when it was proposed")
    started: Instant | None = Field(description="when the network was asked")
    applied: Instant | None = Field(description="when it took effect")
    finished: Instant | None = Field(description="when it was verified, failed, reverted or rejected")
    reason: str = Field(description="why it stands there; empty: nothing to add")


class ApprovalBody(Body):
    """An action that waits for a person's yes."""

    id: str = Field(description="the action's id, as `POST /api/actions/{id}/approve` and `reject` take it")
    incident: str = Field(description="the id of its incident")
    action: ActionKind = Field(description="what would be done")
    target: str = Field(description="the node or link that it would be done to")
    state: ActionState = Field(description="`proposed`, or `blocked` where the gate said no before a person was asked")
    since: Instant = Field(description="when it was proposed")
    reason: str = Field(description="what it is for, or by which rule it is blocked")
    takes_down: tuple[str, ...] = Field(description="nodes and links that carry nothing while it runs")


class ApprovalsBody(Body):
    """What waits for a person's yes, whole: those that have waited longest first."""

    approvals: tuple[ApprovalBody, ...]
    left_out: int = Field(description="how many more wait that found no room here")


class TimelineEntry(Body):
    """Something that happened to an incident, and who did it."""

    at: Instant = Field(description="when")
    what: str = Field(description="what happened")
    by: str = Field(description="the service or the person")


class IncidentDetail(IncidentBody):
    """`GET /api/incidents/{id}`."""

    causes: tuple[CauseBody, ...] = Field(description="the most likely first")
    members: tuple[MemberBody, ...] = Field(description="the anomalies, in the order in which they joined")
    actions: tuple[ActionBody, ...] = Field(description="the first attempt first")
    timeline: tuple[TimelineEntry, ...] = Field(description="oldest first")
    comments: tuple[str, ...] = Field(description="`name: text`, oldest first")


class FaultsBody(Body):
    """`GET /api/faults`: the live ones and the last hundred that ended, oldest first."""

    faults: tuple[Fault, ...] = Field(description="oldest first")


class ReplicaBody(Body):
    """One process of a service."""

    id: str = Field(description="the name of the process")
    version: str = Field(description="of the product")
    pid: int = Field(description="its process id")
    started: Instant = Field(description="wall time of its start")


class ServiceBody(Body):
    """A service is `up` when at least one process of it answers on the bus."""

    name: str = Field(description="the name of the service")
    status: str = Field(description="`up` or `down`")
    replicas: tuple[ReplicaBody, ...] = Field(description="its processes")


class ServicesBody(Body):
    """`GET /api/services`."""

    services: tuple[ServiceBody, ...] = Field(description="the eight of NMS, then what else answers")


class EnforcedRunning(Body):
    """What the injector says of itself."""

    running: bool = Field(description="whether its campaign strikes")
    age: float = Field(description="seconds since the process that was silent longest last said so")


class EnforcedMode(Body):
    """What the remediator says of itself."""

    mode: Mode = Field(description="how far it goes")
    age: float = Field(description="seconds since the process that was silent longest last said so")


class EnforcedBody(Body):
    """What is enforced, by the word of those who enforce it; null: none of them has answered lately."""

    injector: EnforcedRunning | None = Field(description="the campaign")
    remediator: EnforcedMode | None = Field(description="repair")


class StatusBody(Body):
    """`GET /api/status`. `services` is `up` or `down` by service.

    `running` and `mode` are what injector and remediator enforce, as they report it; where one has not answered for
    15 s, the wanted value stands here and `enforced` has null for it. `GET /api/config` says what is wanted.
    """

    running: bool = Field(description="whether the campaign strikes")
    cycle_count: int = Field(description="turns of the injector's clock")
    uptime: float = Field(description="seconds since this gateway started")
    mode: Mode = Field(description="how far the remediator may go")
    enforced: EnforcedBody = Field(description="what injector and remediator enforce, and how old their word is")
    config_fault: str | None = Field(
        description="why the stored configuration cannot be read: then repair is off and the campaign stopped"
    )
    version: str = Field(description="of the product")
    instance: str = Field(description="names the stored state: another one after a fresh start or with another network")
    services: dict[str, str] = Field(description="`up` or `down`, by the name of the service")
    network: Capabilities = Field(
        default=UNKNOWN,
        description="the driver of the managed network, and what it offers; nothing where it is not known",
    )
    network_state: NetworkState | None = Field(description="the stabilizer's word; blind: no telemetry comes")
    health_percentage: float | None = Field(description="% of the nodes that are neither degraded nor down")
    timestamp: Instant = Field(description="network time of the newest sample")
    stale_after: float = Field(
        default=LOST_AFTER, description="seconds without telemetry after which figures are old; three samples or more"
    )
    unauthenticated: bool = Field(
        default=False, description="whether others than this machine reach the gateway, which asks nobody who they are"
    )
