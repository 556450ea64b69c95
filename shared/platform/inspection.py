"""Compares what streams and buckets hold with what they, and those beside them, say they should: what is lost is told.

Rules: looked at once, when the broker is set up. The bodies of streams are not read: who reads a whole stream notices
what is missing inside it (`bus.follow`). A stream loses whole messages at its old end alone, by age or size.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from nats.aio.msg import Msg

from shared.domain.instant import instant
from shared.domain.subjects import Bucket, Stream, kept
from shared.platform.bus.link import BrokerConnection
from shared.platform.bus.publisher import Complaints
from shared.platform.bus.store import PAGE, direct_get, one_message, stream_state

LATER = 3.0
"""Seconds by which an event may be newer than the newest record, which is always written before it."""
RECORDED_FIRST: Mapping[Bucket, tuple[Stream, str]] = {
    Bucket.ACTIONS: (Stream.REMEDIATION, "remediation.started"),
    Bucket.INCIDENTS: (Stream.INCIDENT, "incident.opened"),
    Bucket.NETWORK: (Stream.METRICS, "metrics.0"),
}
"""Events that are published only after a record was written to the bucket."""
PLACES_KEY = "places"
"""In KV `tally`: the number of the last message of each stream that a gateway has read."""
ALWAYS_NEW = frozenset({Bucket.LEASES})
"""What is written anew at every start."""

Json = dict[str, Any]


async def losses(link: BrokerConnection, max_age: Callable[[Stream], float]) -> list[str]:
    """Return a sentence about each stream and bucket that has lost something."""
    places = await _places(link)
    found = [
        await _of_stream(link, one.name, max_age(family), places.get(one.name, 0))
        for family in Stream
        for one in kept(family)
    ]
    found += [await _of_bucket(link, bucket) for bucket in Bucket if bucket not in ALWAYS_NEW]
    return [sentence for sentence in found if sentence]


async def _places(link: BrokerConnection) -> dict[str, int]:
    """Return how far a gateway has read each stream, by what it left to the next one; nothing where that is none."""
    note = await one_message(link, f"KV_{Bucket.TALLY}", {"last_by_subj": f"$KV.{Bucket.TALLY}.{PLACES_KEY}"})
    try:
        read = json.loads(note.data) if note else {}
        return {str(stream): int(place) for stream, place in read.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


async def _of_stream(link: BrokerConnection, stream: str, max_age: float, place: int) -> str | None:
    state = await stream_state(link, stream)
    if state["last_seq"] < place:
        return f"stream {stream} has lost its newest messages: it held up to number {place}, now to {state['last_seq']}"
    if missing := int(state.get("num_deleted", 0)):
        return f"stream {stream} has lost {missing} of its messages: what they told is not in its history"
    if state["last_seq"] and not state["messages"]:
        age = link.broker_now() - instant(state["last_ts"])
        if not max_age or age < max_age:
            return f"stream {stream} has lost all its messages, up to number {state['last_seq']}"
    return None


async def _of_bucket(link: BrokerConnection, bucket: Bucket) -> str | None:
    name = f"KV_{bucket}"
    state = await stream_state(link, name)
    entries = await _entries(link, name)
    if len(entries) < state["messages"]:
        return f"bucket {bucket} has lost {state['messages'] - len(entries)} of its records: they cannot be read"
    if bucket not in RECORDED_FIRST:
        return None
    stream, subject = RECORDED_FIRST[bucket]
    event = await one_message(link, stream, {"last_by_subj": subject})
    if event is None:
        return None
    newest = max((_time(entry) for entry in entries), default=0.0)
    if newest < _time(event) - LATER:
        return f"bucket {bucket} has lost its newest records: stream {stream} tells of later ones"
    return None


async def _entries(link: BrokerConnection, name: str) -> list[Msg]:
    """Return every record that can be read, the traces of removed ones too."""
    found: list[Msg] = []
    start = 1
    while True:
        wish = {"seq": start, "batch": PAGE, "next_by_subj": ">"}
        answers = await direct_get(link, Complaints(), name, json.dumps(wish).encode(), many=True)
        page = [msg for msg in answers if "Nats-Sequence" in (msg.headers or {})]
        found += page
        if len(page) < PAGE:
            return found
        start = int((page[-1].headers or {})["Nats-Sequence"]) + 1


def _time(msg: Msg) -> float:
    return instant((msg.headers or {})["Nats-Time-Stamp"])
