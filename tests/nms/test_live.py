"""Following a gateway reports once that it is away, with the reason, and once that it is back."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from nms import live
from nms.live import frames
from shared.platform.ports import free_port

PATIENCE = 30.0
NO_ROOM = "too many pages are open; close one, or ask another gateway"
TRIES = 3


class Gateway:
    """Stands in for a gateway: sends `frames` to accepted clients, answers every GET, counts requests for a page."""

    def __init__(self, *frames: dict[str, object]) -> None:
        self.frames = frames
        self.port = free_port()
        self.has_room = True
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Server]:
        async with serve(self._tell, "127.0.0.1", self.port, process_request=self._answer) as server:
            yield server

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        return None if request.path.startswith("/ws") else connection.respond(HTTPStatus.OK, '{"logs": []}')

    async def _tell(self, page: ServerConnection) -> None:
        self.asked += 1
        if self.has_room:
            for frame in self.frames:
                await page.send(json.dumps(frame))
            await page.wait_closed()
        else:
            await page.close(1013, NO_ROOM)

    async def refuses(self, times: int) -> None:
        asked = self.asked
        async with asyncio.timeout(PATIENCE):
            while self.asked < asked + times:
                await asyncio.sleep(0.01)


def status(seq: str) -> dict[str, object]:
    return {"event": "status_update", "seq": seq, "data": {}}


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RECONNECT", 0.01)


@pytest.mark.usefixtures("soon")
async def test_an_outage_of_the_gateway_is_reported_in_two_lines() -> None:
    gateway, reported = Gateway(status("1")), list[str]()
    async with aclosing(frames(gateway.url, reported.append)) as updates:
        async with gateway.open():
            await anext(updates)
        assert reported == []
        waiting = asyncio.create_task(anext(updates))
        await asyncio.sleep(0.3)  # as long as thirty attempts
        async with gateway.open():
            await asyncio.wait_for(waiting, PATIENCE)
            lost, back = reported
    assert lost.startswith(f"the gateway at {gateway.url} is away (")
    assert lost.endswith("): trying until it is back")
    assert back == f"the gateway at {gateway.url} is back"


@pytest.mark.usefixtures("soon")
async def test_a_gateway_that_refuses_clients_is_reported_with_its_reason_until_it_accepts() -> None:
    gateway, reported = Gateway(status("1")), list[str]()
    gateway.has_room = False
    async with gateway.open(), aclosing(frames(gateway.url, reported.append)) as updates:
        waiting = asyncio.create_task(anext(updates))
        await gateway.refuses(TRIES)
        assert reported == [f"the gateway at {gateway.url} is away ({NO_ROOM}): trying until it is back"]
        gateway.has_room = True
        assert (await asyncio.wait_for(waiting, PATIENCE)).seq == "1"
    assert reported[1:] == [f"the gateway at {gateway.url} is back"]


@pytest.mark.parametrize("command", [("run",), ("logs", "--follow"), ("logs", "--follow", "--json")])
async def test_following_commands_report_an_outage_on_stderr(command: tuple[str, ...]) -> None:
    gateway = Gateway(status("1"))
    gateway.has_room = False
    async with gateway.open():
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "nms", *command, "--server", gateway.url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "NO_COLOR": "1"},
        )
        assert process.stderr is not None
        try:
            async with asyncio.timeout(PATIENCE):
                assert NO_ROOM in (await process.stderr.readline()).decode()
                await gateway.refuses(TRIES)
                gateway.has_room = True
                assert (await process.stderr.readline()).decode() == f"nms: the gateway at {gateway.url} is back\n"
        finally:
            process.kill()
            reported, _ = await process.communicate()
    assert reported == b""
