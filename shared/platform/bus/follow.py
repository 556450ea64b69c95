"""Reads streams in order, without acknowledgements: first their stored messages, merged by time, then live messages.

Rules: after a lost message, missed heartbeats or a reconnect, a reader creates a new consumer, which starts after the
last message that was read. So no message is skipped or handled twice. A user has a fixed set of consumer names on a
stream: a reader takes a free name and releases it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import nats.errors
import structlog

from shared.domain.errors import MessageError
from shared.domain.subjects import kept_in
from shared.platform import counters
from shared.platform.bus.codec import check_origin
from shared.platform.bus.connection import ApiError, BrokerConnection
from shared.platform.bus.pull import Puller, Stored, consumer_config

BATCH = 500
READ_AHEAD = 2 * BATCH
READ_AHEAD_BYTES = 4 * 1024 * 1024
"""While fewer bytes than this are queued the next batch is requested, to hide the round trip to the broker."""
A_BREATH = 50
"""Messages handled in a row before other tasks of the process run."""
CLOCK_TRUST = 2.0
"""Seconds by which the broker's clock may differ from our estimate, round trip included."""
SAY_EVERY = 5.0
NAME_TAKEN = frozenset({10148, 10013, 10105, 10012})
"""JetStream error codes for "a different consumer of that name exists"."""
NO_NAME_LEFT = 503

Deliver = Callable[[Stored], Awaitable[None]]
SetAside = Callable[[Stored, str], Awaitable[None]]
log = structlog.get_logger("nms.bus")


class OrderedReader(Puller):
    """Reads one stream. `history`: how many messages stored before the start are not handled yet; None: unknown."""

    def __init__(
        self, connection: BrokerConnection, stream: str, filters: Sequence[str], since: float | str | None, owner: str
    ) -> None:
        super().__init__(connection, stream, BATCH)
        self.buffer: deque[Stored] = deque()
        self.history: int | None = None
        self.bytes = 0
        self.arrived = asyncio.Event()
        self._filters, self._since, self._owner = tuple(filters), since, owner
        self._last: int | None = None
        self._order = 0
        self._made = 0
        self._name: str | None = None
        self.missing = 0
        """How many messages are missing between messages that were read; known only without a filter."""
        self._began = False
        self._whole = self._filters in {(one.subject,) for one, _ in kept_in(self._filters[0]) if one.name == stream}

    @property
    def place(self) -> int:
        """The number of the last message that was read; 0 before the first."""
        return self._last or 0

    async def make(self) -> str:
        """Create a consumer; return its name. It starts after the last message that was read, else at `since`."""
        await self._give_back()
        self._made += 1
        made = await self._create()
        self._order = 0
        if self._last is None:
            self._last = int(made["delivered"]["stream_seq"])
        if self.history != 0:
            self.history = int(made["num_pending"]) + len(self.buffer)
        if self._made > 1:
            counters.reread.inc()
        self.arrived.set()
        return str(made["name"])

    async def end(self) -> None:
        await super().end()
        if self.connection.connected:
            await self._give_back()

    async def _create(self) -> dict[str, Any]:
        """Create a consumer. Create it again if it starts by time and our estimate of the broker's clock was wrong."""
        before = self.connection.broker_now()
        made = await self._under_a_free_name()
        timed = self._last is None and isinstance(self._since, float | int)
        if timed and abs(self.connection.broker_now() - before) > CLOCK_TRUST:
            await self._give_back()
            made = await self._under_a_free_name()
        return made

    async def _under_a_free_name(self) -> dict[str, Any]:
        whose = f"{self._owner}-{os.urandom(4).hex()}-{self._made}"
        allowed = self.connection.reader_names(self.stream)
        # The order is random, so that two readers that start together rarely try the same name.
        for name in random.sample(allowed, len(allowed)) or [whose]:
            try:
                made = await self._ask_for(name, whose)
            except ApiError as error:
                if error.err_code not in NAME_TAKEN:
                    raise
                continue
            self._name = name
            return made
        raise ApiError(
            NO_NAME_LEFT,
            NO_NAME_LEFT,
            f"all {len(allowed)} consumers that {self.connection.user} may have on {self.stream} are in use: "
            "end processes of that user; a consumer that nobody pulls from disappears after a minute",
        )

    async def _ask_for(self, name: str, whose: str) -> dict[str, Any]:
        """Create a consumer named `name`, with `whose` in its metadata.

        Without this mark, two readers that send equal requests would get the same consumer.
        """
        config = consumer_config(name, self._filters, self._start()) | {"metadata": {"reader": whose}}
        body = {"stream_name": self.stream, "action": "create", "config": config}
        return await self.connection.api(f"CONSUMER.CREATE.{self.stream}.{name}", body)

    async def _give_back(self) -> None:
        """Delete this reader's consumer, without waiting; the broker deletes an unused consumer after a minute."""
        name, self._name = self._name, None
        if name is None:
            return
        token, nowhere = self.connection.reply_to(lambda _: None)
        self.connection.forget(token)
        with contextlib.suppress(TimeoutError, nats.errors.Error, OSError):
            await self.connection.send(
                f"{self.connection.jetstream}.CONSUMER.DELETE.{self.stream}.{name}", b"", nowhere
            )

    def _start(self) -> dict[str, Any]:
        if self._last is not None:
            return {"deliver_policy": "by_start_sequence", "opt_start_seq": self._last + 1}
        if self._since is None:
            return {"deliver_policy": "new"}
        if isinstance(self._since, str):
            return {"deliver_policy": "all"}
        start = datetime.fromtimestamp(max(0.0, self.connection.broker_now() - self._since), UTC)
        return {"deliver_policy": "by_start_time", "opt_start_time": start.isoformat().replace("+00:00", "Z")}

    def take(self, message: Stored) -> None:
        """Queue the next message. If its number does not follow the last one, messages were lost: start again."""
        if message.consumer != self.consumer:
            return
        if message.order != self._order + 1:
            self.restart()
            return
        if self._whole and self._began and self.history != 0 and self._last is not None:
            self.missing += max(0, message.sequence - self._last - 1)
        self._began = True
        self._order, self._last = message.order, message.sequence
        self.buffer.append(message)
        self.bytes += len(message.msg.data)
        self.arrived.set()

    def idle(self, delivered: int | None) -> None:
        """Handle the broker's report that it has nothing more to send; `delivered`: how many messages it has sent.

        If fewer have arrived here, some were lost: start again. Otherwise no stored message will follow. If `history`
        is larger than the queue, the broker has deleted messages since it counted them, and `history` becomes
        the length of the queue.
        """
        if delivered is not None and delivered > self._order:
            self.restart()
        elif self.history:
            self.history = len(self.buffer)
            self.arrived.set()

    def has_room(self) -> bool:
        return len(self.buffer) < READ_AHEAD and self.bytes < READ_AHEAD_BYTES

    def next(self) -> Stored:
        had_room = self.has_room()
        message = self.buffer.popleft()
        self.bytes -= len(message.msg.data)
        if self.history:
            self.history = self.history - 1 if message.pending else 0
        if self.has_room() and not had_room:
            self.nudge.set()
        return message


