"""The calls that change the desired state and the faults: start, stop, config, faults."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from services.gateway.api.orders import ConfigOrder, FaultOrder
from services.gateway.api.problems import KEY_HEADER
from services.gateway.api.refusals import (
    A_FAULT,
    EXAMPLE_FAULT,
    ended_already,
    get_is_off,
    no_fault_in,
    refuses,
    require_json,
    unknown_fault,
)
from services.gateway.app_context import AppContext
from shared.domain.config import Desired
from shared.domain.errors import OutcomeUnknown, UnknownTarget
from shared.domain.events import Fault
from shared.domain.kinds import EndedBy, ServiceName
from shared.domain.requests import CancelFault, InjectFault, Reply
from shared.domain.targets import require_fitting

REQUEST_ID = r"^[A-Za-z0-9._~-]{1,200}$"
LANDED_ALREADY = f"request 'once' was {A_FAULT} on server-3: give each its own id"
CHANGED_BY_ALL = "the desired state is being changed by others all the time; try again"


class Switched(BaseModel):
    """The answer to start and stop."""

    status: Literal["started", "already_running", "stopped"] = Field(description="what is so now")
    message: str = Field(description="the same in words")


def control(context: AppContext) -> APIRouter:
    router = APIRouter(tags=["control"])
    _add_switch(router, context)
    _add_config(router, context)
    _add_faults(router, context)
    return router


def _add_switch(router: APIRouter, context: AppContext) -> None:
    async def start() -> Switched:
        """Start the campaign of faults. Calling it again has no effect."""
        before, _ = await context.controls.change(lambda desired: desired.model_copy(update={"running": True}))
        if before.running:
            return Switched(status="already_running", message="The loop is already running")
        await context.controls.say("The loop was started")
        return Switched(status="started", message="The loop is running")

    async def stop() -> Switched:
        """Stop the campaign. Live faults and repair go on."""
        before, _ = await context.controls.change(lambda desired: desired.model_copy(update={"running": False}))
        if before.running:
            await context.controls.say("The loop was stopped")
        return Switched(
            status="stopped", message="The loop is stopped" if before.running else "The loop was stopped already"
        )

    async def may_get(request: Request) -> None:
        if not context.get_control:
            raise HTTPException(405, get_is_off(request.url.path), {"Allow": "OPTIONS, POST"})

    contended = refuses({409: CHANGED_BY_ALL})
    for path, call in (("/start", start), ("/stop", stop)):
        router.add_api_route(path, call, methods=["POST"], name=call.__name__, responses=contended)
        router.add_api_route(
            path,
            call,
            methods=["GET"],
            name=f"{call.__name__}_by_get",
            description=(
                f"`POST /api{path}` as old clients ask for it. Off where the gateway listens beyond the loopback, "
                "unless `NMS_GET_CONTROL` says otherwise."
            ),
            deprecated=True,
            dependencies=[Depends(may_get)],
            responses=contended | refuses({405: get_is_off(f"/api{path}")}),
        )


def _add_config(router: APIRouter, context: AppContext) -> None:
    @router.patch("/config", dependencies=[Depends(require_json)], responses=refuses({409: CHANGED_BY_ALL}))
    async def change_config(order: ConfigOrder) -> Desired:
        """Change the desired state: pace, kinds, targets, thresholds, mode. Fields left out keep their values."""
        if "targets" in order.model_fields_set:
            for target in order.targets:
                context.view.topology.require(target)
        try:
            _, desired = await context.controls.change(lambda desired: revised(desired, order))
        except ValidationError as error:
            raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from None
        return desired


def revised(desired: Desired, order: ConfigOrder) -> Desired:
    """Raises ValidationError."""
    wanted = order.model_dump(exclude_unset=True)
    limits = {**desired.thresholds.model_dump(), **wanted.pop("thresholds", {})}
    return Desired.model_validate({**desired.model_dump(), **wanted, "thresholds": limits})


def _add_faults(router: APIRouter, context: AppContext) -> None:
    @router.post(
        "/faults",
        status_code=201,
        dependencies=[Depends(require_json)],
        responses=refuses({409: LANDED_ALREADY, 502: no_fault_in(ServiceName.INJECTOR)}),
    )
    async def inject_fault(
        order: FaultOrder,
        response: Response,
        idempotency_key: Annotated[
            str,
            Header(
                alias=KEY_HEADER,
                pattern=REQUEST_ID,
                default_factory=lambda: uuid4().hex,
                description="a name for this request: repeated with the same name, it injects once",
            ),
        ],
    ) -> Fault:
        """Inject a fault. Answers when the fault is active and listed."""
        target = require_fitting(context.view.topology, order.kind, context.view.topology.spelled(order.target))
        request = InjectFault(request_id=idempotency_key, **order.model_dump(exclude={"target"}), target=target)
        try:
            fault = _landed(context, await context.controls.ask(ServiceName.INJECTOR, request))
        except OutcomeUnknown:
            raise OutcomeUnknown(may_land(order, idempotency_key), idempotency_key) from None
        response.headers["Location"] = f"/api/faults/{quote(fault.id, safe='')}"
        return fault

    @router.get("/faults/{fault_id}", responses=refuses({404: unknown_fault(EXAMPLE_FAULT)}))
    async def get_fault(fault_id: str) -> Fault:
        """Return one fault."""
        return _known(context, fault_id)

    @router.delete(
        "/faults/{fault_id}",
        responses=refuses(
            {
                404: unknown_fault(EXAMPLE_FAULT),
                409: ended_already(EXAMPLE_FAULT, EndedBy.ACTION),
                502: no_fault_in(ServiceName.INJECTOR),
            }
        ),
    )
    async def end_fault(fault_id: str) -> Fault:
        """End a live fault; it stays in the list, ended by `cancelled`."""
        known = _known(context, fault_id)
        if known.ended is not None:
            raise HTTPException(409, ended_already(fault_id, known.ended_by))
        try:
            reply = await context.controls.ask(ServiceName.INJECTOR, CancelFault(fault_id=fault_id))
        except UnknownTarget as error:
            raise HTTPException(404, str(error)) from None
        return _landed(context, reply)


def may_land(order: FaultOrder, key: str) -> str:
    return (
        f"it is not known whether {order.kind} on {order.target} is active, or will be: "
        f"ask again with {KEY_HEADER}: {key}, and it is injected once at most"
    )


def _known(context: AppContext, fault_id: str) -> Fault:
    fault = context.view.faults.get(fault_id)
    if fault is None:
        raise HTTPException(404, unknown_fault(fault_id))
    return fault


def _landed(context: AppContext, reply: Reply) -> Fault:
    """The event of the fault arrives a moment later, so the fault is added to the list here. Raises HTTPException 502
    if the reply has no fault.
    """
    if reply.fault is None:
        raise HTTPException(502, no_fault_in(ServiceName.INJECTOR))
    context.view.faults.absorb(reply.fault)
    return context.view.faults.get(reply.fault.id) or reply.fault
