"""The bus of one process: all operations of a shell on NATS, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import time
import warnings
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from importlib import metadata
from typing import Any, ClassVar, Literal, Protocol

import nats.errors
import nats.micro
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.domain import subjects
from shared.domain.config import Desired
from shared.domain.dead_letters import dead_letter
from shared.domain.errors import MessageError
from shared.domain.events import MAX_TEXT, Event, LogLine
from shared.domain.instant import instant, iso
from shared.domain.kinds import Level, ServiceName
from shared.domain.printable import printable
from shared.domain.requests import Reply, Request
from shared.domain.subjects import Bucket, Durable, Stream
from shared.domain.telemetry import Tick, decode_pulse, decode_tick, encode_tick
from shared.domain.topology import Topology, stored_topology
from shared.platform import counters
from shared.platform.bus import codec, origin
from shared.platform.bus.answers import Answers, ask
from shared.platform.bus.connection import BrokerConnection
from shared.platform.bus.desired import DesiredWatch
from shared.platform.bus.follow import Follow, OrderedReader
from shared.platform.bus.publisher import Outgoing, Publisher
from shared.platform.bus.pull import Stored
from shared.platform.bus.store import StreamStore, one_message
from shared.platform.bus.ticks import TickHandler, TickListener, call
from shared.platform.bus.who import ServiceInfo, who_is_there
from shared.platform.bus.worker import Worker
from shared.platform.clock import NetworkClock
from shared.platform.leases import Lease, OnChange
from shared.platform.settings import ServiceSettings

TOPOLOGY_KEY = "topology"
WAIT_FOR_BOOTSTRAP = 0.5
SAY_EVERY = 10.0
FRESH = 100.0
MIN_SPEED = 0.01
FIRST_PULSE_WITHIN = 1.0
PULSE_NAP = 0.02

Since = float | Literal["all"] | None
EventHandler = Callable[[Any], Awaitable[None]]
TimedHandler = Callable[[Any, float], Awaitable[None]]
DesiredHandler = Callable[[Desired], Awaitable[None]]
RequestHandler = Callable[[Any], Awaitable[Reply | None]]
log = structlog.get_logger("nms.bus")


class Subscription(Protocol):
    async def stop(self) -> None:
        """Stop the subscription; a handler in progress finishes first."""


class Following(Subscription, Protocol):
    caught_up: asyncio.Event

    @property
    def progress(self) -> float:
        """The share of the stored messages that have been handled, from 0 to 1."""

    @property
    def places(self) -> Mapping[str, int]:
        """The sequence number of the last message that was read from each stream."""

    @property
    def missing(self) -> Mapping[str, int]:
        """How many messages are missing between the stored messages of a stream that is read whole; no entry for 0."""


class Bus:
    def __init__(self, name: ServiceName, replica: str, connection: BrokerConnection) -> None:
        self.name, self.replica, self.connection = name, replica, connection
        self.clock = NetworkClock()
        self.topology: Topology
        self.instance = ""  # identifies the stored data: changes after a fresh start or with another network
        self._publisher = Publisher(connection)
        self._open: list[Subscription | Lease] = []
        self._desired_handlers: list[DesiredHandler] = []
        self._desired = DesiredWatch(
            connection,
            (self.bucket(Bucket.CONFIG), self.bucket(Bucket.TOPOLOGY)),
            replica,
            self._dead_letter_if_live,
            self._desired_changed,
        )
        self._about = {"replica": replica, "pid": str(os.getpid()), "started": iso(time.time())}
        self._lines = 0
        self._pulse_by = 0.0

    @staticmethod
    async def open(name: ServiceName, settings: ServiceSettings) -> Bus:
        """Connect, and wait for the broker and the bootstrap step. Raises BrokerError or SettingError."""
        replica = f"{name}-{settings.replica or os.urandom(2).hex()}"
        connection = BrokerConnection(replica)
        await connection.open(settings)
        bus = Bus(name, replica, connection)
        try:
            await bus._begin()
        except BaseException:
            await bus.close()
            raise
        return bus

    async def _begin(self) -> None:
        self.topology = await self._wait_for_bootstrap()
        await self.nc.subscribe(subjects.metrics(0), cb=self._pulse)
        self._pulse_by = time.monotonic() + FIRST_PULSE_WITHIN
        self._open.append(await self._desired.start())
        await self._introduce()

    async def _wait_for_bootstrap(self) -> Topology:
        logged = time.monotonic()
        while (entry := await self.bucket(Bucket.TOPOLOGY).get(TOPOLOGY_KEY)) is None:
            if time.monotonic() - logged > SAY_EVERY:
                logged = time.monotonic()
                log.warning("the broker has no topology: run `python -m shared.platform.bootstrap`; still waiting")
            await asyncio.sleep(WAIT_FOR_BOOTSTRAP)
        self.instance = entry.mark
        return stored_topology(entry.value)

    async def _introduce(self) -> None:
        description = f"one process of the {self.name} of NMS"
        with warnings.catch_warnings():  # the library gets the time in a way that newer Pythons deprecate
            warnings.simplefilter("ignore", DeprecationWarning)
            with contextlib.suppress(nats.errors.FlushTimeoutError):  # a slow broker registers it later
                await nats.micro.add_service(
                    self.nc, name=f"nms-{self.name}", version=_version(), description=description, metadata=self._about
                )
        await self.connection.settle()  # otherwise a process that has started may not answer yet

    @property
    def nc(self) -> Client:
        return self.connection.nc

    async def close(self) -> None:
        for item in reversed(self._open):
            await item.stop()
        await self._publisher.close()
        await self.connection.close()

    # --- time ---------------------------------------------------------------------------------------------------

    async def _pulse(self, msg: Msg) -> None:
        try:
            codec.check_origin(msg, subjects.metrics(0))
            pulse = decode_pulse(msg.data)
            self.clock.pulse(instant(pulse.at), pulse.speed)
        except (MessageError, ValueError, OverflowError):
            counters.malformed.labels(subjects.METRICS).inc()  # the readers of the whole tick store the dead letter

    # --- publishing ---------------------------------------------------------------------------------------------

    async def publish(self, *events: Event) -> None:
        """Publish events in order; repeat each until it is stored. Raises MessageError if an event is too large."""
        messages = [self._outgoing(event) for event in events]
        outcomes = await self._publisher.confirm(messages)
        for event, message, outcome in zip(events, messages, outcomes, strict=True):
            counters.published.labels(event.subject).inc()
            if outcome.repeated:
                counters.repeated.inc()
                await origin.publish_unless_ours(self.connection, self._publisher, message, outcome.sequence or 0)

    def _outgoing(self, event: Event) -> Outgoing:
        headers = codec.headers_of(event, self.clock.now(), self.replica)
        return Outgoing(codec.subject_of(event), codec.encode(event), headers)

    async def publish_tick(self, tick: Tick) -> None:
        """Publish a tick without waiting; it is repeated until confirmed, or dropped if too many messages wait."""
        headers = {"Nats-Msg-Id": f"{tick.partition}.{tick.tick}.{tick.at}"}
        await self._publisher.windowed(Outgoing(subjects.metrics(tick.partition), encode_tick(tick), headers))

    async def log(self, level: Level, message: str) -> None:
        """Write a line to stderr and to `log.<service>.<level>`; never waits for the broker."""
        write = {Level.WARNING: log.warning, Level.ERROR: log.error}.get(level, log.info)
        at, message = self.clock.now(), printable(message)
        write(message, at=iso(at), **({"outcome": "success"} if level is Level.SUCCESS else {}))
        self._lines += 1
        line = LogLine(
            service=self.name,
            replica=self.replica,
            number=self._lines,
            at=at,
            level=level,
            message=message[:MAX_TEXT],
        )
        await self._publisher.windowed(self._outgoing(line))

    # --- reading ------------------------------------------------------------------------------------------------

    async def consume(self, durable: Durable, handler: EventHandler) -> Subscription:
        """Handle a durable's messages, which replicas share; acknowledge each when `handler(event)` returns."""
        worker = await Worker(self.connection, durable, handler, self._set_aside).start()
        self._open.append(worker)
        return worker

    async def follow(self, subjects: Sequence[str], handler: TimedHandler, since: Since = None) -> Following:
        """Call `handler(event, time)` for stored events, then for live events. `since`: read the events stored in the
        last `since` seconds of network time; "all": all stored events; None: no stored events.
        """
        by_stream: dict[str, list[str]] = {}
        for subject in subjects:
            for stream, part in origin.streams_of(subject):
                by_stream.setdefault(stream, []).append(part)

        async def deliver(message: Stored) -> None:
            event = codec.decode(message.msg.subject, message.msg.data)
            await handler(event, codec.time_of(message.msg.headers, message.at))

        start = await self._start(since)
        return await self._read(
            [OrderedReader(self.connection, s, f, start, self.replica) for s, f in by_stream.items()], deliver
        )

    async def kept_since(self, subjects: Iterable[str]) -> float | None:
        """Return the network time from which the streams of `subjects` are complete. Empty streams do not count, nor do
        streams that still have their first message; None if no other stream is left.
        """
        streams = dict.fromkeys(stream for subject in subjects for stream, _ in origin.streams_of(subject))
        oldest = [await self._oldest(stream) for stream in streams]
        return max((time for time in oldest if time is not None), default=None)

    async def _oldest(self, stream: str) -> float | None:
        msg = await one_message(self.connection, stream, {"seq": 1, "next_by_subj": ">"})
        headers = (msg.headers if msg else None) or {}
        if not headers or int(headers["Nats-Sequence"]) == 1:
            return None
        return codec.time_of(headers, instant(headers["Nats-Time-Stamp"]))

    async def follow_ticks(self, partition: int, handler: TickHandler, since: Since = None) -> Following:
        async def deliver(message: Stored) -> None:
            await call(handler, decode_tick(message.msg.data))

        subject = subjects.metrics(partition)
        reader = OrderedReader(self.connection, Stream.METRICS, [subject], await self._start(since), self.replica)
        return await self._read([reader], deliver)

    async def _start(self, since: Since) -> float | str | None:
        """Convert network seconds to wall seconds; after a start, wait briefly for the tick that carries the speed."""
        if since is None or isinstance(since, str):
            return since
        while not self.clock.known and time.monotonic() < self._pulse_by:
            await asyncio.sleep(PULSE_NAP)
        return since / max(self.clock.speed, MIN_SPEED)

    async def _read(self, readers: Sequence[OrderedReader], deliver: Callable[[Stored], Awaitable[None]]) -> Follow:
        follow = await Follow(self.connection, readers, deliver, self._dead_letter_if_live).start()
        self._open.append(follow)
        return follow

    async def listen_ticks(self, handler: TickHandler) -> Subscription:
        """Receive live telemetry of all partitions by plain subscription; call `handler(tick)`, which may be async."""
        listener = await TickListener(self.connection, handler, self._set_aside_tick).start()
        self._open.append(listener)
        return listener

    # --- requests -----------------------------------------------------------------------------------------------

    async def request(self, service: ServiceName, request: Request, timeout: float = 5.0) -> Reply:
        """Raises Refused, UnknownTarget, OutcomeUnknown or TimeoutError."""
        return await ask(self.connection, service, request, timeout)

    async def answer(self, handler: RequestHandler, every_replica: bool = False) -> Subscription:
        """Reply to requests on `control.<name>` with the result of `handler(request)`; None: no reply.
        With `every_replica`, each replica gets every request; otherwise one replica gets it.
        """
        answers = await Answers(self.connection, self.name, handler, every_replica, self.dead_letter).start()
        self._open.append(answers)
        return answers

    async def services(self, timeout: float = 0.5) -> list[ServiceInfo]:
        return await who_is_there(self.connection, timeout)

    # --- state --------------------------------------------------------------------------------------------------

    def bucket(self, bucket: Bucket) -> StreamStore:
        """For `LEASES`, return the bucket of this service: each has its own."""
        return StreamStore(self.connection, self._publisher, subjects.bucket_name(bucket, self.name))

    @property
    def desired(self) -> Desired:
        """While its record cannot be read, repair and fault injection are off."""
        return self._desired.value

    @property
    def desired_fault(self) -> str | None:
        return self._desired.fault or None

    async def look_at_desired(self) -> Desired:
        await self._desired.look()
        return self.desired

    async def follow_desired(self, handler: DesiredHandler) -> Following:
        """Call `handler(desired)` at least once before this method returns, and then after each change."""
        reported: tuple[Desired, str | None] | None = None
        while reported != (now := (self.desired, self.desired_fault)):  # the state may change while the handler runs
            reported = now
            await handler(self.desired)
        return _Registered(self._desired_handlers, handler)

    async def _desired_changed(self) -> None:
        for handler in tuple(self._desired_handlers):
            await handler(self.desired)

    def report(self, fact: str, value: str) -> None:
        """Set a fact that this process adds to its answers to `$SRV.PING`."""
        self._about[fact] = value

    async def lease(self, partitions: int | Iterable[int], on_change: OnChange) -> Lease:
        """Share partitions with other replicas; a change calls `on_change(owned)`. `lease(1, ...)` elects a leader."""
        lease = Lease(self.bucket(Bucket.LEASES), self.name, self.replica, partitions, on_change)
        self._open.append(lease)
        return await lease.start(self.connection.spawn)

    # --- dead letters -------------------------------------------------------------------------------------------

    async def dead_letter(self, subject: str, data: bytes, reason: str, id: str) -> None:
        """The same id is stored once."""
        counters.dead_letters.inc()
        log.warning("stored a dead letter", subject=subject, reason=reason)
        set_aside = dead_letter(subject, data, reason, self.name, self.clock.now())
        headers, body = {"Nats-Msg-Id": id}, set_aside.model_dump_json().encode()
        await self._publisher.confirm([Outgoing(subjects.dead_letters(self.name), body, headers)])

    async def _set_aside(self, message: Stored, reason: str) -> None:
        id = f"{message.stream}.{message.sequence}"
        await self.dead_letter(message.msg.subject, message.msg.data, reason, id)

    async def _dead_letter_if_live(self, message: Stored, reason: str) -> None:
        """Store a dead letter unless the message is old. All followers do so, but the stream drops a repeated id."""
        if self.connection.broker_now() - message.at > FRESH:
            return
        if message.stream == Stream.METRICS:
            await self._set_aside_tick(message.msg, reason)
        else:
            await self._set_aside(message, reason)

    async def _set_aside_tick(self, msg: Msg, reason: str) -> None:
        digest = hashlib.sha256(msg.subject.encode() + b"\0" + msg.data).hexdigest()
        await self.dead_letter(msg.subject, msg.data, reason, digest)


class _Registered:
    progress = 1.0
    missing: ClassVar[Mapping[str, int]] = {}
    places: ClassVar[Mapping[str, int]] = {}

    def __init__(self, handlers: list[DesiredHandler], handler: DesiredHandler) -> None:
        self.caught_up = asyncio.Event()
        self.caught_up.set()
        self._handlers, self._handler = handlers, handler
        handlers.append(handler)

    async def stop(self) -> None:
        if self._handler in self._handlers:
            self._handlers.remove(self._handler)


def _version() -> str:
    try:
        return metadata.version("nms")
    except metadata.PackageNotFoundError:
        return "0.0.0"
