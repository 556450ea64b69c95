"""A network of devices by a script: what is off, which state differs, and what an action changes. It has no device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from network.devices.board import Board
from network.devices.drift import publish_evidence
from network.host.immediate import ImmediateNetwork
from network.host.managed import ManagedNetwork
from network.port import DriverReading, Outcome, Plan, Receipt, Refusal
from nms.simulate import ORIGIN, Loop
from shared.domain.capabilities import Capabilities
from shared.domain.catalogue import ACTIONS
from shared.domain.events import Execute, Fault
from shared.domain.kinds import ActionKind, ElementKind, in_order
from shared.domain.telemetry import TICK_SECONDS
from shared.domain.topology import Topology

EVERY = 1.0
State = tuple[str, str]
"""An element and one of its metrics."""


@dataclass
class ScriptedDevices:
    """`states`: all states that are sampled. `evidence`: all evidence that is read."""

    net: Topology
    states: Sequence[State]
    evidence: Sequence[State]
    actions: Mapping[ActionKind, Callable[[str], None]] = field(default_factory=dict)
    off: set[State] = field(default_factory=set)
    differing: set[State] = field(default_factory=set)
    drift: list[State] = field(default_factory=list)
    later: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    executed: list[tuple[str, str]] = field(default_factory=list)

    name = "lab"
    remarks: Sequence[str] = ()
    interval = TICK_SECONDS
    injector = None

    def __post_init__(self) -> None:
        self.tick, self.board = 0, Board(self.net, self.interval)
        self.telemetry = self.inventory = self.actuator = self
        self._receipts: list[Receipt] = []

    @property
    def now(self) -> float:
        return ORIGIN + self.tick * self.interval

    async def topology(self) -> Topology:
        return self.net

    def capabilities(self) -> Capabilities:
        kinds = {kind: in_order(ElementKind, ACTIONS[kind].targets) for kind in self.actions}
        return Capabilities(driver=self.name, interval=self.interval, actions=kinds)

    def after(self, seconds: float, happens: Callable[[], None]) -> None:
        self.later.append((self.now + seconds, happens))

    async def read(self) -> DriverReading:
        self.tick += 1
        due = [happens for at, happens in self.later if at <= self.now]
        self.later = [one for one in self.later if one[0] > self.now]
        for happens in due:
            happens()
        for node in self.net.node_by_id:
            self.board.put(node, "reachable", 1.0, self.now, EVERY)
        for link in self.net.link_by_id:
            self.board.put(link, "up", float((link, "up") not in self.off), self.now, EVERY)
        for element, metric in self.states:
            self.board.put(element, metric, float((element, metric) not in self.off), self.now, EVERY)
        self.drift = publish_evidence(self.board, self.differing, self.evidence, self.now, EVERY)
        receipts, self._receipts = self._receipts, []
        return DriverReading(self.tick, self.now, self.board.ticks(self.tick, self.now), receipts=receipts)

    async def skip(self, intervals: int) -> DriverReading:
        self.tick += intervals
        return DriverReading(self.tick, self.now)

    async def plan(self, command: Execute) -> Plan | Refusal:
        undo = (f"undo {command.kind}",) if ACTIONS[command.kind].undoable else ()
        return Plan(command.action_id, command.kind, command.target, (f"{command.kind}",), "", undo)

    async def apply(self, plan: Plan, at: float, deadline: float) -> Receipt:
        self.executed.append((plan.kind, plan.target))
        self.actions[plan.kind](plan.target)
        return Receipt(plan.action_id, False, Outcome.DONE, at)

    async def revert(self, plan: Plan, at: float, deadline: float) -> Receipt:
        self.executed.append((f"undo {plan.kind}", plan.target))
        return Receipt(plan.action_id, True, Outcome.DONE, at)

    async def confirm(self, receipt: Receipt) -> None: ...

    def snapshot(self) -> bytes:
        return b""

    def restore(self, snapshot: bytes, live: Sequence[Fault]) -> None: ...


class ScriptedNetwork(ImmediateNetwork):
    """In the place of the simulator, in the loop of one process."""

    def __init__(self, driver: ScriptedDevices) -> None:
        super().__init__(ManagedNetwork(driver, driver.net))

    interval = TICK_SECONDS


@dataclass
class DeviceLoop(Loop):
    """The whole loop around scripted devices."""

    devices: ScriptedDevices | None = None

    def __post_init__(self) -> None:
        assert self.devices is not None
        self.topology = self.devices.net
        super().__post_init__()
        self.network = ScriptedNetwork(self.devices)  # type: ignore[assignment]
        self.campaign.offered = self.network.managed.offered
        self.remediator.known.offered = self.network.managed.offered
