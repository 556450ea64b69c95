"""A driver that a test controls; it waits like a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from network.port import DriverReading, Ending, FaultInForce, Outcome, Plan, Receipt, Refusal, Unreachable
from network.simulator.offers import offered as all_capabilities
from shared.domain.capabilities import Capabilities
from shared.domain.events import Execute, Fault
from shared.domain.telemetry import Tick
from shared.domain.topology import Topology, default_topology

START = 1_000_000.0


class ScriptedDriver:
    """Reads every 5 s. `endings` and `receipts` come with the next reading; `clears` and `done` record the requests."""

    name = "scripted"
    interval = 5.0
    remarks = ()

    def __init__(self, offered: Capabilities | None = None) -> None:
        self.offered, self.tick = all_capabilities() if offered is None else offered, 0
        self.refuses = ""
        self.endings: list[Ending] = []
        self.receipts: list[Receipt] = []
        self.batches: list[Tick] = []
        self.unreachable: list[Unreachable] = []
        self.clears: list[tuple[str, float]] = []
        self.done: list[tuple[str, Plan, float]] = []
        self.confirmed: list[Receipt] = []
        self.injected: list[Fault] = []
        self.restored: list[tuple[bytes, Sequence[Fault]]] = []

    @property
    def now(self) -> float:
        return START + self.tick * self.interval

    @property
    def telemetry(self) -> ScriptedDriver:
        return self

    @property
    def inventory(self) -> ScriptedDriver:
        return self

    @property
    def actuator(self) -> ScriptedDriver | None:
        return self if self.offered.actions else None

    @property
    def injector(self) -> ScriptedDriver | None:
        return self if self.offered.faults else None

    def capabilities(self) -> Capabilities:
        return self.offered

    async def topology(self) -> Topology:
        return default_topology()

    async def read(self) -> DriverReading:
        await asyncio.sleep(0)
        self.tick += 1
        endings, receipts, self.endings, self.receipts = self.endings, self.receipts, [], []
        return DriverReading(self.tick, self.now, self.batches, self.unreachable, endings, receipts)

    async def skip(self, intervals: int) -> DriverReading:
        self.tick += intervals - 1
        return await self.read()

    async def inject(self, fault: Fault) -> FaultInForce | Refusal:
        await asyncio.sleep(0)
        if self.refuses:
            return Refusal(self.refuses)
        self.injected.append(fault)
        return FaultInForce("set by the test")

    async def clear(self, fault_id: str, at: float) -> Refusal | None:
        await asyncio.sleep(0)
        self.clears.append((fault_id, at))
        if self.refuses:
            return Refusal(self.refuses)
        self.endings.append(Ending(fault_id, at, cleared=True))
        return None

    async def plan(self, command: Execute) -> Plan | Refusal:
        if self.refuses:
            return Refusal(self.refuses)
        undo = ("undo as it was before",)
        return Plan(command.action_id, command.kind, command.target, ("do",), f"+ {len(self.done)}", undo)

    async def apply(self, plan: Plan, at: float, deadline: float) -> Receipt:
        self.done.append(("apply", plan, at))
        return Receipt(plan.action_id, False, Outcome.RUNNING)

    async def revert(self, plan: Plan, at: float, deadline: float) -> Receipt:
        self.done.append(("revert", plan, at))
        return Receipt(plan.action_id, True, Outcome.DONE, at)

    async def confirm(self, receipt: Receipt) -> None:
        self.confirmed.append(receipt)

    def snapshot(self) -> bytes:
        return str(self.tick).encode()

    def restore(self, snapshot: bytes, live: Sequence[Fault]) -> None:
        self.tick = int(snapshot)
        self.restored.append((snapshot, live))
