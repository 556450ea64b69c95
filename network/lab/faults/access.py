"""What a recipe needs of a laboratory that runs: its nodes and cables, from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from network.lab.plan import LabPlan, LabPort

WITHIN = 10.0
"""Seconds that a program may take, unless the caller gives another number."""


@dataclass(frozen=True)
class Ran:
    """What a program printed, and its status: not 0 if it failed, cannot be started or takes too long."""

    status: int
    output: str
    errors: str = ""

    @property
    def done(self) -> bool:
        return self.status == 0


@dataclass(frozen=True)
class ProcessRecord:
    """A process as the machine counts. `started`: clock ticks since the machine started; numbers are used again."""

    number: int
    started: int


@dataclass(frozen=True)
class NodeUse:
    """`cpu`: seconds of CPU time so far. `throttled`: of the `periods` so far, in how many the quota was used up.

    `memory`: bytes.
    """

    cpu: float
    periods: int
    throttled: int
    memory: int


class LabAccess(Protocol):
    """Raises LabError if the laboratory is gone. What a node or a program answers is a value."""

    @property
    def plan(self) -> LabPlan: ...

    @property
    def folder(self) -> Path:
        """The folder of the laboratory, where the journal is."""

    def run(
        self, node: str, words: Sequence[str], *, given: str = "", within: float = WITHIN, limited: bool = False
    ) -> Ran:
        """Run a program as a process of the node: with its network, files and processes. `given`: its input.

        `limited`: under the limits of the node for CPU and memory; a look at a busy node must not wait for it.
        """

    def network(self, node: str, words: Sequence[str], *, given: str = "", within: float = WITHIN) -> Ran:
        """Run a program of the machine in the network of the node alone: the node does not see the process."""

    def cables(self, words: Sequence[str], *, given: str = "", within: float = WITHIN) -> Ran:
        """Run a program of the machine in the hidden network of the cables."""

    def namespace(self, node: str) -> Path:
        """Return the network of a node, as a file; empty node: the hidden network of the cables."""

    def port(self, port: LabPort) -> str:
        """Return the interface in the hidden network at which an interface of a node ends."""

    def set_management(self, node: str, up: bool) -> str:
        """Cut the node off the management network, outside the node, or join it again. Return why it failed."""

    def root(self, node: str) -> Path:
        """Return the root of the node's files, as the machine reaches it."""

    def processes(self, node: str) -> list[int]:
        """Return the processes of the node. Empty node: those that belong to no node, such as workers."""

    def start(self, node: str, words: Sequence[str], record: Path, *, inside: bool = True) -> ProcessRecord:
        """Start a program that outlives the caller, in a session of its own. Raises LabError if it cannot be started.

        Empty node: in the hidden network. `inside` is false: in the network of the node alone, as in `network`; it
        counts to the use of the node all the same. The identity of the process is in the file `record` before the
        program runs: a caller that is killed leaves either no process or a recorded one.
        """

    def use(self, node: str) -> NodeUse: ...

    def cores(self, node: str) -> float | None:
        """Return how many cores the node may use; None: no limit."""

    def limit_cores(self, node: str, cores: float) -> None: ...

    def freeze(self, node: str) -> None: ...

    def thaw(self, node: str) -> None: ...

    def frozen(self, node: str) -> bool: ...

    def begin(self, node: str, programs: Sequence[str]) -> str:
        """Start programs of the plan that stay, as they were started at first. What configures them follows.

        Return why it failed; empty if all run.
        """
