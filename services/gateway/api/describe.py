"""Builds the OpenAPI 3.1 document from the descriptions of the routes and the parts that many routes share.

Rules: the document lists every status that a call can answer, and no other status. It depends on the code alone, not on
a running system.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from services.gateway.api.about import ABOUT, API_VERSION, SUMMARY, TAGS
from services.gateway.api.examples import ANSWERS, ORDERS, PLACES
from services.gateway.api.guard import CROSS_SITE, TOO_LARGE, not_our_host
from services.gateway.api.links import LINKS
from services.gateway.api.methods import changes
from services.gateway.api.probes import NOT_READY
from services.gateway.api.problems import MEDIA_TYPE, Problem
from services.gateway.api.refusals import described, not_json

Part = dict[str, Any]

LEFT_OUT = frozenset({"errors", "key"})
"""The only fields that an answer can leave out: `errors` if no single field of the request is wrong, `key` if the
request had no `Idempotency-Key`.
"""
SHARED: Mapping[str, tuple[int, str]] = {
    "NoJson": (400, "body.17: JSON decode error"),
    "CrossSite": (403, CROSS_SITE),
    "TooLarge": (413, TOO_LARGE),
    "NotSaidToBeJson": (415, not_json("text/plain")),
    "NotOurHost": (421, not_our_host("nms.example")),
    "InvalidBody": (422, "body.strength: Input should be less than or equal to 1"),
    "InvalidQuery": (422, "unknown target 'server-99': there are server-1, server-2, server-3, ..."),
    "NotReady": (503, NOT_READY),
    "OutcomeUnknown": (
        504,
        "the remediator did not answer within 8 s: it is not known whether it has done ..., or will",
    ),
}
"""The error answers that many calls share: for each, its status and an example of its detail."""


def describe(app: FastAPI) -> None:
    def openapi() -> Part:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> Part:
    document = get_openapi(
        title=app.title,
        version=API_VERSION,
        summary=SUMMARY,
        description=ABOUT,
        license_info={"name": "MIT", "identifier": "MIT"},
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        servers=[{"url": "/", "description": "the gateway that serves this document; by default port 5000"}],
        routes=app.routes,
    )
    for path, method, operation in operations(document):
        _complete(path, method, operation)
    schemas = document["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {}) | {Problem.__name__: problem}
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    asked = set(_named([operation.get("requestBody") for _, _, operation in operations(document)], schemas))
    for name, schema in schemas.items():
        _say_less(schema)
        if name not in asked and "properties" in schema:
            _always_there(schema)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    document["components"]["responses"] = {name: described(*response) for name, response in SHARED.items()}
    return document


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Part]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(path: str, method: str, operation: Part) -> None:
    name = operation["operationId"]
    operation["summary"] = _first_sentence(operation["description"])
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _never_null(parameter["schema"])
        if parameter["name"] in PLACES:
            parameter["example"] = PLACES[parameter["name"]]
        if parameter["in"] == "path":
            parameter["description"] = f"`id` of the {parameter['name'].removesuffix('_id')}"
    if "requestBody" in operation:
        for content in operation["requestBody"]["content"].values():
            content["example"] = ORDERS[name]
    own = {code: response for code, response in operation["responses"].items() if not _is_of_the_library(response)}
    for code, response in own.items():
        if code.startswith("2"):
            _show(response, name)
        else:
            response["content"][MEDIA_TYPE]["example"]["instance"] = path.format_map(PLACES)
    operation["responses"] = dict(sorted({**_refusals(path, method, operation), **own}.items()))


def _show(response: Part, name: str) -> None:
    example = ANSWERS[name]
    response["description"] = "As asked."
    for content in response["content"].values():
        _say_less(content.get("schema", {}))
        content["example"] = json.loads(example.model_dump_json()) if isinstance(example, BaseModel) else example
    if name in LINKS:
        response["links"] = LINKS[name]
    if name == "inject_fault":
        response["headers"] = {"Location": {"description": "the path of the fault", "schema": {"type": "string"}}}


def _refusals(path: str, method: str, operation: Part) -> Part:
    names = ["NotOurHost"]
    if path.startswith("/api/") or path == "/readyz":
        names.append("NotReady")
    if changes(method.upper(), path):
        names += ["CrossSite", "OutcomeUnknown"]
    names.append("TooLarge")
    if "requestBody" in operation:
        names += ["NoJson", "NotSaidToBeJson", "InvalidBody"]
    elif any(parameter["in"] == "query" for parameter in operation.get("parameters", ())):
        names.append("InvalidQuery")
    return {str(SHARED[name][0]): {"$ref": f"#/components/responses/{name}"} for name in names}


def _is_of_the_library(response: Mapping[str, Any]) -> bool:
    return any("HTTPValidationError" in str(content) for content in response.get("content", {}).values())


def _first_sentence(text: str) -> str:
    return text.split("\n\n")[0].split(". ")[0].rstrip(".").replace("\n", " ")


def _never_null(schema: Part) -> Part:
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    more = {key: value for key, value in schema.items() if key not in ("anyOf", "title", "description")}
    return {**choices[0], **more} if len(choices) == 1 else more


def _named(part: Any, schemas: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(part, Mapping):
        if "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            yield name
            yield from _named(schemas[name], schemas)
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from _named(inner, schemas)


def _always_there(schema: Part) -> None:
    schema["required"] = [name for name in schema["properties"] if name not in LEFT_OUT]
    for inner in schema["properties"].values():
        inner.pop("default", None)


def _say_less(schema: Part) -> None:
    """Remove titles, which repeat the name of a field, and the default null of fields that cannot be null."""
    schema.pop("title", None)
    if "default" in schema and schema["default"] is None and "null" not in json.dumps(schema.get("anyOf", [])):
        del schema["default"]
    for inner in schema.get("properties", {}).values():
        _say_less(inner)