class Follow:
    def __init__(
        self, connection: BrokerConnection, readers: Sequence[OrderedReader], deliver: Deliver, set_aside: SetAside
    ) -> None:
        self.caught_up = asyncio.Event()
        self._connection, self._readers, self._deliver, self._set_aside = connection, readers, deliver, set_aside
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._stopping = False
        self._logged_at = -SAY_EVERY
        self._pump: asyncio.Task[None] | None = None
        self._handled = 0

    @property
    def progress(self) -> float:
        """The share of the stored messages that have been handled, 0 to 1; may fall slightly if a reader restarts."""
        if self.caught_up.is_set():
            return 1.0
        if any(reader.history is None for reader in self._readers):
            return 0.0
        left = sum(reader.history or 0 for reader in self._readers)
        return self._handled / (self._handled + left) if left else 1.0

    @property
    def missing(self) -> dict[str, int]:
        return {reader.stream: reader.missing for reader in self._readers if reader.missing}

    @property
    def places(self) -> dict[str, int]:
        return {reader.stream: reader.place for reader in self._readers}

    async def start(self) -> Follow:
        for reader in self._readers:
            reader.arrived = self._arrived
            await reader.begin()
        self._pump = self._connection.spawn(self._run())
        return self

    async def stop(self) -> None:
        """Stop reading. Wait for a handler in progress, unless that handler called this method."""
        self._stopping = True
        self._arrived.set()
        for reader in self._readers:
            await reader.end()
        if self._pump is not None and self._pump is not asyncio.current_task():
            await asyncio.gather(self._pump, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping:
            reader = self._oldest()
            if reader is not None:
                await self._handle(reader.next())
                self._handled += 1
                if self._handled % A_BREATH == 0:
                    await asyncio.sleep(0)
            if not self.caught_up.is_set() and all(reader.history == 0 for reader in self._readers):
                self.caught_up.set()
            if reader is None:
                await self._arrived.wait()
                self._arrived.clear()

    def _oldest(self) -> OrderedReader | None:
        """Return the reader whose next message is the oldest; None if no message is queued.

        Also None while a reader with stored messages left has none queued, since its next message may be older.
        """
        waiting = [reader for reader in self._readers if reader.buffer]
        if not self.caught_up.is_set() and any(reader.history != 0 and not reader.buffer for reader in self._readers):
            return None
        return min(waiting, key=lambda reader: reader.buffer[0].at, default=None)

    async def _handle(self, message: Stored) -> None:
        family = message.msg.subject.partition(".")[0]
        try:
            check_origin(message.msg)
            await self._deliver(message)
        except MessageError as error:
            counters.malformed.labels(family).inc()
            await self._set_aside(message, str(error))
        except Exception as error:  # an error over one message must not stop the reader
            counters.failed.labels(family).inc()
            if time.monotonic() - self._logged_at > SAY_EVERY:
                self._logged_at = time.monotonic()
                log.error("a handler failed; going on", subject=message.msg.subject, exc_info=error)
