"""Problem details (RFC 9457): the one form in which the gateway says no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from services.gateway.core import CursorError
from shared.errors import NmsError, Refused, UnknownTarget

MEDIA_TYPE = "application/problem+json"
ERRORS_SHOWN = 10
log = structlog.get_logger("nms.gateway")


class Complaint(BaseModel):
    """One thing that is wrong with a request."""

    where: str
    message: str


class Problem(BaseModel):
    """What went wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[Complaint] | None = Field(default=None, exclude_if=lambda value: value is None)


def problem(
    status: int,
    detail: str,
    instance: str | None = None,
    errors: list[Complaint] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem as a response."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, instance=instance, errors=errors)
    return JSONResponse(body.model_dump(mode="json"), status, dict(headers or {}), MEDIA_TYPE)


def add_problems(app: FastAPI) -> None:
    """Make every error of an app a problem."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        detail = error.detail
        if detail == HTTPStatus(error.status_code).phrase:
            detail = f"{request.method} {request.url.path}: {detail.lower()}; see /docs for what there is"
        return problem(error.status_code, detail, request.url.path, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        complaints = complaints_of(error.errors())
        detail = "; ".join(f"{each.where}: {each.message}" for each in complaints[:3])
        return problem(422, detail, request.url.path, complaints)

    @app.exception_handler(NmsError)
    async def failed(request: Request, error: NmsError) -> JSONResponse:
        status = 422 if isinstance(error, UnknownTarget) else 409 if isinstance(error, Refused) else 503
        return problem(status, str(error), request.url.path)

    @app.exception_handler(CursorError)
    async def misread(request: Request, error: CursorError) -> JSONResponse:
        return problem(422, str(error), request.url.path)

    @app.exception_handler(TimeoutError)
    async def silent(request: Request, error: TimeoutError) -> JSONResponse:
        detail = str(error) or "the bus does not answer in time; try again"
        return problem(503, detail, request.url.path, headers={"Retry-After": "2"})

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        log.error("a request failed", path=request.url.path, error=repr(error))
        return problem(500, "the gateway failed to answer; its log says why", request.url.path)


def complaints_of(errors: Sequence[Mapping[str, object]]) -> list[Complaint]:
    """Return what pydantic found, without repeating what was sent."""
    found = []
    for error in errors[:ERRORS_SHOWN]:
        place = error.get("loc")
        where = ".".join(str(step) for step in place) if isinstance(place, tuple) else ""
        found.append(Complaint(where=where, message=str(error.get("msg", "is not valid"))))
    return found
