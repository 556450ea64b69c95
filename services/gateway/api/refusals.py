"""The error texts of the REST calls, for the answers and for the examples in the OpenAPI document.

Rule: one function makes the text for both the answer and the example.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import HTTPException, Request

from services.gateway.api.problems import MEDIA_TYPE, Problem, problem_of
from shared.domain.catalogue import FAULTS, Role, metric_in_role
from shared.domain.kinds import ElementKind, ServiceName

MAX_SHOWN = 300
A_METRIC = metric_in_role(ElementKind.NODE, Role.WORK)
A_FAULT = next(str(kind) for kind, spec in FAULTS.items() if spec.targets == {ElementKind.NODE})
EXAMPLE_INCIDENT = f"server-3.{A_METRIC}.5141"
EXAMPLE_ACTION = f"{EXAMPLE_INCIDENT}.a1"
EXAMPLE_FAULT = "asked-0b6f7c1e"
JSON_TYPE = "application/json"

Responses = dict[int | str, dict[str, Any]]

RETRY_AFTER = {"Retry-After": {"description": "seconds to wait before trying again", "schema": {"type": "string"}}}
ALLOW = {"Allow": {"description": "the methods that the path has", "schema": {"type": "string"}}}
HEADERS_OF: Mapping[int, Mapping[str, Any]] = {405: ALLOW, 503: RETRY_AFTER}
WHEN: Mapping[int, str] = {
    400: "The body is no JSON.",
    403: "The call came from a page of another site.",
    404: "What the path names does not exist.",
    405: "The path does not have this method.",
    409: "It does not fit the current state.",
    413: "The body is too large.",
    415: "The Content-Type is not JSON.",
    421: "The request names a host that is not accepted.",
    422: "A parameter or a field is missing, wrong, or names what does not exist.",
    502: "The service gave an invalid answer.",
    504: "No answer came in time: it is not known whether it was done, or will be.",
    503: "The history is still being read, or the service does not answer; try again.",
}


def refuses(details: Mapping[int, str]) -> Responses:
    """`details`: an example text for each status."""
    return {status: described(status, detail) for status, detail in details.items()}


def described(status: int, detail: str) -> dict[str, Any]:
    example = problem_of(status, detail).model_dump(mode="json")
    response: dict[str, Any] = {"description": WHEN[status]}
    if status in HEADERS_OF:
        response["headers"] = dict(HEADERS_OF[status])
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {**response, "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}


def unknown_incident(incident_id: str) -> str:
    return f"unknown incident {incident_id[:MAX_SHOWN]!r}: see /api/incidents"


def unknown_fault(fault_id: str) -> str:
    return f"unknown fault {fault_id[:MAX_SHOWN]!r}: see /api/faults"


def unknown_action(action_id: str) -> str:
    return f"unknown action {action_id[:MAX_SHOWN]!r}: see the actions of its incident"


def ended_already(fault_id: str, by: str | None) -> str:
    return f"fault {fault_id[:MAX_SHOWN]} has ended already, by {by or 'nobody'}"


def no_fault_in(service: ServiceName) -> str:
    return f"the {service} answered without a fault; see its log"


def get_is_off(path: str) -> str:
    return f"GET {path} is switched off: use POST, or set NMS_GET_CONTROL=true"


def not_json(content_type: str) -> str:
    given = f"is {content_type[:MAX_SHOWN]!r}" if content_type else "is missing"
    return f"the Content-Type {given}: send JSON and say so, as in 'Content-Type: {JSON_TYPE}'"


def require_json(request: Request) -> None:
    """Raise HTTPException 415 if a request has a body and its Content-Type is not JSON."""
    headers = request.headers
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    given = headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    if kind != JSON_TYPE and not (kind.startswith("application/") and kind.endswith("+json")):
        raise HTTPException(415, not_json(given), {"Accept": JSON_TYPE})
