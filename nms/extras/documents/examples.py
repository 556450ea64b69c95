"""An example of each message. Together the examples tell of one incident: a runaway process on server-1, found and
ended.
"""

from __future__ import annotations

from shared.domain.dead_letters import dead_letter
from shared.domain.events import (
    Action,
    Anomaly,
    AnomalyCleared,
    AnomalyObserved,
    AnomalyPassed,
    AnomalyRaised,
    Cause,
    DiagnosisMade,
    Event,
    Execute,
    Executed,
    Fault,
    FaultCycle,
    FaultEnded,
    FaultStarted,
    Incident,
    IncidentEscalated,
    IncidentOpened,
    IncidentResolved,
    IncidentUpdated,
    LogLine,
    Member,
    Observation,
    Proposal,
    RemediationApplied,
    RemediationApproved,
    RemediationBlocked,
    RemediationEscalated,
    RemediationFailed,
    RemediationProposed,
    RemediationReverted,
    RemediationStarted,
    RemediationVerified,
    StabilityAdvised,
    StabilityStatus,
    StabilityVerdict,
)
from shared.domain.instant import instant, iso
from shared.domain.kinds import (
    ActionKind,
    ActionState,
    ElementKind,
    EndedBy,
    FaultKind,
    IncidentState,
    Level,
    NetworkState,
    NodeStatus,
    Resolution,
    Severity,
)
from shared.domain.requests import (
    Acknowledge,
    ApplyFault,
    Approve,
    CancelFault,
    ClearFault,
    Comment,
    InjectFault,
    Merge,
    Move,
    Reject,
    Reply,
    Request,
    Split,
)
from shared.domain.telemetry import TICK_SECONDS, Columns, Tick

NOON = instant("2026-01-31T12:00:00Z")
ID, NODE, OTHER = "server-1.cpu_usage.4102", "server-1", "server-2.latency.4110"

FAULT = Fault(id="fault-7", kind=FaultKind.HIGH_CPU, target=NODE, strength=0.8, started=NOON, ends=NOON + 60, cycle=7)
OVER = FAULT.model_copy(update={"ended": NOON + 2.5, "ended_by": EndedBy.ACTION})
ANOMALY = Anomaly(
    id=ID,
    element=NODE,
    metric="cpu_usage",
    value=94.2,
    expected=38.5,
    threshold=80.0,
    score=11.3,
    severity=Severity.CRITICAL,
    since=NOON + 0.25,
    at=NOON + 0.75,
)
OBSERVATION = Observation(
    id="server-3.cpu_usage.4126.observed",
    element="server-3",
    metric="cpu_usage",
    value=61.3,
    expected=45.1,
    limit=56.8,
    score=6.2,
    since=NOON + 6.25,
    at=NOON + 6.75,
)
INCIDENT = Incident(
    id=ID,
    revision=1,
    state=IncidentState.OPEN,
    severity=Severity.CRITICAL,
    pattern="cpu_usage of server-1",
    onset=NOON + 0.25,
    opened=NOON + 0.8,
    updated=NOON + 0.8,
    members=(Member(anomaly=ANOMALY, why="the first"),),
)
UPDATED = INCIDENT.model_copy(update={"revision": 2, "updated": NOON + 1, "acknowledged_by": "operator"})
ESCALATED = UPDATED.model_copy(
    update={
        "revision": 3,
        "state": IncidentState.ESCALATED,
        "escalation": "no permitted action is left",
        "escalated_in": 3,
    }
)
RESOLVED = UPDATED.model_copy(
    update={
        "revision": 4,
        "state": IncidentState.RESOLVED,
        "members": (Member(anomaly=ANOMALY, why="the first", cleared=NOON + 3.25),),
        "resolved": NOON + 5.3,
        "resolution": Resolution.AUTO_RESOLVED,
        "repaired_by": f"{ID}.a1",
    }
)
CAUSE = Cause(
    element=NODE,
    kind=FaultKind.HIGH_CPU,
    confidence=0.94,
    fit=0.9,
    evidence=("cpu_usage 94.2 where 38.5 is expected",),
    members=(ID,),
    actions=(Proposal(action=ActionKind.RESTART_PROCESS, target=NODE),),
)
ACTION = Action(
    id=f"{ID}.a1",
    incident_id=ID,
    attempt=1,
    kind=ActionKind.RESTART_PROCESS,
    target=NODE,
    cause=CAUSE,
    diagnosis_revision=1,
    diagnosed=NOON + 1,
    state=ActionState.PROPOSED,
    fence=1,
    proposed=NOON + 1.5,
)


def _action(state: ActionState, **more: float) -> Action:
    return ACTION.model_copy(update={"state": state, **more})


_S = ActionState

