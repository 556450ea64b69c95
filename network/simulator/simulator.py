"""The simulated network: it advances tick by tick, and executes requests between two ticks.

1. Telemetry depends only on the seed, the load, the number of the tick, and the faults and actions with their times. No
   random number depends on an earlier one.
2. Before a tick is sampled, the actions and clearings that are due by then are executed in the order of their times.
3. No call waits: every method returns at once, and a later reading brings the final receipt of an action.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from network.port import DriverReading, Ending, FaultInForce, Outcome, Plan, Receipt, Refusal
from network.simulator.arrays import Bools, Floats
from network.simulator.conditions import LASTS, Conditions, SideEffect, conditions, flips
from network.simulator.numbered import NumberedTopology
from network.simulator.offers import offered, planned
from network.simulator.poller import Poller
from network.simulator.repairs import ends, seconds
from network.simulator.side_effects import SideEffects
from network.simulator.state import Running, State, decode_state, encode_state
from network.simulator.traffic import Traffic
from network.simulator.world import DEFAULT, World
from shared.domain.capabilities import Capabilities
from shared.domain.events import Execute, Fault
from shared.domain.telemetry import TICK_SECONDS, Tick
from shared.domain.topology import Topology, partitions_for

REPLAYED = 3  # the last skipped ticks, computed in full: late samples and routing depend on the two ticks before
PROOF = "the simulator includes it from the next tick on"


class Simulator:
    name = "simulator"
    remarks: Sequence[str] = ()

    def __init__(
        self,
        topology: Topology,
        seed: int = 1,
        origin: float = 0.0,
        speed: float = 1.0,
        partitions: int | None = None,
        load: float = 1.0,
        world: World = DEFAULT,
    ) -> None:
        self.speed, self.interval = speed, world.sampling.interval
        self._world = world
        self._seed, self._tick = seed, 0
        self._origin = round(origin / TICK_SECONDS) * TICK_SECONDS
        self._numbered = NumberedTopology(topology, seed, partitions or partitions_for(topology))
        self._traffic = Traffic(self._numbered, load, world)
        self._poller = Poller(self._numbered, world.sampling)
        self._live: dict[str, Fault] = {}
        self._clears: dict[str, float] = {}
        self._running: list[Running] = []
        self._effects = SideEffects()
        self._up: Bools | None = None  # of each link at the sample before; None: not known
        self._endings: list[Ending] = []
        self._receipts: list[Receipt] = []

    # --- capabilities ---------------------------------------------------------------------------------------------

    @property
    def telemetry(self) -> Simulator:
        return self

    @property
    def inventory(self) -> Simulator:
        return self

    @property
    def actuator(self) -> Simulator:
        return self

    @property
    def injector(self) -> Simulator:
        return self

    def capabilities(self) -> Capabilities:
        return offered(self.interval)

    async def topology(self) -> Topology:
        return self._numbered.topology

    # --- telemetry ------------------------------------------------------------------------------------------------

    @property
    def tick(self) -> int:
        return self._tick

    @property
    def now(self) -> float:
        return self._origin + self._tick * self.interval

    @property
    def load(self) -> float:
        return self._traffic.load

    @load.setter
    def load(self, load: float) -> None:
        self._traffic.load = load

    async def read(self) -> DriverReading:
        return self._reading(self._advance())

    async def skip(self, intervals: int) -> DriverReading:
        """Advance by some ticks without samples. The last ticks are computed in full, for late samples and routing."""
        skipped = max(0, intervals - REPLAYED)
        if skipped:
            self._tick += skipped
            self._execute_due(self.now)
        for _ in range(max(0, intervals) - skipped):
            self._advance()
        return self._reading(())

    def _advance(self) -> list[Tick]:
        self._tick += 1
        steps = self._world.sampling.steps
        if steps > 1:  # the routes of a sample are those that the conditions one step before it require
            self._execute_due(self.now - TICK_SECONDS)
            self._traffic.converge(self._conditions(self.now - TICK_SECONDS).cost)
        self._execute_due(self.now)
        here = self._conditions(self.now)
        sample = self._traffic.measure(self._tick * steps, self.now, here, self._transitions(here))
        self._traffic.converge(here.cost)
        return self._poller.poll(sample, self._tick, self.now, self.speed, self._live.values())

    def _transitions(self, here: Conditions) -> Floats:
        if self._up is None:
            self._up = self._conditions(self.now - self.interval).link_up
        changes: Floats = (here.link_up != self._up).astype(np.float64)
        steps = self._world.sampling.steps
        for link, flips_ in flips(self._live.values(), self.now, steps, self._origin, self._world.faults).items():
            number = self._numbered.link_number[link]
            changes[number] = max(changes[number], flips_)
        self._up = here.link_up
        return changes

    def _reading(self, batches: Sequence[Tick]) -> DriverReading:
        endings, receipts = self._endings, self._receipts
        self._endings, self._receipts = [], []
        return DriverReading(self._tick, self.now, batches, endings=endings, receipts=receipts)

    def _conditions(self, now: float) -> Conditions:
        effects = [*self._effects.until(now), *(running.effect for running in self._running)]
        live = list(self._live.values())
        return conditions(self._numbered, self._traffic.memory_base, live, effects, now, self._origin, self._world)

    # --- faults ---------------------------------------------------------------------------------------------------

    async def inject(self, fault: Fault) -> FaultInForce | Refusal:
        self._live[fault.id] = fault
        return FaultInForce(PROOF)

    async def clear(self, fault_id: str, at: float) -> Refusal | None:
        """End a fault at the time `at`: now if that time has come, otherwise at the first tick after it."""
        if fault_id not in self._live:
            return Refusal(f"fault {fault_id} is not in force")
        self._clears[fault_id] = at
        if at <= self.now:
            self._end(fault_id, at, cleared=True)
        return None

    def _end(self, fault_id: str, at: float, cleared: bool) -> None:
        del self._live[fault_id]
        self._clears.pop(fault_id, None)
        self._endings.append(Ending(fault_id, at, cleared))

    # --- actions --------------------------------------------------------------------------------------------------

    async def plan(self, command: Execute) -> Plan | Refusal:
        return planned(command.action_id, command.kind, command.target)

    async def apply(self, plan: Plan, at: float, deadline: float) -> Receipt:
        return self._begin(plan, at, deadline, revert=False)

    async def revert(self, plan: Plan, at: float, deadline: float) -> Receipt:
        return self._begin(plan, at, deadline, revert=True)

    async def confirm(self, receipt: Receipt) -> None:
        """Do nothing: no simulated device rolls back an unconfirmed change."""

    def _begin(self, plan: Plan, at: float, deadline: float, revert: bool) -> Receipt:
        done = round(at + seconds(self._seed, plan.kind, plan.action_id, revert), 3)
        if done > deadline:
            return Receipt(plan.action_id, revert, Outcome.FAILED, reason=f"{plan.kind} would end after its deadline")
        self._running.append(Running(plan.action_id, plan.kind, plan.target, revert, at, done))
        return Receipt(plan.action_id, revert, Outcome.RUNNING)

    def _execute_due(self, now: float) -> None:
        while True:
            action = min((r for r in self._running if r.ends <= now), key=lambda r: (r.ends, r.action_id), default=None)
            clear = min(((at, fault_id) for fault_id, at in self._clears.items() if at <= now), default=None)
            if action and (clear is None or action.ends <= clear[0]):
                self._complete(action)
            elif clear:
                self._end(clear[1], clear[0], cleared=True)
            else:
                return

    def _complete(self, action: Running) -> None:
        self._running.remove(action)
        if action.revert:
            self._effects.undo(action.action_id)
        else:
            ended = [f.id for f in self._live.values() if ends(action.kind, action.target, f, self._numbered.topology)]
            for fault_id in ended:
                self._end(fault_id, action.ends, cleared=False)
            if lasts := LASTS.get(action.kind):
                until = action.ends + lasts
                self._effects.add(SideEffect(action.action_id, action.kind, action.target, action.ends, until, False))
        self._receipts.append(Receipt(action.action_id, action.revert, Outcome.DONE, action.ends))

    # --- snapshot -------------------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        cost = self._traffic.cost
        return encode_state(
            State(
                origin=self._origin,
                tick=self._tick,
                interval=self.interval,
                cost={self._numbered.links[i]: int(cost[i]) for i in np.flatnonzero(cost != 1)},
                running=self._running,
                traces=self._effects.all,
                waiting=self._poller.waiting,
                down=[] if self._up is None else [self._numbered.links[i] for i in np.flatnonzero(~self._up)],
            )
        )

    def restore(self, snapshot: bytes, live: Sequence[Fault]) -> None:
        """Raises MessageError."""
        state, topology = decode_state(snapshot), self._numbered.topology
        self._origin, self._tick = state.origin, round(state.tick * state.interval / self.interval)
        cost = np.ones(len(self._numbered.links), dtype=np.int64)
        for link, price in state.cost.items():
            if link in self._numbered.link_number:
                cost[self._numbered.link_number[link]] = price
        self._traffic.converge(cost)
        self._running = [r for r in state.running if r.target in topology]
        self._effects = SideEffects(t for t in state.traces if t.target in topology)
        self._poller.waiting = [row for row in state.waiting if row.name in topology and self._poller.has_width(row)]
        self._live, self._clears = {fault.id: fault for fault in live}, {}
        self._up = np.array([link not in state.down for link in self._numbered.links])
        self._endings, self._receipts = [], []
