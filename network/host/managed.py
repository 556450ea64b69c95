"""The host's core: one driver, the fault registry and the commands.

Rules
1. A fault that expires ends without a request: the host tells the driver to clear the fault at that time.
2. A request with the id of a known fault returns that fault. A repeated command runs once.
3. An event counts as reported when `sample` returns it. A snapshot lists the faults that were reported before.
4. The result of a command states whether the command ran, never whether a fault ended.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from network.host.executions import (
    CommandResult,
    Executions,
    RunningCommand,
    StoredPlan,
    command_key,
    refusal_reason,
    refused_result,
)
from network.host.registry import FaultRegistry
from network.host.unreachable import mark_unreachable
from network.port import Driver, DriverReading, OtherNetwork, Outcome, Plan, Receipt, Refusal, Unreachable
from shared.domain.capabilities import Capabilities
from shared.domain.errors import MessageError, Refused
from shared.domain.events import Execute, Executed, Fault, FaultEnded, FaultStarted
from shared.domain.kinds import EndedBy
from shared.domain.telemetry import Tick
from shared.domain.topology import Topology
from shared.domain.vocabulary import name_from_text, name_to_text

JUST_BEFORE = 0.001  # seconds; a request takes effect at least so long before the next reading
FIRST_DRIVER = "simulator"
"""The driver of a snapshot that names no driver. Such snapshots come from releases that had only the simulator."""

NetworkEvent = FaultStarted | FaultEnded | Executed


@dataclass(frozen=True)
class NetworkSample:
    """The result of one reading. `refused`: the expired faults that the driver newly refused to end, each with the
    reason. `over`: why no more telemetry follows; empty if more follows.
    """

    ticks: Sequence[Tick] = ()
    events: Sequence[NetworkEvent] = ()
    unreachable: Sequence[Unreachable] = ()
    over: str = ""
    refused: Sequence[tuple[Fault, str]] = ()


class HostState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state that the host stores, except the faults; `state` is the state of the driver.

    `reported_live` and `reported_ended`: ids of the faults that were reported as live and as ended. `unreported`:
    results of commands that were not yet published. Releases that had only the simulator stored these fields in the
    state of the simulator.
    """

    running: list[RunningCommand]
    done: list[CommandResult]
    unreported: list[CommandResult] = msgspec.field(name="owed")
    reported_live: list[str] = msgspec.field(name="told")
    reported_ended: list[str] = msgspec.field(name="closed")
    plans: list[StoredPlan] = []
    driver: str = FIRST_DRIVER
    state: bytes | None = None


_encoder = msgspec.json.Encoder(enc_hook=name_to_text)
_decoder = msgspec.json.Decoder(HostState, dec_hook=name_from_text)


