"""Handles the messages of a durable consumer that replicas share: one by one, acknowledged after the handler returns.

Rules: a message that cannot be decoded is dead-lettered at once; a message whose handler fails is tried
`MAX_TRIES` times, then dead-lettered. While a message waits here it is reported to the broker as in
progress, so that no other worker gets it, unless this worker dies or stops, or the handler fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable

import nats.errors
import structlog

from shared.domain.errors import MessageError
from shared.domain.events import Event
from shared.domain.subjects import Durable
from shared.platform import counters
from shared.platform.bus.codec import check_origin, decode
from shared.platform.bus.connection import BrokerConnection
from shared.platform.bus.pull import NANO, Puller, Stored

BATCH = 16
MAX_TRIES = 8
RETRY_AFTER = 0.25
LONGEST_RETRY = 5.0
ACK, TERM, PROGRESS, NAK = b"+ACK", b"+TERM", b"+WPI", b"-NAK"

Handler = Callable[[Event], Awaitable[None]]
SetAside = Callable[[Stored, str], Awaitable[None]]
log = structlog.get_logger("nms.bus")


class Worker(Puller):
    def __init__(self, connection: BrokerConnection, durable: Durable, handler: Handler, set_aside: SetAside) -> None:
        super().__init__(connection, durable.stream, BATCH)
        self._durable, self._handler, self._set_aside = durable, handler, set_aside
        self._held: deque[Stored] = deque()
        self._taken = 0.0
        self._arrived = asyncio.Event()
        self._stopping = False
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> Worker:
        await self.begin()
        self._work = self.connection.spawn(self._run())
        return self

    async def stop(self) -> None:
        """Stop. The message in progress is finished; the other messages are returned to the broker at once."""
        self._stopping = True
        self._arrived.set()
        if self._work is not None and self._work is not asyncio.current_task():
            await asyncio.gather(self._work, return_exceptions=True)
        await self.end()
        while self._held:
            await self._say(self._held.popleft(), NAK)

    async def make(self) -> str:
        return self._durable.name

    def take(self, message: Stored) -> None:
        self._held.append(message)
        self._arrived.set()

    def has_room(self) -> bool:
        return not self._stopping and not self._held

    async def look(self) -> None:
        """Report the queued messages to the broker as in progress, so that it does not send them to another worker."""
        if self._held and time.monotonic() - self._taken > 1:
            for message in tuple(self._held):
                await self._say(message, PROGRESS)

    async def _run(self) -> None:
        while not self._stopping:
            if not self._held:
                self.nudge.set()
                self._arrived.clear()
                await self._arrived.wait()
                self._taken = time.monotonic()
                continue
            message = self._held[0]
            verdict = await self._handle(message)
            if message in self._held:
                self._held.remove(message)
            await self._say(message, verdict)

    async def _handle(self, message: Stored) -> bytes:
        subject = message.msg.subject
        try:
            if message.delivered > MAX_TRIES:
                raise MessageError(f"delivered {message.delivered} times and never finished")
            check_origin(message.msg)
            await self._handler(decode(subject, message.msg.data))
        except MessageError as error:
            counters.malformed.labels(subject.partition(".")[0]).inc()
            await self._set_aside(message, str(error))
            return TERM
        except Exception as error:  # an error of a handler must not end the worker
            counters.failed.labels(subject).inc()
            log.error("a handler failed", subject=subject, attempt=message.delivered, exc_info=error)
            if message.delivered >= MAX_TRIES:
                await self._set_aside(message, f"its handler failed {message.delivered} times: {error!r}")
                return TERM
            delay = min(RETRY_AFTER * 2 ** (message.delivered - 1), LONGEST_RETRY)
            return b'-NAK {"delay": %d}' % int(delay * NANO)
        counters.handled.labels(subject).inc()
        return ACK

    async def _say(self, message: Stored, verdict: bytes) -> None:
        """Send a verdict on a message to the broker. If it is lost, the broker delivers the message again: no harm."""
        with contextlib.suppress(nats.errors.Error, TimeoutError, OSError):
            await self.connection.send(message.msg.reply, verdict)
