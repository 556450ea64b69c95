"""A managed network without an event loop, for a driver that waits for nothing: the same code, called in place."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from network.host.managed import Happening, ManagedNetwork
from shared.domain.errors import NmsError
from shared.domain.events import Execute, Fault
from shared.domain.telemetry import Tick
from shared.domain.topology import Topology

Result = TypeVar("Result")


def in_place(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that never waits, and return its result. Raises NmsError where it does wait."""
    try:
        work.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    work.close()
    raise NmsError("this driver waits for its network: run it in an event loop")


class ImmediateNetwork:
    """A managed network whose driver waits for nothing."""

    def __init__(self, managed: ManagedNetwork) -> None:
        self.managed = managed

    @property
    def topology(self) -> Topology:
        """The nodes and links."""
        return self.managed.topology

    @property
    def tick(self) -> int:
        """The number of the last reading; 0 before the first."""
        return self.managed.tick

    @property
    def now(self) -> float:
        """Network time of the last reading."""
        return self.managed.now

    def sample(self) -> tuple[Sequence[Tick], Sequence[Happening]]:
        """Let one interval pass; return its telemetry and what happened in it."""
        sample = in_place(self.managed.sample())
        return sample.ticks, sample.news

    def inject(self, fault: Fault) -> Fault:
        """Break something; return the fault as it landed. Raises Refused or UnknownTarget."""
        return in_place(self.managed.inject(fault))

    def cancel(self, fault_id: str) -> Fault:
        """End a fault; return it. Raises Refused where it is not live."""
        return in_place(self.managed.cancel(fault_id))

    def faults(self) -> Sequence[Fault]:
        """Return the live faults and the last that ended, oldest first."""
        return self.managed.faults()

    def execute(self, command: Execute, at: float | None = None) -> None:
        """Begin an action, or its undoing; its `Executed` comes with a later sample."""
        in_place(self.managed.execute(command, at))

    def snapshot(self) -> bytes:
        """Return everything that must outlive the process, apart from the faults."""
        return self.managed.snapshot()

    def restore(self, snapshot: bytes, faults: Sequence[Fault], skip: int) -> None:
        """Go on from a snapshot, so many intervals later. Raises MessageError."""
        in_place(self.managed.restore(snapshot, faults, skip))
