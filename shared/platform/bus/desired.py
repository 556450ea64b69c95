"""Tracks the stored desired state. While its record cannot be read, repair and fault injection are off.

Rules: a message of the bucket only triggers a read of the record. The newest revision that was written is noted under
`REVISION_KEY`; a record of an older revision is refused. The record is also read every few seconds, since a lost record
sends no message. A broker outage does not change the value: without the broker nothing can be done anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from shared.domain.config import CONFIG_KEY, OFF, REVISION_KEY, Desired, noted_revision, stored_desired
from shared.domain.errors import MessageError
from shared.domain.subjects import Bucket
from shared.platform.bus.connection import BrokerConnection
from shared.platform.bus.follow import Follow, OrderedReader, SetAside
from shared.platform.bus.pull import Stored
from shared.platform.bus.store import StreamStore
from shared.platform.kv import Entry, KeyValue
from shared.platform.waiting import happens

LOOK_EVERY = 2.0
ANSWER_WITHIN = 10.0
"""Seconds without an answer from a connected broker after which the record counts as unreadable."""
NOT_READ = "it has not been read yet"
MISSING = "the record is missing"
OLD = "the newest record is lost, and an old one came back"
NO_ANSWER = f"the broker has given no answer for {ANSWER_WITHIN:g} s"

Changed = Callable[[], Awaitable[None]]
log = structlog.get_logger("nms.bus")


class DesiredWatch:
    """Holds the desired state (`value`) and why its record cannot be read (`fault`, empty if it can be read)."""

    def __init__(
        self,
        connection: BrokerConnection,
        stores: tuple[StreamStore, StreamStore],
        owner: str,
        set_aside: SetAside,
        changed: Changed,
    ) -> None:
        self.value, self.fault = OFF, NOT_READ
        self._connection, self._set_aside, self._changed = connection, set_aside, changed
        self._records, self._notes = stores
        self._nudge, self._looking = asyncio.Event(), asyncio.Lock()
        subject = f"$KV.{Bucket.CONFIG}.{CONFIG_KEY}"
        reader = OrderedReader(connection, f"KV_{Bucket.CONFIG}", [subject], "all", owner)
        self._follow = Follow(connection, [reader], self._wake, self._wake_and_set_aside)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> DesiredWatch:
        await self._follow.start()
        await self.look()
        self._connection.on_found.append(self._nudge.set)
        self._task = self._connection.spawn(self._run())
        return self

    async def stop(self) -> None:
        if self._nudge.set in self._connection.on_found:
            self._connection.on_found.remove(self._nudge.set)
        if self._task is not None:
            self._task.cancel()
        await self._follow.stop()

    async def _run(self) -> None:
        while True:
            await happens(self._nudge, LOOK_EVERY)
            self._nudge.clear()
            await self.look()

    async def _wake(self, message: Stored) -> None:
        self._nudge.set()
        stored_desired(message.msg.data)  # raises MessageError for an invalid record

    async def _wake_and_set_aside(self, message: Stored, reason: str) -> None:
        self._nudge.set()
        await self._set_aside(message, f"not a desired state, so it is off: {reason}")

    async def look(self) -> None:
        """Read the record now. If the broker answers, `value` is at least as new as this call."""
        async with self._looking:
            await self._look()

    async def _look(self) -> None:
        epoch = self._connection.epoch
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self._take(await read_desired(self._records, self._notes), "")
        except MessageError as error:
            await self._take(OFF, str(error))
        except TimeoutError:
            if self._connection.connected and self._connection.epoch == epoch:
                await self._take(OFF, NO_ANSWER)

    async def _take(self, value: Desired, fault: str) -> None:
        if (value, fault) == (self.value, self.fault):
            return
        self.value, self.fault = value, fault
        try:
            await self._changed()
        except Exception as error:  # an error of a handler must not end the watch
            log.error("a handler of the desired state failed; going on", exc_info=error)


async def read_desired(records: KeyValue, notes: KeyValue) -> Desired:
    """Return the stored desired state. Raises MessageError if it is missing, invalid or older than noted."""
    note = await notes.get(REVISION_KEY)  # read before the record, since the note is written after it
    return desired_in(await records.get(CONFIG_KEY), note)


def desired_in(entry: Entry | None, note: Entry | None) -> Desired:
    """Return the desired state in a record. Raises MessageError if it is missing, invalid or older than noted."""
    if entry is None:
        raise MessageError(MISSING)
    if note is not None and entry.revision < noted_revision(note.value):
        raise MessageError(OLD)
    return stored_desired(entry.value)
