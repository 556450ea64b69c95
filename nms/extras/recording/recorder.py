"""Writes down what a running system says: reads the broker's streams in order, from history on, and changes nothing.

Rules: messages are written as they were published, in journals that can be read at any moment. Where the broker went
away, reading goes on behind the last message; what its limits dropped meanwhile is told in the manifest, which is
written first, as unfinished, so that a folder whose writer was killed still says what it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Collection
from typing import Any

from nats.aio.msg import Msg

from nms.extras.recording.ledger import RecordingLedger
from shared.domain import subjects
from shared.domain.errors import BrokerError, MessageError
from shared.domain.moments import instant
from shared.domain.subjects import Bucket
from shared.domain.telemetry import decode_pulse
from shared.domain.topology import Topology, stored_topology
from shared.platform.bus.bus import TOPOLOGY_KEY
from shared.platform.bus.connection import BrokerConnection
from shared.platform.bus.follow import Follow, OrderedReader
from shared.platform.bus.publisher import Publisher
from shared.platform.bus.pull import Stored
from shared.platform.bus.store import StreamStore
from shared.platform.clock import NetworkClock
from shared.platform.settings import ServiceSettings
from shared.recordings.choices import Family
from shared.recordings.entry import RecordedEntry, entry_of_message
from shared.recordings.families import SOURCES

CONNECT_WITHIN = 10.0
ANSWER_WITHIN = 10.0
PULSE_WITHIN = 1.0
FLUSH_EVERY = 1.0
LAST_AT_LEAST, LAST_WITHIN = 0.1, 2.0
"""Seconds in which what was said before the end is waited for."""
ASKED, BROKER_GONE, FOR_OVER = "asked to", "the broker is gone", "the time asked for is over"
"""Why a recording ended."""


async def connect(settings: ServiceSettings) -> BrokerConnection:
    """Connect as the user `record`, or as whom the settings name. Raises BrokerError."""
    link = BrokerConnection(f"record-{os.urandom(2).hex()}")
    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            await link.open(settings)
    except TimeoutError:
        raise BrokerError(
            f"no broker answers at {settings.nats_url} after {CONNECT_WITHIN:g} s: "
            "start a system with `nms up`, or name another broker by --nats-url"
        ) from None
    return link


async def read_topology(link: BrokerConnection) -> Topology:
    """Return the network in force. Raises BrokerError where we may not read it, or there is none."""
    reading = asyncio.create_task(StreamStore(link, Publisher(link), Bucket.TOPOLOGY).get(TOPOLOGY_KEY))
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            while not reading.done() and not link.refusals:
                await asyncio.wait({reading}, timeout=0.1)
            entry = None if link.refusals else await reading
    except TimeoutError:
        entry = None
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    if link.refusals:
        raise BrokerError(
            "the broker does not let us read its streams: be its user `record`, by a file named in NMS_CREDENTIALS"
        )
    if entry is None:
        raise BrokerError("the broker holds no topology: is it that of an NMS? Name another by --nats-url")
    return stored_topology(entry.value)


async def read_clock(link: BrokerConnection) -> NetworkClock:
    """Return the network's clock, set by the next tick; the one on the wall where none comes soon."""
    heard: asyncio.Future[NetworkClock] = asyncio.get_running_loop().create_future()

    async def hear(message: Msg) -> None:
        with contextlib.suppress(MessageError, ValueError, OverflowError):  # as `Bus` takes its pulse
            clock, pulse = NetworkClock(), decode_pulse(message.data)
            clock.pulse(instant(pulse.at), pulse.speed)
            if not heard.done():
                heard.set_result(clock)

    sub = await link.nc.subscribe(subjects.metrics(0), cb=hear)
    try:
        async with asyncio.timeout(PULSE_WITHIN):
            return await heard
    except TimeoutError:
        return NetworkClock()
    finally:
        await sub.unsubscribe()


Tell = Callable[[RecordingLedger], None]


async def record(
    link: BrokerConnection,
    ledger: RecordingLedger,
    since: float | str | None,
    lasting: float | None,
    stop: asyncio.Event,
    tell: Tell,
) -> str:
    """Write down what is said until asked to stop; return why it ended. Raises OSError.

    `since`: how many seconds of wall time to go back, or "all". `lasting`: seconds of wall time after history was read.
    """
    failed: asyncio.Future[OSError] = asyncio.get_running_loop().create_future()
    families = {stream: family for family in ledger.families for stream in SOURCES[family].subjects}

    async def deliver(message: Stored) -> None:
        if failed.done():
            return
        try:
            ledger.take(families[message.stream], _entry(message), message.stream)
        except OSError as error:
            failed.set_result(error)

    follow = await Follow(link, _readers(link, ledger.families, since), deliver, _never).start()
    try:
        ended = await _until_over(link, ledger, follow, lasting, stop, failed, tell)
        if not failed.done() and not link.broken.done():
            await _let_the_last_arrive(ledger)
    finally:
        await follow.stop()
    if failed.done():
        raise failed.result()
    return ended


async def _let_the_last_arrive(ledger: RecordingLedger) -> None:
    """What was said before the end may still be on its way: telemetry, which never stops, tells when it is not."""
    asked = time.time()
    until = time.monotonic() + LAST_WITHIN
    await asyncio.sleep(LAST_AT_LEAST)
    while ledger.upto < asked and time.monotonic() < until:
        await asyncio.sleep(LAST_AT_LEAST)


def _readers(link: BrokerConnection, families: Collection[Family], since: float | str | None) -> list[OrderedReader]:
    """Return a reader a stream; of the settings all that is kept, which is the last change."""
    return [
        OrderedReader(link, stream, [subjects], "all" if family is Family.SETTINGS else since, link.name)
        for family in families
        for stream, subjects in SOURCES[family].subjects.items()
    ]


async def _until_over(
    link: BrokerConnection,
    ledger: RecordingLedger,
    follow: Follow,
    lasting: float | None,
    stop: asyncio.Event,
    failed: asyncio.Future[OSError],
    tell: Tell,
) -> str:
    stopping = asyncio.ensure_future(stop.wait())
    until: float | None = None
    try:
        while not stopping.done() and not failed.done() and not link.broken.done():
            if until is None and lasting is not None and follow.caught_up.is_set():
                until = time.monotonic() + lasting
            left = FLUSH_EVERY if until is None else min(FLUSH_EVERY, until - time.monotonic())
            if left <= 0:
                return FOR_OVER
            await _first_of(stopping, failed, link.broken, within=left)
            ledger.flush()
            tell(ledger)
    finally:
        stopping.cancel()
    return f"{BROKER_GONE}: {link.broken.result()}" if link.broken.done() else ASKED


async def _first_of(*ends: asyncio.Future[Any], within: float) -> None:
    await asyncio.wait(ends, timeout=within, return_when=asyncio.FIRST_COMPLETED)


def _entry(message: Stored) -> RecordedEntry:
    return entry_of_message(
        message.msg.subject, message.msg.data, message.msg.headers or {}, message.sequence, message.at
    )


async def _never(message: Stored, reason: str) -> None:
    """Nothing is set aside: what is not understood is written down too."""
