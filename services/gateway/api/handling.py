"""The calls by which a person handles incidents and actions.

Rule: the gateway changes nothing itself. It asks the correlator about an incident, and the remediator about an action.
The event that this service then publishes proves the change.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from services.gateway.api.ids import ACTION, INCIDENT
from services.gateway.api.orders import ByOrder, CommentOrder, MergeOrder, MoveOrder, RejectOrder, SplitOrder
from services.gateway.api.refusals import (
    EXAMPLE_ACTION,
    EXAMPLE_INCIDENT,
    refuses,
    require_json,
    unknown_action,
    unknown_incident,
)
from services.gateway.app_context import AppContext
from shared.domain.errors import UnknownTarget
from shared.domain.kinds import ServiceName
from shared.domain.requests import Acknowledge, Approve, Comment, Merge, Move, Reject, Request, Split

NO_INCIDENT = unknown_incident(EXAMPLE_INCIDENT)
RESOLVED_ALREADY = f"incident {EXAMPLE_INCIDENT} is resolved: only an open one can be changed"
NO_MORE_COMMENTS = f"incident {EXAMPLE_INCIDENT} has 100 comments: no more are stored"
NOT_LEADING = "this replica does not lead: the message goes to the one that does"
DECIDED_ALREADY = f"action {EXAMPLE_ACTION} is verified: only one that waits can be decided on"


class Accepted(BaseModel):
    """The answer to a request that another service carries out: the event that follows is the proof."""

    status: Literal["accepted"] = Field(default="accepted", description="the service that owns it has agreed")


def handling(context: AppContext) -> APIRouter:
    router = APIRouter(dependencies=[Depends(require_json)])
    _add_remarks(router, context)
    _add_members(router, context)
    _add_actions(router, context)
    return router


def _add_remarks(router: APIRouter, context: AppContext) -> None:
    @router.post(
        f"{INCIDENT}/acknowledge",
        status_code=202,
        tags=["incidents"],
        responses=refuses({404: NO_INCIDENT, 409: NOT_LEADING}),
    )
    async def acknowledge_incident(incident_id: str, order: ByOrder | None = None) -> Accepted:
        """Acknowledge an incident: a person has seen it."""
        _require_incident(context, incident_id)
        by = (order or ByOrder()).by
        return await _ask(context, ServiceName.CORRELATOR, Acknowledge(incident_id=incident_id, by=by), unknown=404)

    @router.post(
        f"{INCIDENT}/comment",
        status_code=202,
        tags=["incidents"],
        responses=refuses({404: NO_INCIDENT, 409: NO_MORE_COMMENTS}),
    )
    async def comment_incident(incident_id: str, order: CommentOrder) -> Accepted:
        """Add a comment to an incident."""
        _require_incident(context, incident_id)
        request = Comment(incident_id=incident_id, text=order.text, by=order.by)
        return await _ask(context, ServiceName.CORRELATOR, request, unknown=404)


def _add_members(router: APIRouter, context: AppContext) -> None:
    may = refuses({404: NO_INCIDENT, 409: RESOLVED_ALREADY})

    @router.post(f"{INCIDENT}/move", status_code=202, tags=["incidents"], responses=may)
    async def move_members(incident_id: str, order: MoveOrder) -> Accepted:
        """Move members of an incident to another. If no member is left, the incident is merged into the other."""
        _require_incident(context, incident_id)
        request = Move(incident_id=incident_id, members=order.members, to=order.to)
        return await _ask(context, ServiceName.CORRELATOR, request)

    @router.post(f"{INCIDENT}/split", status_code=202, tags=["incidents"], responses=may)
    async def split_incident(incident_id: str, order: SplitOrder) -> Accepted:
        """Make members an incident of their own, named after the first of them."""
        _require_incident(context, incident_id)
        return await _ask(context, ServiceName.CORRELATOR, Split(incident_id=incident_id, members=order.members))

    @router.post(f"{INCIDENT}/merge", status_code=202, tags=["incidents"], responses=may)
    async def merge_incident(incident_id: str, order: MergeOrder) -> Accepted:
        """Merge an incident into another. It is resolved as `merged`, and continues in the other."""
        _require_incident(context, incident_id)
        return await _ask(context, ServiceName.CORRELATOR, Merge(incident_id=incident_id, into=order.into))


def _add_actions(router: APIRouter, context: AppContext) -> None:
    may = refuses({404: unknown_action(EXAMPLE_ACTION), 409: DECIDED_ALREADY})

    @router.post(f"{ACTION}/approve", status_code=202, tags=["actions"], responses=may)
    async def approve_action(action_id: str, order: ByOrder | None = None) -> Accepted:
        """Let a proposed action run, where the mode is `approve`."""
        _require_action(context, action_id)
        by = (order or ByOrder()).by
        return await _ask(context, ServiceName.REMEDIATOR, Approve(action_id=action_id, by=by), unknown=404)

    @router.post(f"{ACTION}/reject", status_code=202, tags=["actions"], responses=may)
    async def reject_action(action_id: str, order: RejectOrder | None = None) -> Accepted:
        """Refuse a proposed action. The next one that fits is proposed."""
        _require_action(context, action_id)
        body = order or RejectOrder()
        request = Reject(action_id=action_id, by=body.by, reason=body.reason)
        return await _ask(context, ServiceName.REMEDIATOR, request, unknown=404)


def _require_incident(context: AppContext, incident_id: str) -> None:
    if context.view.incidents.detail(incident_id) is None:
        raise HTTPException(404, unknown_incident(incident_id))


def _require_action(context: AppContext, action_id: str) -> None:
    if not context.view.incidents.has_action(action_id):
        raise HTTPException(404, unknown_action(action_id))


async def _ask(context: AppContext, service: ServiceName, request: Request, unknown: int = 422) -> Accepted:
    """`unknown`: the status of the error if the service does not know the incident, action or member that the request
    names.
    """
    try:
        await context.controls.ask(service, request)
    except UnknownTarget as error:
        raise HTTPException(unknown, str(error)) from None
    return Accepted()
