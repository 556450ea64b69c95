"""A process that a fault needs: a worker in the hidden network, or a load in a node."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import msgspec

from network.lab.errors import LabError
from network.lab.faults.access import LabAccess, ProcessRecord
from network.lab.faults.change import FaultChange
from network.lab.faults.proof import Landed, NotLanded

JOURNAL = "faults"
"""The folder of the journal, in that of the laboratory."""
ENDED_WITHIN = 5.0
"""Seconds until a killed process has ended."""
LOOK_EVERY = 0.02
_SESSION, _STARTED = 3, 19
"""Positions in /proc/N/stat, counted behind the name of the process."""


class FaultWorker(FaultChange, frozen=True):
    """`node`: empty: in the hidden network. `mark`: the name of its record in the journal, unique.

    `inside`: whether the node sees the process. `ready`: an interface that it makes in the hidden network; empty: none.
    `load`: of a node, for what a fault must be alone there, such as `cpu`; empty: it disturbs no other fault.
    """

    node: str
    words: tuple[str, ...]
    mark: str
    inside: bool = True
    ready: tuple[str, ...] = ()
    load: str = ""

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"node/{self.node}/load/{self.load}"} if self.load else ())

    def record(self, lab: LabAccess) -> Path:
        return lab.folder / JOURNAL / f"{self.mark}.process"

    def apply(self, lab: LabAccess) -> str:
        try:
            lab.start(self.node, self.words, self.record(lab), inside=self.inside)
        except LabError as error:
            return str(error)
        end = time.monotonic() + ENDED_WITHIN
        for interface in self.ready:
            while not _is_up(lab, interface):
                if time.monotonic() > end or not self.members(lab):
                    return f"{self._what} did not make {interface}"
                time.sleep(LOOK_EVERY)
        return ""

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        if not self.members(lab):
            return NotLanded(f"{self._what} does not run")
        return Landed(f"{self._what} runs")

    def undo(self, lab: LabAccess) -> str:
        end = time.monotonic() + ENDED_WITHIN
        while members := self.members(lab):
            if time.monotonic() > end:
                return f"{self._what} does not end: see what the processes {members} wait for"
            for number in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            time.sleep(LOOK_EVERY)
        if first := self.recorded(lab):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(first.number, os.WNOHANG)
        self.record(lab).unlink(missing_ok=True)
        return ""

    @property
    def _what(self) -> str:
        place = self.node or "the hidden network"
        return f"{Path(self.words[0]).name} of {place}"

    def recorded(self, lab: LabAccess) -> ProcessRecord | None:
        try:
            return msgspec.json.decode(self.record(lab).read_bytes(), type=ProcessRecord)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def members(self, lab: LabAccess) -> list[int]:
        """Return the processes of its session: children, too. They are in the cgroup of the node, as it is."""
        first = self.recorded(lab)
        if first is None:
            return []
        found = []
        for number in lab.processes(self.node):
            stat = stat_of(number)
            if stat and int(stat[_SESSION]) == first.number and int(stat[_STARTED]) >= first.started:
                found.append(number)
        return found


def _is_up(lab: LabAccess, interface: str) -> bool:
    ran = lab.cables(["ip", "link", "show", "dev", interface, "up"])
    return ran.done and bool(ran.output)


def stat_of(number: int) -> list[str]:
    """Return the fields of a process behind its name; empty if it has ended."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [] if fields[0] in ("Z", "X") else fields
