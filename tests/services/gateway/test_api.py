"""The calls, against a view that was fed with a story; what reaches the bus is tested in test_service.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from services.gateway.api import create_app
from services.gateway.api.guard import MAX_BODY
from services.gateway.app_context import AppContext
from services.gateway.core import Feed, View
from services.gateway.scoring.scorecard import Scorecard
from shared.domain.config import Desired, Thresholds
from shared.domain.errors import OutcomeUnknown
from shared.domain.kinds import ActionState, Level, Mode, ServiceName
from shared.domain.requests import Reply, Request
from shared.testing import observed, passed
from tests.services.gateway.story import T0, TOPOLOGY, action, fault, incident, line, repaired, tick

LINK = "core-router-1--core-router-2"
READS = (
    "/api/status",
    "/api/topology",
    "/api/metrics",
    "/api/metrics?node=server-1",
    "/api/metrics/history?node=server-1&metric=cpu_usage",
    "/api/metrics/history/averages",
    "/api/logs",
    "/api/incidents",
    "/api/observations",
    "/api/faults",
    "/api/services",
    "/api/config",
    "/api/catalogue",
    "/api/scorecard",
    "/healthz",
    "/readyz",
    "/metrics",
    "/",
    "/docs",
    "/assets/app.js",
    "/openapi.json",
)


class Alone:
    """The controls of a gateway without a bus; it stores the desired state itself."""

    def __init__(self) -> None:
        self.desired = Desired()
        self.logged: list[str] = []

    async def ask(self, service: ServiceName, request: Request) -> Reply:
        raise TimeoutError(f"the {service} does not answer")

    async def change(self, revise: Callable[[Desired], Desired]) -> tuple[Desired, Desired]:
        before, self.desired = self.desired, revise(self.desired)
        return before, self.desired

    async def say(self, message: str) -> None:
        self.logged.append(message)


def context_of(controls: Alone, get_control: bool = True) -> AppContext:
    view = View(TOPOLOGY, "1.2.3")
    view.desired = Desired()
    view.observe(tick(1))
    scorecard = Scorecard(TOPOLOGY)
    for time, event in (*repaired(), (T0, line(1)), (T0, line(2, Level.ERROR, "rca"))):
        view.absorb(event, time)
        scorecard.absorb(event, time)
    hosts = frozenset({"localhost", "127.0.0.1", "::1"})
    return AppContext(view, scorecard, Feed(view, "boot"), controls, hosts, get_control, ready=True)


def client_of(context: AppContext, base: str = "http://localhost:5000") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(context), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base)


@pytest.fixture
def controls() -> Alone:
    return Alone()


@pytest.fixture
def context(controls: Alone) -> AppContext:
    return context_of(controls)


@pytest.fixture
async def api(context: AppContext) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(context) as client:
        yield client


def is_problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["status"] == status
    assert body["title"] and body["detail"]
    assert "Traceback" not in answer.text
    return body


@pytest.mark.parametrize("path", READS)
async def test_every_read_answers_safely(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.get(path)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] in ("no-store", "no-cache")


async def test_the_answers_have_the_original_fields(api: httpx.AsyncClient) -> None:
    status = (await api.get("/api/status")).json()
    assert status["running"] is True
    assert (status["cycle_count"], status["mode"], status["version"]) == (1, "auto", "1.2.3")
    assert status["services"]["injector"] == "down"
    topology = (await api.get("/api/topology")).json()
    seed = {"id", "type", "status", "cpu_usage", "memory_usage", "latency", "packet_loss", "connections"}
    assert all(seed <= set(node) for node in topology["nodes"])
    seed = {"source", "target", "capacity", "utilization", "latency", "packet_loss", "status"}
    assert all(seed <= set(link) for link in topology["links"])
    assert topology["timestamp"].endswith("Z")
    logs = (await api.get("/api/logs?level=error&service=rca")).json()["logs"]
    assert [(one["level"], one["message"]) for one in logs] == [("error", "line 2")]
    found = (await api.get("/api/incidents")).json()
    assert found["stats"]["auto_resolved"] == 1
    assert found["recent_incidents"][0]["resolution_time"].endswith("Z")
    assert (await api.get("/api/scorecard")).json()["faults"] >= 0
    assert [one["ended_by"] for one in (await api.get("/api/faults")).json()["faults"]] == ["action"]


async def test_the_observations_are_listed(api: httpx.AsyncClient, context: AppContext) -> None:
    began, other = observed("server-1"), observed("server-2")
    for event in (began, other, passed(other)):
        context.view.absorb(event, T0)
    body = (await api.get("/api/observations?open=true&node=server-1")).json()
    assert [(one["id"], one["node"], one["passed"]) for one in body["observations"]] == [(began.id, "server-1", None)]
    assert (body["open"], body["next_cursor"]) == (1, None)
    assert (await api.get("/api/incidents")).json()["stats"]["total_incidents"] == 1, "it is no incident"


async def test_an_incident_is_returned_in_full(api: httpx.AsyncClient) -> None:
    body = (await api.get(f"/api/incidents/{incident().id}")).json()
    assert body["causes"][0] | {"evidence": []} == {
        "node": "server-1",
        "kind": "high_cpu",
        "confidence": 0.97,
        "evidence": [],
        "actions": [{"action": "restart_process", "target": "server-1"}],
    }
    assert len(body["timeline"]) > 5
    assert set(body["timeline"][0]) == {"at", "what", "by"}


async def test_history_is_limited_by_time(api: httpx.AsyncClient) -> None:
    path = "/api/metrics/history?node=server-1&metric=cpu_usage"
    assert len((await api.get(path)).json()["points"]) == 1
    assert (await api.get(f"{path}&from=2023-11-14T22:13:21Z")).json()["points"] == []
    is_problem(await api.get(f"{path}&from=yesterday"), 422)


@pytest.mark.parametrize(
    "path",
    [
        "/api/nothing",
        "/nothing",
        "/assets/nothing.js",
        "/assets/../pyproject.toml",
        "/api/incidents/x",
        "/api/faults/x",
    ],
)
async def test_an_unknown_name_is_a_problem(api: httpx.AsyncClient, path: str) -> None:
    is_problem(await api.get(path), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/api/metrics?node=router-9",
        "/api/metrics/history?node=server-1&metric=colour",
        "/api/metrics/history?node=server-1&metric=cpu_usage&step=0",
        "/api/logs?level=loud",
        "/api/logs?limit=0",
        "/api/logs?since=now",
        "/api/incidents?state=odd",
        "/api/incidents?limit=9999",
        "/api/incidents?cursor=odd",
        "/api/incidents?node=router-9",
        "/api/observations?open=odd",
        "/api/observations?limit=9999",
        "/api/observations?cursor=odd",
        "/api/observations?node=router-9",
        "/api/metrics/history?node=server-1&metric=cpu_usage&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        "/api/metrics/history?node=server-1&metric=cpu_usage&step=nan",
        "/api/metrics/history/averages?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
    ],
)
async def test_bad_input_is_a_problem(api: httpx.AsyncClient, path: str) -> None:
    is_problem(await api.get(path), 422)


async def test_the_wrong_method_is_a_problem_that_names_the_right_one(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/status")
    is_problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    answer = await api.put("/api/faults")
    is_problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert (await api.post("/assets/app.js")).headers["allow"] == "GET, HEAD, OPTIONS"


async def test_options_names_the_methods_of_a_path(api: httpx.AsyncClient) -> None:
    for path, methods in {
        "/api/config": "GET, HEAD, OPTIONS, PATCH",
        "/api/start": "GET, OPTIONS, POST",
        "/api/faults/x": "DELETE, GET, HEAD, OPTIONS",
        "/": "GET, HEAD, OPTIONS",
    }.items():
        answer = await api.options(path)
        assert (answer.status_code, answer.headers["allow"], answer.content) == (204, methods, b"")
    is_problem(await api.options("/api/nothing"), 404)


async def test_head_is_get_without_the_body_and_starts_nothing(api: httpx.AsyncClient, controls: Alone) -> None:
    for path in ("/api/config", "/", "/assets/app.js", "/api/incidents/x"):
        got, head = await api.get(path), await api.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["content-length"] == got.headers["content-length"]
        assert head.headers["content-type"] == got.headers["content-type"]
    assert (await api.head("/api/stop")).status_code == 405
    assert controls.desired.running


async def test_a_superfluous_slash_is_a_problem_that_says_so(api: httpx.AsyncClient) -> None:
    for path in ("/api/status/", "/docs/", "/api/faults/x/"):
        assert path.rstrip("/") in str(is_problem(await api.get(path), 404)["detail"])
    assert "/docs" in str(is_problem(await api.get("/api/nothing/"), 404)["detail"])


async def test_an_internal_error_is_a_problem_without_a_traceback(api: httpx.AsyncClient, context: AppContext) -> None:
    context.view.desired = None  # type: ignore[assignment]
    is_problem(await api.get("/api/status"), 500)


async def test_start_and_stop(api: httpx.AsyncClient, controls: Alone) -> None:
    assert (await api.post("/api/start")).json()["status"] == "already_running"
    assert (await api.post("/api/stop")).json()["status"] == "stopped"
    assert not controls.desired.running
    assert (await api.get("/api/start")).json()["status"] == "started"
    assert controls.desired.running
    assert controls.logged == ["The loop was stopped", "The loop was started"]


async def test_the_get_form_can_be_switched_off(controls: Alone) -> None:
    async with client_of(context_of(controls, get_control=False)) as api:
        is_problem(await api.get("/api/stop"), 405)
        assert (await api.post("/api/stop")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Referer": "http://evil.example/page"},
        {"Referer": "http://["},
    ],
)
async def test_a_page_of_another_site_changes_nothing(
    api: httpx.AsyncClient, controls: Alone, headers: dict[str, str]
) -> None:
    for method, path in (
        ("GET", "/api/stop"),
        ("POST", "/api/stop"),
        ("PATCH", "/api/config"),
        ("DELETE", "/api/faults/x"),
    ):
        is_problem(await api.request(method, path, headers=headers), 403)
    assert controls.desired.running


async def test_the_own_page_and_plain_clients_may_change_something(api: httpx.AsyncClient) -> None:
    own = {"Origin": "http://localhost:5000", "Sec-Fetch-Site": "same-origin", "Referer": "http://localhost:5000/"}
    assert (await api.post("/api/stop", headers=own)).status_code == 200
    assert (await api.get("/api/start", headers={"Sec-Fetch-Site": "none"})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example:5000",
        "",
        "[::1",
        "127.0.0.2",
        "evil@localhost",
        "evil:x@localhost",
        "localhost@evil.example",
        "localhost:99999",
        "localhost:0",
        "localhost:x",
        "localhost:80:80",
        "localhost/",
        "localhost#x",
        "localhost,evil.example",
        "[localhost]",
        "[::1]x",
        "::1",
        "%6cocalhost",
        "127.1",
    ],
)
async def test_a_foreign_host_name_is_refused(api: httpx.AsyncClient, host: str) -> None:
    is_problem(await api.get("/api/status", headers={"Host": host}), 421)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "LOCALHOST:80", "localhost:", "localhost.", "[::1]:5000", "[0:0:0:0:0:0:0:1]:65535"]
)
async def test_accepted_host_names_are_answered(api: httpx.AsyncClient, host: str) -> None:
    assert (await api.get("/api/status", headers={"Host": host})).status_code == 200


async def test_a_body_that_is_too_large_is_refused(api: httpx.AsyncClient) -> None:
    is_problem(await api.post("/api/faults", content=b"x" * (MAX_BODY + 1)), 413)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * (MAX_BODY // 8)

    is_problem(await api.post("/api/faults", content=pieces()), 413)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"kind": "fire", "target": "server-1"}, "high_cpu"),
        ({"kind": "high_cpu", "target": "server-99"}, "server-1"),
        ({"kind": "high_cpu", "target": LINK}, "core-router-1"),
        ({"kind": "link_down", "target": "server-1"}, LINK),
        ({"kind": "high_cpu", "target": "server-1", "strength": 2}, "strength"),
        ({"kind": "high_cpu", "target": "server-1", "duration": 0}, "duration"),
        ({"kind": "high_cpu", "target": "server-1", "more": 1}, "more"),
        ({}, "kind"),
    ],
)
async def test_an_impossible_fault_is_refused_with_possible_ones(
    api: httpx.AsyncClient, body: dict[str, object], named: str
) -> None:
    problem = is_problem(await api.post("/api/faults", json=body), 422)
    assert named in str(problem["detail"])


async def test_invalid_json_is_a_problem(api: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    for text in (b"{", b"", b"[" * 100_000, b'{"kind": ' + b"9" * 5_000 + b"}", b"\xff\xfe\x00"):
        is_problem(await api.post("/api/faults", content=text, headers=headers), 400 if text else 422)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
async def test_a_body_without_the_json_content_type_is_refused(api: httpx.AsyncClient, kind: str) -> None:
    text = b'{"kind": "high_cpu", "target": "server-1"}'
    answer = await api.post("/api/faults", content=text, headers={"Content-Type": kind} if kind else {})
    assert "Content-Type: application/json" in str(is_problem(answer, 415)["detail"])


async def test_every_json_content_type_is_accepted(api: httpx.AsyncClient, controls: Alone) -> None:
    headers = {"Content-Type": "application/merge-patch+json; charset=utf-8"}
    assert (await api.patch("/api/config", content=b'{"at_once": 7}', headers=headers)).status_code == 200
    assert controls.desired.at_once == 7


async def test_an_unknown_outcome_is_no_refusal_and_names_the_key_for_the_next_attempt(
    api: httpx.AsyncClient, controls: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unsure(service: ServiceName, request: Request) -> Reply:
        raise OutcomeUnknown(f"the {service} did not answer")

    monkeypatch.setattr(controls, "ask", unsure)
    order = {"kind": "high_cpu", "target": "server-1"}
    for headers in ({}, {"Idempotency-Key": "mine"}):
        answer = await api.post("/api/faults", json=order, headers=headers)
        logged = is_problem(answer, 504)
        assert logged["key"] == answer.headers["Idempotency-Key"] == headers.get("Idempotency-Key", logged["key"])
        assert f"Idempotency-Key: {logged['key']}" in str(logged["detail"])
    for path in (
        f"/api/incidents/{incident().id}/acknowledge",
        f"/api/actions/{action(incident(), ActionState.PROPOSED).id}/approve",
    ):
        logged = is_problem(await api.post(path), 504)
        assert "did not answer" in str(logged["detail"])
        assert "key" not in logged


async def test_a_service_that_does_not_answer_is_a_problem_that_names_it(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/faults", json={"kind": "high_cpu", "target": "server-1"})
    assert "injector" in str(is_problem(answer, 503)["detail"])
    answer = await api.post(f"/api/incidents/{incident().id}/acknowledge")
    assert "correlator" in str(is_problem(answer, 503)["detail"])


async def test_an_ended_fault_cannot_be_cleared_again(api: httpx.AsyncClient) -> None:
    is_problem(await api.delete(f"/api/faults/{fault().id}"), 409)


async def test_single_settings_can_be_changed_and_invalid_ones_are_refused(
    api: httpx.AsyncClient, controls: Alone
) -> None:
    answer = await api.patch("/api/config", json={"mode": "approve", "thresholds": {"latency": 70}})
    assert (answer.json()["mode"], answer.json()["thresholds"]["latency"]) == ("approve", 70)
    assert (controls.desired.mode, controls.desired.thresholds.cpu_usage) == (Mode.APPROVE, 80)
    for wrong in (
        {"mode": "wild"},
        {"interval": -1},
        {"interval": None},
        {"thresholds": {"cpu_usage": 400}},
        {"color": 1},
        {"kinds": []},
        {"targets": ["server-99"]},
        {"thresholds": None},
        {"thresholds": {"latency": None}},
        {"interval": "5"},
        {"running": "yes"},
        {"max_faults": 10**40},
        {"at_once": 2.5},
    ):
        is_problem(await api.patch("/api/config", json=wrong), 422)
    assert controls.desired == Desired(mode=Mode.APPROVE, thresholds=Thresholds(latency=70))
    whole = await api.patch("/api/config", content=b'{"max_faults": 5.0}', headers={"Content-Type": "application/json"})
    assert whole.json()["max_faults"] == 5, "in JSON Schema 5.0 is an integer"
    answer = await api.patch("/api/config", json={"max_faults": 5, "thresholds": {}})
    assert (answer.json()["max_faults"], answer.json()["thresholds"]["latency"]) == (5, 70)
    assert (await api.patch("/api/config", json={"max_faults": None})).json()["max_faults"] is None


async def test_until_the_history_is_read_only_the_probes_answer(api: httpx.AsyncClient, context: AppContext) -> None:
    context.ready = False
    answer = await api.get("/api/status")
    is_problem(answer, 503)
    assert answer.headers["retry-after"] == "1"
    is_problem(await api.get("/readyz"), 503)
    assert (await api.get("/healthz")).status_code == 200


async def test_the_document_is_openapi_31_and_has_problems_as_errors(api: httpx.AsyncClient) -> None:
    document = (await api.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    responses = document["paths"]["/api/faults"]["post"]["responses"]
    assert set(responses) == {"201", "400", "403", "409", "413", "415", "421", "422", "502", "503", "504"}
    assert {"/api/status", "/api/incidents/{incident_id}/merge", "/api/actions/{action_id}/approve"} <= set(
        document["paths"]
    )
    ids = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))


async def test_the_prometheus_metrics_come_from_the_view(api: httpx.AsyncClient) -> None:
    text = (await api.get("/metrics")).text
    assert 'nms_nodes{status="healthy"} 16.0' in text
    assert 'nms_incidents{outcome="auto_resolved"} 1.0' in text
    assert "nms_incidents_escalated 0.0" in text


SVG_NAMESPACE = "http://www.w3.org/2000/svg"
"""A name, not an address: the mark of the page is drawn in it."""


async def test_the_page_loads_nothing_from_other_hosts_and_has_no_inline_scripts(api: httpx.AsyncClient) -> None:
    for path in ("/", "/docs"):
        page = (await api.get(path)).text.replace(SVG_NAMESPACE, "")
        assert "http://" not in page and "https://" not in page
        assert "<script>" not in page and " style=" not in page and " on" + "click" not in page
