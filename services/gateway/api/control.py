"""The calls that want something changed: asked of the service that owns the thing, or written to the desired state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Header, HTTPException, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.gateway.desk import Desk
from shared.config import Desired
from shared.errors import UnknownTarget
from shared.events import Fault, Id, Name, Text
from shared.kinds import STRIKES_LINKS, STRIKES_NODES, FaultKind, Mode, ServiceName
from shared.requests import (
    Acknowledge,
    Approve,
    CancelFault,
    Comment,
    InjectFault,
    Merge,
    Move,
    Reject,
    Reply,
    Request,
    Split,
)
from shared.topology import NAMES_IN_A_MESSAGE, Topology


class Order(BaseModel):
    """The body of a call that changes something."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Switched(BaseModel):
    """The answer to start and stop."""

    status: Literal["started", "already_running", "stopped"]
    message: str


class Accepted(BaseModel):
    """The answer to what is carried out elsewhere: the event that follows is the proof."""

    status: Literal["accepted"] = "accepted"


class ThresholdsOrder(Order):
    """The limits to change."""

    cpu_usage: float | None = None
    memory_usage: float | None = None
    latency: float | None = None
    packet_loss: float | None = None


class ConfigOrder(Order):
    """What of the desired state to change; what is left out stays."""

    running: bool | None = None
    interval: float | None = None
    chance: float | None = None
    kinds: tuple[FaultKind, ...] | None = None
    targets: tuple[str, ...] | None = None
    at_once: int | None = None
    ttl: float | None = None
    max_faults: int | None = None
    thresholds: ThresholdsOrder | None = None
    mode: Mode | None = None


class FaultOrder(Order):
    """A fault to inject. A target is a node's id, or a link written `a--b`."""

    kind: FaultKind
    target: Name
    duration: float = Field(default=60.0, ge=1, le=86_400, description="seconds")
    strength: float = Field(default=1.0, ge=0, le=1)


class ByOrder(Order):
    """Who it is that orders."""

    by: Name = "operator"


class CommentOrder(ByOrder):
    """Something to say."""

    text: Text


class MoveOrder(Order):
    """Members that belong to another incident."""

    members: tuple[Id, ...] = Field(min_length=1)
    to: Id


class SplitOrder(Order):
    """Members that are an incident of their own."""

    members: tuple[Id, ...] = Field(min_length=1)


class MergeOrder(Order):
    """The incident that this one is a part of."""

    into: Id


class RejectOrder(ByOrder):
    """Why not."""

    reason: Text = ""


def control(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["control"])
    _add_switch(router, desk)
    _add_config(router, desk)
    _add_faults(router, desk)
    _add_incidents(router, desk)
    _add_actions(router, desk)
    return router


def _add_switch(router: APIRouter, desk: Desk) -> None:
    methods = ["POST", "GET"] if desk.get_control else ["POST"]

    async def start() -> Switched:
        """Let the campaign strike. Started twice is started once."""
        before, _ = await desk.controls.change(lambda desired: desired.model_copy(update={"running": True}))
        if before.running:
            return Switched(status="already_running", message="The loop is already running")
        await desk.controls.say("The loop was started")
        return Switched(status="started", message="The loop is running")

    async def stop() -> Switched:
        """Let the campaign strike no more; repair goes on."""
        before, _ = await desk.controls.change(lambda desired: desired.model_copy(update={"running": False}))
        if before.running:
            await desk.controls.say("The loop was stopped")
        return Switched(
            status="stopped", message="The loop is stopped" if before.running else "The loop was stopped already"
        )

    for method in methods:
        router.add_api_route("/start", start, methods=[method], operation_id=f"start_{method.lower()}")
        router.add_api_route("/stop", stop, methods=[method], operation_id=f"stop_{method.lower()}")


def _add_config(router: APIRouter, desk: Desk) -> None:
    @router.patch("/config")
    async def configure(order: ConfigOrder) -> Desired:
        """Change the desired state: thresholds, pace, kinds, mode."""
        for target in order.targets or ():
            desk.view.topology.require(target)
        try:
            _, desired = await desk.controls.change(lambda desired: revised(desired, order))
        except ValidationError as error:
            raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from None
        return desired


def revised(desired: Desired, order: ConfigOrder) -> Desired:
    """Return the desired state as an order changes it. Raises ValidationError."""
    wanted = order.model_dump(exclude_unset=True)
    limits = wanted.pop("thresholds", None)
    merged = {**desired.model_dump(), **wanted}
    if limits:
        merged["thresholds"] = {**desired.thresholds.model_dump(), **limits}
    return Desired.model_validate(merged)


