"""nats-py's client with corrections for lost pongs, slow header parsing, and replies to subjects that are no inboxes.

The module `connection` keeps the client connected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

FLUSH_TIMEOUT = 10
HEADER_NAMES = 256
LONGEST_KEPT = 256
"""How many names of headers are kept in the cache, and how many bytes a kept name has at most."""

READ_OUT = "Nats-Stream"
"""Header of the broker on messages that it read out of a stream; no client publishes with it."""
STORED_SO = "Nms-Stored-So"
"""Our header on a message that a stream had stored with `READ_OUT`. It says that the broker, not a client, published
the message.
"""

INBOX = "_INBOX"
ASKED_OF_ALL = "$SRV."

Callback = Callable[[Msg], Awaitable[None]]


def _header_name(raw: bytes) -> str | None:
    try:
        name = raw.strip().decode("ascii")
    except UnicodeDecodeError:
        return None
    return None if any(char.isspace() for char in name) else name


_kept_header_name = lru_cache(HEADER_NAMES)(_header_name)


def _for_inboxes(answer: Callback) -> Callback:
    async def receive(msg: Msg) -> None:
        if msg.reply.startswith(INBOX):
            await answer(msg)

    return receive


class PatientClient(Client):
    """A client that never cancels a ping: a pong to a cancelled ping would end nats-py's read loop without an error."""

    # nats-py has no public API for its ping, its read loop and its header parser: hence the underscores below.

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        """Parse headers as nats-py does, but keep the parsed header names in a cache, which is much faster."""
        headers = {}
        for line in raw.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            read = _kept_header_name if len(name) <= LONGEST_KEPT else _header_name
            if colon and (known := read(name)) is not None:
                headers[known] = value.strip().decode("utf-8", "replace")
        return headers

    async def subscribe(
        self, subject: str, queue: str = "", cb: Callback | None = None, *args: Any, **more: Any
    ) -> Subscription:
        """Subscribe. Ignore `$SRV.` requests whose reply subject is no inbox.

        nats-py answers these requests by itself, on any subject that they name. The requester may lack that right.
        """
        if cb is not None and subject.startswith(ASKED_OF_ALL):
            cb = _for_inboxes(cb)
        return await super().subscribe(subject, queue, cb, *args, **more)

    async def flush(self, timeout: int = FLUSH_TIMEOUT) -> None:
        if self.is_closed:
            raise nats.errors.ConnectionClosedError
        pong: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        await self._send_ping(pong)
        await asyncio.wait({pong}, timeout=timeout)  # unlike wait_for, wait does not cancel the future
        if not pong.done():
            raise nats.errors.FlushTimeoutError

    async def _process_headers(self, headers: bytes | None) -> dict[str, str] | None:
        """Parse headers, and add `STORED_SO` if `READ_OUT` occurs twice, since nats-py keeps only the last of them."""
        parsed: dict[str, str] | None = await super()._process_headers(headers)
        if headers and parsed and headers.count(f"\n{READ_OUT}:".encode()) > 1:
            parsed[STORED_SO] = parsed[READ_OUT]
        return parsed

    @property
    def deaf(self) -> bool:
        return self.is_connected and self._reading_task is not None and self._reading_task.done()
