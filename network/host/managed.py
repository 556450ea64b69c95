"""The managed network as the host runs it: one driver, and all that every driver would otherwise do for itself.

Rules
1. A fault ends when its time is over, whether or not anybody asks: the host has the driver clear it at that moment.
2. The same fault id is one fault, and the same command runs once.
3. What happened is reported when it is taken; a snapshot never knows more than was taken before it.
4. The answer to a command says that it ran, never whether a fault ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from network.host.orders import Begun, Done, KeptPlan, Orders, key_of, objection, refused
from network.host.registry import FaultRegistry
from network.host.unreachable import marked
from network.port import Driver, DriverReading, OtherNetwork, Outcome, Plan, Receipt, Refusal, Unreachable
from shared.domain.capabilities import Capabilities
from shared.domain.errors import MessageError, Refused
from shared.domain.events import Execute, Executed, Fault, FaultEnded, FaultStarted
from shared.domain.kinds import EndedBy
from shared.domain.telemetry import Tick
from shared.domain.topology import Topology
from shared.domain.vocabulary import name_from_text, name_to_text

JUST_BEFORE = 0.001  # of the next reading: the latest moment at which something between two readings can happen
FIRST_DRIVER = "simulator"
"""Whose state it is where a snapshot does not say so: a release before there were drivers."""

Happening = FaultStarted | FaultEnded | Executed


@dataclass(frozen=True)
class NetworkSample:
    """What one interval brought, as the host publishes it."""

    ticks: Sequence[Tick] = ()
    news: Sequence[Happening] = ()
    unreachable: Sequence[Unreachable] = ()
    over: str = ""


class HostState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the host stores beside the faults; `state` is the driver's own.

    `told` and `closed` are the live and the ended faults that were reported as such, `owed` the commands whose end
    was not yet. A release before there were drivers stored the simulator's state and these fields in one.
    """

    running: list[Begun]
    done: list[Done]
    owed: list[Done]
    told: list[str]
    closed: list[str]
    plans: list[KeptPlan] = []
    driver: str = FIRST_DRIVER
    state: bytes | None = None


_encoder = msgspec.json.Encoder(enc_hook=name_to_text)
_decoder = msgspec.json.Decoder(HostState, dec_hook=name_from_text)


