"""A real gateway process against clients that begin and do not end, with few descriptors."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import resource
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect

from services.gateway import connections
from services.gateway.api.guard import MAX_BODY, Guard
from services.gateway.web import WebServer, listen
from shared.platform.ports import free_port
from shared.testing.broker import TestBroker, running_broker

ROOT = Path(__file__).parents[3]
DESCRIPTORS = 256
UNFINISHED = 1_100
IDLE = 400
PROBES = 200
ANSWERED_WITHIN = 5.0
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
POST = b"POST /api/faults HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BODY = POST + b'Content-Length: 1000\r\n\r\n{"kind": '
CHUNKS = POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{ \r\n"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
PAGE = b"<title>this is the whole page</title>"
PAUSE = 2.0


@dataclass
class Process:
    port: int
    probes: int
    log: Path

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
async def broker() -> AsyncIterator[TestBroker]:
    async with running_broker() as running:
        yield running


@pytest.fixture(autouse=True)
def many_descriptors() -> None:
    """Raise the limit of the test: its clients need more descriptors than the gateway."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4_096:
        pytest.skip("the clients need 4,096 descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4_096, hard))


def _few() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, DESCRIPTORS))


@asynccontextmanager
async def process(broker: TestBroker, folder: Path, **more: str) -> AsyncIterator[Process]:
    running = Process(free_port(), free_port(), folder / "log")
    settings = {
        "NMS_NATS_URL": broker.url,
        "NMS_CREDENTIALS": str(broker.credentials["gateway"]),
        "NMS_PORT": str(running.port),
        "NMS_HEALTH_PORT": str(running.probes),
        "NMS_LOG_FORMAT": "json",
        **more,
    }
    with running.log.open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "services.gateway"),
            cwd=ROOT,
            env={**os.environ, **settings},
            stderr=log,
            preexec_fn=_few,
        )
        try:
            await until(lambda: answers(running.port, "/readyz"))
            yield running
        finally:
            child.terminate()
            await child.wait()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)


async def answers(port: int, path: str) -> bool:
    with suppress(OSError, TimeoutError):
        answer = await exchange(port, LAST.replace(b"/", path.encode(), 1))
        return answer.startswith(b"HTTP/1.1 200 ")
    return False


async def exchange(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(ANSWERED_WITHIN):
            return await reader.read()
    finally:
        writer.transport.abort()


class Attack:
    """Clients that never finish a request: each sends its start, then single bytes, and connects again when closed."""

    def __init__(self, port: int, beginnings: list[bytes]) -> None:
        self._port, self._beginnings = port, beginnings
        self._begun = 0

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(self._slowly(beginning)) for beginning in self._beginnings]

        async def all_have_begun() -> bool:
            return self._begun >= len(self._beginnings)

        await until(all_have_begun)

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _slowly(self, beginning: bytes) -> None:
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    writer.write(beginning)
                    self._begun += 1
                    while not writer.is_closing():
                        await asyncio.sleep(PAUSE)
                        writer.write(b"x")
                        await writer.drain()
                finally:
                    writer.transport.abort()
            await asyncio.sleep(PAUSE)


async def page_is_served(gateway: Process) -> None:
    began = time.monotonic()
    for path in ("/", "/assets/app.js", "/api/status"):
        await until(lambda: answers(gateway.port, path), ANSWERED_WITHIN)  # noqa: B023 (it is called here alone)
    async with asyncio.timeout(ANSWERED_WITHIN), connect(f"ws://127.0.0.1:{gateway.port}/ws") as page:
        assert json.loads(await page.recv())["event"] == "snapshot"
    assert time.monotonic() - began < ANSWERED_WITHIN


@pytest.mark.timeout(90)
async def test_unfinished_requests_do_not_stop_the_page_or_the_probes(broker: TestBroker, tmp_path: Path) -> None:
    async with process(broker, tmp_path) as gateway:
        unfinished = [(HEAD, BODY, CHUNKS)[number % 3] for number in range(UNFINISHED)]
        async with Attack(gateway.port, unfinished):
            await page_is_served(gateway)
        async with Attack(gateway.port, [WHOLE] * IDLE + [b""] * IDLE), Attack(gateway.probes, [b"GET "] * PROBES):
            await page_is_served(gateway)
            for path in ("/readyz", "/metrics"):  # one that comes in with a crowd may be cut off, and asks again
                await until(lambda: answers(gateway.probes, path), ANSWERED_WITHIN)  # noqa: B023
        assert len(gateway.lines()) < 20, gateway.lines()[:40]


