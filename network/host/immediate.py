"""Runs the host without an event loop, for a driver whose coroutines never wait."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from network.host.managed import ManagedNetwork, NetworkEvent
from shared.domain.errors import NmsError
from shared.domain.events import Execute, Fault
from shared.domain.telemetry import Tick
from shared.domain.topology import Topology

Result = TypeVar("Result")


def in_place(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that never waits; return its result. Raises NmsError if it waits."""
    try:
        work.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    work.close()
    raise NmsError("this driver waits for its network: run it in an event loop")


class ImmediateNetwork:
    def __init__(self, managed: ManagedNetwork) -> None:
        self.managed = managed

    @property
    def topology(self) -> Topology:
        return self.managed.topology

    @property
    def tick(self) -> int:
        """The number of the last reading; 0 before the first."""
        return self.managed.tick

    @property
    def now(self) -> float:
        """Network time of the last reading."""
        return self.managed.now

    def sample(self) -> tuple[Sequence[Tick], Sequence[NetworkEvent]]:
        """Advance by one interval; return its telemetry and events."""
        sample = in_place(self.managed.sample())
        return sample.ticks, sample.events

    def inject(self, fault: Fault) -> Fault:
        """Apply a fault; return it with its actual start and end. Raises Refused or UnknownTarget."""
        return in_place(self.managed.inject(fault))

    def cancel(self, fault_id: str) -> Fault:
        """End a fault; return it. Raises Refused if it is not live."""
        return in_place(self.managed.cancel(fault_id))

    def faults(self) -> Sequence[Fault]:
        """Return the live faults and the last that ended, oldest first."""
        return self.managed.faults()

    def execute(self, command: Execute, at: float | None = None) -> None:
        """Start an action or its revert; a later sample brings its `Executed`."""
        in_place(self.managed.execute(command, at))

    def snapshot(self) -> bytes:
        """Return all state that must outlive the process, except the faults."""
        return self.managed.snapshot()

    def restore(self, snapshot: bytes, faults: Sequence[Fault], skip: int) -> None:
        """Continue from a snapshot, `skip` intervals later. Raises MessageError."""
        in_place(self.managed.restore(snapshot, faults, skip))
