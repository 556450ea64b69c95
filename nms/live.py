"""Follows the WebSocket of a gateway: every frame once and in order, through reconnections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from nms.client import OURSELVES
from nms.cycles import CycleUpdate

RECONNECT = 0.5
TIMEOUT = 10.0
MAX_FRAME = 64 * 1024 * 1024


@dataclass(frozen=True)
class Frame:
    """One frame; `data` is its body."""

    event: str
    seq: str
    data: Any


async def frames(server: str) -> AsyncGenerator[Frame, None]:
    """Yield frames for as long as it is asked: after a lost connection from where it was, else a snapshot again."""
    url = f"ws{server.removeprefix('http')}/ws"
    proxy: Literal[True] | None = None if urlsplit(server).hostname in OURSELVES else True
    seq = ""
    while True:
        try:
            since = f"?{urlencode({'since': seq})}" if seq else ""
            async with connect(url + since, max_size=MAX_FRAME, open_timeout=TIMEOUT, proxy=proxy) as socket:
                async for message in socket:
                    if frame := _frame(message):
                        seq = frame.seq or seq
                        yield frame
        except (OSError, WebSocketException, TimeoutError):
            pass
        await asyncio.sleep(RECONNECT)


async def cycles(server: str) -> AsyncGenerator[CycleUpdate, None]:
    """Yield every `cycle_update` as it comes, for as long as it is asked."""
    async for frame in frames(server):
        if frame.event == "cycle_update":
            yield CycleUpdate.model_validate(frame.data)


def _frame(message: str | bytes) -> Frame | None:
    try:
        said = json.loads(message)
        return Frame(str(said["event"]), str(said.get("seq") or ""), said.get("data"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
