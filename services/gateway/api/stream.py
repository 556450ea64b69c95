"""The WebSocket: every reader gets a snapshot, then at most five updates a second.

Rules: nothing is built while nobody reads. A reader's queue is bounded: one that falls behind loses it, and gets a
snapshot as soon as it can take one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Literal

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, ValidationError

from services.gateway.core import Feed, Frame
from services.gateway.desk import Desk, Spawn

PACE_SECONDS = 0.2
QUEUED_FRAMES = 64
QUEUED_BYTES = 4_000_000
MAX_READERS = 200
TRY_AGAIN_LATER = 1013
log = structlog.get_logger("nms.gateway")


class Wish(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    type: Literal["topology", "metrics", "logs", "incidents"]


class Call(BaseModel):
    """`request_data`, as `{"event": "request_data", "data": {"type": ...}}` or with `type` beside `event`."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    event: Literal["request_data"] = "request_data"
    data: Wish | None = None
    type: Literal["topology", "metrics", "logs", "incidents"] | None = None

    @property
    def kind(self) -> str | None:
        """The kind that is wanted."""
        return self.data.type if self.data else self.type


class Reader:
    """One page: what waits to be sent to it."""

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._wishes: set[str] = set()
        self._wake = asyncio.Event()
        self.behind = True

    def resume(self, frames: Sequence[Frame]) -> None:
        """Go on from frames that are still known instead of from a snapshot."""
        self.behind = False
        self.offer(frames)

    def offer(self, frames: Sequence[Frame]) -> None:
        """Queue frames; past the bound all are dropped for a snapshot."""
        if self.behind or not frames:
            return
        self._frames.extend(frames)
        self._bytes += sum(len(frame.text) for frame in frames)
        if len(self._frames) > QUEUED_FRAMES or self._bytes > QUEUED_BYTES:
            self._frames.clear()
            self._bytes = 0
            self.behind = True
        self._wake.set()

    def wish(self, kind: str) -> None:
        """Ask for one body whole; asked twice before it is sent is asked once."""
        self._wishes.add(kind)
        self._wake.set()

    async def send_all(self, socket: WebSocket, hub: Hub) -> None:
        """Send what waits, for ever."""
        while True:
            self._wake.clear()
            if self.behind:
                frame = hub.snapshot()
                self.behind = False
                await socket.send_text(frame.text)
            while self._frames and not self.behind:
                frame = self._frames.popleft()
                self._bytes -= len(frame.text)
                await socket.send_text(frame.text)
            while self._wishes:
                answer = hub.answer(self._wishes.pop())
                if answer:
                    await socket.send_text(answer.text)
            if not self.behind and not self._frames and not self._wishes:
                await self._wake.wait()


class Hub:
    """All readers, and the one clock that they share."""

    def __init__(self, desk: Desk, spawn: Spawn = asyncio.create_task) -> None:
        self._desk = desk
        self._spawn = spawn
        self._feed: Feed = desk.feed
        self._readers: set[Reader] = set()
        self._pulse: asyncio.Task[None] | None = None

    @property
    def readers(self) -> int:
        """How many read."""
        return len(self._readers)

    def join(self, since: str | None) -> Reader | None:
        """Add a reader, where there is room."""
        if len(self._readers) >= MAX_READERS:
            return None
        self.flush()
        reader = Reader()
        missed = self._feed.since(since) if since else None
        if missed is not None:
            reader.resume(missed)
        self._readers.add(reader)
        if self._pulse is None or self._pulse.done():
            self._pulse = self._spawn(self._beat())
        return reader

    def leave(self, reader: Reader) -> None:
        """Remove a reader."""
        self._readers.discard(reader)
        if not self._readers and self._pulse:
            self._pulse.cancel()
            self._pulse = None

    def flush(self) -> None:
        """Tell all readers what changed."""
        frames = self._feed.flush(self._desk.uptime)
        for reader in self._readers:
            reader.offer(frames)

    def snapshot(self) -> Frame:
        """Return everything; what changed until now is told to the others first, so that numbers stay in step."""
        self.flush()
        return self._feed.snapshot(self._desk.uptime)

    def answer(self, kind: str) -> Frame | None:
        """Return one body whole."""
        self.flush()
        return self._feed.answer(kind)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(PACE_SECONDS)
            self.flush()


def stream(desk: Desk, hub: Hub) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.websocket("/ws")
    async def read(socket: WebSocket, since: str | None = None) -> None:
        reader = hub.join(since) if desk.ready else None
        await socket.accept()
        if reader is None:
            await socket.close(TRY_AGAIN_LATER, "not ready, or too many readers")
            return
        try:
            await _serve(socket, reader, hub)
        finally:
            hub.leave(reader)

    return router


async def _serve(socket: WebSocket, reader: Reader, hub: Hub) -> None:
    """Send and listen until either ends."""
    tasks = [asyncio.create_task(reader.send_all(socket, hub)), asyncio.create_task(_listen(socket, reader))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                log.error("a reader was let go", error=repr(outcome))


async def _listen(socket: WebSocket, reader: Reader) -> None:
    try:
        while True:
            text = await socket.receive_text()
            try:
                kind = Call.model_validate_json(text).kind
            except ValidationError:
                kind = None
            if kind is not None:
                reader.wish(kind)
    except (WebSocketDisconnect, KeyError):
        # KeyError: a binary message, which no page of ours sends.
        return
