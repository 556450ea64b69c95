"""Subscribes on NATS and prints matching messages, up to a number or without end. A restart of the broker does not end
it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import nats
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from nms.extras.tap.message import TappedMessage
from nms.extras.tap.outlet import Outlet
from nms.extras.tap.subjects import subscriptions
from nms.runtime import read_runtime
from nms.terminal import stdout_file
from shared.domain.errors import BrokerError, SettingError
from shared.domain.logins import shown_url
from shared.platform.folders import state_home
from shared.platform.settings import DEFAULT_NATS_URL

CONNECT_TIMEOUT = 5
CLOSE_TIMEOUT = 2
PING_SECONDS = 5
RECONNECT_SECONDS = 0.5
QUEUED_MESSAGES = 10_000
QUEUED_BYTES = 32 * 1024 * 1024
LAST_WORDS = 5.0
"""Seconds to write the messages of `--count`; after that the reader of the output counts as stuck."""
LOOK_SECONDS = 0.25
SAY_EVERY = 5.0
REFUSALS = ("permission", "authorization", "maximum account active connections", "maximum subscriptions")
Say = Callable[[str], None]


@dataclass(frozen=True)
class TapRequest:
    """`count`: the number of messages to print; None without end."""

    patterns: Sequence[str]
    wanted: Callable[[TappedMessage], bool]
    line: Callable[[TappedMessage], str]
    count: int | None = None


def find_nats(url: str | None) -> str:
    """Return the URL in `url`, else of the broker on this machine, else the default URL. Raises SettingError."""
    if url:
        if not url.startswith(("nats://", "tls://")) or not url.isprintable():
            raise SettingError(f"--nats-url {shown_url(url)}: not a URL; write it as in --nats-url {DEFAULT_NATS_URL}")
        return url
    runtime = read_runtime(state_home())
    return runtime.nats_url if runtime else DEFAULT_NATS_URL


async def listen(url: str, request: TapRequest, outlet: Outlet, say: Say) -> None:
    """Raises BrokerError, SettingError, or ReaderGone."""
    narrow = subscriptions(request.patterns)
    tap = Tap(url, request, outlet, say)
    client = await tap.connect()
    try:
        for subject in narrow:
            await client.subscribe(
                subject, cb=tap.receive, pending_msgs_limit=QUEUED_MESSAGES, pending_bytes_limit=QUEUED_BYTES
            )
        await tap.until_enough()
    finally:
        tap.end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await client.close()


class Tap:
    def __init__(self, url: str, request: TapRequest, outlet: Outlet, say: Say) -> None:
        self._url, self._request, self._outlet, self._say = url, request, outlet, say
        self._left = request.count
        self._enough = asyncio.Event()
        self._refused: str | None = None
        self._overrun = 0
        self._reported = 0
        self._connected = self._ending = False

    async def connect(self) -> Client:
        """The connection has no credentials. Raises BrokerError."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                client = await nats.connect(
                    self._url,
                    name="nms tap",
                    error_cb=self._on_error,
                    disconnected_cb=self._on_disconnected,
                    reconnected_cb=self._on_reconnected,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RECONNECT_SECONDS,
                    ping_interval=PING_SECONDS,
                )
        except (OSError, nats.errors.Error, TimeoutError, ValueError):
            why = self._refused or "start it with `nms up`, or name another by --nats-url"
            raise BrokerError(f"no NATS answers at {self._url}: {why}") from None
        self._connected = True
        return client

    async def receive(self, message: Msg) -> None:
        tapped = TappedMessage(message.subject, message.data, message.headers or {})
        if self._enough.is_set() or not self._request.wanted(tapped):
            return
        if self._outlet.put(self._request.line(tapped)) and self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self._enough.set()

    def end(self) -> None:
        """Report no more events of the connection, because the tap itself is ending."""
        self._ending = True

    async def until_enough(self) -> None:
        loop = asyncio.get_running_loop()
        logged = loop.time()
        enough = asyncio.ensure_future(self._enough.wait())
        while not enough.done():
            await asyncio.wait({enough}, timeout=LOOK_SECONDS)  # asyncio.wait never loses a Ctrl-C, unlike wait_for
            self._outlet.check()
            if self._refused is not None:
                raise BrokerError(f"the broker refuses: {self._refused}")
            if loop.time() - logged > SAY_EVERY:
                logged = loop.time()
                self._tell_losses()
        self._tell_losses()

    def _tell_losses(self) -> None:
        lost = self._overrun + self._outlet.dropped
        if lost > self._reported:
            self._say(f"{lost - self._reported} messages were not printed: the reader of this output is too slow")
            self._reported = lost

    async def _on_error(self, error: Exception) -> None:
        if isinstance(error, nats.errors.SlowConsumerError):
            self._overrun += 1
        elif any(word in str(error).lower() for word in REFUSALS):
            self._refused = str(error)

    async def _on_disconnected(self) -> None:
        if self._connected and not self._ending:
            self._say("the broker is away: waiting for it; messages published meanwhile are missed")

    async def _on_reconnected(self) -> None:
        self._say("the broker is back")


def run(url: str | None, request: TapRequest, say: Say) -> None:
    outlet = Outlet(stdout_file())
    asyncio.run(listen(find_nats(url), request, outlet, say))
    outlet.end(LAST_WORDS)
    outlet.check()
