"""Invalid requests of every sort are answered by a problem, and the gateway continues."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
import pytest

from benchmarks.running import Running
from tests.contract.rest import CALLS, PROBLEM, Rest

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}
TAKE_BODIES = sorted(name for name, (_, _, operation) in CALLS.items() if "requestBody" in operation)
CHANGING = sorted(name for name, (method, path, _) in CALLS.items() if method != "GET" or path.startswith("/api/st"))
CHANGING.remove("get_status")
PLACES = {"incident_id": "x", "action_id": "x", "fault_id": "x"}
BROKEN = {
    "nothing closed": b"{",
    "too deep": b"[" * 200_000,
    "too long a number": b'{"kind": ' + b"9" * 5_000 + b"}",
    "no UTF-8": b'{"kind": "\xff\xfe"}',
    "not JSON": b"kind=high_cpu",
}
ODD = {
    "a lone surrogate": b'{"kind": "high_cpu", "target": "\\ud800"}',
    "a field of a surrogate": b'{"kind": "high_cpu", "target": "server-1", "\\ud800": 1}',
    "not a number": b'{"kind": "high_cpu", "target": "server-1", "strength": NaN}',
    "infinity": b'{"kind": "high_cpu", "target": "server-1", "duration": 1e999}',
    "a huge integer": b'{"kind": "high_cpu", "target": "server-1", "duration": ' + b"9" * 4_000 + b"}",
    "a nul byte": b'{"kind": "high_cpu", "target": "server-1\\u0000"}',
    "a key twice": b'{"kind": "high_cpu", "target": "server-1", "target": "server-99"}',
    "a list": b"[]",
    "null": b"null",
}


def path_of(name: str) -> tuple[str, str]:
    method, path, _ = CALLS[name]
    return method, path.format(**PLACES)


def is_problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["status"] == status
    return str(answer.json()["detail"])


@pytest.fixture(autouse=True, scope="module")
def unharmed(system: Running) -> Iterator[None]:
    """Check that the gateway still runs in the same process, and that these tests changed nothing."""

    def state() -> list[object]:
        gateway = [each for each in system.get("/api/services")["services"] if each["name"] == "gateway"]  # type: ignore[attr-defined]
        return [gateway, system.get("/api/config"), system.get("/api/faults")]

    system.wait("the gateway to be known to itself", lambda: state()[0][0]["replicas"], 10)  # type: ignore[index]
    before = state()
    yield
    assert state() == before


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/nothing", "/api/faults/x/y", "/%00"])
def test_an_unknown_path_is_a_problem(rest: Rest, path: str) -> None:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        is_problem(rest.http.request(method, path), 404)


def test_a_missing_file_is_a_problem(rest: Rest) -> None:
    is_problem(rest.http.get("/assets/x"), 404)
    is_problem(rest.http.get("/assets/../pyproject.toml"), 404)
    is_problem(rest.http.get("/assets/%2e%2e/pyproject.toml"), 404)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_wrong_method_is_refused_with_the_allowed_ones(rest: Rest, name: str) -> None:
    _, path = path_of(name)
    has = {method for method, other, _ in CALLS.values() if other.format(**PLACES) == path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - has:
        answer = rest.http.request(method, path)
        is_problem(answer, 405)
        assert has <= set(answer.headers["allow"].split(", "))
        assert method not in answer.headers["allow"].split(", ")
    assert rest.http.options(path).headers["allow"].split(", ") == answer.headers["allow"].split(", ")


@pytest.mark.parametrize("name", sorted(set(CALLS) - set(CHANGING)))
def test_head_is_get_without_the_body(rest: Rest, name: str) -> None:
    _, path = path_of(name)
    answer = rest.http.head(path)
    assert answer.status_code in (200, 404, 422)
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_foreign_host_is_refused(rest: Rest, name: str) -> None:
    method, path = path_of(name)
    assert "NMS_ALLOWED_HOSTS" in is_problem(rest.http.request(method, path, headers={"Host": "evil.example"}), 421)


@pytest.mark.parametrize("name", CHANGING)
def test_a_page_of_another_site_changes_nothing(rest: Rest, name: str) -> None:
    method, path = path_of(name)
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        is_problem(rest.http.request(method, path, headers=headers), 403)


@pytest.mark.parametrize("name", TAKE_BODIES)
def test_a_body_that_is_not_json_is_refused(rest: Rest, name: str) -> None:
    method, path = path_of(name)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "x"):
        is_problem(rest.http.request(method, path, content=b'{"by": "x"}', headers={"Content-Type": kind}), 415)
    for what, broken in BROKEN.items():
        answer = rest.http.request(method, path, content=broken, headers=JSON)
        assert (what, answer.status_code) == (what, 400), answer.text
        is_problem(answer, 400)


@pytest.mark.parametrize("name", sorted({*TAKE_BODIES, "start", "end_fault"}))
def test_a_body_that_is_too_large_is_refused_and_the_answer_arrives(rest: Rest, name: str) -> None:
    method, path = path_of(name)
    is_problem(rest.http.request(method, path, content=b"x" * 10 * MIB, headers=JSON), 413)
    if name in TAKE_BODIES:
        pieces = (b"x" * 65_536 for _ in range(160))
        is_problem(rest.http.request(method, path, content=pieces, headers=JSON), 413)


@pytest.mark.parametrize("what", sorted(ODD))
def test_odd_json_is_refused(rest: Rest, what: str) -> None:
    is_problem(rest.http.post("/api/faults", content=ODD[what], headers=JSON), 422)


@pytest.mark.parametrize(
    "odd", ["\x00", "\ud800", "é" * 300, "x" * 60_000, "../../etc/passwd", "a\r\nb", "%", "' or 1=1"]
)
def test_odd_names_in_paths_and_queries_are_refused(rest: Rest, odd: str) -> None:
    name = quote(odd.encode("utf-8", "surrogatepass"), safe="")
    for path in (f"/api/incidents/{name}", f"/api/faults/{name}", f"/api/{name}"):
        assert rest.http.get(path).status_code in (400, 404)
    for path in (f"/api/metrics?node={name}", f"/api/incidents?cursor={name}", f"/api/logs?since={name}"):
        assert rest.http.get(path).status_code in (400, 422)


@pytest.mark.parametrize(
    "head",
    [
        "GET /api/status HTTP/1.1\r\nHost: {host}\r\nHost: {host}",
        "POST /api/stop HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2",
        "POST /api/stop HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1",
        "PATCH /api/config HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nzz",
        "GET \x01 HTTP/1.1\r\nHost: {host}",
        "GET /api/status HTTP/1.1\r\nHost: {host}\r\nX: " + "x" * 200_000,
        "\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_a_request_that_is_not_http_is_answered_400_and_closed(system: Running, head: str) -> None:
    server = urlsplit(system.url)
    with socket.create_connection((server.hostname or "", server.port or 0), timeout=20) as raw:
        raw.sendall(head.format(host=server.netloc).encode("latin-1") + b"\r\n\r\n")
        answer = b""
        while piece := raw.recv(65_536):
            answer += piece
            if b"\r\n\r\n" in answer:
                break
    assert answer.startswith(b"HTTP/1.1 400") or answer == b"", answer[:200]


def test_repeated_headers_do_not_bypass_the_checks(rest: Rest) -> None:
    twice = [("Origin", str(rest.http.base_url).rstrip("/")), ("Origin", "http://evil.example")]
    is_problem(rest.http.post("/api/stop", headers=twice), 403)
    is_problem(rest.http.post("/api/stop", headers=[("Sec-Fetch-Site", "none"), ("Sec-Fetch-Site", "cross-site")]), 403)
