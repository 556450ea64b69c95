"""Finds lost messages: compares the content of streams and buckets with their counts, and with each other.

Rules: the check runs once, when the broker is set up. It does not read the bodies of streams: a reader of a whole
stream notices missing messages (`bus.follow`). A stream that reaches its age or size limit drops its oldest messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from nats.aio.msg import Msg

from shared.domain.instant import instant
from shared.domain.subjects import Bucket, Stream, kept
from shared.platform.bus.connection import BrokerConnection
from shared.platform.bus.publisher import Complaints
from shared.platform.bus.store import PAGE, direct_get, one_message, stream_state

LATER = 3.0
"""By how many seconds an event may be newer than the newest record. A record is always written before its event."""
RECORDED_FIRST: Mapping[Bucket, tuple[Stream, str]] = {
    Bucket.ACTIONS: (Stream.REMEDIATION, "remediation.started"),
    Bucket.INCIDENTS: (Stream.INCIDENT, "incident.opened"),
    Bucket.NETWORK: (Stream.METRICS, "metrics.0"),
}
"""Events that are published only after a record was written to the bucket."""
PLACES_KEY = "places"
"""Key in KV `tally`: for each stream, the sequence number of the last message that a gateway has read."""
ALWAYS_NEW = frozenset({Bucket.LEASES})
"""Buckets that are rewritten at every start."""

Json = dict[str, Any]


async def losses(connection: BrokerConnection, max_age: Callable[[Stream], float]) -> list[str]:
    """Return a sentence for each stream and bucket that has lost data. `max_age`: seconds; 0 means no limit."""
    places = await _places(connection)
    found = [
        await _of_stream(connection, one.name, max_age(family), places.get(one.name, 0))
        for family in Stream
        for one in kept(family)
    ]
    found += [await _of_bucket(connection, bucket) for bucket in Bucket if bucket not in ALWAYS_NEW]
    return [sentence for sentence in found if sentence]


async def _places(connection: BrokerConnection) -> dict[str, int]:
    note = await one_message(connection, f"KV_{Bucket.TALLY}", {"last_by_subj": f"$KV.{Bucket.TALLY}.{PLACES_KEY}"})
    try:
        read = json.loads(note.data) if note else {}
        return {str(stream): int(place) for stream, place in read.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


async def _of_stream(connection: BrokerConnection, stream: str, max_age: float, place: int) -> str | None:
    state = await stream_state(connection, stream)
    if state["last_seq"] < place:
        return f"stream {stream} has lost its newest messages: it held up to number {place}, now to {state['last_seq']}"
    if missing := int(state.get("num_deleted", 0)):
        return f"stream {stream} has lost {missing} of its messages: they are missing from its history"
    if state["last_seq"] and not state["messages"]:
        age = connection.broker_now() - instant(state["last_ts"])
        if not max_age or age < max_age:
            return f"stream {stream} has lost all its messages, up to number {state['last_seq']}"
    return None


async def _of_bucket(connection: BrokerConnection, bucket: Bucket) -> str | None:
    name = f"KV_{bucket}"
    state = await stream_state(connection, name)
    entries = await _entries(connection, name)
    if len(entries) < state["messages"]:
        return f"bucket {bucket} has lost {state['messages'] - len(entries)} of its records: they cannot be read"
    if bucket not in RECORDED_FIRST:
        return None
    stream, subject = RECORDED_FIRST[bucket]
    event = await one_message(connection, stream, {"last_by_subj": subject})
    if event is None:
        return None
    newest = max((_time(entry) for entry in entries), default=0.0)
    if newest < _time(event) - LATER:
        return f"bucket {bucket} has lost its newest records: stream {stream} has later ones"
    return None


async def _entries(connection: BrokerConnection, name: str) -> list[Msg]:
    found: list[Msg] = []
    start = 1
    while True:
        query = {"seq": start, "batch": PAGE, "next_by_subj": ">"}
        answers = await direct_get(connection, Complaints(), name, json.dumps(query).encode(), many=True)
        page = [msg for msg in answers if "Nats-Sequence" in (msg.headers or {})]
        found += page
        if len(page) < PAGE:
            return found
        start = int((page[-1].headers or {})["Nats-Sequence"]) + 1


def _time(msg: Msg) -> float:
    return instant((msg.headers or {})["Nats-Time-Stamp"])
