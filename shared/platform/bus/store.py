"""Key-value buckets on JetStream: one stream a bucket, one subject a key, direct gets.

Rule: a value is what somebody wrote who may. What the broker was led to put under a key is none (`codec.check_origin`).
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
from shared.platform.bus.link import BrokerConnection, status_of
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
"""Headers of the trace that a removed value leaves, and of what nobody wrote but the broker was led to put there."""
REVISION = "Nats-Expected-Last-Subject-Sequence"


class StreamStore:
    """One bucket."""

    def __init__(self, link: BrokerConnection, publisher: Publisher, bucket: str) -> None:
        self._link, self._publisher = link, publisher
        self._complaints = Complaints()
        self._stream, self._prefix = f"KV_{bucket}", f"$KV.{bucket}."

    async def get(self, key: str) -> Entry | None:
        """Return the value of a key, or None."""
        found = await self._last(key)
        return found[0] if found and found[1] else None

    async def _last(self, key: str) -> tuple[Entry, bool] | None:
        """Return a key's last entry and whether it is a value, not the trace of a removed one."""
        msg = (await self._ask(f"{self._stream}.{self._subject(key)}", b"", many=False))[0]
        return None if status_of(msg) else (_entry(msg), _is_value(msg))

    async def put(self, key: str, value: bytes, ttl: int | None = None) -> int:
        """Write a value; return its revision. With `ttl` it vanishes after so many seconds."""
        headers = {"Nats-TTL": f"{ttl}s"} if ttl else None
        outcomes = await self._publisher.confirm([Outgoing(self._subject(key), value, headers)])
        return outcomes[0].sequence or 0

    async def create(self, key: str, value: bytes) -> int | None:
        """Write a value where there is none; return its revision, or None where there is one."""
        made = await self.update(key, value, 0)
        if made is not None:
            return made
        last = await self._last(key)
        if last is None or last[1]:
            return None
        return await self.update(key, value, last[0].revision)

    async def update(self, key: str, value: bytes, revision: int) -> int | None:
        """Write a value over the one of that revision; return the new one, or None where another came first."""
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
        """An earlier try got no answer: if our very value stands there now, that try had arrived."""
        entry = await self.get(key)
        return entry.revision if entry and entry.value == value and entry.revision > revision else None

    async def delete(self, key: str) -> None:
        """Remove a key; it need not be there. Its trace vanishes after a minute."""
        headers = {"KV-Operation": "PURGE", "Nats-TTL": f"{TOMBSTONE_SECONDS}s"}
        await self._publisher.confirm([Outgoing(self._subject(key), b"", headers)])

    async def last(self, *patterns: str) -> dict[str, Entry]:
        """Return the keys that fit and their values, as they stand at one moment; for up to a thousand keys."""
        wish = {"multi_last": [self._prefix + pattern for pattern in patterns]}
        answers = await self._ask(self._stream, json.dumps(wish).encode(), many=True)
        found = [msg for msg in answers if "Nats-Sequence" in (msg.headers or {}) and _is_value(msg)]
        return {(msg.headers or {})["Nats-Subject"][len(self._prefix) :]: _entry(msg) for msg in found}

    async def all(self) -> dict[str, Entry]:
        """Return every key and its value: one request for each thousand."""
        entries: dict[str, Entry] = {}
        start = 1
        while True:
            wish = {"seq": start, "batch": PAGE, "next_by_subj": f"{self._prefix}>"}
            answers = await self._ask(self._stream, json.dumps(wish).encode(), many=True)
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
        return await direct_get(self._link, self._complaints, subject, payload, many)

    def _subject(self, key: str) -> str:
        if not KEY.fullmatch(key) or key.startswith(".") or key.endswith("."):
            raise ValueError(f"{key!r} is no key: make one with kv_key()")
        return self._prefix + key


async def direct_get(
    link: BrokerConnection, complaints: Complaints, subject: str, payload: bytes, many: bool
) -> list[Msg]:
    """Ask a stream for what it holds, for as long as it takes; of many answers the last is a status."""
    pause = FIRST_PAUSE
    while True:
        await link.until_connected()
        try:
            if many:
                answers = await link.collect(f"{link.jetstream}.DIRECT.GET.{subject}", payload)
            else:
                answers = [await link.ask(f"{link.jetstream}.DIRECT.GET.{subject}", payload)]
            if status_of(answers[-1]) in (None, "204", "404"):
                return answers
            outcome = PublishOutcome(text=f"status {status_of(answers[-1])}")
        except (TimeoutError, nats.errors.Error, OSError) as error:
            outcome = PublishOutcome(text=f"no answer ({type(error).__name__})")
        complaints.say(subject, outcome, "read")
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def one_message(link: BrokerConnection, stream: str, wish: Mapping[str, object]) -> Msg | None:
    """Return the message of a stream that a direct get wishes for, by number, subject or time; None: it has none."""
    msg = (await direct_get(link, Complaints(), stream, json.dumps(wish).encode(), many=False))[0]
    return None if status_of(msg) else msg


async def stream_state(link: BrokerConnection, stream: str) -> dict[str, Any]:
    """Return what the broker says that a stream holds. Raises ApiError or TimeoutError."""
    state: dict[str, Any] = (await link.api(f"STREAM.INFO.{stream}"))["state"]
    return state


def _may_have_arrived(outcome: PublishOutcome) -> bool:
    return outcome.code == 0


def _entry(msg: Msg) -> Entry:
    headers = msg.headers or {}
    return Entry(msg.data, int(headers["Nats-Sequence"]), headers.get("Nats-Time-Stamp", ""))


def _is_value(msg: Msg) -> bool:
    return not NO_VALUE & set(msg.headers or {})
