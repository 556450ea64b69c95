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
    """Raises NmsError if the coroutine waits."""
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
        return self.managed.tick

    @property
    def now(self) -> float:
        return self.managed.now

    def sample(self) -> tuple[Sequence[Tick], Sequence[NetworkEvent]]:
        sample = in_place(self.managed.sample())
        return sample.ticks, sample.events

    def inject(self, fault: Fault) -> Fault:
        return in_place(self.managed.inject(fault))

    def cancel(self, fault_id: str) -> Fault:
        return in_place(self.managed.cancel(fault_id))

    def faults(self) -> Sequence[Fault]:
        return self.managed.faults()

    def execute(self, command: Execute, at: float | None = None) -> None:
        in_place(self.managed.execute(command, at))

    def snapshot(self) -> bytes:
        return self.managed.snapshot()

    def restore(self, snapshot: bytes, faults: Sequence[Fault], skip: int) -> None:
        """Raises MessageError or OtherNetwork."""
        in_place(self.managed.restore(snapshot, faults, skip))