def decode_state(data: bytes) -> HostState:
    """Raises MessageError if the data is invalid."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise MessageError(f"not a state of a managed network: {error}; start with --fresh") from None


@dataclass
class _Reported:
    live: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)


class ManagedNetwork:
    """One driver with its faults and commands. It waits only for the driver, and uses no bus, clock or log."""

    def __init__(self, driver: Driver, topology: Topology) -> None:
        self.driver, self.topology = driver, topology
        self.offered: Capabilities = driver.capabilities()
        self._registry, self._executions = FaultRegistry(topology), Executions()
        self._reported = _Reported()
        self._events: list[NetworkEvent] = []
        self._refused: frozenset[str] = frozenset()
        self.receipts = 0
        """The number of receipts of finished actions so far."""
        self._unconfirmed: deque[tuple[int, Receipt]] = deque()

    @property
    def tick(self) -> int:
        return self.driver.telemetry.tick

    @property
    def now(self) -> float:
        return self.driver.telemetry.now

    @property
    def interval(self) -> float:
        return self.driver.telemetry.interval

    async def sample(self) -> NetworkSample:
        refused = await self._clear_expired(self.now + self.interval)
        reading = await self.driver.telemetry.read()
        self._process(reading)
        batches = mark_unreachable(reading.batches, reading.unreachable)
        newly_refused = self._newly_refused(refused)
        return NetworkSample(batches, self._take_events(), reading.unreachable, reading.over, newly_refused)

    def _process(self, reading: DriverReading) -> None:
        for ending in reading.endings:
            fault = self._registry.find(ending.fault_id)
            if fault is not None and fault.ended is None:
                self._end_fault(fault, EndedBy.TTL if ending.cleared else EndedBy.ACTION, ending.at)
        for receipt in reading.receipts:
            self._take_receipt(receipt)
        self._executions.fail_overdue(reading.at)

    def _take_events(self) -> list[NetworkEvent]:
        executions = self._executions
        events: list[NetworkEvent] = [
            *self._events,
            *(result.executed(result.fence) for result in executions.unreported),
        ]
        if events:
            self._reported.live = {fault.id for fault in self._registry.live}
            self._reported.ended = {fault.id for fault in self._registry.ended}
        self._events, executions.unreported = [], []
        return events

    # --- faults ---------------------------------------------------------------------------------------------------

    async def inject(self, fault: Fault) -> Fault:
        """Apply a fault; return it with its actual start and end. If the id is known, return the known fault.

        If necessary, the start is moved to between the last and the next reading; the duration is kept. Raises Refused
        or UnknownTarget.
        """
        if known := self._registry.find(fault.id):
            return known
        self._registry.check(fault)
        injector = self.driver.injector
        if reason := self.offered.fault_refusal(fault.kind, fault.target, self.topology):
            raise Refused(reason)
        if injector is None:
            raise Refused(self.offered.no_faults)
        started = self._between_readings(fault.started)
        ends = round(started + max(0.0, fault.ends - fault.started), 3)
        adjusted = fault.model_copy(update={"started": started, "ends": ends, "ended": None, "ended_by": None})
        result = await injector.inject(adjusted)
        if isinstance(result, Refusal):
            raise Refused(result.reason)
        self._registry.add(adjusted)
        self._events.append(FaultStarted(fault=adjusted))
        return adjusted

    async def cancel(self, fault_id: str) -> Fault:
        """Raises Refused if no such fault is live, or the driver refuses."""
        fault, injector = self._registry.find(fault_id), self.driver.injector
        if fault is None or fault.ended is not None or injector is None:
            raise Refused(f"fault {fault_id} is not live: there is nothing to end")
        if refusal := await injector.clear(fault_id, self.now):
            raise Refused(refusal.reason)
        return self._end_fault(fault, EndedBy.CANCELLED, self.now)

    def faults(self) -> Sequence[Fault]:
        return self._registry.all

    async def _clear_expired(self, until: float) -> dict[str, str]:
        """Ask the driver to end the faults that expire by `until`; return the ids that it refused, with the reasons.

        A fault that the driver cannot end stays live, and the driver is asked again at each reading.
        """
        injector, refused = self.driver.injector, {}
        if injector is not None:
            for fault in self._registry.due(until):
                if refusal := await injector.clear(fault.id, fault.ends):
                    refused[fault.id] = refusal.reason
        return refused

    def _newly_refused(self, refused: dict[str, str]) -> list[tuple[Fault, str]]:
        known, self._refused = self._refused, frozenset(refused)
        return [(fault, refused[fault.id]) for fault in self._registry.live if fault.id in refused.keys() - known]

    def _end_fault(self, fault: Fault, by: EndedBy, at: float) -> Fault:
        ended = self._registry.end(fault, by, at)
        self._events.append(FaultEnded(fault=ended))
        return ended

    def _between_readings(self, moment: float) -> float:
        return round(min(max(moment, self.now), self.now + self.interval - JUST_BEFORE), 3)

    # --- actions --------------------------------------------------------------------------------------------------

    async def execute(self, command: Execute, at: float | None = None) -> None:
        """Start an action or its revert. A later sample returns the event `Executed`. A repeated command runs once.

        `at`: network time between the last reading and the next; by default, the time of the last reading.
        """
        executions, actuator = self._executions, self.driver.actuator
        if executions.is_running(command):
            return
        if known := executions.known(command):
            self._events.append(known.executed(command.fence))
            return
        if reason := refusal_reason(command, self.topology, self.offered):
            executions.finish(refused_result(command, reason))
            return
        if actuator is None:
            executions.finish(refused_result(command, f"the driver {self.driver.name} executes no actions"))
            return
        plan = executions.plan_of(command.action_id) if command.revert else None
        planned: Plan | Refusal = plan or await actuator.plan(command)
        if isinstance(planned, Refusal):
            executions.finish(refused_result(command, planned.reason))
            return
        running = self._running_command(command, self.now if at is None else at)
        executions.begin(running, planned)
        start = actuator.revert if command.revert else actuator.apply
        self._take_receipt(await start(planned, running.begins, running.deadline))

    def _running_command(self, command: Execute, at: float) -> RunningCommand:
        action_id, revert = command_key(command)
        begins = self._between_readings(at)
        return RunningCommand(
            action_id, command.incident_id, command.kind, command.target, command.fence, revert, begins
        )

    def _take_receipt(self, receipt: Receipt) -> None:
        if self._executions.take(receipt) and receipt.outcome is Outcome.DONE:
            self.receipts += 1
            self._unconfirmed.append((self.receipts, receipt))

    async def confirm(self, stored: int) -> None:
        """Confirm the first `stored` receipts to the driver, since a stored snapshot contains them."""
        while self._unconfirmed and self._unconfirmed[0][0] <= stored:
            if (actuator := self.driver.actuator) is not None:
                await actuator.confirm(self._unconfirmed[0][1])
            self._unconfirmed.popleft()

    # --- snapshot -------------------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        executions = self._executions
        return _encoder.encode(
            HostState(
                running=list(executions.running),
                done=list(executions.done),
                unreported=executions.unreported,
                reported_live=sorted(self._reported.live),
                reported_ended=sorted(self._reported.ended),
                plans=list(executions.plans),
                driver=self.driver.name,
                state=self.driver.snapshot(),
            )
        )

    async def restore(self, snapshot: bytes, faults: Sequence[Fault], skip: int) -> None:
        """Continue from a snapshot, `skip` intervals later.

        Raises MessageError for an invalid snapshot, and OtherNetwork for a snapshot of another network or driver.
        """
        state = decode_state(snapshot)
        if state.driver != self.driver.name:
            raise OtherNetwork(f"the stored state is one of {state.driver}, not of {self.driver.name}: use --fresh")
        registry = FaultRegistry(self.topology)
        registry.restore(faults)
        self.driver.restore(snapshot if state.state is None else state.state, registry.live)
        known = [command for command in state.running if command.target in self.topology]
        self._registry, self._executions = registry, Executions(known, state.done, state.unreported, state.plans)
        self._reported, self._events = _Reported(set(state.reported_live), set(state.reported_ended)), []
        self._report_stored_faults()
        self._end_orphans()
        if skip > 0:
            await self._clear_expired(self.now + skip * self.interval)
            self._process(await self.driver.telemetry.skip(skip))

    def _report_stored_faults(self) -> None:
        live, ended = self._reported.live, self._reported.ended
        for fault in self._registry.all:
            if fault.id not in live | ended:
                self._events.append(FaultStarted(fault=fault.model_copy(update={"ended": None, "ended_by": None})))
            if fault.ended is not None and fault.id not in ended:
                self._events.append(FaultEnded(fault=fault))

    def _end_orphans(self) -> None:
        """End all live faults if the driver cannot inject faults, since then no stored fault is in force."""
        if self.driver.injector is None:
            for fault in self._registry.live:
                self._end_fault(fault, EndedBy.CANCELLED, self.now)
