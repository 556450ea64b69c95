"""The network process: reads a driver at its interval, executes commands, and publishes telemetry and events.

One task stores the faults, then publishes the events, then stores the snapshot that counts these events as reported.
So a process that is killed in between leaves no event out: the restarted process publishes it again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from network.drivers import open_driver
from network.host.commands import CommandValidity, check_command, ledger_key
from network.host.machine import moment
from network.host.managed import ManagedNetwork, NetworkEvent
from network.host.pace import Pace
from network.host.registry import StoredFaults, read_faults
from network.host.snapshots import Snapshot, decode_snapshot, encode_snapshot, intervals_missed, seconds_since
from network.host.unreachable import reachability_changes
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
FRESH = 3.0  # seconds; if a snapshot is younger, the process that stored it may still run
WATCH = 1.0  # a starting process waits at least so many seconds for ticks of another process
WATCHED_TICKS = 2
SAVE_WITHIN = 1.2
QUEUE = 1_000


class AlreadyRunning(NmsError):
    pass


@dataclass(frozen=True)
class _WriteJob:
    """A job of the writing task, which publishes the events, then stores the snapshot, then completes `written`."""

    events: Sequence[NetworkEvent]
    snapshot: Snapshot | None
    written: asyncio.Future[None] | None = None
    receipts: int = 0
    """The number of receipts of finished actions that the snapshot contains."""


class NetworkService:
    name = ServiceName.NETWORK

    def __init__(self, settings: NetworkSettings) -> None:
        self._settings = settings
        self._writer: asyncio.Task[None] | None = None
        self._sampling: asyncio.Task[None] | None = None
        self._subscriptions: list[Subscription] = []
        self._jobs: asyncio.Queue[_WriteJob] = asyncio.Queue(QUEUE)
        self._write_lock, self._request_lock = asyncio.Lock(), asyncio.Lock()
        self._saved_at, self._number, self._revision = 0.0, 0, 0
        self._fatal: NmsError | None = None
        self._unreachable: Sequence[Unreachable] = ()

    async def start(self, bus: Bus) -> None:
        """Restore the stored state of the network, and start to sample the network.

        Raises AlreadyRunning, OtherNetwork, and SettingError if the driver cannot be opened.
        """
        self._bus = bus
        self._states, self._faults = bus.bucket(Bucket.NETWORK), bus.bucket(Bucket.FAULTS)
        self._actions = bus.bucket(Bucket.ACTIONS)
        driver = await open_driver(self._settings, bus.topology)
        await self._require_no_other_host(driver.telemetry.interval / self._settings.speed)
        self._network = await self._restored(ManagedNetwork(driver, bus.topology))
        self._writer = asyncio.create_task(self._write())
        self._writer.add_done_callback(self._watch)
        await self._states.put(CAPABILITIES_KEY, encode_capabilities(self._network.offered))
        await self._write_faults()
        await self._save()
        self._sampling = asyncio.create_task(self._sample())
        self._sampling.add_done_callback(self._watch)
        self._subscriptions = [
            await bus.answer(self._answer),
            await bus.consume(NETWORK_COMMANDS, self._execute),
        ]
        topology, network = self._network.topology, self._network
        size = f"{len(topology.nodes)} nodes and {len(topology.links)} links"
        how = f"driver {network.driver.name}, tick {network.tick}, speed {self._settings.speed:g}"
        await bus.log(Level.INFO, f"The network is up: {size}, {how}")
        for remark in network.driver.remarks:
            await bus.log(Level.WARNING, f"The network, driver {network.driver.name}: {remark}")

    async def stop(self) -> None:
        async with at_most(FINISH_WITHIN, "the requests to the network"):
            for subscription in self._subscriptions:
                await subscription.stop()
        await _cancel(self._sampling)
        if self._fatal is None and self._writer is not None:
            async with at_most(SAVE_WITHIN, "the writing of the network's state"):
                await self._save()
        await _cancel(self._writer)

    # --- start ----------------------------------------------------------------------------------------------------

    async def _require_no_other_host(self, step: float) -> None:
        """Raise AlreadyRunning if another process hosts this network: the snapshot is recent, and ticks arrive.

        `step`: seconds from one tick to the next.
        """
        entry = await self._states.get(STATE_KEY)
        patience = (WATCHED_TICKS + 1) * step
        if entry is None or not _may_be_alive(entry.value, max(FRESH, patience)):
            return
        seen: set[int] = set()
        enough = asyncio.Event()

        def note_tick(tick: Tick) -> None:
            seen.add(tick.tick)
            if len(seen) >= WATCHED_TICKS:
                enough.set()

        watch = await self._bus.listen_ticks(note_tick)
        try:
            if not await happens(enough, max(WATCH, patience)):
                return
        finally:
            await watch.stop()
        raise _already_running(_host_of(entry.value))

    async def _restored(self, network: ManagedNetwork) -> ManagedNetwork:
        settings = self._settings
        self._pace = Pace(time.monotonic(), network.interval, settings.speed)
        entries = {key: entry.value for key, entry in (await self._faults.all()).items()}
        self._stored_faults = StoredFaults(entries)
        entry = await self._states.get(STATE_KEY)
        faults, initial = read_faults(entries), network.snapshot()
        self._revision = entry.revision if entry else 0
        try:
            if entry is None:
                await network.restore(initial, faults, 0)
                return network
            snapshot = decode_snapshot(entry.value)
            self._number = snapshot.number
            missed = intervals_missed(seconds_since(snapshot, moment()), settings.speed, network.interval)
            await network.restore(snapshot.snapshot, faults, missed)
        except MessageError as error:
            # The process starts even if its state is lost, since the system would stay blind without telemetry.
            # Faults are stored in another bucket, so they are kept if the state of the network is lost.
            # A command that the lost state contained runs again only if its action is open in the ledger.
            await network.restore(initial, faults, 0)
            await self._bus.log(
                Level.ERROR, f"The network's state is lost; it restarts with its {len(faults)} faults: {error}"
            )
        return network

    # --- samples --------------------------------------------------------------------------------------------------

    async def _sample(self) -> None:
        while True:
            await asyncio.sleep(self._pace.wait(time.monotonic()))
            sample = await self._network.sample()
            self._pace.passed()
            for tick in sample.ticks:
                await self._bus.publish_tick(tick)
            await self._log_reachability(sample.unreachable)
            await self._log_refused_ends(sample.refused)
            due = time.monotonic() - self._saved_at >= SAVE_EVERY
            if sample.events or (due and self._jobs.empty()):
                await self._jobs.put(self._job(sample.events, due))
            if sample.over:
                return await self._end_of_telemetry(sample.over)
            if self._pace.fell_behind(time.monotonic()):
                await self._bus.log(Level.WARNING, "The network is late and catches up: lower NMS_SPEED")

    async def _log_reachability(self, unreachable: Sequence[Unreachable]) -> None:
        lost, back = reachability_changes(self._unreachable, unreachable)
        self._unreachable = unreachable
        for one in lost:
            await self._bus.log(Level.WARNING, f"{one.element} does not answer the poller: {one.reason}")
        for element in back:
            await self._bus.log(Level.INFO, f"{element} answers the poller again")

    async def _log_refused_ends(self, refused: Sequence[tuple[Fault, str]]) -> None:
        for fault, reason in refused:
            await self._bus.log(
                Level.ERROR,
                f"{fault.kind} on {fault.target} stays live after its end, since the driver refused: {reason}",
            )

    async def _end_of_telemetry(self, why: str) -> None:
        await self._bus.log(Level.WARNING, f"The network reports no more telemetry: {why}")
        await self._save()

    def _job(
        self, events: Sequence[NetworkEvent], save: bool, written: asyncio.Future[None] | None = None
    ) -> _WriteJob:
        return _WriteJob(events, self._snapshot() if save else None, written, self._network.receipts)

    def _snapshot(self) -> Snapshot:
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
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._jobs.put(self._job((), True, written))
        await written

    async def _write(self) -> None:
        while True:
            job = await self._jobs.get()
            if self._fatal is not None:
                _complete(job, self._fatal)
                continue
            try:
                if job.events:
                    await self._write_faults()
                    await self._bus.publish(*job.events)
                if job.snapshot is not None:
                    await self._write_state(job.snapshot)
                    await self._network.confirm(job.receipts)
            except AlreadyRunning as error:
                self._fail(error)
            except Exception as error:
                # A network whose state cannot be stored must not continue. `_complete` passes the error on.
                reason = f"its state cannot be stored: {error}; see the broker's log, then start it again"
                self._fail(NmsError(f"the network has stopped: {reason}"))
            _complete(job, self._fatal)

    async def _write_faults(self) -> None:
        async with self._write_lock:
            put, gone = self._stored_faults.changes(self._network.faults())
            for key, value in put.items():
                await self._faults.put(key, value)
            for key in gone:
                await self._faults.delete(key)

    async def _write_state(self, snapshot: Snapshot) -> None:
        """Raises AlreadyRunning if another process has replaced the state meanwhile."""
        value = encode_snapshot(snapshot)
        revision = (
            await self._states.update(STATE_KEY, value, self._revision)
            if self._revision
            else await self._states.create(STATE_KEY, value)
        )
        if revision is None:
            entry = await self._states.get(STATE_KEY)
            if entry is None or entry.value != value:  # an equal value means that only the reply was lost
                raise _already_running(_host_of(entry.value) if entry else "another process")
            revision = entry.revision
        self._revision = revision

    def _fail(self, error: NmsError) -> None:
        self._fatal = error
        if not self._bus.connection.broken.done():
            self._bus.connection.broken.set_exception(error)

    def _watch(self, task: asyncio.Task[None]) -> None:
        """End the process if a task has failed, since a network without ticks must not seem to run."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(NmsError(f"the network has stopped: {error!r}; start it again"))

    def _now(self) -> float:
        return self._network.now + self._pace.since_reading(time.monotonic())

    # --- commands -------------------------------------------------------------------------------------------------

    async def _answer(self, request: object) -> Reply:
        """Reply when the fault is stored. Raises Refused or UnknownTarget."""
        async with self._request_lock:
            if isinstance(request, ApplyFault):
                fault = await self._network.inject(_fault_of(request, self._now()))
            elif isinstance(request, ClearFault):
                fault = await self._network.cancel(request.fault_id)
            else:
                raise Refused("the network accepts only requests to apply or clear a fault")
        await self._write_faults()
        return Reply(fault=fault)

    async def _execute(self, command: Execute) -> None:
        """Start the action of a valid command, and store the network's state before the command is acknowledged.

        A stale or outdated command changes nothing. Raises MessageError if the command is invalid.
        """
        entry = await self._actions.get(ledger_key(command.action_id))
        validity, reason = check_command(command, entry.value if entry else None)
        if validity is CommandValidity.INVALID:
            await self._bus.log(Level.WARNING, f"Ignored a command to {command.kind} {command.target}: {reason}")
            raise MessageError(f"invalid command: {reason}")
        # A command is outdated if another remediator has taken over the action; that remediator sends a new command.
        if validity is CommandValidity.OUTDATED:
            counters.outdated.inc()
            await self._bus.log(Level.INFO, f"Refused a command to {command.kind} {command.target}: {reason}")
        if validity is CommandValidity.VALID:
            async with self._request_lock:
                await self._network.execute(command, self._now())
            await self._save()


def _fault_of(request: ApplyFault, now: float) -> Fault:
    return Fault(
        id=request.fault_id,
        kind=request.kind,
        target=request.target,
        strength=request.strength,
        started=now,
        ends=now + request.duration,
        cycle=request.cycle,
    )


def _complete(job: _WriteJob, failure: NmsError | None) -> None:
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
    try:
        return abs(seconds_since(decode_snapshot(value), moment())) <= fresh
    except MessageError:
        return True


def _host_of(value: bytes) -> str:
    try:
        return decode_snapshot(value).by
    except MessageError:
        return "another process"


def _already_running(by: str) -> AlreadyRunning:
    return AlreadyRunning(f"the network is already hosted by {by}: stop that process first, or use another broker")
