"""The calls that only read: `GET /api/...`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import AfterValidator, JsonValue
from pydantic_core import PydanticCustomError

from services.gateway.api.ids import INCIDENT
from services.gateway.api.refusals import EXAMPLE_INCIDENT, refuses, unknown_incident
from services.gateway.app_context import AppContext
from services.gateway.core.bodies import (
    AveragesBody,
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
from services.gateway.core.catalogue_bodies import CatalogueBody
from services.gateway.core.cursors import MAX_CURSOR
from services.gateway.core.incidents import DEFAULT_INCIDENTS, KEPT_INCIDENTS
from services.gateway.core.logs import DEFAULT_LINES, KEPT_LINES
from services.gateway.core.observation_bodies import ObservationsBody
from services.gateway.core.observations import DEFAULT_OBSERVATIONS, KEPT_OBSERVATIONS
from services.gateway.core.telemetry import COARSE_SECONDS, COARSE_STEP, FINE_SECONDS, FINEST_STEP
from services.gateway.scoring.scorecard import ScorecardReport
from shared.domain.catalogue import METRICS, metrics_of
from shared.domain.config import Desired
from shared.domain.kinds import ElementKind, IncidentState, Level
from shared.domain.moments import SHORT, instant, moment

CURSOR = r"^[0-9]{1,15}\..+$"
ALL_METRICS: list[JsonValue] = [*dict.fromkeys(spec.name for spec in METRICS.values())]
NAMED = "; ".join(
    f"of a {kind}: {', '.join(spec.name for spec in found)}" for kind in ElementKind if (found := metrics_of(kind))
)


def _moment(text: str) -> str:
    try:
        moment(text, ANY_TIME)
    except ValueError as error:
        raise PydanticCustomError("no_time", "{why}", {"why": str(error)}) from None
    return text


ANY_TIME = instant("2026-01-31T12:00:00Z")
"""The current time for the check whether a text is a valid time: the result does not depend on it."""
FORMS: JsonValue = [{"type": "string", "format": "date-time"}, {"type": "string", "pattern": SHORT}]
HOW = "ISO 8601, UTC without a zone, a time of day (its last occurrence), or how long ago as in 10m; network time"
Moment = Annotated[str, AfterValidator(_moment), Query(json_schema_extra={"anyOf": FORMS})]
Element = Annotated[str, Query(min_length=1, max_length=300)]
Cursor = Annotated[
    str | None,
    Query(pattern=CURSOR, max_length=MAX_CURSOR, description="`next_cursor` of an earlier answer: the older ones"),
]
From = Annotated[Moment | None, Query(alias="from", description=f"{HOW}; left out: {FINE_SECONDS:g} s before `to`")]
To = Annotated[Moment | None, Query(description=f"{HOW}; left out: now")]
Step = Annotated[
    float | None,
    Query(
        ge=FINEST_STEP,
        le=COARSE_SECONDS,
        description="seconds averaged into one point; "
        f"{COARSE_STEP:g} or more where the window begins more than {FINE_SECONDS:g} s ago",
    ),
]


def _seconds(text: str | None, now: float) -> float | None:
    return None if text is None else moment(text, now)


def _window(start: str | None, to: str | None, now: float) -> tuple[float | None, float | None]:
    """In seconds since the epoch; None where a text is missing. Raises HTTPException if the start is after the end."""
    begin, end = _seconds(start, now), _seconds(to, now)
    if begin is not None and end is not None and begin > end:
        raise HTTPException(422, f"`from` {start} is after `to` {to}: swap them")
    return begin, end


def reading(context: AppContext) -> APIRouter:
    router = APIRouter()
    _add_state(router, context)
    _add_metrics(router, context)
    _add_log(router, context)
    _add_observations(router, context)
    _add_incidents(router, context)
    return router


def _add_state(router: APIRouter, context: AppContext) -> None:
    view = context.view

    @router.get("/status", tags=["state"])
    async def get_status() -> StatusBody:
        """Return whether the campaign runs, its cycle, and the state of the processes."""
        return view.status_body(context.uptime)

    @router.get("/topology", tags=["state"])
    async def get_topology() -> TopologyBody:
        """Return nodes and links with their current state."""
        return view.topology_body()

    @router.get("/services", tags=["state"])
    async def list_services() -> ServicesBody:
        """Return the processes that answer on the bus."""
        return view.services_body()

    @router.get("/config", tags=["control"])
    async def get_config() -> Desired:
        """Return the desired state: pace, kinds and targets of the campaign, thresholds, mode."""
        return view.desired

    @router.get("/catalogue", tags=["state"])
    async def get_catalogue() -> CatalogueBody:
        """Return what there is in the domain: metrics, kinds of fault, actions, the states of an action.

        Labels, units and the elements of each kind of fault come from here; an installation may have its own rows.
        """
        return view.catalogue_body()

    @router.get("/faults", tags=["control"])
    async def list_faults() -> FaultsBody:
        """Return the live faults and the last hundred that ended, oldest first."""
        return view.faults_body()

    @router.get("/scorecard", tags=["state"])
    async def get_scorecard() -> ScorecardReport:
        """Return the scorecard: how well the loop does against the ground truth, since the first start.

        Settled scores are stored, so that after a restart, and from another gateway, they are the same. A fault is not
        counted if its incident expired before any gateway had scored it.
        """
        return context.scorecard.report()


def _add_metrics(router: APIRouter, context: AppContext) -> None:
    view = context.view

    @router.get("/metrics", tags=["state"])
    async def get_metrics(
        node: Annotated[Element | None, Query(description="an element's id, not a link's: only this one")] = None,
    ) -> MetricsBody:
        """Return the newest metrics of all nodes and other elements, or of one. The summary is of the whole network.

        Links with their metrics are in `GET /api/topology`.
        """
        return view.metrics_body(node)

    @router.get("/metrics/history", tags=["state"])
    async def get_history(
        node: Annotated[Element, Query(description="a node's id, a link written `a--b`, or any other element")],
        metric: Annotated[str, Query(description=NAMED, json_schema_extra={"enum": ALL_METRICS})],
        start: From = None,
        to: To = None,
        step: Step = None,
    ) -> HistoryBody:
        """Return the history of one metric: the last ten minutes as sampled, the last hour as means of 5 s.

        Older values are not stored. A missing sample is a gap.
        """
        return view.history_body(node, metric, *_window(start, to, view.now), step)

    @router.get("/metrics/history/averages", tags=["state"])
    async def get_averages(start: From = None, to: To = None, step: Step = None) -> AveragesBody:
        """Return the history of the network's averages, with the range and resolution of a single metric's.

        Each value is the mean of the nodes sampled at that time: a node that is down does not count.
        """
        return view.averages_body(*_window(start, to, view.now), step)


def _add_log(router: APIRouter, context: AppContext) -> None:
    @router.get("/logs", tags=["state"])
    async def list_logs(
        level: Annotated[Level | None, Query(description="only this level")] = None,
        service: Annotated[Element | None, Query(description="only lines of this service")] = None,
        limit: Annotated[int, Query(ge=1, le=KEPT_LINES, description="how many lines at most")] = DEFAULT_LINES,
        since: Annotated[Moment | None, Query(description=f"{HOW}; only lines from then on")] = None,
    ) -> LogsBody:
        """Return the last lines of the operator's log, oldest first."""
        return LogsBody(logs=context.view.logs.lines(level, service, limit, _seconds(since, context.view.now)))