def _add_faults(router: APIRouter, desk: Desk) -> None:
    @router.post("/faults", status_code=201)
    async def inject(
        order: FaultOrder,
        response: Response,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    ) -> Fault:
        """Break something on purpose; answers when the fault has landed."""
        check_target(desk.view.topology, order.kind, order.target)
        request = InjectFault(request_id=idempotency_key or uuid4().hex, **order.model_dump())
        reply = await desk.controls.ask(ServiceName.INJECTOR, request)
        fault = _landed(desk, reply)
        response.headers["Location"] = f"/api/faults/{fault.id}"
        return fault

    @router.get("/faults/{fault_id}")
    async def fault(fault_id: str) -> Fault:
        """Return one fault."""
        return _known(desk, fault_id)

    @router.delete("/faults/{fault_id}")
    async def end(fault_id: str) -> Fault:
        """End a fault."""
        known = _known(desk, fault_id)
        if known.ended is not None:
            raise HTTPException(409, f"fault {fault_id} has ended already, by {known.ended_by or 'nobody'}")
        return _landed(desk, await desk.controls.ask(ServiceName.INJECTOR, CancelFault(fault_id=fault_id)))


def check_target(topology: Topology, kind: FaultKind, target: str) -> None:
    """Refuse a target that does not exist, or that such a fault cannot strike. Raises UnknownTarget."""
    topology.require(target)
    links = topology.is_link(target)
    if kind in (STRIKES_LINKS if links else STRIKES_NODES):
        return
    names = sorted(topology.node_by_id if links else topology.link_by_id)[:NAMES_IN_A_MESSAGE]
    wanted, given = ("nodes", "link") if links else ("links", "node")
    raise UnknownTarget(f"{kind} strikes {wanted}, and {target} is a {given}: there are {', '.join(names)}, ...")


def _known(desk: Desk, fault_id: str) -> Fault:
    fault = desk.view.faults.get(fault_id)
    if fault is None:
        raise HTTPException(404, f"unknown fault {fault_id[:300]!r}: see /api/faults")
    return fault


def _landed(desk: Desk, reply: Reply) -> Fault:
    """Put the fault of an answer on the list, which its event reaches a moment later."""
    if reply.fault is None:
        raise HTTPException(502, "the injector answered without a fault; see its log")
    desk.view.faults.absorb(reply.fault)
    return desk.view.faults.get(reply.fault.id) or reply.fault


def _add_incidents(router: APIRouter, desk: Desk) -> None:
    def asking(incident_id: str, build: Callable[[], Request]) -> Callable[[], Request]:
        if desk.view.incidents.detail(incident_id) is None:
            raise HTTPException(404, f"unknown incident {incident_id[:300]!r}: see /api/incidents")
        return build

    async def ask(incident_id: str, build: Callable[[], Request]) -> Accepted:
        await desk.controls.ask(ServiceName.CORRELATOR, asking(incident_id, build)())
        return Accepted()

    @router.post("/incidents/{incident_id}/acknowledge", status_code=202)
    async def acknowledge(incident_id: str, order: ByOrder | None = None) -> Accepted:
        """Say that a person has seen an incident."""
        by = (order or ByOrder()).by
        return await ask(incident_id, lambda: Acknowledge(incident_id=incident_id, by=by))

    @router.post("/incidents/{incident_id}/comment", status_code=202)
    async def comment(incident_id: str, order: CommentOrder) -> Accepted:
        """Say something about an incident."""
        return await ask(incident_id, lambda: Comment(incident_id=incident_id, text=order.text, by=order.by))

    @router.post("/incidents/{incident_id}/move", status_code=202)
    async def move(incident_id: str, order: MoveOrder) -> Accepted:
        """Move members to another incident."""
        return await ask(incident_id, lambda: Move(incident_id=incident_id, members=order.members, to=order.to))

    @router.post("/incidents/{incident_id}/split", status_code=202)
    async def split(incident_id: str, order: SplitOrder) -> Accepted:
        """Make members an incident of their own."""
        return await ask(incident_id, lambda: Split(incident_id=incident_id, members=order.members))

    @router.post("/incidents/{incident_id}/merge", status_code=202)
    async def merge(incident_id: str, order: MergeOrder) -> Accepted:
        """Merge an incident into another."""
        return await ask(incident_id, lambda: Merge(incident_id=incident_id, into=order.into))


def _add_actions(router: APIRouter, desk: Desk) -> None:
    async def ask(action_id: str, build: Callable[[], Request]) -> Accepted:
        if not desk.view.incidents.has_action(action_id):
            raise HTTPException(404, f"unknown action {action_id[:300]!r}: see the incident's actions")
        await desk.controls.ask(ServiceName.REMEDIATOR, build())
        return Accepted()

    @router.post("/actions/{action_id}/approve", status_code=202)
    async def approve(action_id: str, order: ByOrder | None = None) -> Accepted:
        """Let a proposed action run."""
        by = (order or ByOrder()).by
        return await ask(action_id, lambda: Approve(action_id=action_id, by=by))

    @router.post("/actions/{action_id}/reject", status_code=202)
    async def reject(action_id: str, order: RejectOrder | None = None) -> Accepted:
        """Refuse a proposed action."""
        said = order or RejectOrder()
        return await ask(action_id, lambda: Reject(action_id=action_id, by=said.by, reason=said.reason))
