"""Telemetry as it comes, by plain subscription: for those who need the present and not every tick."""

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
from shared.platform.bus.link import BrokerConnection, unsubscribe
from shared.platform.bus.store import one_message

SAY_EVERY = 5.0

TickHandler = Callable[[Tick], Awaitable[None] | None]
KeepTick = Callable[[int, RawTick], None]
SetAside = Callable[[Msg, str], Awaitable[None]]
log = structlog.get_logger("nms.bus")


async def call(handler: TickHandler, tick: Tick) -> None:
    """Call a handler that may be sync or async."""
    pending = handler(tick)
    if pending is not None:
        await pending


class TickListener:
    """Hears `metrics.*`."""

    def __init__(self, link: BrokerConnection, handler: TickHandler, set_aside: SetAside) -> None:
        self._link, self._handler, self._set_aside = link, handler, set_aside
        self._sub: Subscription | None = None
        self._said = -SAY_EVERY

    async def start(self) -> TickListener:
        """Begin to listen."""
        self._sub = await self._link.nc.subscribe(f"{subjects.METRICS}.*", cb=self._hear)
        await self._link.settle()
        return self

    async def stop(self) -> None:
        """Listen no more."""
        if self._sub is not None:
            await unsubscribe(self._sub, self._link)

    async def _hear(self, msg: Msg) -> None:
        try:
            check_origin(msg, f"{subjects.METRICS}.*")
            await self._deliver(msg)
        except MessageError as error:
            counters.malformed.labels(subjects.METRICS).inc()
            await self._set_aside(msg, str(error))
        except Exception as error:  # one bad tick must not end the listening
            counters.failed.labels(subjects.METRICS).inc()
            if time.monotonic() - self._said > SAY_EVERY:
                self._said = time.monotonic()
                log.error("a handler failed; going on", subject=msg.subject, exc_info=error)

    async def _deliver(self, msg: Msg) -> None:
        await call(self._handler, decode_tick(msg.data))


class RawTickListener(TickListener):
    """Hears `metrics.*` and decodes nothing: for those who look at few ticks of many. Others set aside what is none."""

    def __init__(self, link: BrokerConnection, keep: KeepTick) -> None:
        super().__init__(link, lambda tick: None, _leave)
        self._keep = keep

    async def _deliver(self, msg: Msg) -> None:
        partition = msg.subject.rpartition(".")[2]
        if partition.isdecimal():
            self._keep(int(partition), RawTick(msg.data))


async def past_tick(link: BrokerConnection, partition: int, seconds: float) -> RawTick | None:
    """Return the first tick of a partition that the stream holds of so many wall seconds ago, or later."""
    since = iso(link.broker_now() - seconds)
    wish = {"start_time": since, "next_by_subj": subjects.metrics(partition)}
    msg = await one_message(link, subjects.Stream.METRICS, wish)
    return RawTick(msg.data) if msg else None


async def _leave(msg: Msg, reason: str) -> None:
    return
