"""Follows the WebSocket of a gateway: yields every frame once, in order.

It reports when the connection is lost, and when the gateway is back.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from nms.client import OURSELVES
from nms.cycles import CycleUpdate
from shared.domain.printable import printable

RECONNECT = 0.5
TIMEOUT = 10.0
MAX_FRAME = 64 * 1024 * 1024


@dataclass(frozen=True)
class LiveFrame:
    event: str
    seq: str
    data: Any


Say = Callable[[str], None]


class Absence:
    """Reports once that the gateway is away, and once that it is back, however many tries lie between."""

    def __init__(self, server: str, say: Say) -> None:
        self._server, self._say = server, say
        self._away = False

    def begins(self, why: str) -> None:
        if not self._away:
            self._say(f"the gateway at {self._server} is away ({printable(why)}): trying until it is back")
        self._away = True

    def ends(self) -> None:
        """Call this at the first frame: a new connection may be closed at once."""
        if self._away:
            self._say(f"the gateway at {self._server} is back")
        self._away = False


async def frames(server: str, say: Say) -> AsyncGenerator[LiveFrame, None]:
    """After a lost connection, continue after the last frame. If the gateway cannot continue there, begin with a
    snapshot.
    """
    absence, seq = Absence(server, say), ""
    while True:
        try:
            async with _connect(server, seq) as socket:
                while True:
                    if frame := _frame(await socket.recv()):
                        absence.ends()
                        seq = frame.seq or seq
                        yield frame
        except (OSError, WebSocketException) as error:
            absence.begins(_reason(error))
        await asyncio.sleep(RECONNECT)


def _connect(server: str, since: str) -> connect:
    url = f"ws{server.removeprefix('http')}/ws"
    proxy: Literal[True] | None = None if urlsplit(server).hostname in OURSELVES else True
    query = f"?{urlencode({'since': since})}" if since else ""
    return connect(url + query, max_size=MAX_FRAME, open_timeout=TIMEOUT, proxy=proxy)


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionClosed) and error.rcvd and error.rcvd.reason:
        return error.rcvd.reason
    return (isinstance(error, OSError) and error.strerror) or str(error) or "no answer"


async def cycles(server: str, say: Say) -> AsyncGenerator[CycleUpdate, None]:
    async for frame in frames(server, say):
        if frame.event == "cycle_update":
            yield CycleUpdate.model_validate(frame.data)


def _frame(message: str | bytes) -> LiveFrame | None:
    try:
        frame = json.loads(message)
        return LiveFrame(str(frame["event"]), str(frame.get("seq") or ""), frame.get("data"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