def _add_observations(router: APIRouter, context: AppContext) -> None:
    view = context.view

    @router.get("/observations", tags=["state"])
    async def list_observations(
        open: Annotated[
            bool | None, Query(description="true: only those that go on; false: only those that ended")
        ] = None,
        node: Annotated[
            Element | None, Query(description="only those of this node and its links, or of this link")
        ] = None,
        limit: Annotated[
            int, Query(ge=1, le=KEPT_OBSERVATIONS, description="how many observations at most")
        ] = DEFAULT_OBSERVATIONS,
        cursor: Cursor = None,
    ) -> ObservationsBody:
        """Return the newest observations, oldest first: loads far beyond what their past explains that harm nobody.

        They open no incident and start no action. The last 500 are stored. `next_cursor` of the answer, given as
        `cursor`, leads to the older ones; it is null on the last page.
        """
        if node is not None:
            view.topology.require(node)
        return view.observations.page(open, node, limit, cursor)


def _add_incidents(router: APIRouter, context: AppContext) -> None:
    view = context.view

    @router.get("/incidents", tags=["incidents"])
    async def list_incidents(
        state: Annotated[IncidentState | None, Query(description="only in this state")] = None,
        node: Annotated[
            Element | None,
            Query(
                description="only those of this node or link: it, or a link of it, is a member, the cause or a target"
            ),
        ] = None,
        limit: Annotated[
            int, Query(ge=1, le=KEPT_INCIDENTS, description="how many incidents at most")
        ] = DEFAULT_INCIDENTS,
        cursor: Cursor = None,
    ) -> IncidentsBody:
        """Return the newest incidents, oldest first, and the counts of all.

        `next_cursor` of the answer, given as `cursor`, leads to the older ones; it is null on the last page.
        """
        if node is not None:
            view.topology.require(node)
        return view.incidents.page(state, node, limit, cursor)

    @router.get(INCIDENT, tags=["incidents"], responses=refuses({404: unknown_incident(EXAMPLE_INCIDENT)}))
    async def get_incident(incident_id: str) -> IncidentDetail:
        """Return everything about one incident: causes, members, actions, timeline."""
        detail = view.incidents.detail(incident_id)
        if detail is None:
            raise HTTPException(404, unknown_incident(incident_id))
        return detail
