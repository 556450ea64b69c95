"""Builders of anomalies and incidents for the tests of correlator and rca."""

from __future__ import annotations

from services.correlator.core import Correlator
from shared.domain.events import Anomaly, AnomalyCleared, AnomalyRaised, Event, Incident, IncidentEvent
from shared.domain.kinds import Severity, Shape
from shared.domain.topology import Topology, default_topology

T0 = 1_767_225_600.0
NETWORK = default_topology()
CRITICAL = ("reachable", "up")


def anomaly(element: str, metric: str, since: float = 0.0, at: float | None = None, **more: object) -> Anomaly:
    """Return an anomaly that began `since` seconds after T0 and was confirmed two ticks later."""
    begun = T0 + since
    fields: dict[str, object] = {
        "id": f"{element}.{metric}.{round(since / 0.25)}",
        "element": element,
        "metric": metric,
        "value": 0.0 if metric in CRITICAL else 90.0,
        "expected": 1.0 if metric in CRITICAL else 20.0,
        "threshold": 0.5 if metric in CRITICAL else 80.0,
        "score": 9.0,
        "severity": Severity.CRITICAL if metric in CRITICAL else Severity.WARNING,
        "shape": Shape.STEP,
        "since": begun,
        "at": begun + 0.5 if at is None else T0 + at,
    }
    return Anomaly.model_validate(fields | more)


def raised(element: str, metric: str, since: float = 0.0, **more: object) -> AnomalyRaised:
    return AnomalyRaised(anomaly=anomaly(element, metric, since, **more))


def cleared(event: AnomalyRaised, at: float) -> AnomalyCleared:
    """Return the clearing, confirmed by a sample `at` seconds after T0."""
    a = event.anomaly
    return AnomalyCleared(
        anomaly_id=a.id, element=a.element, metric=a.metric, value=1.0, since=a.since, back=T0 + at - 0.5, at=T0 + at
    )


def node_down(node: str, since: float = 0.0, topology: Topology = NETWORK) -> list[AnomalyRaised]:
    links = [raised(link, "up", since, at=since + 0.75) for link in topology.links_of[node]]
    return [*links, raised(node, "reachable", since, at=since + 0.75)]


def ports(node: str, metric: str, since: float = 0.0, topology: Topology = NETWORK) -> list[AnomalyRaised]:
    return [raised(link, metric, since) for link in topology.links_of[node]]


def feed(correlator: Correlator, *events: Event, now: float = 1.0) -> list[IncidentEvent]:
    return [incident_event for event in events for incident_event in correlator.absorb(event, T0 + now)]


def gathered(*events: Event, topology: Topology = NETWORK, now: float = 1.0) -> list[Incident]:
    correlator = Correlator(topology)
    feed(correlator, *events, now=now)
    return [case.record for case in correlator.open_cases()]


def elements(incident: Incident) -> set[str]:
    return {member.anomaly.element for member in incident.members}
