"""The OpenAPI document is complete, consistent and the served one, and each of its calls has a test."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from tests.contract import test_rest_control, test_rest_handling, test_rest_state
from tests.contract.rest import CALLS, DOCUMENT, PROBLEM, PROVEN, Body, Rest, obey, resolved

PROOFS = (test_rest_state, test_rest_control, test_rest_handling)
SCHEMAS = DOCUMENT["components"]["schemas"]
each_call = pytest.mark.parametrize("name", sorted(CALLS))


def answers(operation: Body) -> dict[str, Body]:
    return {code: resolved(answer) for code, answer in operation["responses"].items()}


def test_every_call_has_a_proof() -> None:
    assert all(module.__doc__ for module in PROOFS)
    assert set(CALLS) == PROVEN


def test_the_served_document_is_the_checked_in_one(rest: Rest) -> None:
    assert rest.http.get("/openapi.json").json() == DOCUMENT


@each_call
def test_every_call_has_a_name_a_group_and_a_description(name: str) -> None:
    _, _, operation = CALLS[name]
    assert operation["operationId"] == name
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}
    assert operation["summary"]
    assert operation["description"]
    for parameter in operation.get("parameters", ()):
        assert parameter["description"]
        if "example" in parameter:
            obey(parameter["example"], parameter["schema"])


@each_call
def test_every_example_obeys_its_schema(name: str) -> None:
    _, _, operation = CALLS[name]
    for code, answer in answers(operation).items():
        for kind, content in answer["content"].items():
            assert "example" in content, code
            if kind.endswith("json"):
                obey(content["example"], content["schema"])
    for content in operation.get("requestBody", {"content": {}})["content"].values():
        obey(content["example"], content["schema"])


@each_call
def test_error_answers_are_problems_that_the_call_can_return(name: str) -> None:
    method, path, operation = CALLS[name]
    refusals = {code: answer for code, answer in answers(operation).items() if not code.startswith("2")}
    for code, answer in refusals.items():
        assert answer["content"][PROBLEM]["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert answer["content"][PROBLEM]["example"]["status"] == int(code)
        assert answer["description"]
    has_body, changes = "requestBody" in operation, method != "GET" or path in ("/api/start", "/api/stop")
    assert ({"400", "415"} <= set(refusals)) == has_body
    assert ("403" in refusals) == changes
    assert "413" in refusals
    assert ("404" in refusals) == ("{" in path)
    assert "421" in refusals
    assert "default" not in operation["responses"]
    assert ("503" in refusals) == (path.startswith("/api/") or path == "/readyz")
    assert all("Retry-After" in answer["headers"] for code, answer in refusals.items() if code == "503")


@each_call
def test_links_name_existing_calls_and_parameters(name: str) -> None:
    _, _, operation = CALLS[name]
    for answer in operation["responses"].values():
        for called, link in answer.get("links", {}).items():
            assert called == link["operationId"]
            _, _, target = CALLS[link["operationId"]]
            assert set(link.get("parameters", ())) <= {one["name"] for one in target.get("parameters", ())}


def test_links_connect_all_calls_of_an_incident() -> None:
    linked = {
        name: {
            link["operationId"]
            for answer in operation["responses"].values()
            for link in answer.get("links", {}).values()
        }
        for name, (_, _, operation) in CALLS.items()
    }
    assert {"get_fault", "end_fault"} <= linked["inject_fault"]
    assert {"get_incident", "comment_incident", "list_incidents"} <= linked["list_incidents"]
    assert {"comment_incident", "approve_action", "merge_incident"} <= linked["get_incident"]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_field_has_a_description(name: str) -> None:
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["description"]
    for field, answer in schema.get("properties", {}).items():
        assert answer.get("description") or resolved(answer).get("description"), field


def test_the_document_is_valid_openapi_31() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert DOCUMENT["info"]["version"].count(".") == 2
    assert "/ws" in DOCUMENT["info"]["description"]
    assert not [server for server in DOCUMENT["servers"] if server["url"] != "/"]
    names = list(unresolved(DOCUMENT))
    assert names == []


def unresolved(part: Any) -> Any:
    if isinstance(part, dict) and isinstance(part.get("$ref"), str):
        try:
            resolved(part)
        except KeyError:
            yield part["$ref"]
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from unresolved(inner)
