"""The connection of a process to the broker; a lost connection is restored, however long that takes.

A token in its subject leads each reply to its request, so that a request needs no task of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from shared.domain.errors import BrokerError
from shared.domain.instant import instant
from shared.domain.logins import without_logins
from shared.platform import counters
from shared.platform.access import API, api_for, reader_names
from shared.platform.bus.client import INBOX, PatientClient
from shared.platform.settings import ServiceSettings

OLDEST_BROKER = (2, 11)
PING_SECONDS = 5
RECONNECT_SECONDS = 0.2
CONNECT_TIMEOUT = 2
REFUSED_LOGINS = 3
REFUSED_RECONNECTS = 25
MAX_REFUSALS = 100
SAY_EVERY = 10.0
API_TIMEOUT = 2.0
SETTLE_TIMEOUT = 2
WATCH_SECONDS = 0.5
PENDING_BYTES = 8 * 1024 * 1024

LATE_ANSWER = f'publish to "{INBOX.lower()}_'
"""Part of a refusal of a late reply. A restarted broker refuses it, since it does not know earlier requests; the user
lacks no right.
"""

Route = Callable[[Msg], None]
log = structlog.get_logger("nms.bus")


class ApiError(Exception):
    def __init__(self, code: int, err_code: int, description: str) -> None:
        super().__init__(description)
        self.code, self.err_code, self.description = code, err_code, description


def status_of(msg: Msg) -> str | None:
    return msg.headers.get("Status") if msg.headers and not msg.data else None


async def unsubscribe(sub: Subscription, connection: BrokerConnection) -> None:
    """Without a connection do nothing, since the broker has ended the subscription then."""
    if connection.nc.is_connected:
        with contextlib.suppress(nats.errors.Error, OSError):
            await sub.unsubscribe()


class BrokerConnection:
    """One connection of a broker user. `epoch` counts reconnects; `broken` resolves to why the process must end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nc = PatientClient()
        self.epoch = 0
        self.jetstream = API  # the API prefix of this user
        self.user: str | None = None
        self.refusals: set[str] = set()
        self.broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.on_lost: list[Callable[[], None]] = []
        self.on_found: list[Callable[[], None]] = []
        self._up = asyncio.Event()
        self._routes: dict[str, Route] = {}
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._logins_refused = 0
        self._inbox = ""
        self._broker_ahead: float | None = None

    # --- connecting ---------------------------------------------------------------------------------------------

    async def open(self, settings: ServiceSettings) -> None:
        """Connect, however long it takes. Raises BrokerError if the broker is too old, refuses us or cannot be used."""
        login = settings.login()
        user = login.user if login else None
        self.user, self.jetstream = user, api_for(user)
        connecting = asyncio.create_task(
            self.nc.connect(
                servers=[settings.nats_url],
                name=self.name,
                user=user,
                password=login.password.get_secret_value() if login else None,
                inbox_prefix=f"_INBOX_{user}" if user else "_INBOX",
                max_reconnect_attempts=-1,
                reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]
                ping_interval=PING_SECONDS,
                connect_timeout=CONNECT_TIMEOUT,
                pending_size=PENDING_BYTES,
                error_cb=self._on_error,
                disconnected_cb=self._on_disconnected,
                reconnected_cb=self._on_reconnected,
                closed_cb=self._on_closed,
            )
        )
        try:
            await self._wait_for(connecting, settings.nats_url, user)
            self._check_version(settings.nats_url)
        except BaseException:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            await self.close()
            raise
        self._inbox = self.nc.new_inbox()
        await self.nc.subscribe(f"{self._inbox}.*", cb=self._route)
        self._set_up()
        self.spawn(self._watch())

    async def _wait_for(self, connecting: asyncio.Task[None], url: str, user: str | None) -> None:
        began = logged = time.monotonic()
        while not connecting.done():
            await asyncio.wait({connecting}, timeout=RECONNECT_SECONDS)
            if self._logins_refused >= REFUSED_LOGINS:
                raise BrokerError(
                    f"the broker at {url} refuses user {user or 'without a name'}: give the right NMS_CREDENTIALS"
                )
            if time.monotonic() - logged >= SAY_EVERY:
                logged = time.monotonic()
                waited = round(logged - began)
                shown = without_logins(url)
                log.warning(f"no broker at {shown} after {waited} s: start nats-server or set NMS_NATS_URL; waiting")
        try:
            connecting.result()
        except (nats.errors.Error, OSError) as error:
            raise BrokerError(f"cannot use the broker at {url}: {error}; check NMS_NATS_URL") from None

    def _check_version(self, url: str) -> None:
        version = self.nc.connected_server_version
        if (version.major, version.minor) < OLDEST_BROKER:
            wanted = ".".join(map(str, OLDEST_BROKER))
            number = f"{version.major}.{version.minor}.{version.patch}"
            raise BrokerError(f"the broker at {url} is nats-server {number}: upgrade it to {wanted} or newer")

    @property
    def connected(self) -> bool:
        return self._up.is_set() and self.nc.is_connected

    async def until_connected(self) -> None:
        while not self.connected:
            self._up.clear()
            await self._up.wait()

    def _set_up(self) -> None:
        counters.connected.set(1)
        self._up.set()

    async def _watch(self) -> None:
        """Reconnect when the read loop has ended. Two checks in a row have to agree, because during a connect the loop
        seems ended for a moment.
        """
        deaf_before = False
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            deaf = self.nc.deaf and not self._closing
            if deaf and deaf_before:
                log.error("the client no longer reads what the broker sends; reconnecting")
                await self.nc.force_reconnect()
            deaf_before = deaf and not deaf_before

    async def _on_disconnected(self) -> None:
        counters.connected.set(0)
        self._up.clear()
        if not self._closing:
            log.warning("lost the broker; reconnecting")
        for callback in self.on_lost:
            callback()

    async def _on_reconnected(self) -> None:
        self.epoch += 1
        self._logins_refused = 0
        counters.reconnects.inc()
        self._set_up()
        log.info("reconnected to the broker")
        for callback in self.on_found:
            callback()

    async def _on_closed(self) -> None:
        counters.connected.set(0)
        self._up.clear()
        if not self._closing:
            self.give_up("the connection to the broker is closed")

    async def _on_error(self, error: Exception) -> None:
        text = str(error).lower()
        if "authorization violation" in text:
            self._login_refused()
        elif isinstance(error, nats.errors.SlowConsumerError):
            counters.slow.inc()
            log.error("a subscription is full, messages were dropped", subject=error.subject)
        elif "permissions violation" in text:
            self._refused(str(error))
        elif not isinstance(error, OSError | nats.errors.NoServersError | nats.errors.StaleConnectionError):
            log.warning("the connection reported an error", error=repr(error))

    def _refused(self, refusal: str) -> None:
        text = refusal.lower()
        if LATE_ANSWER in text:
            log.info("the broker no longer knows the requester; a reply is lost", broker_says=refusal)
            return
        counters.refused.inc()
        if text not in self.refusals and len(self.refusals) < MAX_REFUSALS:
            self.refusals.add(text)
            log.error("the broker refuses an operation; check the user's rights", broker_says=refusal)

    def _login_refused(self) -> None:
        self._logins_refused += 1
        if self._inbox and self._logins_refused >= REFUSED_RECONNECTS:
            self.give_up("the broker refuses our user since it restarted")

    def give_up(self, reason: str) -> None:
        """The runner then ends the process."""
        if not self.broken.done():
            self.broken.set_result(reason)

    async def close(self) -> None:
        self._closing = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.nc.is_connected:
            await self.settle()
        with contextlib.suppress(nats.errors.Error, OSError):
            await self.nc.close()

    async def settle(self) -> None:
        """Wait until the broker has registered all subscriptions so far, for a few seconds at most.

        The client sends a ping before its write queue. The first ping flushes the queue, the second proves that the
        queue arrived.
        """
        with contextlib.suppress(nats.errors.Error, OSError):
            for _ in range(2):
                if self.connected:
                    await self.nc.flush(SETTLE_TIMEOUT)

    # --- background work ----------------------------------------------------------------------------------------

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """If the coroutine raises an error, the process ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background work failed", exc_info=error)
            self.give_up(f"background work failed: {error!r}")

    # --- requests -----------------------------------------------------------------------------------------------

    async def _route(self, msg: Msg) -> None:
        route = self._routes.get(msg.subject.rpartition(".")[2])
        if route is not None:
            route(msg)

    def reply_to(self, route: Route) -> tuple[str, str]:
        """Return a token and a reply subject; `route` receives the replies until `forget(token)`."""
        token = str(next(self._numbers))
        self._routes[token] = route
        return token, f"{self._inbox}.{token}"

    def forget(self, token: str) -> None:
        self._routes.pop(token, None)

    async def ask(self, subject: str, payload: bytes = b"", timeout: float = API_TIMEOUT) -> Msg:
        """Raises TimeoutError, or nats.errors.Error if the request cannot be sent."""
        answer: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()
        token, reply = self.reply_to(lambda msg: None if answer.done() else answer.set_result(msg))
        try:
            async with asyncio.timeout(timeout):
                await self.send(subject, payload, reply)
                return await answer
        finally:
            self.forget(token)

    async def collect(self, subject: str, payload: bytes, timeout: float = API_TIMEOUT) -> list[Msg]:
        """Send a direct get; return all its replies, the closing status message last. Raises TimeoutError."""
        answers: list[Msg] = []
        done = asyncio.Event()

        def receive(msg: Msg) -> None:
            answers.append(msg)
            if status_of(msg):
                done.set()

        token, reply = self.reply_to(receive)
        try:
            async with asyncio.timeout(timeout):
                await self.send(subject, payload, reply)
                await done.wait()
                return answers
        finally:
            self.forget(token)

    async def api(self, subject: str, body: object = None, timeout: float = API_TIMEOUT) -> dict[str, Any]:
        """Call JetStream's API. Raises ApiError, or TimeoutError if there is no answer."""
        msg = await self.ask(f"{self.jetstream}.{subject}", b"" if body is None else json.dumps(body).encode(), timeout)
        if status_of(msg) == "503":
            raise ApiError(503, 503, "JetStream is not available")
        answer: dict[str, Any] = json.loads(msg.data)
        self._take_time(answer.get("ts"))
        if error := answer.get("error"):
            raise ApiError(error.get("code", 0), error.get("err_code", 0), error.get("description", ""))
        return answer

    def reader_names(self, stream: str) -> tuple[str, ...]:
        return reader_names(self.user, stream)

    def broker_now(self) -> float:
        """Return the broker's wall time, as stored messages have it; our own until the broker's time is known.

        The two may differ by hours.
        """
        return time.time() if self._broker_ahead is None else time.monotonic() + self._broker_ahead

    def _take_time(self, stamp: object) -> None:
        if isinstance(stamp, str):
            with contextlib.suppress(ValueError, OverflowError):
                self._broker_ahead = instant(stamp) - time.monotonic()

    async def send(self, subject: str, data: bytes, reply: str = "", headers: dict[str, str] | None = None) -> None:
        """Raises nats.errors.Error or TimeoutError."""
        if not self.connected:
            raise TimeoutError("not connected to the broker")
        await self.nc.publish(subject, data, reply=reply, headers=headers)
