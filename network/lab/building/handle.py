"""A laboratory that is up, seen from outside: its checks, its faults and the shell of a person use it.

Rules

1. A program gets words. `run` and `spawn` enter the namespaces of a node and never use a shell with them.
2. A process that stays is in a cgroup of the laboratory, so that its end comes with that of the laboratory.
3. What runs in the network of a node alone is not seen among its processes, and has the files of the machine.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from network.lab.building.cgroups import HIDDEN, Cgroup, group_of
from network.lab.building.layout import FOLDER, LabPlace, Wires, check_name, management_port
from network.lab.building.linux import ProcessId, process
from network.lab.building.programs import PATH, START
from network.lab.building.state import LabState, read_plan, read_state
from network.lab.errors import LabError
from network.lab.plan import LabCable, LabPlan, LabPort

RUN_WITHIN = 20.0
"""Seconds that a program has by default."""
START_WITHIN = 120.0
TIMED_OUT = 124
"""The status of a program that did not end in time, as `timeout` has it."""
KILL_AFTER = 2
"""Seconds between the request to end and the end by force."""
CHILD_WITHIN = 5.0
LOOK_EVERY = 0.005
JOIN = 'while [ "$1" != -- ]; do echo 0 >"$1" || exit 125; shift; done; shift; exec "$@"'
"""A constant script: it joins the cgroups of its first arguments, and becomes the program of those after `--`."""
ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"}


@dataclass(frozen=True)
class LabAnswer:
    """The exit status of a program, and its output with its errors."""

    status: int
    output: bytes

    @property
    def text(self) -> str:
        return self.output.decode(errors="replace")


@dataclass(frozen=True)
class LabProcess:
    """`number`: as the machine counts. `name`: as `ps` shows it."""

    number: int
    name: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class LabHandle:
    place: LabPlace
    plan: LabPlan
    state: LabState

    @classmethod
    def of(cls, name: str, place: LabPlace | None = None) -> LabHandle:
        """Raises LabError if there is no such laboratory."""
        check_name(name)
        place = place or LabPlace(FOLDER / name)
        return cls(place, read_plan(place), read_state(place))

    @cached_property
    def wires(self) -> Wires:
        """The names of bridges and ports in the namespace of the cables."""
        return Wires(self.plan)

    def cable(self, port: LabPort) -> LabCable:
        """Raises LabError."""
        found = self.plan.cable_of(port)
        if found is None:
            raise LabError(f"no cable is in {port}: see the cables of the plan {self.plan.name}")
        return found

    def cable_ports(self, cable: LabCable) -> Mapping[LabPort, str]:
        """Return the hidden port of each end of a cable. What leaves it goes to that end; what enters comes from it."""
        return self.wires.ports(cable)

    def first_process(self, node: str) -> ProcessId:
        """Raises LabError if the node is not in the plan, or has ended."""
        if node not in self.state.nodes:
            known = ", ".join(self.state.nodes)
            raise LabError(f"the laboratory {self.state.name} has no node {node}: there are {known}")
        return self._alive(self.state.nodes[node], f"the node {node}")

    def management_port(self, node: str) -> str:
        """Return the far end of a node's management interface, in the namespace of the management network."""
        return management_port([each.name for each in self.plan.nodes].index(node))

    def cgroup(self, node: str) -> Cgroup:
        return Cgroup(self.state.name, group_of(node))

    @property
    def hidden(self) -> Cgroup:
        """The cgroup of what belongs to no node."""
        return Cgroup(self.state.name, HIDDEN)

    def entering(self, node: str) -> list[str]:
        """Return the words before those of a program that runs in a node."""
        return _entering(self.first_process(node), ("mnt", "net", "pid", "uts", "ipc"))

    def entering_network(self, node: str) -> list[str]:
        """The same for a program of the machine in the network of a node: the node does not see the process."""
        return _entering(self.first_process(node), ("net",))

    def entering_cables(self) -> list[str]:
        return _entering(self._alive(self.state.cables, "the namespace of the cables"), ("net",))

    def entering_management(self) -> list[str]:
        return _entering(self._alive(self.state.management, "the namespace of the management network"), ("net",))

    def run(
        self,
        node: str,
        words: Sequence[str],
        text: bytes = b"",
        within: float = RUN_WITHIN,
        own_cgroup: bool = True,
    ) -> LabAnswer:
        """Run a program in a node and wait for its end. `own_cgroup`: under the limits of the node.

        Raises LabError only if the node is not there. A program that takes too long has the status TIMED_OUT.
        """
        joining = _join(self.cgroup(node)) if own_cgroup else []
        return _run([*joining, *self.entering(node)], words, text, within)

    def in_network(self, node: str, words: Sequence[str], text: bytes = b"", within: float = RUN_WITHIN) -> LabAnswer:
        """Run a program of the machine in the network of a node. Raises LabError as `run`."""
        return _run(self.entering_network(node), words, text, within)

    def in_cables(self, words: Sequence[str], text: bytes = b"", within: float = RUN_WITHIN) -> LabAnswer:
        """Run a program of the machine in the namespace of the cables. Raises LabError as `run`."""
        return _run(self.entering_cables(), words, text, within)

    def in_management(self, words: Sequence[str], text: bytes = b"", within: float = RUN_WITHIN) -> LabAnswer:
        """Run a program of the machine in the namespace of the management network. Raises LabError as `run`."""
        return _run(self.entering_management(), words, text, within)

    def spawn(self, node: str, words: Sequence[str], log: Path | None = None) -> ProcessId:
        """Start a program that stays, in a node and its cgroup, and return its process. Raises LabError."""
        return _child(_spawn([*_join(self.cgroup(node)), *self.entering(node), *words], log))

    def spawn_in_network(
        self, node: str, words: Sequence[str], log: Path | None = None, own_cgroup: bool = False
    ) -> ProcessId:
        """Start a program of the machine that stays, in the network of a node. Raises LabError."""
        joining = _join(self.cgroup(node) if own_cgroup else self.hidden)
        return _identity(_spawn([*joining, *self.entering_network(node), *words], log))

    def spawn_in_cables(self, words: Sequence[str], log: Path | None = None) -> ProcessId:
        """Start a program of the machine that stays, in the namespace of the cables. Raises LabError."""
        return _identity(_spawn([*_join(self.hidden), *self.entering_cables(), *words], log))

    def end(self, process: ProcessId, with_signal: signal.Signals = signal.SIGKILL) -> None:
        """End a process that `spawn` returned. One that has ended is no error."""
        if process.alive:
            os.kill(process.number, with_signal)

    def start(self, node: str, *programs: str) -> LabAnswer:
        """Start programs of the plan as they were started at first. Status 0: all of them run."""
        return self.run(node, [START, *programs], within=START_WITHIN)

    def file(self, node: str, path: str) -> Path:
        """Return a file of a node as a path of the machine, to read or to write it as root.

        An absolute link inside the node leads to a file of the machine there: give a path without links.
        """
        return Path(f"/proc/{self.first_process(node).number}/root") / path.lstrip("/")

    def processes(self, node: str) -> list[LabProcess]:
        """Return the processes of a node without its first one."""
        first = self.first_process(node).number
        found = (_described(number) for number in self.cgroup(node).processes() if number != first)
        return [each for each in found if each is not None]

    def _alive(self, first: ProcessId, what: str) -> ProcessId:
        if not first.alive:
            name = self.state.name
            raise LabError(f"{what} of the laboratory {name} is gone: `nms lab down --name {name}`, then `nms lab up`")
        return first