def _with_body(method: str, size: int, chunked: bool = False, more: str = "") -> bytes:
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (size, b"x" * size) if chunked else b"x" * size
    return f"{method} / HTTP/1.1\r\nHost: localhost\r\n{more}{length}\r\n\r\n".encode() + body


async def test_a_large_body_is_refused_for_every_method_and_the_connection_stays_open() -> None:
    async with served() as (port, logged):
        for case in itertools.product(("GET", "HEAD", "OPTIONS", "DELETE", "PUT", "POST"), (False, True)):
            method, chunked = case
            large = _with_body(method, MAX_BODY + 44_000, chunked)
            answer = await exchange(port, large + large + LAST)
            assert answer.count(b"HTTP/1.1 413 ") == 2, case
            assert answer.count(b"HTTP/1.1 200 ") == 1, case
            assert answer.endswith(PAGE), case
            assert logged == [], case


async def test_the_answer_is_complete_although_the_request_has_a_body() -> None:
    async with served() as (port, logged):
        for chunked in (False, True):
            answer = await exchange(port, _with_body("GET", MAX_BODY, chunked, "Connection: close\r\n"))
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert answer.endswith(PAGE)
        expects = _with_body("GET", MAX_BODY + 1, more="Expect: 100-continue\r\n")
        assert (await exchange(port, expects + LAST)).startswith(b"HTTP/1.1 413 ")
        assert logged == []


async def test_invalid_http_is_refused_with_a_problem_and_one_log_line() -> None:
    twice = LAST.replace(b"Conn", b"Host: localhost\r\nConn")
    async with served() as (port, logged):
        for broken in (twice, b"\x00\x01\r\n\r\n", CHUNKS + b"zz\r\n", b"x" * 99_000):
            logged.clear()
            head, _, body = (await exchange(port, broken)).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400 "), broken[:40]
            assert json.loads(body)["status"] == 400, broken[:40]
            assert len(logged) == 1, broken[:40]


async def test_a_client_that_does_not_finish_its_request_or_read_the_answer_is_disconnected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "DEADLINES", dict.fromkeys(connections.DEADLINES, 0.5))
    monkeypatch.setattr(connections, "READ_WITHIN", 0.5)
    monkeypatch.setattr(connections, "SWEEP_SECONDS", 0.1)
    async with served() as (port, logged):
        begun = await asyncio.gather(*(exchange(port, begun) for begun in (b"", HEAD, BODY, CHUNKS)))
        assert begun[0] == b""
        assert [answer[:13] for answer in begun[1:]] == [b"HTTP/1.1 408 "] * 3
        async with asyncio.timeout(ANSWERED_WITHIN):
            await _not_reading(port)
        assert logged == []


async def _not_reading(port: int) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", port))
        with suppress(ConnectionError):
            await loop.sock_sendall(client, LAST.replace(b"/ HTTP", b"/large HTTP"))
            while True:
                await asyncio.sleep(0.1)
                await loop.sock_sendall(client, b"\r\n")


async def test_with_too_many_connections_the_longest_waiting_of_the_largest_peer_is_closed() -> None:
    async with served(size=8) as (port, _):
        crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
        for _, writer in crowd:
            writer.write(HEAD)
        other = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.9", 0))
        async with asyncio.timeout(ANSWERED_WITHIN):
            assert (await crowd[0][0].read()).startswith(b"HTTP/1.1 503 ")
            crowd += [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
            for reader, _ in crowd[1:5]:
                await reader.read()
        other[1].write(LAST)
        async with asyncio.timeout(ANSWERED_WITHIN):
            assert (await other[0].read()).startswith(b"HTTP/1.1 200 ")
        for _, writer in (*crowd, other):
            writer.transport.abort()


@asynccontextmanager
async def served(size: int = 64) -> AsyncIterator[tuple[int, list[str]]]:
    """Serve a page behind the guard; yield the port and the log records of the libraries."""
    logged: list[str] = []
    listening = logging.Handler(logging.WARNING)
    listening.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    opened = listen("127.0.0.1", 0)
    server = WebServer(Guard(_page, frozenset({"localhost"})), opened, size)
    logging.getLogger().addHandler(listening)
    try:
        await server.start(asyncio.create_task)
        yield opened.getsockname()[1], logged
    finally:
        await server.stop()
        logging.getLogger().removeHandler(listening)


async def _page(scope: Scope, receive: Receive, send: Send) -> None:
    large = scope["path"] == "/large"
    await Response(PAGE * 50_000 if large else PAGE)(scope, receive, send)
