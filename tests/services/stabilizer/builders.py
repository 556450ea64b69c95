"""Ticks and events of a small network for the stabilizer's tests."""

from __future__ import annotations

from collections.abc import Mapping

from shared.domain.events import Action, Anomaly, AnomalyCleared, AnomalyRaised, Cause, Incident, Member
from shared.domain.kinds import ActionKind, ActionState, FaultKind, IncidentState, Severity
from shared.domain.telemetry import Column, Tick
from shared.domain.topology import default_topology
from shared.testing import telemetry

TOPOLOGY = default_topology()
T0 = 1_000_000.0
NODES = [node.id for node in TOPOLOGY.nodes]
LINKS = [link.id for link in TOPOLOGY.links]
LINK = "core-router-1--edge-switch-1"


def tick(
    number: int, reachable: Mapping[str, float | None] | None = None, load: Mapping[str, float | None] | None = None
) -> Tick:
    """A tick of the whole network in one partition; by default all answer and links are 30 % full."""
    answers, loads = reachable or {}, load or {}
    nodes: dict[str, Column] = {metric: [1.0] * len(NODES) for metric in ("cpu_usage", "memory_usage", "latency")}
    links: dict[str, Column] = {metric: [1.0] * len(LINKS) for metric in ("latency", "packet_loss", "up")}
    return telemetry(
        number,
        at=T0 + number * 0.25,
        nodes=(NODES, nodes | {"reachable": [answers.get(node, 1.0) for node in NODES]}),
        links=(LINKS, links | {"utilization": [loads.get(link, 30.0) for link in LINKS]}),
    )


def anomaly(element: str, metric: str = "cpu_usage", since: float = T0, number: int = 1) -> Anomaly:
    return Anomaly(
        id=f"{element}.{metric}.{number}",
        element=element,
        metric=metric,
        value=95,
        expected=40,
        threshold=80,
        score=9,
        severity=Severity.CRITICAL,
        since=since,
        at=since + 0.5,
    )


def raised(element: str, metric: str = "cpu_usage", since: float = T0, number: int = 1) -> AnomalyRaised:
    return AnomalyRaised(anomaly=anomaly(element, metric, since, number))


def cleared(event: AnomalyRaised, at: float) -> AnomalyCleared:
    raised = event.anomaly
    return AnomalyCleared(
        anomaly_id=raised.id,
        element=raised.element,
        metric=raised.metric,
        value=40,
        since=raised.since,
        back=at,
        at=at,
    )


def incident(state: IncidentState = IncidentState.OPEN, id: str = "i1", revision: int = 1) -> Incident:
    return Incident(
        id=id,
        revision=revision,
        state=state,
        severity=Severity.CRITICAL,
        pattern="one",
        onset=T0,
        opened=T0,
        updated=T0,
        members=(Member(anomaly=anomaly("server-1"), why="first"),),
    )


def action(attempt: int = 1, element: str = "server-1", applied: float = T0, incident_id: str = "i1") -> Action:
    cause = Cause(
        element=element, kind=FaultKind.HIGH_CPU, confidence=0.9, members=(f"{element}.cpu_usage.1",), actions=()
    )
    return Action(
        id=f"{incident_id}.a{attempt}",
        incident_id=incident_id,
        attempt=attempt,
        kind=ActionKind.RESTART_PROCESS,
        target=element,
        cause=cause,
        state=ActionState.VERIFIED,
        proposed=applied - 1,
        applied=applied,
    )
