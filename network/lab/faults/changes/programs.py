"""Stops programs of a node, and starts them as the plan started them; changes a file that a program reads.

Rule: programs that belong together, such as the daemons of a router, start together. A daemon that comes back alone
finds the others in a state that it does not know.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from network.lab.errors import LabError
from network.lab.faults.access import LabAccess
from network.lab.faults.change import FaultChange
from network.lab.faults.changes.kernel import address_words_of
from network.lab.faults.changes.workers import LOOK_EVERY, stat_of
from network.lab.faults.proof import Landed, NotLanded
from network.lab.plan import LabNode, LabProgram

ENDS_WITHIN = 5.0
"""Seconds until a program that was asked to end is killed."""
LEASED_WITHIN = 15.0
"""Seconds that the undo waits for the address of a client. It does not fail without: the client goes on asking."""
COMM = 15
"""The kernel keeps so many characters of the name of a process."""


def running(lab: LabAccess, node: str, programs: Iterable[LabProgram]) -> dict[str, list[int]]:
    """Return the processes of each program, as the machine counts. A program with `once` has none."""
    by_name: dict[str, list[int]] = {}
    for number in lab.processes(node):
        with contextlib.suppress(OSError):
            name = Path(f"/proc/{number}/comm").read_text().strip()
            if stat_of(number):
                by_name.setdefault(name, []).append(number)
    return {each.name: by_name.get(each.process[:COMM], []) for each in programs if not each.once}


def stop(lab: LabAccess, node: str, programs: Sequence[LabProgram]) -> str:
    """End programs: politely, then by force. Return why it failed; empty if none runs."""
    asked = time.monotonic()
    kill = signal.SIGTERM
    while numbers := [number for each in running(lab, node, programs).values() for number in each]:
        waited = time.monotonic() - asked
        if waited > 2 * ENDS_WITHIN:
            return f"{node}: the processes {numbers} do not end"
        if waited > ENDS_WITHIN:
            kill = signal.SIGKILL
        if kill is not signal.SIGTERM or waited < LOOK_EVERY:
            for number in numbers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, kill)
        time.sleep(LOOK_EVERY)
    return ""


def restart(lab: LabAccess, node: LabNode, names: Sequence[str]) -> str:
    own = chosen(node, names)
    return stop(lab, node.name, own) or lab.begin(node.name, [each.name for each in own if not each.once])


def chosen(node: LabNode, names: Sequence[str]) -> list[LabProgram]:
    return [program for program in node.programs if program.name in names]


class ProgramsStopped(FaultChange, frozen=True):
    """`programs`: the names of those that stop. A program with `once` among them only runs again in the undo."""

    node: str
    programs: tuple[str, ...]

    @property
    def touches(self) -> frozenset[str]:
        return frozenset(f"node/{self.node}/program/{name}" for name in self.programs)

    def apply(self, lab: LabAccess) -> str:
        return stop(lab, self.node, chosen(lab.plan.node(self.node), self.programs))

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        found = running(lab, self.node, chosen(lab.plan.node(self.node), self.programs))
        if alive := sorted(name for name, numbers in found.items() if numbers):
            return NotLanded(f"{self.node} still runs {', '.join(alive)}")
        return Landed(f"{self.node} does not run {', '.join(found)}")

    def undo(self, lab: LabAccess) -> str:
        node = lab.plan.node(self.node)
        if all(running(lab, self.node, chosen(node, self.programs)).values()):
            return ""
        return restart(lab, node, self.programs)


class FileChange(FaultChange, frozen=True):
    """Other content of a file of a node. `before`: None: the file was not there.

    `restart`: the programs that read it at their start. `reload`: those that read it again at SIGHUP.
    """

    node: str
    path: str
    before: bytes | None
    after: bytes
    restart: tuple[str, ...] = ()
    reload: tuple[str, ...] = ()

    @property
    def touches(self) -> frozenset[str]:
        programs = {f"node/{self.node}/program/{name}" for name in (*self.restart, *self.reload)}
        return frozenset({f"node/{self.node}/file{self.path}", *programs})

    def apply(self, lab: LabAccess) -> str:
        file_of(lab, self.node, self.path).write_bytes(self.after)
        return self._make_known(lab)

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        if content_of(lab, self.node, self.path) != self.after:
            return NotLanded(f"{self.node}:{self.path} does not have the other content")
        found = running(lab, self.node, chosen(lab.plan.node(self.node), (*self.restart, *self.reload)))
        if missing := sorted(name for name, numbers in found.items() if not numbers):
            return NotLanded(f"{self.node} does not run {', '.join(missing)}")
        return Landed(f"{self.node}:{self.path} has another content")

    def undo(self, lab: LabAccess) -> str:
        if self.before is None:
            file_of(lab, self.node, self.path).unlink(missing_ok=True)
        elif content_of(lab, self.node, self.path) != self.before:
            file_of(lab, self.node, self.path).write_bytes(self.before)
        return self._make_known(lab)

    def _make_known(self, lab: LabAccess) -> str:
        node = lab.plan.node(self.node)
        found = running(lab, self.node, chosen(node, self.reload))
        stopped = [name for name, numbers in found.items() if not numbers]
        for number in (number for numbers in found.values() for number in numbers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGHUP)
        again = (*self.restart, *stopped)
        return restart(lab, node, again) if again else ""


class ClientRenewed(FaultChange, frozen=True):
    """A client of DHCP asks for a new lease: a renewed one changes neither its gateway nor its prefix.

    `at_end`: in the undo, once the server is right again; otherwise at the start, so that the wrong answer shows.
    """

    node: str
    interface: str
    program: str
    at_end: bool

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"node/{self.node}/program/{self.program}"})

    def apply(self, lab: LabAccess) -> str:
        return "" if self.at_end else self._renew(lab)

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        return Landed(f"{self.node} is a client")

    def undo(self, lab: LabAccess) -> str:
        if not self.at_end:
            return ""
        failed, end = self._renew(lab), time.monotonic() + LEASED_WITHIN
        while not failed and not address_words_of(lab, self.node, self.interface) and time.monotonic() < end:
            time.sleep(LOOK_EVERY)
        return failed

    def _renew(self, lab: LabAccess) -> str:
        """Without the old address: with it the client would keep the old route."""
        node = lab.plan.node(self.node)
        failed = stop(lab, self.node, chosen(node, [self.program]))
        lab.network(self.node, ["ip", "-4", "address", "flush", "dev", self.interface])
        return failed or lab.begin(self.node, [self.program])


def file_of(lab: LabAccess, node: str, path: str) -> Path:
    """Return the file as the machine reaches it. The content is written in place: owner, mode and mounts stay.

    Raises LabError for a path with a link, which would lead out of the node.
    """
    at = lab.root(node)
    for part in Path(path).parts[1:]:
        at /= part
        if at.is_symlink():
            raise LabError(f"{node}:{path} goes over the link {part}: name the file itself")
    return at


def content_of(lab: LabAccess, node: str, path: str) -> bytes | None:
    try:
        return file_of(lab, node, path).read_bytes()
    except FileNotFoundError:
        return None
