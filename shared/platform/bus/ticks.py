"""Receives live telemetry by plain subscription, for readers that need current samples and may lose a tick."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from shared.domain import subjects
from shared.domain.errors import MessageError
from shared.domain.instant import iso
from shared.domain.telemetry import RawTick, Tick, decode_tick
from shared.platform import counters
from shared.platform.bus.codec import check_origin
from shared.platform.bus.connection import BrokerConnection, unsubscribe
from shared.platform.bus.store import one_message

SAY_EVERY = 5.0

TickHandler = Callable[[Tick], Awaitable[None] | None]
KeepTick = Callable[[int, RawTick], None]
SetAside = Callable[[Msg, str], Awaitable[None]]
log = structlog.get_logger("nms.bus")


async def call(handler: TickHandler, tick: Tick) -> None:
    pending = handler(tick)
    if pending is not None:
        await pending


class TickListener:
    def __init__(self, connection: BrokerConnection, handler: TickHandler, set_aside: SetAside) -> None:
        self._connection, self._handler, self._set_aside = connection, handler, set_aside
        self._sub: Subscription | None = None
        self._logged_at = -SAY_EVERY

    async def start(self) -> TickListener:
        self._sub = await self._connection.nc.subscribe(f"{subjects.METRICS}.*", cb=self._receive)
        await self._connection.settle()
        return self

    async def stop(self) -> None:
        if self._sub is not None:
            await unsubscribe(self._sub, self._connection)

    async def _receive(self, msg: Msg) -> None:
        try:
            check_origin(msg, f"{subjects.METRICS}.*")
            await self._deliver(msg)
        except MessageError as error:
            counters.malformed.labels(subjects.METRICS).inc()
            await self._set_aside(msg, str(error))
        except Exception as error:  # an error over one tick must not end the subscription
            counters.failed.labels(subjects.METRICS).inc()
            if time.monotonic() - self._logged_at > SAY_EVERY:
                self._logged_at = time.monotonic()
                log.error("a handler failed; going on", subject=msg.subject, exc_info=error)

    async def _deliver(self, msg: Msg) -> None:
        await call(self._handler, decode_tick(msg.data))


class RawTickListener(TickListener):
    """Subscribes to `metrics.*`, and passes ticks on undecoded, for readers that use only a few of them.

    It stores no dead letters for invalid ticks: other readers do.
    """

    def __init__(self, connection: BrokerConnection, keep: KeepTick) -> None:
        super().__init__(connection, lambda tick: None, _leave)
        self._keep = keep

    async def _deliver(self, msg: Msg) -> None:
        partition = msg.subject.rpartition(".")[2]
        if partition.isdecimal():
            self._keep(int(partition), RawTick(msg.data))


async def past_tick(connection: BrokerConnection, partition: int, seconds: float) -> RawTick | None:
    """Return the first tick of a partition that was stored in the last `seconds` of wall time; None if none was."""
    since = iso(connection.broker_now() - seconds)
    query = {"start_time": since, "next_by_subj": subjects.metrics(partition)}
    msg = await one_message(connection, subjects.Stream.METRICS, query)
    return RawTick(msg.data) if msg else None


async def _leave(msg: Msg, reason: str) -> None:
    return
