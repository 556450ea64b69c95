"""Fills the streams of a broker up to their limits: the history of days, made from minutes of a run.

Rules: minutes of the simulated loop are repeated, each time with later times and other names; of the oldest repetitions
only what a full stream would still hold is stored. Streams that readers use for the last hour only get one hour.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nats.aio.client import Client
from nats.js import JetStreamContext

from nms.simulate import ORIGIN, WARM_UP, Loop
from shared.domain.config import Desired
from shared.domain.events import Event
from shared.domain.instant import instant, iso
from shared.platform.bootstrap import EVENTS_BYTES
from shared.platform.bus import codec

PASSING = frozenset({"stability"})
PASSING_SECONDS = 3_600.0
OVERHEAD = 60
"""Bytes that a stream stores in addition to a message's headers and body."""
AT_ONCE = 500
MOMENT = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"')
NAMES = re.compile(rb'"(?:id|incident_id|action_id|fault_id)":"((?:[^"\\]|\\.)+)"')
CYCLE = re.compile(rb'"(cycle|number)":(\d+)')


@dataclass(frozen=True)
class StoredEvent:
    subject: str
    data: bytes
    headers: dict[str, str]

    @property
    def family(self) -> str:
        """The first word of its subject."""
        return self.subject.partition(".")[0]

    @property
    def size(self) -> int:
        """Bytes that its stream counts for it."""
        headers = sum(len(name) + len(value) + 4 for name, value in self.headers.items())
        return len(self.subject) + len(self.data) + headers + OVERHEAD


def minutes_of_a_loop(seconds: float, seed: int = 1) -> list[StoredEvent]:
    """Return the events of a campaign at the default rate in some seconds of network time."""
    events: list[StoredEvent] = []

    def hear(event: Event, now: float) -> None:
        headers = codec.headers_of(event, now, "simulated")
        events.append(StoredEvent(codec.subject_of(event), codec.encode(event), headers))

    loop = Loop(seed=seed, desired=Desired(running=True), seen=hear)
    loop.run(WARM_UP)
    loop.run(seconds, campaign=True)
    return events


def repeated_for_days(events: list[StoredEvent], limit: int = EVENTS_BYTES) -> list[StoredEvent]:
    """Return repetitions of the same events until every lasting stream is full, oldest first."""
    length = instant(events[-1].headers["ce-time"]) - ORIGIN + 1.0
    cycles = max((int(found[2]) for each in events for found in CYCLE.finditer(each.data)), default=0)
    sizes: Counter[str] = Counter()
    for each in events:
        sizes[each.family] += each.size
    repetitions = max(-(-limit // size) for family, size in sizes.items() if family not in PASSING) + 1
    left = defaultdict(lambda: limit)
    left.update({family: int(sizes[family] * PASSING_SECONDS / length) for family in PASSING})
    kept: list[StoredEvent] = []
    for repetition in range(repetitions - 1, -1, -1):
        for each in reversed(events):
            if left[each.family] > 0:
                left[each.family] -= each.size
                kept.append(_repeated(each, repetition, repetition * length, repetition * cycles))
    return kept[::-1]


def _repeated(event: StoredEvent, repetition: int, later: float, cycles: int) -> StoredEvent:
    """Return an event as part of a later repetition: other times, other names, other cycles."""
    if not repetition:
        return event
    tail = f"~{repetition}".encode()
    data = MOMENT.sub(lambda found: json.dumps(iso(instant(found[1].decode()) + later)).encode(), event.data)
    data = NAMES.sub(lambda found: found[0][:-1] + tail + b'"', data)
    data = CYCLE.sub(lambda found: b'"%s":%d' % (found[1], int(found[2]) + cycles), data)
    headers = dict(event.headers)
    for name in ("Nats-Msg-Id", "ce-id"):
        headers[name] += tail.decode()
    headers["ce-time"] = iso(instant(headers["ce-time"]) + later)
    return StoredEvent(event.subject, data, headers)


async def store(client: Client, setup: Client, events: Iterable[StoredEvent]) -> dict[str, int]:
    """Publish in order; return how many bytes each stream now holds, as `setup` sees it."""
    js = client.jetstream(publish_async_max_pending=2 * AT_ONCE)
    for batch in _batches(events):
        await asyncio.gather(*[await _publish(js, each) for each in batch])
    streams = {each.subject.partition(".")[0].upper() for each in events}
    return {stream: int((await setup.jetstream().stream_info(stream)).state.bytes) for stream in sorted(streams)}


async def _publish(js: JetStreamContext, event: StoredEvent) -> asyncio.Future[object]:
    return await js.publish_async(event.subject, event.data, headers=event.headers)


def _batches(events: Iterable[StoredEvent]) -> Iterator[list[StoredEvent]]:
    batch: list[StoredEvent] = []
    for each in events:
        batch.append(each)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    yield batch
