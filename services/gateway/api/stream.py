"""The WebSocket: a client gets a snapshot, then the changes, five times a second; `core.frames` describes the frames.

Rules: an invalid frame of a client does not close the connection. It is counted and answered with an error; log lines
about such frames are limited. Only a violation of the WebSocket protocol, or missing pongs, closes the connection.
"""

from __future__ import annotations

import asyncio
import time

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from services.gateway.api.probes import NOT_READY
from services.gateway.api.readers import Hub, Reader
from services.gateway.app_context import AppContext
from services.gateway.core.frames import KINDS, Kind, RequestData
from services.gateway.sockets import FAMILY
from shared.platform import counters

TRY_AGAIN_LATER = 1013
NO_ROOM = "too many pages are open; close one, or ask another gateway"
SAY_EVERY = 10.0
log = structlog.get_logger("nms.gateway")


def stream(context: AppContext, hub: Hub) -> APIRouter:
    router = APIRouter()
    frame_reader = FrameReader()

    @router.websocket("/ws")
    async def read(socket: WebSocket, since: str | None = None) -> None:
        refusal = NOT_READY if not context.ready else NO_ROOM if hub.full else None
        if refusal is not None:
            await socket.accept()
            await socket.close(TRY_AGAIN_LATER, refusal)
            return
        reader = hub.join(since)
        try:
            await socket.accept()
            await _serve(socket, reader, hub, frame_reader)
        finally:
            hub.leave(reader)

    return router


class Misunderstood(Exception):
    pass


class FrameReader:
    """It logs at most one invalid frame in ten seconds."""

    def __init__(self) -> None:
        self._logged_at = -SAY_EVERY
        self._not_logged = 0

    async def listen(self, socket: WebSocket, reader: Reader) -> None:
        while (message := await socket.receive())["type"] != "websocket.disconnect":
            try:
                reader.ask_for(understood(message.get("text")))
            except Misunderstood as error:
                self._note(str(error))
                reader.complain(str(error))

    def _note(self, message: str) -> None:
        counters.malformed.labels(FAMILY).inc()
        now = time.monotonic()
        if now - self._logged_at < SAY_EVERY:
            self._not_logged += 1
            return
        log.warning("a client sends invalid frames", reason=message, more_before=self._not_logged)
        self._logged_at, self._not_logged = now, 0


def understood(text: str | None) -> Kind:
    """Raises Misunderstood."""
    if text is None:
        raise Misunderstood("a binary frame: send JSON as text")
    try:
        kind = RequestData.model_validate_json(text).kind
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Misunderstood(f"{where}: {first['msg']}" if where else first["msg"]) from None
    if kind is None:
        raise Misunderstood(f"data.type is missing: name one of {', '.join(KINDS)}")
    return kind


async def _serve(socket: WebSocket, reader: Reader, hub: Hub, frame_reader: FrameReader) -> None:
    tasks = [asyncio.create_task(_send(socket, reader, hub)), asyncio.create_task(frame_reader.listen(socket, reader))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                log.error("a client was disconnected", error=repr(outcome))


async def _send(socket: WebSocket, reader: Reader, hub: Hub) -> None:
    while True:
        frame = await reader.next(hub)
        await socket.send_text(frame.text)
