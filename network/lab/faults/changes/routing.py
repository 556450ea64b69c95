"""Another configuration of FRR in a router: in its file, and in the daemons that run.

Rule: afterwards the running configuration is what it was, line by line; if commands do not get there, all daemons start
again with the old file.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from network.lab.faults.access import LabAccess
from network.lab.faults.change import FaultChange
from network.lab.faults.changes.programs import content_of, file_of, restart
from network.lab.faults.proof import Landed, NotLanded
from network.lab.plan import LabNode

FRR_FILE = "/etc/frr/frr.conf"
VTYSH = "vtysh"
_DAEMONS = "/frr/"
_NO_SETTINGS = ("Building configuration", "Current configuration", "frr version", "!", "end")
SETTLES_WITHIN = 15.0
"""Seconds until daemons that started show the configuration of their file."""
LOOK_EVERY = 0.2


def frr_programs_of(node: LabNode) -> tuple[str, ...]:
    """Return the names of the daemons, and of what loads their configuration; none if the node runs no FRR."""
    daemons = [each.name for each in node.programs if _DAEMONS in each.argv[0]]
    loads = [each.name for each in node.programs if each.once and each.process == VTYSH and daemons]
    return (*daemons, *loads)


def running_configuration(lab: LabAccess, node: str) -> str:
    """Return the settings in force, one a line; empty if no daemon answers."""
    ran = lab.run(node, [VTYSH, "-c", "show running-config"])
    return settings_in(ran.output) if ran.done else ""


def settings_in(text: str) -> str:
    """Return the lines of a printed configuration that set something. Pure."""
    lines = (line.rstrip() for line in text.splitlines())
    return "\n".join(line for line in lines if line.strip() and not line.strip().startswith(_NO_SETTINGS))


class FrrChange(FaultChange, frozen=True):
    """`before`, `after`: of the file. `running`: the running configuration before.

    `commands`, `reverse`: lines of the configuration mode that do and undo it, without a restart. Without commands, the
    daemons start again. `then`: lines of the enable mode after either, such as `clear ip bgp * soft out`.
    """

    node: str
    before: bytes
    after: bytes
    running: str
    commands: tuple[str, ...] = ()
    reverse: tuple[str, ...] = ()
    then: tuple[str, ...] = ()

    @property
    def touches(self) -> frozenset[str]:
        programs = {f"node/{self.node}/program/{name}" for name in ("zebra", "ospfd", "isisd", "bgpd", "staticd")}
        return frozenset({f"node/{self.node}/file{FRR_FILE}", *programs})

    def apply(self, lab: LabAccess) -> str:
        file_of(lab, self.node, FRR_FILE).write_bytes(self.after)
        if not self.commands:
            return self._restart(lab)
        ran = lab.run(self.node, [VTYSH, *_options(["configure terminal", *self.commands])])
        if not ran.done:
            return f"{self.node}: vtysh: {(ran.errors or ran.output).strip()}"
        self._finish(lab)
        return ""

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        if content_of(lab, self.node, FRR_FILE) != self.after:
            return NotLanded(f"the file of {self.node}'s configuration is not the changed one")
        now = running_configuration(lab, self.node)
        if not now:
            return NotLanded(f"the daemons of {self.node} do not answer")
        if now == self.running:
            return NotLanded(f"the running configuration of {self.node} is what it was")
        return Landed(f"{self.node} runs another configuration: {_difference(self.running, now)}")

    def undo(self, lab: LabAccess) -> str:
        file_of(lab, self.node, FRR_FILE).write_bytes(self.before)
        if running_configuration(lab, self.node) == self.running:
            return ""
        if self.reverse:
            # Each line is tried: one that is already undone is refused, and the next one still counts.
            lab.run(self.node, [VTYSH], given="\n".join(("configure terminal", *self.reverse, "end", "")))
            self._finish(lab)
            if running_configuration(lab, self.node) == self.running:
                return ""
        return self._restart(lab) or self._settled(lab)

    def _finish(self, lab: LabAccess) -> None:
        for line in self.then:
            lab.run(self.node, [VTYSH, "-c", line])

    def _restart(self, lab: LabAccess) -> str:
        node = lab.plan.node(self.node)
        return restart(lab, node, frr_programs_of(node))

    def _settled(self, lab: LabAccess) -> str:
        end = time.monotonic() + SETTLES_WITHIN
        while (now := running_configuration(lab, self.node)) != self.running:
            if time.monotonic() > end:
                difference = _difference(self.running, now) if now else "no daemon answers"
                return f"the running configuration of {self.node} is not what it was: {difference}"
            time.sleep(LOOK_EVERY)
        return ""


def _options(lines: Sequence[str]) -> list[str]:
    return [word for line in lines for word in ("-c", line)]


def _difference(before: str, now: str) -> str:
    old, new = before.splitlines(), now.splitlines()
    gone = [f"-{line.strip()}" for line in old if line not in new]
    come = [f"+{line.strip()}" for line in new if line not in old]
    return ", ".join((gone + come)[:4]) or "the same lines in another order"
