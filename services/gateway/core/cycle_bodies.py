"""The body of `cycle_update`: one turn of the loop, phase by phase."""

from __future__ import annotations

from pydantic import Field

from services.gateway.core.bodies import Body
from shared.domain.instant import Instant
from shared.domain.kinds import ActionKind, FaultKind, Severity


class Injected(Body):
    """A fault of the cycle."""

    timestamp: Instant
    node_id: str
    failure_type: FaultKind
    severity: Severity


class Detected(Body):
    """An anomaly that belongs to the cycle."""

    timestamp: Instant
    node_id: str
    metric: str
    value: float
    threshold: float
    severity: Severity


class Detect(Body):
    """The anomalies."""

    anomalies: tuple[Detected, ...]
    count: int


class Correlated(Body):
    """An incident of two or more members."""

    timestamp: Instant
    node_id: str
    event_count: int
    event_types: tuple[str, ...]
    pattern: str


class Correlate(Body):
    """The incidents that gather something."""

    correlations: tuple[Correlated, ...]
    count: int


class RootCause(Body):
    """What an incident was put down to."""

    timestamp: Instant
    node_id: str
    root_cause: FaultKind
    affected_metrics: tuple[str, ...]
    confidence: float


class Analyze(Body):
    """The causes."""

    root_causes: tuple[RootCause, ...]
    count: int


class Remedied(Body):
    """An action that was applied; `result` is success, failed or pending."""

    timestamp: Instant
    node_id: str
    action: ActionKind
    result: str
    message: str


class Remediate(Body):
    """The actions."""

    actions: tuple[Remedied, ...]
    count: int


class Stabilize(Body):
    """How the network stood."""

    timestamp: Instant
    healthy_nodes: int
    affected_nodes: int
    total_nodes: int
    health_percentage: float


class Phases(Body):
    """The six phases; `inject` is the first of `injects`, and is left out where nothing was struck."""

    inject: Injected | None = Field(default=None, exclude_if=lambda value: value is None)
    injects: tuple[Injected, ...]
    detect: Detect
    correlate: Correlate
    analyze: Analyze
    remediate: Remediate
    stabilize: Stabilize


class CycleBody(Body):
    """`cycle_update`."""

    cycle: int
    timestamp: Instant
    phases: Phases
