"""A client that knows the API only from its OpenAPI document, and checks each answer against it.

Rules: a call is named by its operationId. Each answer must have a documented status, a valid body,
and the documented headers.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import httpx
import jsonschema

from shared.domain.catalogue import UNRESOLVED

Body = dict[str, Any]

DOCUMENT: Body = json.loads((Path(__file__).parents[2] / "docs" / "reference" / "openapi.json").read_text())
CALLS: Mapping[str, tuple[str, str, Body]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
PROBLEM = "application/problem+json"
SECURITY = ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy")
PROVEN: set[str] = set()
POLL = 0.1
CUT = "core-router-2--edge-switch-4"
LEARNT_AFTER = 45.0
"""Seconds after which the limit of a load is narrow enough that the traffic of another link passes it."""
FORMATS = jsonschema.Draft202012Validator.FORMAT_CHECKER


def resolved(part: Body) -> Body:
    found = DOCUMENT
    for step in part["$ref"].removeprefix("#/").split("/") if "$ref" in part else ():
        found = found[step]
    return found if "$ref" in part else part


def obey(body: object, schema: Body) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=FORMATS).validate(body)


def proves(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Mark a test as the proof of some calls; it fails unless each of them succeeded in it."""
    PROVEN.update(names)

    def proving(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def proven(*given: Any, rest: Rest, **fixtures: Any) -> None:
            test(*given, rest=rest, **fixtures)
            assert set(names) <= rest.done, f"never made to work: {set(names) - rest.done}"

        return proven

    return proving


class Rest:
    """The calls of one running system; `done` are those that succeeded."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=20)
        self.done: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    def __call__(
        self, name: str, *, want: int | None = None, send: object = None, headers: Body | None = None, **given: object
    ) -> Body:
        """Make a call; return its JSON body. `given` are parameters, of the path or of the query."""
        return self.ask(name, want=want, send=send, headers=headers, **given).json()  # type: ignore[no-any-return]

    def ask(
        self, name: str, *, want: int | None = None, send: object = None, headers: Body | None = None, **given: object
    ) -> httpx.Response:
        method, path, operation = CALLS[name]
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", str(given.pop(parameter["name"])))
        query = {key.rstrip("_"): str(value) for key, value in given.items()}
        body: dict[str, Any] = (
            {"content": send} if isinstance(send, bytes) else {"json": send} if send is not None else {}
        )
        answer = self.http.request(method, path, params=query, headers=headers, **body)
        if want is None:
            assert answer.is_success, answer.text
        else:
            assert answer.status_code == want, answer.text
        self._check(name, answer)
        return answer

    def _check(self, name: str, answer: httpx.Response) -> None:
        _, _, operation = CALLS[name]
        assert str(answer.status_code) in operation["responses"], f"{name}: {answer.status_code} is not described"
        described = resolved(operation["responses"][str(answer.status_code)])
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in described["content"], f"{name}: {kind} is not described"
        assert {header.lower() for header in described.get("headers", ())} <= set(answer.headers)
        assert set(SECURITY) <= set(answer.headers)
        if kind.endswith("json"):
            obey(answer.json(), described["content"][kind]["schema"])
        if kind == PROBLEM:
            assert answer.json()["status"] == answer.status_code
        if answer.is_success:
            self.done.add(name)

    def refused(self, name: str, status: int, *, says: str = "", send: object = None, **given: Any) -> Body:
        problem = self(name, want=status, send=send, **given)
        assert says in problem["detail"], problem
        return problem

    def wait(self, what: str, look: Callable[[], Any], seconds: float = 30.0) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if seen := look():
                return seen
            time.sleep(POLL)
        raise AssertionError(f"waited {seconds:g} s for {what}")

    def wait_until_learnt(self) -> None:
        self.wait("what is usual to be learnt", lambda: self("get_status")["uptime"] > LEARNT_AFTER, 2 * LEARNT_AFTER)

    def make_a_link_busy(self) -> None:
        """Cut a link whose traffic makes another one busy and harms nobody there, once it is known what is usual."""
        self.wait_until_learnt()
        self("inject_fault", send={"kind": "link_down", "target": CUT})

    def incident_of(self, fault: Body, over: bool = False, **where: object) -> Body:
        """Wait for the incident at the target of a fault: an open one, or optionally a closed one."""

        def look() -> Body | None:
            for brief in self("list_incidents", node=fault["target"], **where)["recent_incidents"]:
                alone = brief["resolution"] != "merged" and (over or brief["status"] != "resolved")
                if brief["timestamp"] >= fault["started"] and alone:
                    return self("get_incident", incident_id=brief["id"])
            return None

        found: Body = self.wait(f"an incident at {fault['target']}", look)
        return found

    def heal(self) -> None:
        self("change_config", send={"mode": "auto"})
        for fault in self("list_faults")["faults"]:
            if fault["ended"] is None:
                self.http.delete(f"/api/faults/{fault['id']}")
        self.wait("all to be well", lambda: not self._unresolved(), 60.0)

    def _unresolved(self) -> list[Body]:
        return [found for state in UNRESOLVED for found in self("list_incidents", state=state)["recent_incidents"]]


def client(url: str) -> Iterator[Rest]:
    with Rest(url) as rest:
        before = rest("get_config")
        try:
            yield rest
        finally:
            if rest("get_config") != before:
                rest("change_config", send=before)
