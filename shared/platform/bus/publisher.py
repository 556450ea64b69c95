"""Publishes into streams. Each message is repeated until its stream confirms it.

The sender of an event waits for that. Telemetry and log lines wait in a bounded window, which drops the oldest.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import nats.errors
import structlog
from nats.aio.msg import Msg

from shared.domain.errors import MessageError
from shared.platform import counters
from shared.platform.bus.connection import BrokerConnection, status_of

CONFIRM_WITHIN = 2.0
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
SAY_EVERY = 10.0
WINDOW = 400
MAX_TEXTS = 20
"""The number of failure texts that are remembered, so that each is logged only at intervals."""
SWEEP_SECONDS = 1.0
WRONG_REVISION = 10071
TOO_LARGE = 10054
NO_ROOM = frozenset({10047, 10023, 10024, 10028, 10077})

log = structlog.get_logger("nms.bus")


@dataclass(frozen=True)
class Outgoing:
    subject: str
    data: bytes
    headers: dict[str, str] | None = None


@dataclass(frozen=True)
class PublishOutcome:
    """The outcome of a publication: the sequence number in the stream, or the code and text of the stream's error.

    With neither number nor code the stream gave no answer; `text` says why. `repeated`: the stream had the id already.
    """

    sequence: int | None = None
    repeated: bool = False
    code: int = 0
    text: str = "no answer"


@dataclass
class _Windowed:
    message: Outgoing
    sent: float = 0.0


@dataclass
class Complaints:
    """Logs failures; a failure with the same text, on any subject, is logged about once in `SAY_EVERY` seconds."""

    last: dict[str, float] = field(default_factory=dict)

    def say(self, subject: str, outcome: PublishOutcome, failed: str = "stored") -> None:
        now = time.monotonic()
        if now - self.last.get(outcome.text, -SAY_EVERY) < SAY_EVERY:
            return
        recent = {text: at for text, at in self.last.items() if now - at < SAY_EVERY}
        self.last = {outcome.text: now} if len(recent) >= MAX_TEXTS else recent | {outcome.text: now}
        remedy = (
            "free disk space or raise the stream's limit"
            if outcome.code in NO_ROOM
            else "check the broker; it is tried again until it works"
        )
        log.error(f"{subject} was not {failed}: {outcome.text}; {remedy}", code=outcome.code)


class Publisher:
    def __init__(self, connection: BrokerConnection) -> None:
        self._connection = connection
        self._waiting: set[asyncio.Future[PublishOutcome]] = set()
        self._window: dict[int, _Windowed] = {}
        self._numbers = itertools.count(1)
        self._complaints = Complaints()
        self._sweeper: asyncio.Task[None] | None = None
        self._resending = asyncio.Lock()
        self._sound: dict[str, int] = {}
        self._closing = False
        connection.on_lost.append(self._lost)
        connection.on_found.append(self._found)

    # --- confirmed ----------------------------------------------------------------------------------------------

    async def confirm(self, messages: Sequence[Outgoing]) -> list[PublishOutcome]:
        """Send messages in order; repeat messages that were not stored, in order and without limit.

        Many messages are sent at once only while the stream is known to accept them, since no message may overtake a
        message that failed. Raises MessageError if a message is too large.
        """
        outcomes: list[PublishOutcome] = []
        while len(outcomes) < len(messages):
            outcomes += await self._confirm_run(self._run(messages, len(outcomes)))
        return outcomes

    def _run(self, messages: Sequence[Outgoing], start: int) -> Sequence[Outgoing]:
        """Return the next messages of one family; just one while the family's stream has confirmed nothing since the
        last reconnect.
        """
        family = _family(messages[start])
        if self._sound.get(family) != self._connection.epoch:
            return messages[start : start + 1]
        end = start + 1
        while end < len(messages) and _family(messages[end]) == family:
            end += 1
        return messages[start:end]

    async def _confirm_run(self, run: Sequence[Outgoing]) -> list[PublishOutcome]:
        family, epoch = _family(run[0]), self._connection.epoch
        outcomes = await self.attempt(run)
        left = [i for i, outcome in enumerate(outcomes) if outcome.sequence is None]
        pause, failed = FIRST_PAUSE, True
        while left:
            first = left[0]
            if failed:
                counters.retried.inc()
                self._complaints.say(run[first].subject, outcomes[first])
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            epoch = self._connection.epoch
            outcomes[first] = (await self.attempt([run[first]]))[0]
            failed = outcomes[first].sequence is None
            if not failed:
                left.pop(0)
        self._sound[family] = epoch
        return outcomes

    async def attempt(self, messages: Sequence[Outgoing]) -> list[PublishOutcome]:
        """Once connected, send messages in order, without repetition; return their outcomes. Raises MessageError.

        If a message cannot be sent, or the connection was lost, the messages after it are not sent.
        """
        await self._connection.until_connected()
        epoch, held = self._connection.epoch, False
        futures: list[asyncio.Future[PublishOutcome]] = []
        tokens: list[str] = []
        try:
            for message in messages:
                future: asyncio.Future[PublishOutcome] = asyncio.get_running_loop().create_future()
                futures.append(future)
                self._waiting.add(future)
                token, reply = self._connection.reply_to(lambda msg, f=future: _settle(f, _outcome(msg)))  # type: ignore[misc]
                tokens.append(token)
                held = held or self._connection.epoch != epoch
                if held:
                    _settle(future, PublishOutcome(text="one before it was not stored"))
                else:
                    await self._send(message, reply, future)
                    held = future.done() and future.result().sequence is None
            await asyncio.wait(futures, timeout=CONFIRM_WITHIN)
        finally:
            for token, future in zip(tokens, futures, strict=False):
                self._connection.forget(token)
                self._waiting.discard(future)
        outcomes = [future.result() if future.done() else PublishOutcome() for future in futures]
        for message, outcome in zip(messages, outcomes, strict=True):
            if outcome.code == TOO_LARGE:
                raise MessageError(f"{message.subject}: {len(message.data)} bytes exceed the limit of its stream")
        return outcomes

    async def _send(self, message: Outgoing, reply: str, future: asyncio.Future[PublishOutcome]) -> None:
        try:
            await self._connection.send(message.subject, message.data, reply, message.headers)
        except nats.errors.MaxPayloadError:
            raise MessageError(f"{message.subject}: {len(message.data)} bytes exceed the limit of the broker") from None
        except (nats.errors.Error, TimeoutError, OSError) as error:
            _settle(future, PublishOutcome(text=f"could not be sent ({type(error).__name__})"))

    def _lost(self) -> None:
        for future in self._waiting:
            _settle(future, PublishOutcome(text="the broker was lost"))

    # --- windowed -----------------------------------------------------------------------------------------------

    async def windowed(self, message: Outgoing) -> None:
        """Send a message; repeat it in the background until it is confirmed. A full window drops its oldest message."""
        if len(self._window) >= WINDOW:
            del self._window[next(iter(self._window))]
            counters.dropped.inc()
        number = next(self._numbers)
        self._window[number] = entry = _Windowed(message)
        if self._sweeper is None:
            self._sweeper = self._connection.spawn(self._sweep())
        if self._connection.connected and not self._resending.locked():
            await self._send_windowed(number, entry)

    async def _send_windowed(self, number: int, entry: _Windowed) -> None:
        entry.sent = time.monotonic()

        def confirmed(msg: Msg) -> None:
            self._connection.forget(token)
            if _outcome(msg).sequence is not None:
                self._window.pop(number, None)

        token, reply = self._connection.reply_to(confirmed)
        asyncio.get_running_loop().call_later(CONFIRM_WITHIN, self._connection.forget, token)
        with contextlib.suppress(nats.errors.Error, TimeoutError, OSError):
            await self._connection.send(entry.message.subject, entry.message.data, reply, entry.message.headers)

    def _found(self) -> None:
        if self._window and not self._closing:
            self._connection.spawn(self._resend(0.0))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            if self._window and self._connection.connected:
                await self._resend(CONFIRM_WITHIN)

    async def _resend(self, older_than: float) -> None:
        async with self._resending:
            due = time.monotonic() - older_than
            for number, entry in tuple(self._window.items()):
                if entry.sent <= due and number in self._window:
                    if entry.sent:
                        counters.retried.inc()
                    await self._send_windowed(number, entry)

    async def close(self, within: float = 1.0) -> None:
        """Wait at most `within` seconds until the messages in the window are confirmed."""
        self._closing = True
        until = time.monotonic() + within
        while self._window and self._connection.connected and time.monotonic() < until:
            await asyncio.sleep(0.02)


def _settle(future: asyncio.Future[PublishOutcome], outcome: PublishOutcome) -> None:
    if not future.done():
        future.set_result(outcome)


def _family(message: Outgoing) -> str:
    return message.subject.partition(".")[0]


def _outcome(msg: Msg) -> PublishOutcome:
    if (status := status_of(msg)) is not None:
        return PublishOutcome(text="no stream takes it" if status == "503" else f"status {status}")
    try:
        answer = json.loads(msg.data)
        if error := answer.get("error"):
            return PublishOutcome(code=int(error.get("err_code", 0)), text=str(error.get("description", "")))
        return PublishOutcome(sequence=int(answer["seq"]), repeated=bool(answer.get("duplicate")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return PublishOutcome(text="an invalid answer")
