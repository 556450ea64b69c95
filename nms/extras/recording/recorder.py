"""Records a running system: reads the broker's streams in order, from a time in the past. It writes nothing to them.

Rules

1. Messages are written as they were published, to journals that can be read at any time.
2. When a lost broker is back, reading continues after the last message that was read. If a stream reached a limit and
   dropped messages meanwhile, the manifest counts them.
3. An unfinished manifest is written first, so that the folder of a killed recorder is still a valid recording.
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
"""The shortest and the longest wait, in seconds, for messages that were published before the end."""
ON_REQUEST, BROKER_GONE, TIME_OVER = "stopped on request", "the broker is gone", "the requested time is over"
"""The reasons for the end of a recording, for the manifest."""


async def connect(settings: ServiceSettings) -> BrokerConnection:
    """Raises BrokerError."""
    link = BrokerConnection(f"record-{os.urandom(2).hex()}")
    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            await link.open(settings)
    except TimeoutError:
        raise BrokerError(
            f"no broker answers at {settings.nats_url} after {CONNECT_WITHIN:g} s: "
            "start a system with `nms up`, or name another broker with --nats-url"
        ) from None
    return link


async def read_topology(link: BrokerConnection) -> Topology:
    """Raises BrokerError if none is stored, or the broker refuses to let it be read."""
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
            "the broker does not let us read its streams: connect as its user `record`; "
            "NMS_CREDENTIALS names the file with the password"
        )
    if entry is None:
        raise BrokerError(
            "the broker has no topology, so it may not belong to an NMS; name another broker with --nats-url"
        )
    return stored_topology(entry.value)


async def read_clock(link: BrokerConnection) -> NetworkClock:
    """Return the clock of network time, set by the next tick. If no tick comes within a second, it shows wall time."""
    received: asyncio.Future[NetworkClock] = asyncio.get_running_loop().create_future()

    async def take(message: Msg) -> None:
        with contextlib.suppress(MessageError, ValueError, OverflowError):  # a tick without a valid time is ignored
            clock, pulse = NetworkClock(), decode_pulse(message.data)
            clock.pulse(instant(pulse.at), pulse.speed)
            if not received.done():
                received.set_result(clock)

    sub = await link.nc.subscribe(subjects.metrics(0), cb=take)
    try:
        async with asyncio.timeout(PULSE_WITHIN):
            return await received
    except TimeoutError:
        return NetworkClock()
    finally:
        await sub.unsubscribe()


OnProgress = Callable[[RecordingLedger], None]
"""Called once a second."""


async def record(
    link: BrokerConnection,
    ledger: RecordingLedger,
    since: float | str | None,
    lasting: float | None,
    stop: asyncio.Event,
    on_progress: OnProgress,
) -> str:
    """Record until `stop` is set, the time is over or the broker is gone; return which of these. Raises OSError.

    `since`: how many seconds of wall time to go back, or "all". `lasting`: how many seconds of wall time to record
    after the stored messages have been read.
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

    follow = await Follow(link, _readers(link, ledger.families, since), deliver, _never_called).start()
    try:
        ended = await _wait_for_end(link, ledger, follow, lasting, stop, failed, on_progress)
        if not failed.done() and not link.broken.done():
            await _await_last_messages(ledger)
    finally:
        await follow.stop()
    if failed.done():
        raise failed.result()
    return ended


async def _await_last_messages(ledger: RecordingLedger) -> None:
    """The wait ends when a message from after the end has arrived, such as a tick."""
    requested = time.time()
    until = time.monotonic() + LAST_WITHIN
    await asyncio.sleep(LAST_AT_LEAST)
    while ledger.upto < requested and time.monotonic() < until:
        await asyncio.sleep(LAST_AT_LEAST)


def _readers(link: BrokerConnection, families: Collection[Family], since: float | str | None) -> list[OrderedReader]:
    """Settings are read from the first message, because their stream stores only the last change."""
    return [
        OrderedReader(link, stream, [subjects], "all" if family is Family.SETTINGS else since, link.name)
        for family in families
        for stream, subjects in SOURCES[family].subjects.items()
    ]


async def _wait_for_end(
    link: BrokerConnection,
    ledger: RecordingLedger,
    follow: Follow,
    lasting: float | None,
    stop: asyncio.Event,
    failed: asyncio.Future[OSError],
    on_progress: OnProgress,
) -> str:
    stopping = asyncio.ensure_future(stop.wait())
    until: float | None = None
    try:
        while not stopping.done() and not failed.done() and not link.broken.done():
            if until is None and lasting is not None and follow.caught_up.is_set():
                until = time.monotonic() + lasting
            left = FLUSH_EVERY if until is None else min(FLUSH_EVERY, until - time.monotonic())
            if left <= 0:
                return TIME_OVER
            await _first_of(stopping, failed, link.broken, within=left)
            ledger.flush()
            on_progress(ledger)
    finally:
        stopping.cancel()
    return f"{BROKER_GONE}: {link.broken.result()}" if link.broken.done() else ON_REQUEST


async def _first_of(*ends: asyncio.Future[Any], within: float) -> None:
    await asyncio.wait(ends, timeout=within, return_when=asyncio.FIRST_COMPLETED)


def _entry(message: Stored) -> RecordedEntry:
    return entry_of_message(
        message.msg.subject, message.msg.data, message.msg.headers or {}, message.sequence, message.at
    )


async def _never_called(message: Stored, reason: str) -> None:
    """A recorder has no dead letters: it records messages that cannot be decoded too."""
