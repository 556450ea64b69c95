"""Examples of requests and answers: a fault on `server-3` is detected, diagnosed and repaired.

Rule: an example of an answer is an instance of the model of that answer, so it is always valid.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, JsonValue

from services.gateway.api.control import Switched
from services.gateway.api.handling import Accepted
from services.gateway.api.probes import ProbeBody
from services.gateway.api.refusals import A_FAULT, A_METRIC, EXAMPLE_ACTION, EXAMPLE_FAULT, EXAMPLE_INCIDENT
from services.gateway.core.bodies import (
    ActionBody,
    AveragesBody,
    AveragesPoint,
    CauseBody,
    CauseInBrief,
    EnforcedBody,
    EnforcedMode,
    EnforcedRunning,
    FaultsBody,
    HistoryBody,
    HistoryPoint,
    IncidentBody,
    IncidentDetail,
    IncidentsBody,
    LinkBody,
    LogBody,
    LogsBody,
    MemberBody,
    MetricsBody,
    NodeBody,
    ProposalBody,
    ReplicaBody,
    ServiceBody,
    ServicesBody,
    Stats,
    StatusBody,
    Summary,
    TimelineEntry,
    TopologyBody,
)
from services.gateway.core.catalogue_bodies import CatalogueBody, catalogue_body
from services.gateway.core.observation_bodies import ObservationBody, ObservationsBody
from services.gateway.scoring.scorecard import ScorecardReport
from services.gateway.scoring.totals import Counts, Quantiles, Seconds
from shared.domain.capabilities import Capabilities
from shared.domain.catalogue import FAULTS, Role, metric_in_role
from shared.domain.config import Desired
from shared.domain.events import Fault
from shared.domain.instant import instant
from shared.domain.kinds import (
    ActionState,
    ElementKind,
    EndedBy,
    FaultKind,
    IncidentState,
    Level,
    Mode,
    NetworkState,
    NodeStatus,
    NodeType,
    Resolution,
    ServiceName,
    Severity,
)

VERSION = "1.0.0"
KIND = FaultKind(A_FAULT)
REPAIR = FAULTS[KIND].playbooks[0]
SWITCH, SERVER, UPLINK = "edge-switch-3", "server-3", "edge-switch-3--server-3"
BUSY = "server-4"
OTHER_INCIDENT = f"edge-switch-3.{metric_in_role(ElementKind.NODE, Role.DELAY)}.5143"
T0 = instant("2026-01-31T12:00:00Z")
INJECTED, RAISED, NAMED, APPLIED, CLEARED, RESOLVED = T0 - 4.0, T0 - 3.25, T0 - 3.0, T0 - 2.5, T0 - 1.75, T0 + 0.25

NODE = NodeBody(
    id=SERVER,
    type=NodeType.SERVER,
    status=NodeStatus.HEALTHY,
    cpu_usage=41.27,
    memory_usage=38.9,
    latency=14.21,
    packet_loss=0.11,
    throughput=402.6,
    connections=(SWITCH,),
)
LINK = LinkBody(
    id=UPLINK,
    source=SWITCH,
    target=SERVER,
    capacity=1000.0,
    utilization=40.26,
    latency=1.52,
    packet_loss=0.02,
    status="up",
)
SUMMARY = Summary(
    total_nodes=16,
    healthy=16,
    affected=0,
    degraded=0,
    down=0,
    avg_cpu=40.12,
    avg_memory=45.5,
    avg_latency=11.9,
    avg_packet_loss=0.08,
)
LIVE = Fault(id=EXAMPLE_FAULT, kind=KIND, target=SERVER, strength=1.0, started=INJECTED, ends=INJECTED + 60.0)
ENDED = LIVE.model_copy(update={"ended": APPLIED, "ended_by": EndedBy.ACTION})
CANCELLED = LIVE.model_copy(update={"ended": APPLIED, "ended_by": EndedBy.CANCELLED})
INCIDENT = IncidentBody(
    id=EXAMPLE_INCIDENT,
    timestamp=RAISED,
    type=KIND,
    severity=Severity.CRITICAL,
    node_id=SERVER,
    status=IncidentState.RESOLVED,
    resolution_time=RESOLVED,
    resolution_seconds=RESOLVED - RAISED,
    resolution=Resolution.AUTO_RESOLVED,
    merged_into=None,
    pattern=f"{A_METRIC} at {SERVER}",
    member_count=1,
    cause=CauseInBrief(node=SERVER, kind=KIND, confidence=0.97),
    escalation=None,
    acknowledged_by=None,
    revision=12,
    elements=(SERVER,),
)
OBSERVATION = ObservationBody(
    id=f"{BUSY}.{metric_in_role(ElementKind.NODE, Role.WORK)}.5120.observed",
    node=BUSY,
    metric=metric_in_role(ElementKind.NODE, Role.WORK),
    value=61.3,
    expected=45.1,
    limit=56.8,
    score=6.2,
    since=T0 - 14.0,
    at=T0 - 13.5,
    passed=None,
    became=None,
)
STATS = Stats(
    total_incidents=12,
    auto_resolved=11,
    manual_intervention=0,
    self_cleared=1,
    avg_resolution_time=4.1,
    auto_resolution_rate=0.9167,
)
DETAIL = IncidentDetail(
    **dict(INCIDENT),
    causes=(
        CauseBody(
            node=SERVER,
            kind=KIND,
            confidence=0.97,
            evidence=(f"{A_METRIC} 99.5 where 41 was expected", "its neighbours are healthy"),
            actions=(ProposalBody(action=REPAIR, target=SERVER),),
        ),
    ),
    members=(
        MemberBody(
            id=EXAMPLE_INCIDENT,
            node=SERVER,
            metric=A_METRIC,
            value=99.5,
            expected=41.0,
            threshold=80.0,
            score=19.2,
            severity=Severity.CRITICAL,
            since=INJECTED + 0.25,
            at=RAISED,
            why="the first",
            cleared=CLEARED,
        ),
    ),
    actions=(
        ActionBody(
            id=EXAMPLE_ACTION,
            action=REPAIR,
            target=SERVER,
            attempt=1,
            state=ActionState.VERIFIED,
            by="loop",
            proposed=NAMED,
            started=NAMED + 0.1,
            applied=APPLIED,
            finished=CLEARED + 0.1,
            reason="",
        ),
    ),
    timeline=(
        TimelineEntry(at=RAISED, what=f"opened: {A_METRIC} at {SERVER}", by=ServiceName.CORRELATOR),
        TimelineEntry(at=APPLIED, what=f"{REPAIR} on {SERVER} applied", by=ServiceName.REMEDIATOR),
        TimelineEntry(at=RESOLVED, what="auto resolved", by=ServiceName.CORRELATOR),
    ),
    comments=("anna: seen again on Monday",),
)
REPLICA = ReplicaBody(id="detector-3f2a", version=VERSION, pid=4711, started=T0 - 3600.0)
COUNTS = Counts(
    faults=1,
    detected=1,
    right_node=1,
    right_kind=1,
    repaired=1,
    seconds=Seconds(
        detect=Quantiles(p50=0.75, p95=0.75, max=0.75),
        diagnose=Quantiles(p50=0.25, p95=0.25, max=0.25),
        act=Quantiles(p50=0.5, p95=0.5, max=0.5),
        repair=Quantiles(p50=2.25, p95=2.25, max=2.25),
    ),
)
STARTED = Switched(status="started", message="The loop is running")
STOPPED = Switched(status="stopped", message="The loop is stopped")

ANSWERS: Mapping[str, BaseModel | str] = {
    "get_status": StatusBody(
        running=True,
        cycle_count=1200,
        uptime=3600.5,
        mode=Mode.AUTO,
        enforced=EnforcedBody(
            injector=EnforcedRunning(running=True, age=1.5), remediator=EnforcedMode(mode=Mode.AUTO, age=1.5)
        ),
        config_fault=None,
        version=VERSION,
        instance="5c1f0a9be2d4768f",
        services=dict.fromkeys(ServiceName, "up"),
        network=Capabilities(driver="replay", interval=0.25),
        network_state=NetworkState.STABLE,
        health_percentage=100.0,
        timestamp=T0,
    ),
    "get_catalogue": CatalogueBody(**{name: rows[:1] for name, rows in catalogue_body()}),
    "get_topology": TopologyBody(nodes=(NODE,), links=(LINK,), timestamp=T0),
    "get_metrics": MetricsBody(nodes=(NODE,), summary=SUMMARY, timestamp=T0),
    "get_history": HistoryBody(
        node=SERVER,
        metric=A_METRIC,
        step=None,
        points=(HistoryPoint(at=T0 - 0.25, value=41.31), HistoryPoint(at=T0, value=41.27)),
    ),
    "get_averages": AveragesBody(
        step=5.0,
        points=(AveragesPoint(at=T0 - 5, avg_cpu=41.318, avg_memory=48.07, avg_latency=6.241, avg_packet_loss=0.012),),
    ),
    "list_logs": LogsBody(
        logs=(
            LogBody(
                timestamp=INJECTED, level=Level.SUCCESS, message=f"Injected {KIND} on {SERVER}", service="injector"
            ),
        )
    ),
    "list_observations": ObservationsBody(observations=(OBSERVATION,), open=1, next_cursor=None),
    "list_incidents": IncidentsBody(recent_incidents=(INCIDENT,), stats=STATS, next_cursor=None),
    "get_incident": DETAIL,
    "list_faults": FaultsBody(faults=(ENDED,)),
    "get_fault": ENDED,
    "inject_fault": LIVE,
    "end_fault": CANCELLED,
    "list_services": ServicesBody(services=(ServiceBody(name=ServiceName.DETECTOR, status="up", replicas=(REPLICA,)),)),
    "get_config": Desired(),
    "change_config": Desired(),
    "get_scorecard": ScorecardReport(**dict(COUNTS), actions=1, by_kind={KIND: COUNTS}),
    "start": STARTED,
    "start_by_get": STARTED,
    "stop": STOPPED,
    "stop_by_get": STOPPED,
    "get_health": ProbeBody(),
    "get_readiness": ProbeBody(),
    "get_prometheus": '# HELP nms_nodes Nodes by status\n# TYPE nms_nodes gauge\nnms_nodes{status="healthy"} 16.0\n',
    "acknowledge_incident": Accepted(),
    "comment_incident": Accepted(),
    "move_members": Accepted(),
    "split_incident": Accepted(),
    "merge_incident": Accepted(),
    "approve_action": Accepted(),
    "reject_action": Accepted(),
}
"""An example of the successful answer of each call, by the name of the operation."""

ORDERS: Mapping[str, JsonValue] = {
    "change_config": {"mode": "auto", "interval": 3, "thresholds": {A_METRIC: 80}},
    "inject_fault": {"kind": A_FAULT, "target": SERVER, "duration": 30, "strength": 1},
    "acknowledge_incident": {"by": "anna"},
    "comment_incident": {"text": "seen again on Monday", "by": "anna"},
    "move_members": {"members": [OTHER_INCIDENT], "to": EXAMPLE_INCIDENT},
    "split_incident": {"members": [OTHER_INCIDENT]},
    "merge_incident": {"into": EXAMPLE_INCIDENT},
    "approve_action": {"by": "anna"},
    "reject_action": {"by": "anna", "reason": "not during the backup"},
}
"""An example body of each call that takes a body, by the name of the operation."""

PLACES: Mapping[str, JsonValue] = {
    "incident_id": EXAMPLE_INCIDENT,
    "action_id": EXAMPLE_ACTION,
    "fault_id": EXAMPLE_FAULT,
    "node": SERVER,
    "metric": A_METRIC,
    "step": 5,
}
"""Example values of path and query parameters."""