def decode_state(data: bytes) -> HostState:
    """Return what the host stored. Raises MessageError."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise MessageError(f"not a state of a managed network: {error}; start with --fresh") from None


@dataclass
class _Reported:
    """Ids of the live and of the ended faults that were reported."""

    told: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)


class ManagedNetwork:
    """One driver, its registry of faults and its commands. Pure: it waits for nothing but the driver."""

    def __init__(self, driver: Driver, topology: Topology) -> None:
        self.driver, self.topology = driver, topology
        self.offered: Capabilities = driver.capabilities()
        self._registry, self._orders = FaultRegistry(topology), Orders()
        self._reported = _Reported()
        self._news: list[Happening] = []
        self._unconfirmed: list[Receipt] = []

    @property
    def tick(self) -> int:
        """The number of the last reading; 0 before the first."""
        return self.driver.telemetry.tick

    @property
    def now(self) -> float:
        """Network time of the last reading."""
        return self.driver.telemetry.now

    @property
    def interval(self) -> float:
        """Network seconds between two readings."""
        return self.driver.telemetry.interval

    async def sample(self) -> NetworkSample:
        """Let one interval pass; return its telemetry, one message a partition, and what happened in it."""
        await self._clear_due(self.now + self.interval)
        reading = await self.driver.telemetry.read()
        self._absorb(reading)
        batches = marked(reading.batches, reading.unreachable)
        return NetworkSample(batches, self._take_news(), reading.unreachable, reading.over)

    def _absorb(self, reading: DriverReading) -> None:
        for ending in reading.endings:
            fault = self._registry.find(ending.fault_id)
            if fault is not None and fault.ended is None:
                self._end(fault, EndedBy.TTL if ending.cleared else EndedBy.ACTION, ending.at)
        for receipt in reading.receipts:
            self._take(receipt)
        self._orders.give_up(reading.at)

    def _take_news(self) -> list[Happening]:
        orders = self._orders
        news: list[Happening] = [*self._news, *(done.executed(done.fence) for done in orders.owed)]
        if news:
            self._reported.told = {fault.id for fault in self._registry.live}
            self._reported.closed = {fault.id for fault in self._registry.ended}
        self._news, orders.owed = [], []
        return news

    # --- faults ---------------------------------------------------------------------------------------------------

    async def inject(self, fault: Fault) -> Fault:
        """Break something; return the fault as it landed. The same id twice is one fault.

        It lands at `fault.started`, but not before the last reading nor after the next, and keeps its duration.
        Raises Refused or UnknownTarget.
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
        landing = fault.model_copy(update={"started": started, "ends": ends, "ended": None, "ended_by": None})
        landed = await injector.inject(landing)
        if isinstance(landed, Refusal):
            raise Refused(landed.reason)
        self._registry.land(landing)
        self._news.append(FaultStarted(fault=landing))
        return landing

    async def cancel(self, fault_id: str) -> Fault:
        """End a fault; return it. Raises Refused where it is not live, or the driver cannot end it."""
        fault, injector = self._registry.find(fault_id), self.driver.injector
        if fault is None or fault.ended is not None or injector is None:
            raise Refused(f"fault {fault_id} is not live: nothing is left to end")
        if refusal := await injector.clear(fault_id, self.now):
            raise Refused(refusal.reason)
        return self._end(fault, EndedBy.CANCELLED, self.now)

    def faults(self) -> Sequence[Fault]:
        """Return the live faults and the last that ended, oldest first."""
        return self._registry.all

    async def _clear_due(self, until: float) -> None:
        """Have the driver end what runs out; what it cannot end stays live, and is tried at the next reading."""
        injector = self.driver.injector
        if injector is not None:
            for fault in self._registry.due(until):
                await injector.clear(fault.id, fault.ends)

    def _end(self, fault: Fault, by: EndedBy, at: float) -> Fault:
        over = self._registry.end(fault, by, at)
        self._news.append(FaultEnded(fault=over))
        return over

    def _between_readings(self, moment: float) -> float:
        return round(min(max(moment, self.now), self.now + self.interval - JUST_BEFORE), 3)

    # --- actions --------------------------------------------------------------------------------------------------

    async def execute(self, command: Execute, at: float | None = None) -> None:
        """Begin an action, or its undoing; its `Executed` comes with a later sample. The same id twice runs once.

        `at` is network time between the last reading and the next; without it, that of the last reading.
        """
        orders, actuator = self._orders, self.driver.actuator
        if orders.is_running(command):
            return
        if known := orders.known(command):
            self._news.append(known.executed(command.fence))
            return
        if reason := objection(command, self.topology, self.offered):
            orders.finish(refused(command, reason))
            return
        if actuator is None:
            orders.finish(refused(command, f"the driver {self.driver.name} has nothing that carries out actions"))
            return
        plan = orders.plan_of(command.action_id) if command.revert else None
        planned: Plan | Refusal = plan or await actuator.plan(command)
        if isinstance(planned, Refusal):
            orders.finish(refused(command, planned.reason))
            return
        begun = self._begun(command, self.now if at is None else at)
        orders.begin(begun, planned)
        begin = actuator.revert if command.revert else actuator.apply
        self._take(await begin(planned, begun.begins, begun.deadline))

    def _begun(self, command: Execute, at: float) -> Begun:
        action_id, revert = key_of(command)
        begins = self._between_readings(at)
        return Begun(action_id, command.incident_id, command.kind, command.target, command.fence, revert, begins)

    def _take(self, receipt: Receipt) -> None:
        if self._orders.take(receipt) and receipt.outcome is Outcome.DONE:
            self._unconfirmed.append(receipt)

    async def confirm(self) -> None:
        """Tell the driver that what it has done is stored."""
        stored, self._unconfirmed = self._unconfirmed, []
        if (actuator := self.driver.actuator) is not None:
            for receipt in stored:
                await actuator.confirm(receipt)

    # --- memory ---------------------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """Return everything that must outlive the process, apart from the faults."""
        orders = self._orders
        return _encoder.encode(
            HostState(
                running=list(orders.running),
                done=list(orders.done),
                owed=orders.owed,
                told=sorted(self._reported.told),
                closed=sorted(self._reported.closed),
                plans=list(orders.plans),
                driver=self.driver.name,
                state=self.driver.snapshot(),
            )
        )

    async def restore(self, snapshot: bytes, faults: Sequence[Fault], skip: int) -> None:
        """Go on from a snapshot, so many intervals later: the network lived on while nobody looked.

        Raises MessageError where it is no state, OtherNetwork where it is one of another network; then everything is as
        it was.
        """
        state = decode_state(snapshot)
        if state.driver != self.driver.name:
            raise OtherNetwork(f"the stored state is one of {state.driver}, not of {self.driver.name}: use --fresh")
        registry = FaultRegistry(self.topology)
        registry.restore(faults)
        self.driver.restore(snapshot if state.state is None else state.state, registry.live)
        here = [begun for begun in state.running if begun.target in self.topology]
        self._registry, self._orders = registry, Orders(here, state.done, state.owed, state.plans)
        self._reported, self._news = _Reported(set(state.told), set(state.closed)), []
        self._report_again()
        self._drop_orphans()
        if skip > 0:
            await self._clear_due(self.now + skip * self.interval)
            self._absorb(await self.driver.telemetry.skip(skip))

    def _report_again(self) -> None:
        """Report what was written down, and may not have been reported before the process ended."""
        told, closed = self._reported.told, self._reported.closed
        for fault in self._registry.all:
            if fault.id not in told | closed:
                self._news.append(FaultStarted(fault=fault.model_copy(update={"ended": None, "ended_by": None})))
            if fault.ended is not None and fault.id not in closed:
                self._news.append(FaultEnded(fault=fault))

    def _drop_orphans(self) -> None:
        """End the faults of a driver before this one: where none can be injected, none is in force."""
        if self.driver.injector is None:
            for fault in self._registry.live:
                self._end(fault, EndedBy.CANCELLED, self.now)
