"""Problem details (RFC 9457): the format of all error answers of the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from services.gateway.api.methods import allowed, without_slash
from services.gateway.core import CursorError
from shared.domain.errors import NmsError, OutcomeUnknown, Refused, UnknownTarget
from shared.domain.printable import printable

MEDIA_TYPE = "application/problem+json"
ERRORS_SHOWN = 10
TRY_AGAIN_SECONDS = "2"
KEY_HEADER = "Idempotency-Key"
NO_JSON = "json_invalid"
UNREADABLE = "the body cannot be read as JSON: it is too deep, or a number in it is too long"
# The texts of these statuses in the standard library differ between Python versions.
TITLES: Mapping[int, str] = {413: "Content Too Large", 422: "Unprocessable Content"}
log = structlog.get_logger("nms.gateway")


class Complaint(BaseModel):
    """One error in a request."""

    where: str = Field(description="the parameter or field, from the outside in, with points between")
    message: str = Field(description="what is wrong with it")


class Problem(BaseModel):
    """What went wrong: problem details, RFC 9457."""

    type: str = Field(default="about:blank", description="always `about:blank`: the status is sufficient")
    title: str = Field(description="the status in words")
    status: int = Field(description="the HTTP status", ge=400, le=599)
    detail: str = Field(description="what is wrong, and what to do about it")
    instance: str | None = Field(default=None, description="the path that was asked for")
    errors: list[Complaint] | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description=f"what is wrong with the request, field by field; {ERRORS_SHOWN} at most",
    )
    key: str | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="the `Idempotency-Key` of the request: asked again with it, nothing is done twice",
    )


def problem_of(
    status: int,
    detail: str,
    instance: str | None = None,
    errors: list[Complaint] | None = None,
    key: str | None = None,
) -> Problem:
    title = TITLES.get(status) or HTTPStatus(status).phrase
    return Problem(title=title, status=status, detail=detail, instance=instance, errors=errors, key=key)


def problem(
    status: int,
    detail: str,
    instance: str | None = None,
    errors: list[Complaint] | None = None,
    headers: Mapping[str, str] | None = None,
    key: str | None = None,
) -> JSONResponse:
    body = problem_of(status, detail, instance, errors, key)
    return JSONResponse(body.model_dump(mode="json"), status, dict(headers or {}), MEDIA_TYPE)


def add_problems(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and error.detail == HTTPStatus(405).phrase:
            headers["Allow"] = ", ".join(sorted(allowed(request.app, request.scope)))
        return problem(error.status_code, _in_full(request, error), request.url.path, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        found = error.errors()
        complaints = complaints_of(found)
        detail = "; ".join(f"{each.where}: {each.message}" for each in complaints[:3])
        status = 400 if any(each.get("type") == NO_JSON for each in found) else 422
        return problem(status, detail, request.url.path, complaints)

    @app.exception_handler(NmsError)
    async def failed(request: Request, error: NmsError) -> JSONResponse:
        if isinstance(error, OutcomeUnknown):
            return problem(504, str(error), request.url.path, headers=_keyed(error.key), key=error.key)
        status = 422 if isinstance(error, UnknownTarget) else 409 if isinstance(error, Refused) else 503
        headers = {"Retry-After": TRY_AGAIN_SECONDS} if status == 503 else {}
        return problem(status, str(error), request.url.path, headers=headers)

    @app.exception_handler(CursorError)
    async def misread(request: Request, error: CursorError) -> JSONResponse:
        return problem(422, str(error), request.url.path)

    @app.exception_handler(TimeoutError)
    async def silent(request: Request, error: TimeoutError) -> JSONResponse:
        detail = str(error) or "the bus does not answer in time; try again"
        return problem(503, detail, request.url.path, headers={"Retry-After": TRY_AGAIN_SECONDS})

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        log.error("a request failed", path=request.url.path, error=repr(error))
        return problem(500, "the gateway failed to answer; see its log", request.url.path)


def _keyed(key: str | None) -> dict[str, str]:
    return {} if key is None else {KEY_HEADER: key}


def _in_full(request: Request, error: HTTPException) -> str:
    if error.status_code == 400 and isinstance(error.__cause__, (ValueError, RecursionError)):
        return UNREADABLE
    if error.detail != HTTPStatus(error.status_code).phrase:
        return error.detail
    near = without_slash(request.app, request.scope) if error.status_code == HTTPStatus.NOT_FOUND else None
    more = f"there is {near}, without the slash at its end" if near else "see /docs for what there is"
    return f"{request.method} {request.url.path}: {error.detail.lower()}; {more}"


def complaints_of(errors: Sequence[Mapping[str, object]]) -> list[Complaint]:
    """The values that the client sent are left out, and all errors but the first ten."""
    found = []
    for error in errors[:ERRORS_SHOWN]:
        place = error.get("loc")
        where = ".".join(str(step) for step in place) if isinstance(place, tuple) else ""
        found.append(Complaint(where=printable(where), message=printable(str(error.get("msg", "is not valid")))))
    return found
