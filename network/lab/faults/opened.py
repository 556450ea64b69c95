"""Opens a laboratory that runs for the recipes: the port to its nodes and cables, by the handle of `building`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from network.lab.building.handle import ENVIRONMENT, JOIN, TIMED_OUT, LabAnswer, LabHandle
from network.lab.building.layout import LabPlace
from network.lab.building.linux import process
from network.lab.errors import LabError
from network.lab.faults.access import WITHIN, LabAccess, NodeUse, ProcessRecord, Ran
from network.lab.faults.changes.workers import JOURNAL
from network.lab.plan import LabPlan, LabPort

GATE = 'read -r go && exec "$@"'
"""A constant script: it becomes the program of its arguments once it is allowed to, and ends if nobody allows it."""
SHELL = "/bin/sh"
ROOT = Path(__file__).parents[3]
"""The folder of the package."""
WATCH = "network.lab.faults.watch"
WATCH_LOG = "watch.log"


@dataclass(frozen=True)
class OpenedLab:
    """The laboratory of a handle, as the recipes see it."""

    handle: LabHandle

    @property
    def plan(self) -> LabPlan:
        return self.handle.plan

    @property
    def folder(self) -> Path:
        return self.handle.place.folder

    def run(
        self, node: str, words: Sequence[str], *, given: str = "", within: float = WITHIN, limited: bool = False
    ) -> Ran:
        return _ran(self.handle.run(node, words, given.encode(), within, own_cgroup=limited))

    def network(self, node: str, words: Sequence[str], *, given: str = "", within: float = WITHIN) -> Ran:
        return _ran(self.handle.in_network(node, words, given.encode(), within))

    def cables(self, words: Sequence[str], *, given: str = "", within: float = WITHIN) -> Ran:
        return _ran(self.handle.in_cables(words, given.encode(), within))

    def namespace(self, node: str) -> Path:
        first = self.handle.first_process(node) if node else self.handle.state.cables
        return first.namespace("net")

    def port(self, port: LabPort) -> str:
        return self.handle.cable_ports(self.handle.cable(port))[port]

    def set_management(self, node: str, up: bool) -> str:
        words = ["ip", "link", "set", "dev", self.handle.management_port(node), "up" if up else "down"]
        answer = self.handle.in_management(words)
        return "" if answer.status == 0 else f"{node}: {answer.text.strip()}"

    def root(self, node: str) -> Path:
        return self.handle.file(node, "/")

    def processes(self, node: str) -> list[int]:
        return (self.handle.cgroup(node) if node else self.handle.hidden).processes()

    def start(self, node: str, words: Sequence[str], record: Path, *, inside: bool = True) -> ProcessRecord:
        group = self.handle.cgroup(node) if node else self.handle.hidden
        enter = self.handle.entering_cables()
        if node:
            enter = self.handle.entering(node) if inside else self.handle.entering_network(node)
        number, allow = _gated([SHELL, "-c", JOIN, "join", *group.entrances, "--", *enter, *words])
        try:
            found = process(number)
            if found is None:
                raise LabError(f"{words[0]} of {node or 'the hidden network'} cannot be started")
            own = ProcessRecord(found.number, found.started)
            part = record.with_suffix(".part")
            part.write_bytes(msgspec.json.encode(own))
            part.rename(record)
            os.write(allow, b"go\n")
        finally:
            os.close(allow)
        return own

    def use(self, node: str) -> NodeUse:
        found = self.handle.cgroup(node).use()
        return NodeUse(found.cpu, found.periods, found.throttled, found.memory)

    def cores(self, node: str) -> float | None:
        return self.handle.cgroup(node).cores()

    def limit_cores(self, node: str, cores: float) -> None:
        self.handle.cgroup(node).limit_cpu(cores)

    def freeze(self, node: str) -> None:
        self.handle.cgroup(node).freeze()

    def thaw(self, node: str) -> None:
        self.handle.cgroup(node).thaw()

    def frozen(self, node: str) -> bool:
        return self.handle.cgroup(node).frozen()

    def begin(self, node: str, programs: Sequence[str]) -> str:
        answer = self.handle.start(node, *programs)
        return "" if answer.status == 0 else f"{node}: {answer.text.strip() or f'status {answer.status}'}"


def opened(folder: Path) -> OpenedLab:
    """`folder`: of one laboratory. Raises LabError."""
    return OpenedLab(LabHandle.of(folder.name, LabPlace(folder)))


def start_watch(lab: LabAccess) -> None:
    """Start the process that clears expired faults. It ends with the laboratory, and with nothing else."""
    hidden = opened(lab.folder).handle.hidden
    words = [SHELL, "-c", JOIN, "join", *hidden.entrances, "--", sys.executable, "-m", WATCH, str(lab.folder)]
    log = os.open(lab.folder / JOURNAL / WATCH_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        _spawned(words, os.devnull, log, {**ENVIRONMENT, "PYTHONPATH": str(ROOT)})
    finally:
        os.close(log)


def no_watch(lab: LabAccess) -> None:
    """For the process that watches itself."""


def _ran(answer: LabAnswer) -> Ran:
    """Output and errors come together."""
    status = -1 if answer.status == TIMED_OUT else answer.status
    return Ran(status, answer.text, answer.text if status else "")


def _gated(words: Sequence[str]) -> tuple[int, int]:
    """Start a program that waits for a line. Return its number, and where the line goes."""
    reader, writer = os.pipe()
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            return _spawned([SHELL, "-c", GATE, "gate", *words], reader, null, ENVIRONMENT), writer
        finally:
            os.close(null)
    except BaseException:
        os.close(writer)
        raise
    finally:
        os.close(reader)


def _spawned(words: Sequence[str], given: int | str, output: int, environment: dict[str, str]) -> int:
    """Start a program in a session of its own, for which nobody waits. `given`: its input, open or by its path."""
    first = (
        (os.POSIX_SPAWN_DUP2, given, 0) if isinstance(given, int) else (os.POSIX_SPAWN_OPEN, 0, given, os.O_RDONLY, 0)
    )
    actions = [first, (os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)]
    return os.posix_spawn(words[0], list(words), environment, file_actions=actions, setsid=True)
