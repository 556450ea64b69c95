"""Builders of events with plausible contents, so that a test states only the values that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count

from shared.domain.capabilities import Capabilities
from shared.domain.catalogue import ACTIONS, FAULTS, faults_that
from shared.domain.events import (
    Action,
    Anomaly,
    AnomalyCleared,
    AnomalyObserved,
    AnomalyPassed,
    AnomalyRaised,
    Cause,
    DiagnosisMade,
    Fault,
    Incident,
    Member,
    Observation,
    Proposal,
)
from shared.domain.instant import iso
from shared.domain.kinds import ActionKind, ActionState, ElementKind, FaultKind, IncidentState, Severity, in_order
from shared.domain.telemetry import TICK_SECONDS, Column, Columns, Rows, Tick

NOON = 1_750_000_000.0
NODE_FAULTS = faults_that(lambda fault: ElementKind.NODE in fault.targets)
LINK_FAULTS = faults_that(lambda fault: ElementKind.LINK in fault.targets)
_numbers = count(1)


EVERYTHING = Capabilities(
    driver="simulator",
    interval=TICK_SECONDS,
    actions={kind: in_order(ElementKind, spec.targets) for kind, spec in ACTIONS.items()},
    faults={kind: in_order(ElementKind, spec.targets) for kind, spec in FAULTS.items()},
)
"""The capabilities of a network that offers the whole catalogue."""


def anomaly(element: str = "server-1", metric: str = "cpu_usage", since: float = NOON, **more: object) -> Anomaly:
    """Return an anomaly of an element, raised two ticks after its onset."""
    number = round((since - NOON) / TICK_SECONDS)
    values: dict[str, object] = {
        "id": f"{element}.{metric}.{number}",
        "value": 95.0,
        "expected": 40.0,
        "threshold": 80.0,
        "score": 9.0,
        "severity": Severity.WARNING,
        "at": since + 2 * TICK_SECONDS,
    }
    return Anomaly.model_validate({"element": element, "metric": metric, "since": since, **(values | more)})


def raised(element: str = "server-1", metric: str = "cpu_usage", since: float = NOON, **more: object) -> AnomalyRaised:
    return AnomalyRaised(anomaly=anomaly(element, metric, since, **more))


def cleared(of: Anomaly, at: float | None = None) -> AnomalyCleared:
    at = of.since + 5.0 if at is None else at
    return AnomalyCleared(
        anomaly_id=of.id,
        element=of.element,
        metric=of.metric,
        value=of.expected,
        since=of.since,
        back=at - 2 * TICK_SECONDS,
        at=at,
    )


def observed(element: str = "server-1", metric: str = "cpu_usage", since: float = NOON) -> AnomalyObserved:
    """Return the begin of an observation, which is published two ticks after its onset."""
    return AnomalyObserved(
        observation=Observation(
            id=f"{element}.{metric}.{round((since - NOON) / TICK_SECONDS)}.observed",
            element=element,
            metric=metric,
            value=61.3,
            expected=45.1,
            limit=56.8,
            score=6.2,
            since=since,
            at=since + 2 * TICK_SECONDS,
        )
    )


def passed(of: AnomalyObserved, at: float | None = None, became: str | None = None) -> AnomalyPassed:
    observation = of.observation
    return AnomalyPassed(
        observation_id=observation.id,
        element=observation.element,
        metric=observation.metric,
        value=observation.expected,
        became=became,
        since=observation.since,
        at=observation.at + 5.0 if at is None else at,
    )


def member(of: Anomaly | None = None, cleared_at: float | None = None) -> Member:
    return Member(anomaly=of or anomaly(), why="the first", cleared=cleared_at)


def incident(members: Sequence[Member | Anomaly] = (), revision: int = 1, **more: object) -> Incident:
    inside = tuple(m if isinstance(m, Member) else member(m) for m in members) or (member(),)
    first = inside[0].anomaly
    values: dict[str, object] = {
        "id": first.id,
        "state": IncidentState.OPEN,
        "severity": Severity.WARNING,
        "pattern": "one element",
        "onset": first.since,
        "opened": first.at,
        "updated": first.at,
    }
    return Incident.model_validate({"members": inside, "revision": revision, **(values | more)})


def cause(element: str = "server-1", kind: FaultKind = FaultKind.HIGH_CPU, **more: object) -> Cause:
    values: dict[str, object] = {
        "confidence": 0.9,
        "actions": (Proposal(action=ActionKind.RESTART_PROCESS, target=element),),
    }
    return Cause.model_validate({"element": element, "kind": kind, **(values | more)})


def diagnosis(of: Incident | None = None, causes: Sequence[Cause] = (), at: float | None = None) -> DiagnosisMade:
    of = of or incident()
    at = of.updated if at is None else at
    return DiagnosisMade(incident_id=of.id, revision=of.revision, at=at, causes=tuple(causes) or (cause(),))


def action(incident_id: str = "server-1.cpu_usage.0", attempt: int = 1, **more: object) -> Action:
    values: dict[str, object] = {
        "id": f"{incident_id}.a{attempt}",
        "kind": ActionKind.RESTART_PROCESS,
        "target": "server-1",
        "state": ActionState.PROPOSED,
        "proposed": NOON + 1,
    }
    return Action.model_validate({"incident_id": incident_id, "attempt": attempt, **(values | more)})


def fault(target: str = "server-1", kind: FaultKind = FaultKind.HIGH_CPU, **more: object) -> Fault:
    values: dict[str, object] = {"id": f"fault-{next(_numbers)}", "strength": 1.0, "started": NOON, "ends": NOON + 60}
    return Fault.model_validate({"target": target, "kind": kind, **(values | more)})


def tick(number: int = 0, partition: int = 0, nodes: Sequence[str] = ("server-1",), speed: float = 1.0) -> Tick:
    quiet = {"cpu_usage": 30.0, "memory_usage": 40.0, "latency": 5.0, "packet_loss": 0.0, "throughput": 100.0}
    columns: dict[str, Column] = {
        metric: [value] * len(nodes) for metric, value in (quiet | {"reachable": 1.0}).items()
    }
    return telemetry(number, nodes=(nodes, columns), partition=partition, at=NOON + number * TICK_SECONDS, speed=speed)


def telemetry(
    number: int,
    at: float,
    nodes: tuple[Sequence[str], Mapping[str, Column]] = ((), {}),
    links: tuple[Sequence[str], Mapping[str, Column]] = ((), {}),
    partition: int = 0,
    speed: float = 1.0,
    late: Sequence[Rows] = (),
) -> Tick:
    return Tick(
        tick=number,
        elements=elements(nodes, links),
        at=iso(at),
        interval=TICK_SECONDS,
        speed=speed,
        partition=partition,
        late=list(late),
    )


def elements(
    nodes: tuple[Sequence[str], Mapping[str, Column]] = ((), {}),
    links: tuple[Sequence[str], Mapping[str, Column]] = ((), {}),
) -> dict[ElementKind, Columns]:
    both = {ElementKind.NODE: nodes, ElementKind.LINK: links}
    return {kind: Columns(list(ids), dict(columns)) for kind, (ids, columns) in both.items()}
