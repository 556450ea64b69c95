"""Key-value buckets on JetStream: a stream for each bucket, a subject for each key; values are read by direct gets.

Rule: only a value that a client published with the right to do so counts. A message that the broker itself put under a
key, as the reply to a request, counts as no value (`codec.check_origin`).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

import nats.errors
from nats.aio.msg import Msg

from shared.platform.bus.client import STORED_SO
from shared.platform.bus.connection import BrokerConnection, status_of
from shared.platform.bus.publisher import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    WRONG_REVISION,
    Complaints,
    Outgoing,
    Publisher,
    PublishOutcome,
)
from shared.platform.kv import Entry

KEY = re.compile(r"[-/_=.a-zA-Z0-9]+")
TOMBSTONE_SECONDS = 60
PAGE = 1000
NO_VALUE = frozenset({"KV-Operation", "Nats-Marker-Reason", STORED_SO})
"""Headers of the tombstone of a deleted value, and of a message that the broker itself published."""
REVISION = "Nats-Expected-Last-Subject-Sequence"


class StreamStore:
    def __init__(self, connection: BrokerConnection, publisher: Publisher, bucket: str) -> None:
        self._connection, self._publisher = connection, publisher
        self._complaints = Complaints()
        self._stream, self._prefix = f"KV_{bucket}", f"$KV.{bucket}."

    async def get(self, key: str) -> Entry | None:
        found = await self._last(key)
        return found[0] if found and found[1] else None

    async def _last(self, key: str) -> tuple[Entry, bool] | None:
        """Return a key's last entry, and whether the entry is a value; None if the key has no entry."""
        msg = (await self._ask(f"{self._stream}.{self._subject(key)}", b"", many=False))[0]
        return None if status_of(msg) else (_entry(msg), _is_value(msg))

    async def put(self, key: str, value: bytes, ttl: int | None = None) -> int:
        """`ttl`: seconds after which the value expires; None: it does not."""
        headers = {"Nats-TTL": f"{ttl}s"} if ttl else None
        outcomes = await self._publisher.confirm([Outgoing(self._subject(key), value, headers)])
        return outcomes[0].sequence or 0

    async def create(self, key: str, value: bytes) -> int | None:
        """Return the revision, or None if the key has a value."""
        made = await self.update(key, value, 0)
        if made is not None:
            return made
        last = await self._last(key)
        if last is None or last[1]:
            return None
        return await self.update(key, value, last[0].revision)

    async def update(self, key: str, value: bytes, revision: int) -> int | None:
        """Write a value if the key's last entry has `revision` (0: it has no entry); return the new revision.

        Return None if another write came first.
        """
        message = Outgoing(self._subject(key), value, {REVISION: str(revision)})
        pause, unsure = FIRST_PAUSE, False
        while True:
            outcome = (await self._publisher.attempt([message]))[0]
            if outcome.sequence is not None:
                return outcome.sequence
            if outcome.code == WRONG_REVISION:
                return await self._ours(key, value, revision) if unsure else None
            self._complaints.say(message.subject, outcome)
            unsure = unsure or _may_have_arrived(outcome)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _ours(self, key: str, value: bytes, revision: int) -> int | None:
        """After a write whose answer was lost, return the key's revision if the key has exactly `value`, else None."""
        entry = await self.get(key)
        return entry.revision if entry and entry.value == value and entry.revision > revision else None

    async def delete(self, key: str) -> None:
        """The tombstone, which marks the removal, expires after a minute."""
        headers = {"KV-Operation": "PURGE", "Nats-TTL": f"{TOMBSTONE_SECONDS}s"}
        await self._publisher.confirm([Outgoing(self._subject(key), b"", headers)])

    async def last(self, *patterns: str) -> dict[str, Entry]:
        """Return the keys that match the patterns, with their values, as of one moment; for up to a thousand keys."""
        query = {"multi_last": [self._prefix + pattern for pattern in patterns]}
        answers = await self._ask(self._stream, json.dumps(query).encode(), many=True)
        found = [msg for msg in answers if "Nats-Sequence" in (msg.headers or {}) and _is_value(msg)]
        return {(msg.headers or {})["Nats-Subject"][len(self._prefix) :]: _entry(msg) for msg in found}

    async def all(self) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        start = 1
        while True:
            query = {"seq": start, "batch": PAGE, "next_by_subj": f"{self._prefix}>"}
            answers = await self._ask(self._stream, json.dumps(query).encode(), many=True)
            for msg in answers:
                if status_of(msg) is None or "Nats-Sequence" in (msg.headers or {}):
                    key, entry = (msg.headers or {})["Nats-Subject"][len(self._prefix) :], _entry(msg)
                    start = entry.revision + 1
                    if _is_value(msg):
                        entries[key] = entry
                    else:
                        entries.pop(key, None)
            if len(answers) <= PAGE:
                return entries

    async def _ask(self, subject: str, payload: bytes, many: bool) -> list[Msg]:
        return await direct_get(self._connection, self._complaints, subject, payload, many)

    def _subject(self, key: str) -> str:
        if not KEY.fullmatch(key) or key.startswith(".") or key.endswith("."):
            raise ValueError(f"{key!r} is no key: make one with kv_key()")
        return self._prefix + key


async def direct_get(
    connection: BrokerConnection, complaints: Complaints, subject: str, payload: bytes, many: bool
) -> list[Msg]:
    """Read messages from a stream without a consumer; repeat until the broker answers.

    With `many`, the last message is a status; otherwise there is one message, which is a status if nothing was found.
    """
    pause = FIRST_PAUSE
    while True:
        await connection.until_connected()
        try:
            if many:
                answers = await connection.collect(f"{connection.jetstream}.DIRECT.GET.{subject}", payload)
            else:
                answers = [await connection.ask(f"{connection.jetstream}.DIRECT.GET.{subject}", payload)]
            if status_of(answers[-1]) in (None, "204", "404"):
                return answers
            outcome = PublishOutcome(text=f"status {status_of(answers[-1])}")
        except (TimeoutError, nats.errors.Error, OSError) as error:
            outcome = PublishOutcome(text=f"no answer ({type(error).__name__})")
        complaints.say(subject, outcome, "read")
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def one_message(connection: BrokerConnection, stream: str, query: Mapping[str, object]) -> Msg | None:
    """None if no message fits."""
    msg = (await direct_get(connection, Complaints(), stream, json.dumps(query).encode(), many=False))[0]
    return None if status_of(msg) else msg


async def stream_state(connection: BrokerConnection, stream: str) -> dict[str, Any]:
    """Raises ApiError or TimeoutError."""
    state: dict[str, Any] = (await connection.api(f"STREAM.INFO.{stream}"))["state"]
    return state


def _may_have_arrived(outcome: PublishOutcome) -> bool:
    return outcome.code == 0


def _entry(msg: Msg) -> Entry:
    headers = msg.headers or {}
    return Entry(msg.data, int(headers["Nats-Sequence"]), headers.get("Nats-Time-Stamp", ""))


def _is_value(msg: Msg) -> bool:
    return not NO_VALUE & set(msg.headers or {})