EVENTS: tuple[Event, ...] = (
    FaultCycle(number=7, at=NOON, interval=3.0),
    FaultStarted(fault=FAULT),
    FaultEnded(fault=OVER),
    AnomalyRaised(anomaly=ANOMALY),
    AnomalyCleared(
        anomaly_id=ID,
        element=NODE,
        metric="cpu_usage",
        value=39.1,
        since=NOON + 0.25,
        back=NOON + 2.75,
        at=NOON + 3.25,
    ),
    AnomalyObserved(observation=OBSERVATION),
    AnomalyPassed(
        observation_id=OBSERVATION.id,
        element="server-3",
        metric="cpu_usage",
        value=45.9,
        since=NOON + 6.25,
        at=NOON + 51.5,
    ),
    IncidentOpened(incident=INCIDENT),
    IncidentUpdated(incident=UPDATED),
    IncidentResolved(incident=RESOLVED),
    IncidentEscalated(incident=ESCALATED),
    DiagnosisMade(incident_id=ID, revision=1, at=NOON + 1, causes=(CAUSE,)),
    RemediationProposed(action=ACTION, at=NOON + 1.5),
    RemediationBlocked(
        action=_action(_S.BLOCKED),
        at=NOON + 1.5,
        reason="too soon",
        rule="cooldown",
        figures={"seconds_ago": 4.2, "limit": 10},
    ),
    RemediationApproved(action=_action(_S.APPROVED), at=NOON + 1.5),
    RemediationStarted(action=_action(_S.STARTED, started=NOON + 1.6), at=NOON + 1.6),
    RemediationApplied(action=_action(_S.APPLIED, started=NOON + 1.6, applied=NOON + 2.5), at=NOON + 2.5),
    RemediationVerified(
        action=_action(_S.VERIFIED, started=NOON + 1.6, applied=NOON + 2.5, finished=NOON + 3.3), at=NOON + 3.3
    ),
    RemediationFailed(action=_action(_S.FAILED, finished=NOON + 8), at=NOON + 8, reason="it did not help"),
    RemediationReverted(action=_action(_S.REVERTED, finished=NOON + 9), at=NOON + 9),
    RemediationEscalated(incident_id=ID, at=NOON + 9, reason="no permitted action is left", tried=(ACTION.id,)),
    Execute(incident_id=ID, action_id=ACTION.id, fence=1, kind=ActionKind.RESTART_PROCESS, target=NODE),
    Executed(incident_id=ID, action_id=ACTION.id, fence=1, ran=True, took_effect=NOON + 2.5),
    StabilityStatus.of(
        NOON + 1, 12, NetworkState.RECOVERING, {NODE: NodeStatus.DEGRADED, "server-2": NodeStatus.AFFECTED}
    ),
    StabilityVerdict(
        incident_id=ID, action_id=ACTION.id, at=NOON + 13.3, verdict="stable", reason="nothing came back in 10 s"
    ),
    StabilityAdvised(
        advice_id="advice-core-router-1--core-router-2-1769860820000",
        at=NOON + 20,
        action=ActionKind.OPTIMIZE_ROUTING,
        target="core-router-1--core-router-2",
        reason="utilization 78 %",
    ),
    LogLine(
        service="detector",
        replica="detector-3f2a",
        number=41,
        at=NOON + 0.8,
        level=Level.INFO,
        message="cpu_usage of server-1 left its normal course",
    ),
)

SECONDS = {
    "fault.ended": 2.5,
    "anomaly.raised": 0.8,
    "anomaly.cleared": 3.3,
    "incident.opened": 0.8,
    "incident.updated": 1.0,
    "incident.resolved": 5.3,
    "incident.escalated": 9.1,
    "remediation.execute": 1.6,
    "remediation.executed": 2.5,
}
"""When the events without `at` are published, in seconds after noon."""


def published(event: Event) -> float:
    after = SECONDS.get(event.subject)
    return float(getattr(event, "at", NOON)) if after is None else NOON + after


REQUESTS: tuple[Request, ...] = (
    InjectFault(request_id="try-1", kind=FaultKind.HIGH_CPU, target=NODE, strength=0.8, duration=60.0),
    CancelFault(fault_id=FAULT.id),
    ApplyFault(fault_id=FAULT.id, kind=FaultKind.HIGH_CPU, target=NODE, strength=0.8, duration=60.0, cycle=7),
    ClearFault(fault_id=FAULT.id),
    Acknowledge(incident_id=ID),
    Comment(incident_id=ID, text="seen; a batch job was started there"),
    Move(incident_id=ID, members=(OTHER,), to=OTHER),
    Split(incident_id=ID, members=(OTHER,)),
    Merge(incident_id=OTHER, into=ID),
    Approve(action_id=ACTION.id),
    Reject(action_id=ACTION.id, reason="it is in maintenance"),
)

REPLY = Reply(fault=FAULT)

DEAD_LETTER = dead_letter("anomaly.raised", b"{", "not anomaly.raised: body: Invalid JSON", "correlator", NOON + 1)

TICK = Tick(
    tick=4102,
    elements={
        ElementKind.NODE: Columns(
            [NODE, "server-2"],
            {
                "cpu_usage": [94.2, 31.0],
                "memory_usage": [41.5, 38.2],
                "latency": [5.1, 4.8],
                "packet_loss": [0.0, 0.0],
                "throughput": [120.4, 98.7],
                "reachable": [1.0, 1.0],
            },
        ),
        ElementKind.LINK: Columns(
            ["edge-switch-1--server-1"], {"utilization": [21.5], "latency": [0.6], "packet_loss": [0.0], "up": [1.0]}
        ),
    },
    at=iso(NOON + 0.25),
    interval=TICK_SECONDS,
    speed=1.0,
    partition=0,
)
