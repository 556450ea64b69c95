"""The driver port: the interface of every driver. The host uses a driver only through this interface.

Rules
1. A driver has a telemetry and an inventory; an actuator and a fault injector are optional. `capabilities()` lists the
   metrics, actions and kinds of fault that it offers.
2. A driver returns the failure of a device as a value: `Unreachable`, a `Refusal`, or a `Receipt` that failed. If a
   stored state cannot be restored, it raises MessageError or OtherNetwork. Another exception is a defect of the driver.
3. Times are network time in seconds. Each request between two readings has a time. The driver executes the requests in
   the order of these times, before it takes the next reading.
4. An action that takes time returns a receipt that is `running`; a later reading brings its final receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from shared.domain.capabilities import Capabilities
from shared.domain.errors import NmsError
from shared.domain.events import Execute, Fault
from shared.domain.kinds import ActionKind
from shared.domain.telemetry import Tick
from shared.domain.topology import Topology


class OtherNetwork(NmsError):
    pass


@dataclass(frozen=True)
class Unreachable:
    """An element that did not answer, and the reason. The host sets its state to 0 and removes its other samples."""

    element: str
    reason: str


@dataclass(frozen=True)
class Refusal:
    """The answer of a driver that did not execute a request and changed nothing, with the reason."""

    reason: str


@dataclass(frozen=True)
class Plan:
    """What an action would do on its target.

    `commands`: the commands for the device. `diff`: what these commands change. `undo`: the commands that undo the
    action; empty if there is nothing to undo.
    """

    action_id: str
    kind: ActionKind
    target: str
    commands: tuple[str, ...]
    diff: str
    undo: tuple[str, ...] = ()


class Outcome(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Receipt:
    """The state of an action or, if `undoing` is true, of its revert.

    `took_effect`: when a finished action or revert took effect.
    """

    action_id: str
    undoing: bool
    outcome: Outcome
    took_effect: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class FaultInForce:
    """The answer of a driver that has applied a fault. `proof`: how the driver knows that the fault is in force."""

    proof: str


@dataclass(frozen=True)
class Ending:
    """The end of a fault at the time `at`. `cleared`: the host asked for the end; otherwise an action ended it."""

    fault_id: str
    at: float
    cleared: bool


@dataclass(frozen=True)
class DriverReading:
    """What a driver reports for one interval.

    `tick` and `at`: number and time of the interval, even if nothing was sampled. `batches`: the telemetry of the
    partitions; a partition or single samples can be missing, and samples can arrive late. `over`: why there will be no
    more telemetry; empty while there may be more.
    """

    tick: int
    at: float
    batches: Sequence[Tick] = ()
    unreachable: Sequence[Unreachable] = ()
    endings: Sequence[Ending] = ()
    receipts: Sequence[Receipt] = ()
    over: str = ""


class Telemetry(Protocol):
    @property
    def interval(self) -> float:
        """Network seconds between two readings."""

    @property
    def tick(self) -> int:
        """The number of the last reading. Before the first reading, it is one less than the number of the first."""

    @property
    def now(self) -> float:
        """Network time of the last reading."""

    async def read(self) -> DriverReading:
        """Return the reading of the next interval. The host calls this method once in each interval."""

    async def skip(self, intervals: int) -> DriverReading:
        """Advance by some intervals without samples; return a reading of what happened in these intervals."""


class Actuator(Protocol):
    """Executes actions. The host calls it only with checked commands for actions that the driver offers."""

    async def plan(self, command: Execute) -> Plan | Refusal:
        """Return what the action would do, without a change to the network."""

    async def apply(self, plan: Plan, at: float, deadline: float) -> Receipt:
        """Start an action at the time `at`. The action fails if it is not finished by the deadline."""

    async def revert(self, plan: Plan, at: float, deadline: float) -> Receipt: ...

    async def confirm(self, receipt: Receipt) -> None:
        """Take note that a receipt is stored. A device that rolls back unconfirmed changes has to keep this change."""


class FaultInjector(Protocol):
    """Applies and clears faults. The host knows when each fault expires, and then asks the driver to clear it."""

    async def inject(self, fault: Fault) -> FaultInForce | Refusal:
        """Apply a fault at the time `fault.started`. Return once the fault is in force, or with a refusal."""

    async def clear(self, fault_id: str, at: float) -> Refusal | None:
        """End a fault at the time `at`, which can be before the next reading. A later reading reports the end."""


class Inventory(Protocol):
    async def topology(self) -> Topology: ...


class Driver(Protocol):
    """The connection to a managed network. `actuator` and `injector` are None if the driver has no such part."""

    @property
    def name(self) -> str: ...

    @property
    def telemetry(self) -> Telemetry: ...

    @property
    def inventory(self) -> Inventory: ...

    @property
    def actuator(self) -> Actuator | None: ...

    @property
    def injector(self) -> FaultInjector | None: ...

    @property
    def remarks(self) -> Sequence[str]:
        """Warnings for the operator, such as missing data; usually empty."""

    def capabilities(self) -> Capabilities: ...

    def snapshot(self) -> bytes:
        """Return all state of the driver that a new process needs, except the state that the host stores."""

    def restore(self, snapshot: bytes, live: Sequence[Fault]) -> None:
        """Continue from a snapshot, with the live faults. Raises MessageError or OtherNetwork."""
