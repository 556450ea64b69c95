"""What a managed network can do, whichever driver is behind it. The host knows only this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.domain.events import Execute, Executed, Fault, FaultEnded, FaultStarted
from shared.domain.telemetry import Tick
from shared.domain.topology import Topology

Happening = FaultStarted | FaultEnded | Executed


class ManagedNetwork(Protocol):
    """A network that can be sampled, repaired and, where the driver can, broken on purpose."""

    @property
    def topology(self) -> Topology:
        """The nodes and links."""

    @property
    def now(self) -> float:
        """Network time of the last tick."""

    @property
    def tick(self) -> int:
        """The number of the last tick."""

    def sample(self) -> tuple[Sequence[Tick], Sequence[Happening]]:
        """Let one tick pass; return its telemetry, one message a partition, and what happened in it."""

    def strike(self, fault: Fault) -> Fault:
        """Break something; return the fault as it landed. The same id twice is one fault.

        It lands at `fault.started`, but not before the last tick nor after the next, and keeps its duration.
        Raises Refused or UnknownTarget.
        """

    def cancel(self, fault_id: str) -> Fault:
        """End a fault; return it. Raises Refused where it is not live."""

    def execute(self, command: Execute, at: float | None = None) -> None:
        """Begin an action, or its undoing; its `Executed` comes with a later `sample`. The same id twice runs once.

        `at` is network time between the last tick and the next; without it, that of the last tick.
        """

    def snapshot(self) -> bytes:
        """Return everything that must outlive the process, apart from the faults."""

    def faults(self) -> Sequence[Fault]:
        """Return the live faults and the last 100 that ended, oldest first."""

    def restore(self, snapshot: bytes, faults: Sequence[Fault], skip_ticks: int) -> None:
        """Go on from a snapshot, `skip_ticks` later: the network lived on while nobody looked."""
