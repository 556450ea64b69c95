"""Liveness, readiness, and the figures that Prometheus scrapes: built when asked, never before."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fastapi import APIRouter, HTTPException, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.gateway.core.view import summary
from services.gateway.desk import Desk
from shared.kinds import NodeStatus

OK = {"status": "ok"}


class ViewCollector(Collector):
    """Shows the view as metrics."""

    def __init__(self, desk: Desk, readers: Callable[[], int]) -> None:
        self._desk = desk
        self._readers = readers

    def collect(self) -> Iterable[Metric]:
        """Yield the figures of this moment."""
        view = self._desk.view
        figures = summary(view.nodes())
        nodes = GaugeMetricFamily("nms_nodes", "Nodes by status", labels=["status"])
        for status in NodeStatus:
            nodes.add_metric([status], float(getattr(figures, status)))
        stats = view.incidents.stats
        incidents = GaugeMetricFamily("nms_incidents", "Incidents by what became of them", labels=["outcome"])
        for outcome in ("auto_resolved", "manual_intervention", "self_cleared"):
            incidents.add_metric([outcome], float(getattr(stats, outcome)))
        incidents.add_metric(["open"], float(view.incidents.open_count()))
        yield nodes
        yield incidents
        live = sum(fault.ended is None for fault in view.faults.all())
        yield GaugeMetricFamily("nms_faults_live", "Faults that are live", value=float(live))
        yield GaugeMetricFamily("nms_cycles", "Turns of the injector's clock", value=float(view.cycles.count))
        yield GaugeMetricFamily("nms_gateway_readers", "Pages that are connected", value=float(self._readers()))
        yield GaugeMetricFamily("nms_gateway_ticks", "Telemetry messages seen", value=float(view.ticks))


def probes(desk: Desk, readers: Callable[[], int]) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["probes"])
    registry = CollectorRegistry()
    registry.register(ViewCollector(desk, readers))

    @router.get("/healthz")
    async def alive() -> dict[str, str]:
        """Say that the process answers."""
        return OK

    @router.get("/readyz")
    async def ready() -> dict[str, str]:
        """Say whether the past has been read."""
        require_ready(desk)
        return OK

    @router.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Return the figures of the process and of the view, for Prometheus."""
        return Response(generate_latest(REGISTRY) + generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def require_ready(desk: Desk) -> None:
    """Refuse while the past is being read: half a view would be a wrong one."""
    if not desk.ready:
        raise HTTPException(503, "the gateway is reading the past; try again", {"Retry-After": "1"})
