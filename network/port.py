"""The driver port: what a managed network can do, whichever driver is behind it. The host knows only this.

Rules
1. A driver offers those of the four parts that it can. `capabilities()` says which metrics, actions and kinds of fault.
2. A failure of a device is a value: `Unreachable`, a `Refusal`, a `Receipt` that failed. An exception is an error in
   the driver, apart from MessageError and OtherNetwork where a stored state cannot be taken over.
3. Times are network time in seconds. What is asked between two readings bears its moment. It happens in the order of
   these moments, before the next reading is taken.
4. Work that takes time is begun, and answered by a receipt that is `running`; a later reading brings the last one.
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
    """Raised when what is stored is the state of another network than the driver's."""


@dataclass(frozen=True)
class Unreachable:
    """An element that did not answer, and why as far as the driver can tell. The host marks its samples."""

    element: str
    reason: str


@dataclass(frozen=True)
class Refusal:
    """What was asked was not done, and nothing was changed."""

    reason: str


@dataclass(frozen=True)
class Plan:
    """What an action would do: the `commands` for the device, what they change, and the commands that undo it.

    An empty `undo`: the action leaves nothing that could be undone.
    """

    action_id: str
    kind: ActionKind
    target: str
    commands: tuple[str, ...]
    diff: str
    undo: tuple[str, ...] = ()


class Outcome(StrEnum):
    """Where a command stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Receipt:
    """What became of an action or, with `undoing`, of its undoing. `took_effect`: network time, where it is done."""

    action_id: str
    undoing: bool
    outcome: Outcome
    took_effect: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Landed:
    """A fault is in force; `proof` says how the driver knows."""

    proof: str


@dataclass(frozen=True)
class Ending:
    """A fault is no longer in force since `at`; `cleared`: because the host asked for it, else by an action."""

    fault_id: str
    at: float
    cleared: bool


@dataclass(frozen=True)
class DriverReading:
    """What one interval brought. `tick` and `at` are those of the reading, also where nothing was sampled.

    `batches` may leave out a partition, and a batch may leave out samples: they come late, or never. `over` says
    why there is no telemetry any more, and will be none.
    """

    tick: int
    at: float
    batches: Sequence[Tick] = ()
    unreachable: Sequence[Unreachable] = ()
    endings: Sequence[Ending] = ()
    receipts: Sequence[Receipt] = ()
    over: str = ""


class Telemetry(Protocol):
    """Samples the network once an interval."""

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
        """Return what the next interval brings. The host calls it once an interval."""

    async def skip(self, intervals: int) -> DriverReading:
        """Let intervals pass that nobody sampled; return what happened in them, without batches."""


class Actuator(Protocol):
    """Repairs the network. The host has checked who asks and whether the action is offered on its target."""

    async def plan(self, command: Execute) -> Plan | Refusal:
        """Return what the action would do; change nothing."""

    async def apply(self, plan: Plan, at: float, deadline: float) -> Receipt:
        """Begin an action at a moment; fail it where it is not done by the deadline."""

    async def revert(self, plan: Plan, at: float, deadline: float) -> Receipt:
        """Begin to undo an action, by the `undo` of its plan."""

    async def confirm(self, receipt: Receipt) -> None:
        """Take note that a receipt is stored: a device that would undo an unconfirmed change keeps it."""


class FaultInjector(Protocol):
    """Breaks the network on purpose. The host keeps the time to live, and clears what has run out."""

    async def inject(self, fault: Fault) -> Landed | Refusal:
        """Break something at `fault.started`; return when it is in force."""

    async def clear(self, fault_id: str, at: float) -> Refusal | None:
        """End a fault at a moment, which may lie before the next reading; a later reading says that it ended."""


class Inventory(Protocol):
    """Knows which nodes and links there are."""

    async def topology(self) -> Topology:
        """Return the nodes and links."""


class Driver(Protocol):
    """A managed network. A part that it does not offer is None."""

    @property
    def name(self) -> str:
        """What people call it, as in `NMS_NETWORK`."""

    @property
    def telemetry(self) -> Telemetry:
        """What samples it."""

    @property
    def inventory(self) -> Inventory:
        """What knows its elements."""

    @property
    def actuator(self) -> Actuator | None:
        """What repairs it."""

    @property
    def injector(self) -> FaultInjector | None:
        """What breaks it."""

    @property
    def remarks(self) -> Sequence[str]:
        """What a person should know of it before it is used; often nothing."""

    def capabilities(self) -> Capabilities:
        """Return what it offers."""

    def snapshot(self) -> bytes:
        """Return everything that must outlive the process, apart from what the host keeps."""

    def restore(self, snapshot: bytes, live: Sequence[Fault]) -> None:
        """Go on from a snapshot, with the faults that are live. Raises MessageError or OtherNetwork."""
