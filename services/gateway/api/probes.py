"""The probes: liveness, readiness, and the metrics for Prometheus, which are computed at each request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from fastapi import APIRouter, HTTPException
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel, Field

from services.gateway.app_context import AppContext
from services.gateway.core.view import summary
from shared.domain.kinds import NodeStatus

NOT_READY = "the gateway is reading its history; try again"


class ProbeBody(BaseModel):
    """The answer of a successful probe."""

    status: Literal["ok"] = Field(default="ok", description="always this value: a failed probe answers with a problem")


class ViewCollector(Collector):
    def __init__(self, context: AppContext, readers: Callable[[], int]) -> None:
        self._context = context
        self._readers = readers

    def collect(self) -> Iterable[Metric]:
        view = self._context.view
        figures = summary(view.nodes())
        nodes = GaugeMetricFamily("nms_nodes", "Nodes by status", labels=["status"])
        for status in NodeStatus:
            nodes.add_metric([status], float(getattr(figures, status)))
        stats = view.incidents.stats
        incidents = GaugeMetricFamily("nms_incidents", "Incidents by state", labels=["outcome"])
        for outcome in ("auto_resolved", "manual_intervention", "self_cleared"):
            incidents.add_metric([outcome], float(getattr(stats, outcome)))
        incidents.add_metric(["open"], float(view.incidents.open_count()))
        yield nodes
        yield incidents
        waiting = float(view.incidents.escalated_count())
        yield GaugeMetricFamily("nms_incidents_escalated", "Incidents that wait for a person", value=waiting)
        live = sum(fault.ended is None for fault in view.faults.all())
        yield GaugeMetricFamily("nms_faults_live", "Faults that are live", value=float(live))
        yield GaugeMetricFamily("nms_cycles", "Cycles of the injector", value=float(view.cycles.count))
        yield GaugeMetricFamily("nms_gateway_readers", "Connected WebSocket clients", value=float(self._readers()))
        yield GaugeMetricFamily("nms_gateway_ticks", "Telemetry messages seen", value=float(view.ticks))


def probes(context: AppContext, readers: Callable[[], int]) -> APIRouter:
    router = APIRouter(tags=["probes"])
    registry = CollectorRegistry()
    registry.register(ViewCollector(context, readers))

    @router.get("/healthz")
    async def get_health() -> ProbeBody:
        """Answer while the process runs."""
        return ProbeBody()

    @router.get("/readyz")
    async def get_readiness() -> ProbeBody:
        """Answer whether the history has been read."""
        require_ready(context)
        return ProbeBody()

    @router.get("/metrics", response_class=PlainTextResponse)
    async def get_prometheus() -> PlainTextResponse:
        """Return the metrics of the process and of the view, for Prometheus."""
        return PlainTextResponse(generate_latest(REGISTRY) + generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def require_ready(context: AppContext) -> None:
    """Raise HTTPException 503 until the stored events have been read: an answer from a part of them would be wrong."""
    if not context.ready:
        raise HTTPException(503, f"{NOT_READY} ({context.progress():.0%} is read)", {"Retry-After": "1"})
