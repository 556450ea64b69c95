"""The events of one fault on server-1: detected, diagnosed, repaired."""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.events import (
    Action,
    Anomaly,
    Cause,
    DiagnosisMade,
    Event,
    Fault,
    FaultCycle,
    FaultEnded,
    FaultStarted,
    Incident,
    IncidentOpened,
    IncidentResolved,
    LogLine,
    Member,
    Proposal,
    RemediationApplied,
    RemediationProposed,
    RemediationVerified,
    StabilityStatus,
)
from shared.domain.kinds import (
    ActionKind,
    ActionState,
    EndedBy,
    FaultKind,
    IncidentState,
    Level,
    NetworkState,
    NodeStatus,
    Resolution,
    Severity,
)
from shared.domain.telemetry import Rows, Tick
from shared.domain.topology import Topology, default_topology
from shared.testing import telemetry

T0 = 1_700_000_000.0
TOPOLOGY = default_topology()


def anomaly(element: str = "server-1", metric: str = "cpu_usage", since: float = T0 + 0.5) -> Anomaly:
    """Return an anomaly, confirmed half a second after its onset."""
    return Anomaly(
        id=f"{element}.{metric}.{int(since * 4)}",
        element=element,
        metric=metric,
        value=93.0,
        expected=31.0,
        threshold=80.0,
        score=9.0,
        severity=Severity.CRITICAL,
        since=since,
        at=since + 0.5,
    )


def incident(
    *anomalies: Anomaly,
    revision: int = 1,
    resolved: float | None = None,
    resolution: Resolution | None = None,
    cleared: float | None = None,
) -> Incident:
    members = anomalies or (anomaly(),)
    return Incident(
        id=f"incident-{members[0].id}",
        revision=revision,
        state=IncidentState.RESOLVED if resolved else IncidentState.OPEN,
        severity=Severity.CRITICAL,
        pattern=f"{members[0].metric} at {members[0].element}",
        onset=members[0].since,
        opened=members[0].at,
        updated=resolved or members[0].at,
        members=tuple(Member(anomaly=each, why="first", cleared=cleared) for each in members),
        resolved=resolved,
        resolution=resolution,
    )


def cause(element: str = "server-1", kind: FaultKind = FaultKind.HIGH_CPU, confidence: float = 0.97) -> Cause:
    return Cause(
        element=element,
        kind=kind,
        confidence=confidence,
        evidence=("cpu rose alone",),
        actions=(Proposal(action=ActionKind.RESTART_PROCESS, target=element),),
    )


def diagnosis(of: Incident, *causes: Cause, at: float | None = None) -> DiagnosisMade:
    return DiagnosisMade(
        incident_id=of.id, revision=of.revision, at=at or of.updated + 0.1, causes=causes or (cause(),)
    )


def action(of: Incident, state: ActionState, at: float = T0 + 1.5, attempt: int = 1) -> Action:
    return Action(
        id=f"{of.id}.a{attempt}",
        incident_id=of.id,
        attempt=attempt,
        kind=ActionKind.RESTART_PROCESS,
        target="server-1",
        cause=cause(),
        state=state,
        proposed=at - 0.3,
        applied=at if state in (ActionState.APPLIED, ActionState.VERIFIED) else None,
    )


def fault(ended: float | None = None, cycle: int | None = 1, started: float = T0, target: str = "server-1") -> Fault:
    return Fault(
        id=f"fault-{target}-{int(started)}",
        kind=FaultKind.HIGH_CPU,
        target=target,
        strength=0.9,
        started=started,
        ends=started + 60,
        ended=ended,
        ended_by=EndedBy.ACTION if ended else None,
        cycle=cycle,
    )


def status(at: float, **nodes: NodeStatus) -> StabilityStatus:
    every = {node.id: NodeStatus.HEALTHY for node in TOPOLOGY.nodes}
    every |= {name.replace("_", "-"): status for name, status in nodes.items()}
    return StabilityStatus.of(at, int(at - T0), NetworkState.STABLE, every)


def line(number: int, level: Level = Level.INFO, service: str = "injector") -> LogLine:
    return LogLine(
        service=service, replica=f"{service}-1", number=number, at=T0 + number, level=level, message=f"line {number}"
    )


def tick(
    number: int,
    cpu: float | None = 30.0,
    topology: Topology = TOPOLOGY,
    unreachable: Sequence[str] = (),
    late: Sequence[Rows] = (),
) -> Tick:
    """Return one tick of a whole network in one partition; tick 0 is at T0."""
    names = [node.id for node in topology.nodes]
    links = [link.id for link in topology.links]
    silent = set(unreachable)

    def column(value: float | None) -> list[float | None]:
        return [None if name in silent else value for name in names]

    quiet = {"utilization": 20.0, "latency": 0.5, "packet_loss": 0.0, "up": 1.0}
    return telemetry(
        number,
        at=T0 + number * 0.25,
        nodes=(
            names,
            {
                "cpu_usage": column(cpu),
                "memory_usage": column(40.0),
                "latency": column(2.0),
                "packet_loss": column(0.0),
                "throughput": column(100.0),
                "reachable": [0.0 if name in silent else 1.0 for name in names],
            },
        ),
        links=(links, {metric: [value] * len(links) for metric, value in quiet.items()}),
        late=late,
    )


def repaired() -> list[tuple[float, Event]]:
    first, closed = (
        incident(),
        incident(revision=2, resolved=T0 + 5, resolution=Resolution.AUTO_RESOLVED, cleared=T0 + 3),
    )
    return [
        (T0, FaultCycle(number=1, at=T0, interval=3.0)),
        (T0, FaultStarted(fault=fault())),
        (T0 + 1.0, IncidentOpened(incident=first)),
        (T0 + 1.0, status(T0 + 1.0, server_1=NodeStatus.DEGRADED)),
        (T0 + 1.1, diagnosis(first)),
        (T0 + 1.2, RemediationProposed(action=action(first, ActionState.PROPOSED), at=T0 + 1.2)),
        (T0 + 1.5, RemediationApplied(action=action(first, ActionState.APPLIED), at=T0 + 1.5)),
        (T0 + 1.5, FaultEnded(fault=fault(ended=T0 + 1.5))),
        (T0 + 3.0, RemediationVerified(action=action(first, ActionState.VERIFIED), at=T0 + 3.0)),
        (T0 + 3.1, status(T0 + 3.1)),
        (T0 + 5.0, IncidentResolved(incident=closed)),
    ]
