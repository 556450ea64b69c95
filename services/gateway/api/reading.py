"""The calls that only look: `GET /api/...`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import AfterValidator

from services.gateway.core.bodies import (
    FaultsBody,
    HistoryBody,
    IncidentDetail,
    IncidentsBody,
    LogsBody,
    MetricsBody,
    ServicesBody,
    StatusBody,
    TopologyBody,
)
from services.gateway.core.incidents import DEFAULT_INCIDENTS, KEPT_INCIDENTS
from services.gateway.core.logs import DEFAULT_LINES, KEPT_LINES
from services.gateway.core.telemetry import COARSE_SECONDS
from services.gateway.desk import Desk
from services.gateway.scorecard import ScorecardReport
from shared.config import Desired
from shared.instant import instant
from shared.kinds import IncidentState, Level
from shared.telemetry import TICK_SECONDS


def _moment(text: str) -> str:
    instant(text)
    return text


Moment = Annotated[
    str, AfterValidator(_moment), Query(description="ISO 8601", json_schema_extra={"format": "date-time"})
]
Name = Annotated[str, Query(max_length=300)]


def _seconds(moment: str | None) -> float | None:
    return None if moment is None else instant(moment)


def reading(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["state"])
    view = desk.view

    @router.get("/status")
    async def status() -> StatusBody:
        """Say whether the loop runs, how far it is, and how its processes are."""
        return view.status_body(desk.uptime)

    @router.get("/topology")
    async def topology() -> TopologyBody:
        """Return nodes and links as they are now."""
        return view.topology_body()

    @router.get("/metrics")
    async def metrics(node: Name | None = None) -> MetricsBody:
        """Return the newest metrics of all nodes, or of one."""
        return view.metrics_body(node)

    @router.get("/metrics/history")
    async def history(
        node: Name,
        metric: Name,
        start: Annotated[Moment | None, Query(alias="from")] = None,
        to: Moment | None = None,
        step: Annotated[float | None, Query(ge=TICK_SECONDS, le=COARSE_SECONDS)] = None,
    ) -> HistoryBody:
        """Return the recent past of one metric: ten minutes at full rate, an hour at 5 s."""
        return view.history_body(node, metric, _seconds(start), _seconds(to), step)

    @router.get("/logs")
    async def logs(
        level: Level | None = None,
        service: Name | None = None,
        limit: Annotated[int, Query(ge=1, le=KEPT_LINES)] = DEFAULT_LINES,
        since: Moment | None = None,
    ) -> LogsBody:
        """Return the last lines of the operator's log, oldest first."""
        return LogsBody(logs=view.logs.lines(level, service, limit, _seconds(since)))

    @router.get("/incidents")
    async def incidents(
        state: IncidentState | None = None,
        node: Name | None = None,
        limit: Annotated[int, Query(ge=1, le=KEPT_INCIDENTS)] = DEFAULT_INCIDENTS,
        cursor: Name | None = None,
    ) -> IncidentsBody:
        """Return the newest incidents, oldest first, and the counts of all."""
        return view.incidents.page(state, node, limit, cursor)

    @router.get("/incidents/{incident_id}")
    async def incident(incident_id: str) -> IncidentDetail:
        """Return all that is known of one incident."""
        detail = view.incidents.detail(incident_id)
        if detail is None:
            raise HTTPException(404, f"unknown incident {incident_id[:300]!r}: see /api/incidents")
        return detail

    @router.get("/faults")
    async def faults() -> FaultsBody:
        """Return the live faults and the last hundred that ended."""
        return view.faults_body()

    @router.get("/services")
    async def services() -> ServicesBody:
        """Return which processes answer on the bus."""
        return view.services_body()

    @router.get("/config")
    async def config() -> Desired:
        """Return the desired state."""
        return view.desired

    @router.get("/scorecard")
    async def scorecard() -> ScorecardReport:
        """Return how well the loop does, measured against the truth."""
        return desk.scorecard.report()

    return router
