"""A pull consumer that keeps one request open and notices, by heartbeat, epoch or gap, when it must begin anew.

Messages come by callback on a private inbox: one callback a message, not a future, a task and a timer.
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

from shared.platform.bus.link import ApiError, BrokerConnection, status_of, unsubscribe

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
    """A message out of a stream. `at` is when the broker stored it, wall time; `pending` is how many come after it."""

    msg: Msg
    stream: str
    consumer: str
    delivered: int
    sequence: int
    order: int
    at: float
    pending: int


def stored(msg: Msg) -> Stored:
    """Read the reply subject of a JetStream message, in its short or its long form."""
    tokens = msg.reply.split(".")
    first = 2 if len(tokens) == SHORT_REPLY else 4
    delivered, sequence, order, at, pending = map(int, tokens[first + 2 : first + 7])
    return Stored(msg, tokens[first], tokens[first + 1], delivered, sequence, order, at / NANO, pending)


class Puller:
    """The common part of a worker on a durable and of a reader of its own."""

    def __init__(self, link: BrokerConnection, stream: str, batch: int) -> None:
        self.link, self.stream, self.batch = link, stream, batch
        self.consumer: str | None = None
        self.nudge = asyncio.Event()
        self._outstanding = 0
        self._heard = 0.0
        self._generation = 0
        self._epoch = link.epoch
        self._inbox = ""
        self._said = -SAY_EVERY
        self._sub: Subscription | None = None
        self._keeper: asyncio.Task[None] | None = None
        link.on_found.append(self.nudge.set)

    async def begin(self) -> None:
        """Start to pull."""
        self._inbox = self.link.nc.new_inbox()
        self._sub = await self.link.nc.subscribe(
            f"{self._inbox}.*", cb=self._hear, pending_msgs_limit=0, pending_bytes_limit=MAX_PENDING_BYTES
        )
        self._keeper = self.link.spawn(self._keep())

    async def end(self) -> None:
        """Stop to pull."""
        if self.nudge.set in self.link.on_found:
            self.link.on_found.remove(self.nudge.set)
        if self._keeper is not None:
            self._keeper.cancel()
        if self._sub is not None:
            await unsubscribe(self._sub, self.link)

    # --- for those who extend this ------------------------------------------------------------------------------

    async def make(self) -> str:
        """Return the name of the consumer to pull from; made where needed."""
        raise NotImplementedError

    def take(self, message: Stored) -> None:
        """Take in a message."""
        raise NotImplementedError

    def idle(self, delivered: int | None) -> None:
        """Take in that the broker has nothing more for us now; `delivered`: the number of the last it gave us."""

    def has_room(self) -> bool:
        """Say whether more messages may be asked for."""
        raise NotImplementedError

    async def look(self) -> None:
        """Do what has to be done about once a second."""

    def begin_anew(self) -> None:
        """Forget the consumer: the next one goes on where this one stood."""
        self.consumer = None
        self.nudge.set()

    # --- the machinery ------------------------------------------------------------------------------------------

    async def _hear(self, msg: Msg) -> None:
        self._heard = time.monotonic()
        status = status_of(msg)
        if status is None:
            if not msg.reply:  # somebody guessed our inbox; it is no message of a stream
                return
            self._outstanding -= 1
            self.take(stored(msg))
            if not msg.data and not msg.headers:  # between accounts that ends an answer: what follows it is lost
                self.begin_anew()
        elif msg.subject == f"{self._inbox}.{self._generation}":
            if status not in ("100", "404", "408"):  # deleted, or a broker that is going down
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
        await self.link.until_connected()
        if self._epoch != self.link.epoch or (self._outstanding > 0 and time.monotonic() - self._heard > MISSED):
            self._epoch, self.consumer = self.link.epoch, None
        if self.consumer is None:
            self.consumer = await self.make()
            self._outstanding = 0
            self._generation += 1  # what the last consumer still says is not about this one
        if self._outstanding <= 0 and self.has_room():
            await self._pull()

    async def _pull(self) -> None:
        self._generation += 1
        self._outstanding, self._heard = self.batch, time.monotonic()
        wish = {"batch": self.batch, "expires": int(EXPIRES * NANO), "idle_heartbeat": int(HEARTBEAT * NANO)}
        subject = f"{self.link.jetstream}.CONSUMER.MSG.NEXT.{self.stream}.{self.consumer}"
        await self.link.send(subject, json.dumps(wish).encode(), f"{self._inbox}.{self._generation}")

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.nudge.wait()
        except TimeoutError:
            return
        self.nudge.clear()

    def _complain(self, error: Exception) -> None:
        if time.monotonic() - self._said > SAY_EVERY:
            self._said = time.monotonic()
            log.warning("cannot read a stream yet; trying again", stream=self.stream, reason=str(error) or repr(error))


def consumer_config(name: str, filters: tuple[str, ...], start: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of a consumer of one's own: in memory, no acknowledgements, gone when nobody pulls."""
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
