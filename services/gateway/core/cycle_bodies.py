"""The body of `cycle_update`: one cycle of the injector, phase by phase."""

from __future__ import annotations

from pydantic import Field

from services.gateway.core.bodies import Body
from shared.domain.instant import Instant
from shared.domain.kinds import ActionKind, FaultKind, Severity


class Injected(Body):
    timestamp: Instant
    node_id: str
    failure_type: FaultKind
    severity: Severity


class Detected(Body):
    timestamp: Instant
    node_id: str
    metric: str
    value: float
    threshold: float
    severity: Severity


class Detect(Body):
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
    correlations: tuple[Correlated, ...]
    count: int


class RootCause(Body):
    timestamp: Instant
    node_id: str
    root_cause: FaultKind
    affected_metrics: tuple[str, ...]
    confidence: float


class Analyze(Body):
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
    actions: tuple[Remedied, ...]
    count: int


class Stabilize(Body):
    timestamp: Instant
    healthy_nodes: int
    affected_nodes: int
    total_nodes: int
    health_percentage: float


class Phases(Body):
    """The six phases; `inject` is the first of `injects`, and is left out if no fault was injected."""

    inject: Injected | None = Field(default=None, exclude_if=lambda value: value is None)
    injects: tuple[Injected, ...]
    detect: Detect
    correlate: Correlate
    analyze: Analyze
    remediate: Remediate
    stabilize: Stabilize


class CycleBody(Body):
    cycle: int
    timestamp: Instant
    phases: Phases