def _entering(first: ProcessId, kinds: Sequence[str]) -> list[str]:
    options = {"mnt": "--mount", "net": "--net", "pid": "--pid", "uts": "--uts", "ipc": "--ipc"}
    return ["nsenter", *(f"{options[kind]}={first.namespace(kind)}" for kind in kinds), "--"]


def _join(group: Cgroup) -> list[str]:
    return ["sh", "-c", JOIN, "join", *group.entrances, "--"]


def _run(enter: Sequence[str], words: Sequence[str], text: bytes, within: float) -> LabAnswer:
    """The bound is kept inside the namespaces: the end of `nsenter` would not end the program that it started."""
    bound = ("timeout", f"--kill-after={KILL_AFTER}", str(within))
    try:
        done = subprocess.run(
            [*enter, *bound, *words],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=within + 2 * KILL_AFTER,
            check=False,
            cwd="/",
            env=ENVIRONMENT,
        )
    except subprocess.TimeoutExpired as late:
        return LabAnswer(TIMED_OUT, late.stdout or b"")
    return LabAnswer(done.returncode, done.stdout)


def _spawn(words: Sequence[str], log: Path | None) -> int:
    """Return the number of a process with a session of its own, which nobody waits for."""
    output = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        program = next(found for folder in PATH.split(":") if (found := Path(folder) / words[0]).exists())
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_DUP2, output, 2),
        ]
        return os.posix_spawn(program, list(words), ENVIRONMENT, file_actions=actions, setsid=True)
    finally:
        os.close(output)


def _identity(number: int) -> ProcessId:
    found = process(number)
    if found is None:
        raise LabError(f"the process {number} ended at once: see its log")
    return found


def _child(number: int) -> ProcessId:
    """Return the process that `nsenter` made inside the processes of a node. It ends with it. Raises LabError."""
    end = time.monotonic() + CHILD_WITHIN
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        while time.monotonic() < end and process(number) is not None:
            children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
            if children and (found := process(int(children[0]))) is not None:
                return found
            time.sleep(LOOK_EVERY)
    raise LabError(f"the process {number} ended at once: see its log")


def _described(number: int) -> LabProcess | None:
    try:
        folder = Path(f"/proc/{number}")
        words = tuple(word.decode(errors="replace") for word in (folder / "cmdline").read_bytes().split(b"\0") if word)
        return LabProcess(number, (folder / "comm").read_text().strip(), words)
    except (FileNotFoundError, ProcessLookupError):
        return None
