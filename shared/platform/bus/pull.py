"""Pulls messages from a consumer, one open request at a time; starts again after missed heartbeats or a reconnect.

Messages arrive on a private inbox. Each costs one callback, instead of a future, a task and a timer.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from shared.platform.bus.connection import ApiError, BrokerConnection, status_of, unsubscribe

EXPIRES = 30.0
HEARTBEAT = 2.0
MISSED = 2.5 * HEARTBEAT
LOOK_EVERY = 1.0
RETRY_SECONDS = 0.25
SAY_EVERY = 10.0
NANO = 1_000_000_000
MAX_PENDING_BYTES = 256 * 1024 * 1024
SHORT_REPLY = 9
LAST_DELIVERED = "Nats-Last-Consumer"

log = structlog.get_logger("nms.bus")


@dataclass(frozen=True)
class Stored:
    """A message from a stream: `delivered`: how often it was sent; `sequence`: its number in the stream; `order`: its
    number at the consumer; `at`: the broker's wall time of storage; `pending`: how many messages come after it.
    """

    msg: Msg
    stream: str
    consumer: str
    delivered: int
    sequence: int
    order: int
    at: float
    pending: int


def stored(msg: Msg) -> Stored:
    """Return a JetStream message with the numbers in its reply subject, whose form may be short or long."""
    tokens = msg.reply.split(".")
    first = 2 if len(tokens) == SHORT_REPLY else 4
    delivered, sequence, order, at, pending = map(int, tokens[first + 2 : first + 7])
    return Stored(msg, tokens[first], tokens[first + 1], delivered, sequence, order, at / NANO, pending)


class Puller:
    def __init__(self, connection: BrokerConnection, stream: str, batch: int) -> None:
        self.connection, self.stream, self.batch = connection, stream, batch
        self.consumer: str | None = None
        self.nudge = asyncio.Event()
        self._outstanding = 0
        self._last_message_at = 0.0
        self._generation = 0
        self._epoch = connection.epoch
        self._inbox = ""
        self._logged_at = -SAY_EVERY
        self._sub: Subscription | None = None
        self._task: asyncio.Task[None] | None = None
        connection.on_found.append(self.nudge.set)

    async def begin(self) -> None:
        self._task = self.connection.spawn(self._keep())

    async def end(self) -> None:
        if self.nudge.set in self.connection.on_found:
            self.connection.on_found.remove(self.nudge.set)
        if self._task is not None:
            self._task.cancel()
        if self._sub is not None:
            await unsubscribe(self._sub, self.connection)

    # --- for subclasses -----------------------------------------------------------------------------------------

    async def make(self) -> str:
        """Return the name of the consumer from which to pull; create the consumer if needed."""
        raise NotImplementedError

    def take(self, message: Stored) -> None:
        raise NotImplementedError

    def idle(self, delivered: int | None) -> None:
        """Handle the broker's report that it has nothing to send; `delivered`: the number of messages it has sent."""

    def has_room(self) -> bool:
        raise NotImplementedError

    async def look(self) -> None:
        """Do a subclass's regular work; called at least once a second while the broker can be reached."""

    def restart(self) -> None:
        """Give up the consumer; `make` then returns a consumer that continues after the last message."""
        self.consumer = None
        self.nudge.set()

    # --- the machinery ------------------------------------------------------------------------------------------

    async def _receive(self, msg: Msg) -> None:
        self._last_message_at = time.monotonic()
        status = status_of(msg)
        if status is None:
            if not msg.reply:  # another client published it to our inbox; it comes from no stream
                return
            self._outstanding -= 1
            self.take(stored(msg))
            if not msg.data and not msg.headers:  # between accounts an empty message ends the replies to a request
                self.restart()
        elif msg.subject == f"{self._inbox}.{self._generation}":
            if status not in ("100", "404", "408"):  # the consumer was deleted, or the broker shuts down
                self.consumer = None
            if status != "100":
                self._outstanding = 0
            if self.consumer is not None:
                last = (msg.headers or {}).get(LAST_DELIVERED, "")
                self.idle(int(last) if last.isdecimal() else None)
        if self._outstanding <= 0:
            self.nudge.set()

    async def _keep(self) -> None:
        while True:
            try:
                await self._step()
                await self._rest(LOOK_EVERY)
                await self.look()
            except (ApiError, TimeoutError, nats.errors.Error, OSError) as error:
                self._complain(error)
                self.consumer = None
                await asyncio.sleep(RETRY_SECONDS)

    async def _step(self) -> None:
        await self.connection.until_connected()
        if self._epoch != self.connection.epoch or (
            self._outstanding > 0 and time.monotonic() - self._last_message_at > MISSED
        ):
            self._epoch, self.consumer = self.connection.epoch, None
        if self.consumer is None:
            await self._listen()
            self.consumer = await self.make()
            self._outstanding = 0
            self._generation += 1  # later messages of the previous consumer are ignored
        if self._outstanding <= 0 and self.has_room():
            await self._pull()

    async def _listen(self) -> None:
        """Subscribe to a new inbox, and unsubscribe from the old one, so that the broker drops the old open request."""
        before, self._inbox = self._sub, self.connection.nc.new_inbox()
        self._sub = await self.connection.nc.subscribe(
            f"{self._inbox}.*", cb=self._receive, pending_msgs_limit=0, pending_bytes_limit=MAX_PENDING_BYTES
        )
        if before is not None:
            await unsubscribe(before, self.connection)

    async def _pull(self) -> None:
        self._generation += 1
        self._outstanding, self._last_message_at = self.batch, time.monotonic()
        query = {"batch": self.batch, "expires": int(EXPIRES * NANO), "idle_heartbeat": int(HEARTBEAT * NANO)}
        subject = f"{self.connection.jetstream}.CONSUMER.MSG.NEXT.{self.stream}.{self.consumer}"
        await self.connection.send(subject, json.dumps(query).encode(), f"{self._inbox}.{self._generation}")

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.nudge.wait()
        except TimeoutError:
            return
        self.nudge.clear()

    def _complain(self, error: Exception) -> None:
        if time.monotonic() - self._logged_at > SAY_EVERY:
            self._logged_at = time.monotonic()
            log.warning("cannot read a stream yet; still trying", stream=self.stream, reason=str(error) or repr(error))


def consumer_config(name: str, filters: tuple[str, ...], start: dict[str, Any]) -> dict[str, Any]:
    wanted = {"filter_subject": filters[0]} if len(filters) == 1 else {"filter_subjects": list(filters)}
    return {
        "name": name,
        "ack_policy": "none",
        "mem_storage": True,
        "num_replicas": 1,
        "inactive_threshold": int(2 * EXPIRES * NANO),
        "max_waiting": 8,
        **wanted,
        **start,
    }
