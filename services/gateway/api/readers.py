"""The clients of the WebSocket: each has a queue of frames, which a common timer fills five times a second.

Rules: while no client is connected, no frames are built. The queue of a client is limited. If it is full, all its
frames are dropped, and the client gets a snapshot when it can receive a frame. A request of a client is answered when
the queue is empty. If a client repeats a request before the answer, it gets one answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from services.gateway.app_context import AppContext, Spawn
from services.gateway.core import Feed, FeedFrame
from services.gateway.core.frames import Kind

PACE_SECONDS = 0.2
QUEUED_FRAMES = 64
QUEUED_BYTES = 4_000_000
"""The limit of a queue in characters. An empty queue accepts the frames of one flush even if they exceed the limits."""
MAX_READERS = 256


class Reader:
    def __init__(self) -> None:
        self._frames: deque[FeedFrame] = deque()
        self._bytes = 0
        self._requested: dict[Kind, None] = {}
        self._complaint: str | None = None
        self._wake = asyncio.Event()
        self.behind = True

    def resume(self, frames: Sequence[FeedFrame]) -> None:
        self.behind = False
        self.offer(frames)

    def offer(self, frames: Sequence[FeedFrame]) -> None:
        """If the queue becomes too long, drop all frames, so that a snapshot follows."""
        if self.behind or not frames:
            return
        waited = len(self._frames)
        self._frames.extend(frames)
        self._bytes += sum(len(frame.text) for frame in frames)
        if waited and (len(self._frames) > QUEUED_FRAMES or self._bytes > QUEUED_BYTES):
            self._frames.clear()
            self._bytes = 0
            self.behind = True
        self._wake.set()

    def ask_for(self, kind: Kind) -> None:
        self._requested[kind] = None
        self._wake.set()

    def complain(self, message: str) -> None:
        self._complaint = message
        self._wake.set()

    async def next(self, hub: Hub) -> FeedFrame:
        while (frame := self._take(hub)) is None:
            self._wake.clear()
            await self._wake.wait()
        return frame

    def _take(self, hub: Hub) -> FeedFrame | None:
        if not self.behind and not self._frames:
            self.offer(self._answers(hub))
        if self.behind:
            frame = hub.snapshot()
            self.behind = False
            return frame
        if not self._frames:
            return None
        frame = self._frames.popleft()
        self._bytes -= len(frame.text)
        return frame

    def _answers(self, hub: Hub) -> list[FeedFrame]:
        if self._complaint is not None:
            message, self._complaint = self._complaint, None
            return [hub.complaint(message)]
        if not self._requested:
            return []
        kind = next(iter(self._requested))
        del self._requested[kind]
        return [hub.answer(kind)]


class Hub:
    """All connected clients, at most `most`, and the timer that sends them changes five times a second."""

    def __init__(self, context: AppContext, spawn: Spawn = asyncio.create_task, most: int = MAX_READERS) -> None:
        self._context = context
        self._most = min(most, MAX_READERS)
        self._spawn = spawn
        self._feed: Feed = context.feed
        self._readers: set[Reader] = set()
        self._pulse: asyncio.Task[None] | None = None

    @property
    def readers(self) -> int:
        return len(self._readers)

    @property
    def full(self) -> bool:
        return len(self._readers) >= self._most

    def join(self, since: str | None) -> Reader:
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
        self._readers.discard(reader)
        if not self._readers and self._pulse:
            self._pulse.cancel()
            self._pulse = None

    def flush(self) -> None:
        frames = self._feed.flush(self._context.uptime)
        for reader in self._readers:
            reader.offer(frames)

    def snapshot(self) -> FeedFrame:
        """Pending changes are queued for the other clients first, so that all numbers agree."""
        self.flush()
        return self._feed.snapshot(self._context.uptime)

    def answer(self, kind: Kind) -> FeedFrame:
        self.flush()
        return self._feed.answer(kind)

    def complaint(self, message: str) -> FeedFrame:
        return self._feed.complaint(message)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(PACE_SECONDS)
            self.flush()
