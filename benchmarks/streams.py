"""Reads the content of a running system's streams, including messages that a live reader missed during an outage."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.running import Running
from shared.domain.events import Event
from shared.domain.subjects import DEAD_LETTERS, Stream, kept
from shared.platform.bus import codec
from shared.platform.bus.connection import BrokerConnection
from shared.platform.bus.follow import Follow, OrderedReader
from shared.platform.bus.pull import Stored
from shared.platform.settings import ServiceSettings

LOOP = (Stream.FAULT, Stream.ANOMALY, Stream.INCIDENT, Stream.DIAGNOSIS, Stream.REMEDIATION)
READ_WITHIN = 60.0
USER = "setup"


@dataclass
class Streams:
    """The events of the loop with their network time, sorted by it, and the dead letters."""

    events: list[tuple[Event, float]] = field(default_factory=list)
    dead_letters: list[str] = field(default_factory=list)


async def read_streams(system: Running, families: Sequence[Stream] = LOOP) -> Streams:
    """Read the streams from their first message to their last. Raises TimeoutError."""
    user, password = system.credentials(USER)
    link = BrokerConnection("benchmark")
    await link.open(ServiceSettings.load(nats_url=system.nats_url, nats_user=user, nats_password=password))
    found = Streams()

    async def take(message: Stored) -> None:
        if message.msg.subject.startswith(f"{DEAD_LETTERS}."):
            found.dead_letters.append(message.msg.data.decode(errors="replace"))
            return
        event = codec.decode(message.msg.subject, message.msg.data)
        found.events.append((event, codec.time_of(message.msg.headers, message.at)))

    async def complain(message: Stored, reason: str) -> None:
        found.dead_letters.append(f"{message.msg.subject}: {reason}")

    try:
        streams = [one for family in (*families, Stream.DEADLETTER) for one in kept(family)]
        readers = [OrderedReader(link, one.name, [one.subject], "all", USER) for one in streams]
        follow = await Follow(link, readers, take, complain).start()
        async with asyncio.timeout(READ_WITHIN):
            await follow.caught_up.wait()
        await follow.stop()
    finally:
        await link.close()
    found.events.sort(key=lambda pair: pair[1])
    return found
