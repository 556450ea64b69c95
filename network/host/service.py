"""The eighth process: reads a driver at its own interval, and carries commands in and what happened out.

A scribe writes in one order: faults to KV, happenings to their streams, then the snapshot that knows of them. So a
snapshot never knows more than was published, and what a killed process did not publish the next one says again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from network.drivers import open_driver
from network.host.commands import CommandValidity, check_command, ledger_key
from network.host.machine import moment
from network.host.managed import Happening, ManagedNetwork
from network.host.pace import Pace
from network.host.registry import FaultShelf, read_faults
from network.host.snapshots import Snapshot, decode_snapshot, encode_snapshot, intervals_missed, seconds_since
from network.host.unreachable import changes
from network.port import Unreachable
from network.settings import NetworkSettings
from shared.domain.capabilities import CAPABILITIES_KEY, encode_capabilities
from shared.domain.errors import MessageError, NmsError, Refused
from shared.domain.events import Execute, Fault
from shared.domain.instant import iso
from shared.domain.kinds import Level, ServiceName
from shared.domain.requests import ApplyFault, ClearFault, Reply
from shared.domain.subjects import NETWORK_COMMANDS, Bucket
from shared.domain.telemetry import Tick
from shared.platform import counters
from shared.platform.bus import Bus, Subscription
from shared.platform.waiting import FINISH_WITHIN, at_most, happens

STATE_KEY = "state"
SAVE_EVERY = 1.0
FRESH = 3.0  # a snapshot younger than this may be another process's that is alive
WATCH = 1.0  # how long to look out for its ticks
WATCHED_TICKS = 2
SAVE_WITHIN = 1.2
QUEUE = 1_000


class AlreadyRunning(NmsError):
    """Raised when another process hosts the network."""


@dataclass(frozen=True)
class _WriteJob:
    """What the scribe is to write: first the news, then the snapshot; `written` tells that it did."""

    news: Sequence[Happening]
    kept: Snapshot | None
    written: asyncio.Future[None] | None = None


class NetworkService:
    """Hosts one driver on the bus."""

    name = ServiceName.NETWORK

    def __init__(self, settings: NetworkSettings) -> None:
        self._settings = settings
        self._writer: asyncio.Task[None] | None = None
        self._living: asyncio.Task[None] | None = None
        self._subscriptions: list[Subscription] = []
        self._jobs: asyncio.Queue[_WriteJob] = asyncio.Queue(QUEUE)
        self._writing, self._asking = asyncio.Lock(), asyncio.Lock()
        self._saved_at, self._number, self._revision = 0.0, 0, 0
        self._fatal: NmsError | None = None
        self._unreachable: Sequence[Unreachable] = ()

    async def start(self, bus: Bus) -> None:
        """Take the network up where it was left, and let it live.

        Raises AlreadyRunning, OtherNetwork, and SettingError where the driver cannot be opened.
        """
        self._bus = bus
        self._states, self._faults = bus.bucket(Bucket.NETWORK), bus.bucket(Bucket.FAULTS)
        self._actions = bus.bucket(Bucket.ACTIONS)
        driver = await open_driver(self._settings, bus.topology)
        await self._look_out(driver.telemetry.interval / self._settings.speed)
        self._network = await self._restored(ManagedNetwork(driver, bus.topology))
        self._writer = asyncio.create_task(self._write())
        self._writer.add_done_callback(self._watch)
        await self._states.put(CAPABILITIES_KEY, encode_capabilities(self._network.offered))
        await self._write_faults()
        await self._save()
        self._living = asyncio.create_task(self._live())
        self._living.add_done_callback(self._watch)
        self._subscriptions = [
            await bus.answer(self._answer),
            await bus.consume(NETWORK_COMMANDS, self._obey),
        ]
        topology, network = self._network.topology, self._network
        size = f"{len(topology.nodes)} nodes and {len(topology.links)} links"
        how = f"driver {network.driver.name}, tick {network.tick}, speed {self._settings.speed:g}"
        await bus.log(Level.INFO, f"The network is up: {size}, {how}")
        for remark in network.driver.remarks:
            await bus.log(Level.WARNING, f"The network, driver {network.driver.name}: {remark}")

    async def stop(self) -> None:
        """Stop listening and keep the state."""
        async with at_most(FINISH_WITHIN, "what the network is asked"):
            for subscription in self._subscriptions:
                await subscription.stop()
        await _cancel(self._living)
        if self._fatal is None and self._writer is not None:
            async with at_most(SAVE_WITHIN, "the writing of the network's state"):
                await self._save()
        await _cancel(self._writer)

    # --- coming up ------------------------------------------------------------------------------------------------

    async def _look_out(self, step: float) -> None:
        """Make sure that no other process hosts this network: its snapshot would be fresh, and its ticks would come.

        `step`: seconds from one tick to the next.
        """
        entry = await self._states.get(STATE_KEY)
        patience = (WATCHED_TICKS + 1) * step
        if entry is None or not _may_be_alive(entry.value, max(FRESH, patience)):
            return
        seen: set[int] = set()
        enough = asyncio.Event()

        def note(tick: Tick) -> None:
            seen.add(tick.tick)
            if len(seen) >= WATCHED_TICKS:
                enough.set()

        watch = await self._bus.listen_ticks(note)
        try:
            if not await happens(enough, max(WATCH, patience)):
                return
        finally:
            await watch.stop()
        raise _another(_host_of(entry.value))

    async def _restored(self, network: ManagedNetwork) -> ManagedNetwork:
        """Take the network up where it was left. Raises OtherNetwork where what was left is of another one."""
        settings = self._settings
        self._pace = Pace(time.monotonic(), network.interval, settings.speed)
        held = {key: entry.value for key, entry in (await self._faults.all()).items()}
        self._shelf = FaultShelf(held)
        entry = await self._states.get(STATE_KEY)
        faults, anew = read_faults(held), network.snapshot()
        self._revision = entry.revision if entry else 0
        try:
            if entry is None:
                await network.restore(anew, faults, 0)
                return network
            kept = decode_snapshot(entry.value)
            self._number = kept.number
            missed = intervals_missed(seconds_since(kept, moment()), settings.speed, network.interval)
            await network.restore(kept.snapshot, faults, missed)
        except MessageError as error:
            # Blind for ever would be worse. Faults are kept in a bucket of their own, and a command of before is
            # carried out only if the ledger holds its action open.
            await network.restore(anew, faults, 0)
            await self._bus.log(
                Level.ERROR, f"The network's state is lost, and it begins anew with its {len(faults)} faults: {error}"
            )
        return network

    # --- the network's life ---------------------------------------------------------------------------------------

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(self._pace.wait(time.monotonic()))
            sample = await self._network.sample()
            self._pace.passed()
            for tick in sample.ticks:
                await self._bus.publish_tick(tick)
            await self._say_what_is_reached(sample.unreachable)
            due = time.monotonic() - self._saved_at >= SAVE_EVERY
            if sample.news or (due and self._jobs.empty()):
                await self._jobs.put(_WriteJob(sample.news, self._keep() if due else None))
            if sample.over:
                return await self._end_of_telemetry(sample.over)
            if self._pace.fell_behind(time.monotonic()):
                await self._bus.log(Level.WARNING, "The network lags behind its pace and hurries: lower NMS_SPEED")

    async def _say_what_is_reached(self, unreachable: Sequence[Unreachable]) -> None:
        lost, found = changes(self._unreachable, unreachable)
        self._unreachable = unreachable
        for one in lost:
            await self._bus.log(Level.WARNING, f"{one.element} does not answer the poller: {one.reason}")
        for element in found:
            await self._bus.log(Level.INFO, f"{element} answers the poller again")

    async def _end_of_telemetry(self, why: str) -> None:
        """Say once that no more telemetry comes; the process stays, and answers what it is asked."""
        await self._bus.log(Level.WARNING, f"The network reports no more telemetry: {why}")
        await self._save()

    def _keep(self) -> Snapshot:
        self._saved_at, self._number = time.monotonic(), self._number + 1
        network = self._network
        then = moment().before(self._pace.since_reading(time.monotonic()) / self._settings.speed)
        return Snapshot(
            stored=then.wall,
            by=self._bus.replica,
            number=self._number,
            tick=network.tick,
            at=iso(network.now),
            snapshot=network.snapshot(),
            boot=then.boot,
            up=then.up,
        )

    async def _save(self) -> None:
        """Write down the network as it is now; return when it is written."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._jobs.put(_WriteJob((), self._keep(), written))
        await written

    async def _write(self) -> None:
        while True:
            job = await self._jobs.get()
            if self._fatal is not None:
                _report(job, self._fatal)
                continue
            try:
                if job.news:
                    await self._write_faults()
                    await self._bus.publish(*job.news)
                if job.kept is not None:
                    await self._write_state(job.kept)
                    await self._network.confirm()
            except AlreadyRunning as error:
                self._end(error)
            except Exception as error:
                # A network whose state is not stored must not go on. `_report` passes the error to whoever waits.
                self._end(NmsError(f"the network cannot be kept: {error}; see the broker's log, then start it again"))
            _report(job, self._fatal)

    async def _write_faults(self) -> None:
        async with self._writing:
            put, gone = self._shelf.changes(self._network.faults())
            for key, value in put.items():
                await self._faults.put(key, value)
            for key in gone:
                await self._faults.delete(key)

    async def _write_state(self, kept: Snapshot) -> None:
        """Write over our own last state; where another's stands there, somebody else hosts the network."""
        value = encode_snapshot(kept)
        revision = (
            await self._states.update(STATE_KEY, value, self._revision)
            if self._revision
            else await self._states.create(STATE_KEY, value)
        )
        if revision is None:
            entry = await self._states.get(STATE_KEY)
            if entry is None or entry.value != value:  # else it was written, and only the answer was lost
                raise _another(_host_of(entry.value) if entry else "somebody")
            revision = entry.revision
        self._revision = revision

    def _end(self, error: NmsError) -> None:
        """End the process with this error."""
        self._fatal = error
        if not self._bus.connection.broken.done():
            self._bus.connection.broken.set_exception(error)

    def _watch(self, task: asyncio.Task[None]) -> None:
        """A network that stands still must not look as if it lived."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._end(NmsError(f"the network stands still: {error!r}; start it again"))

    def _now(self) -> float:
        """Return network time, between two ticks as well."""
        return self._network.now + self._pace.since_reading(time.monotonic())

    # --- commands -------------------------------------------------------------------------------------------------

    async def _answer(self, request: object) -> Reply:
        """Strike or end a fault; the answer is given when the fault is in KV. Raises Refused or UnknownTarget."""
        async with self._asking:
            if isinstance(request, ApplyFault):
                fault = await self._network.inject(_wanted(request, self._now()))
            elif isinstance(request, ClearFault):
                fault = await self._network.cancel(request.fault_id)
            else:
                raise Refused("the network is asked to apply or clear a fault, nothing else")
        await self._write_faults()
        return Reply(fault=fault)

    async def _obey(self, command: Execute) -> None:
        """Begin an action, and write that down before the command is acknowledged. Raises MessageError."""
        entry = await self._actions.get(ledger_key(command.action_id))
        validity, reason = check_command(command, entry.value if entry else None)
        if validity is CommandValidity.INVALID:
            await self._bus.log(Level.WARNING, f"Ignored a command to {command.kind} {command.target}: {reason}")
            raise MessageError(f"not believed: {reason}")
        # Another remediator has taken the action over: it gives a command of its own.
        if validity is CommandValidity.OUTDATED:
            counters.outdated.inc()
            await self._bus.log(Level.INFO, f"Refused a command to {command.kind} {command.target}: {reason}")
        if validity is CommandValidity.VALID:
            async with self._asking:
                await self._network.execute(command, self._now())
            await self._save()


def _wanted(request: ApplyFault, now: float) -> Fault:
    return Fault(
        id=request.fault_id,
        kind=request.kind,
        target=request.target,
        strength=request.strength,
        started=now,
        ends=now + request.duration,
        cycle=request.cycle,
    )


def _report(job: _WriteJob, failure: NmsError | None) -> None:
    if job.written is None or job.written.done():
        return
    if failure is None:
        job.written.set_result(None)
    else:
        job.written.set_exception(failure)


async def _cancel(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _may_be_alive(value: bytes, fresh: float) -> bool:
    """Say whether the process that wrote this may still host the network; where it cannot be read, it may."""
    try:
        return abs(seconds_since(decode_snapshot(value), moment())) <= fresh
    except MessageError:
        return True


def _host_of(value: bytes) -> str:
    try:
        return decode_snapshot(value).by
    except MessageError:
        return "somebody"


def _another(by: str) -> AlreadyRunning:
    return AlreadyRunning(f"the network is hosted by {by} already: stop that process first, or use another broker")
