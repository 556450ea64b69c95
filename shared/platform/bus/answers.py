"""Requests on `control.<service>` and their replies.

A service answers a request with a `Reply`, or not at all.

Rule: a request is valid only if it arrived on its own subject and has an inbox as its reply subject. A client can
make the broker send a message for it, but such a message has no inbox as its reply subject.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from pydantic import ValidationError

from shared.domain import subjects
from shared.domain.errors import MessageError, NmsError, NobodyThere, OutcomeUnknown, Refused, UnknownTarget
from shared.domain.events import MAX_TEXT
from shared.domain.kinds import ServiceName
from shared.domain.requests import Reply, Request
from shared.platform import counters
from shared.platform.bus.client import INBOX
from shared.platform.bus.codec import check_origin, decode_request
from shared.platform.bus.connection import BrokerConnection, status_of, unsubscribe

AT_ONCE = 32
TRY_AGAIN = 0.1
SHORTEST_WAIT = 0.02
"""Seconds in which the broker reports that nobody subscribes to a subject."""

RequestHandler = Callable[[Any], Awaitable[Reply | None]]
DeadLetter = Callable[[str, bytes, str, str], Awaitable[None]]
log = structlog.get_logger("nms.bus")


async def ask(connection: BrokerConnection, service: ServiceName, request: Request, timeout: float) -> Reply:
    """Send a request and return the reply. While no process subscribes or the broker is lost, repeat until the timeout.

    Raises NobodyThere if no process received the request, another TimeoutError if a process may have received it.
    """
    subject, data = subjects.control(service), request.model_dump_json().encode()
    until = time.monotonic() + timeout
    maybe_received = False
    while (left := until - time.monotonic()) > SHORTEST_WAIT:
        try:
            msg = await connection.ask(subject, data, left)
        except (TimeoutError, nats.errors.Error, OSError):
            msg, maybe_received = None, True
        if msg is not None and status_of(msg) is None:
            return _reply(service, msg.data)
        await asyncio.sleep(min(TRY_AGAIN, max(0.0, until - time.monotonic())))
    if maybe_received:
        raise TimeoutError(f"{service} did not answer within {timeout:g} s: is it running?")
    raise NobodyThere(f"no {service} was there within {timeout:g} s: is it running?")


def _reply(service: ServiceName, data: bytes) -> Reply:
    try:
        reply = Reply.model_validate_json(data)
    except ValidationError:
        raise Refused(f"{service} sent an invalid reply") from None
    if reply.refused is not None:
        raise (OutcomeUnknown if reply.unsure else UnknownTarget if reply.unknown else Refused)(reply.refused)
    return reply


class Answers:
    def __init__(
        self,
        connection: BrokerConnection,
        service: ServiceName,
        handler: RequestHandler,
        every_replica: bool,
        dead_letter: DeadLetter,
    ) -> None:
        self._connection, self._service, self._handler, self._dead_letter = connection, service, handler, dead_letter
        self._queue = "" if every_replica else str(service)
        self._working: set[asyncio.Task[None]] = set()
        self._sub: Subscription | None = None

    async def start(self) -> Answers:
        self._sub = await self._connection.nc.subscribe(
            subjects.control(self._service), queue=self._queue, cb=self._receive
        )
        await self._connection.settle()
        return self

    async def stop(self) -> None:
        """Requests in progress are finished."""
        if self._sub is not None:
            await unsubscribe(self._sub, self._connection)
        me = asyncio.current_task()
        await asyncio.gather(*(task for task in self._working if task is not me), return_exceptions=True)

    async def _receive(self, msg: Msg) -> None:
        if len(self._working) >= AT_ONCE:
            await self._say(msg, Reply(refused=f"{self._service} has {AT_ONCE} requests at work: try again later"))
            return
        task = self._connection.spawn(self._answer(msg))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _answer(self, msg: Msg) -> None:
        try:
            reply = await self._handler(self._read(msg))
        except MessageError as error:
            counters.malformed.labels(subjects.CONTROL).inc()
            await self._say(msg, Reply(refused=str(error)[:MAX_TEXT]))
            digest = hashlib.sha256(msg.subject.encode() + b"\0" + msg.data).hexdigest()
            await self._dead_letter(msg.subject, msg.data, str(error), digest)
            return
        except NmsError as error:
            reply = Reply(
                refused=str(error)[:MAX_TEXT],
                unknown=isinstance(error, UnknownTarget),
                unsure=isinstance(error, OutcomeUnknown),
            )
        except Exception as error:  # an error of a handler must not stop the service from answering
            counters.failed.labels(msg.subject).inc()
            log.error("a request failed", exc_info=error)
            reply = Reply(refused=f"{self._service} failed at it; see its log")
        if reply is not None:
            await self._say(msg, reply)

    def _read(self, msg: Msg) -> Request:
        check_origin(msg, subjects.control(self._service))
        if not msg.reply.startswith(INBOX):
            raise MessageError("its reply subject is not an inbox")
        request = decode_request(msg.data)
        if request.service != self._service:
            raise MessageError(f"{request.do} is a request for {request.service}, not for {self._service}")
        return request

    async def _say(self, msg: Msg, reply: Reply) -> None:
        if not msg.reply.startswith(INBOX):  # the broker does not check reply subjects: reply to inboxes only
            return
        with contextlib.suppress(nats.errors.Error, TimeoutError, OSError):
            await self._connection.send(msg.reply, reply.model_dump_json().encode())
