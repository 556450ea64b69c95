"""The driver port: the interface of every driver. The host uses a driver only through it.

Rules
1. A driver has a telemetry and an inventory; an actuator and a fault injector are optional. `capabilities()` lists the
   metrics, actions and kinds of fault that it offers.
2. A driver returns the failure of a device as a value: `Unreachable`, a `Refusal`, or a `Receipt` that failed. If a
   stored state cannot be restored, it raises MessageError or OtherNetwork. Another exception is a defect of the driver.
3. Times are network time in seconds. Each request between two readings carries its time. The driver executes requests
   in the order of these times, before it takes the next reading.
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
    """Raised when the stored state belongs to another network than the driver's."""


@dataclass(frozen=True)
class Unreachable:
    """An element that did not answer, and why. The host sets the element's state to 0 and removes its other samples."""

    element: str
    reason: str


@dataclass(frozen=True)
class Refusal:
    """The driver did not execute a request and changed nothing."""

    reason: str


@dataclass(frozen=True)
class Plan:
    """What an action would do: the `commands` for the device, what they change, and the commands that undo it.

    `undo` is empty if the action leaves nothing to undo.
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
    """The state of an action or, if `undoing`, of its revert. `took_effect`: when a finished action took effect."""

    action_id: str
    undoing: bool
    outcome: Outcome
    took_effect: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class FaultInForce:
    """The driver has applied a fault. `proof`: how the driver knows that the fault is in force."""

    proof: str


@dataclass(frozen=True)
class Ending:
    """A fault ended at `at`. `cleared`: the host requested the end; otherwise an action ended the fault."""

    fault_id: str
    at: float
    cleared: bool


@dataclass(frozen=True)
class DriverReading:
    """The result of one interval. `tick` and `at` are set even if nothing was sampled.

    `batches` may lack a partition, and a batch may lack samples: missing samples arrive late, or never. `over`: why no
    more telemetry will come; empty while there is more.
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
        """The number of the last reading; 0 before the first."""

    @property
    def now(self) -> float:
        """Network time of the last reading."""

    async def read(self) -> DriverReading:
        """Return the reading of the next interval. The host calls it once in each interval."""

    async def skip(self, intervals: int) -> DriverReading:
        """Advance by intervals that are not sampled; return what happened in them, without batches."""


class Actuator(Protocol):
    """Executes actions. The host has checked the command, and that the driver offers the action on its target."""

    async def plan(self, command: Execute) -> Plan | Refusal:
        """Return what the action would do, without a change to the network."""

    async def apply(self, plan: Plan, at: float, deadline: float) -> Receipt:
        """Start an action at `at`. The action fails if it is not done by the deadline."""

    async def revert(self, plan: Plan, at: float, deadline: float) -> Receipt: ...

    async def confirm(self, receipt: Receipt) -> None:
        """Learn that a receipt is stored: a device that rolls back unconfirmed changes must keep this change."""


class FaultInjector(Protocol):
    """Applies faults. The host keeps their time to live, and clears a fault when it expires."""

    async def inject(self, fault: Fault) -> FaultInForce | Refusal:
        """Apply a fault at `fault.started`; return when the fault is in force."""

    async def clear(self, fault_id: str, at: float) -> Refusal | None:
        """End a fault at `at`, which may lie before the next reading; a later reading reports the end."""


class Inventory(Protocol):
    async def topology(self) -> Topology: ...


class Driver(Protocol):
    """A managed network. An optional part that the driver lacks is None."""

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
        """Return all state that must outlive the process, except what the host stores."""

    def restore(self, snapshot: bytes, live: Sequence[Fault]) -> None:
        """Continue from a snapshot, with the live faults. Raises MessageError or OtherNetwork."""
