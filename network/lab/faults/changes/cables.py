"""Changes in the hidden network: what a cable does to the frames of two nodes that cannot see it."""

from __future__ import annotations

import json

from network.lab.faults.access import LabAccess
from network.lab.faults.change import FaultChange
from network.lab.faults.proof import Landed, NotLanded

FORWARDING = "3"
"""The state of a port of a bridge that forwards frames."""


class CableCap(FaultChange, frozen=True):
    """A limit of the rate at each end. `rate`: bit/s. `burst`, `limit`: bytes."""

    cable: str
    ports: tuple[str, ...]
    rate: int
    burst: int
    limit: int

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"cable/{self.cable}/rate"})

    def apply(self, lab: LabAccess) -> str:
        shape = ("tbf", "rate", f"{self.rate}bit", "burst", str(self.burst), "limit", str(self.limit))
        for port in self.ports:
            ran = lab.cables(["tc", "qdisc", "replace", "dev", port, "root", *shape])
            if not ran.done:
                return f"{self.cable}: tc: {ran.errors.strip()}"
        return ""

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        for port in self.ports:
            if _queue(lab, port) != "tbf":
                return NotLanded(f"the cable {self.cable} has no limit at one end")
        return Landed(f"the cable {self.cable} carries {self.rate / 1000:g} kbit/s")

    def undo(self, lab: LabAccess) -> str:
        for port in self.ports:
            if _queue(lab, port) == "tbf":
                ran = lab.cables(["tc", "qdisc", "del", "dev", port, "root"])
                if not ran.done:
                    return f"{self.cable}: tc: {ran.errors.strip()}"
        return ""


def _queue(lab: LabAccess, port: str) -> str:
    ran = lab.cables(["tc", "-j", "qdisc", "show", "dev", port, "root"])
    found = json.loads(ran.output) if ran.done and ran.output.strip() else []
    return str(found[0].get("kind", "")) if found else ""


class CableRules(FaultChange, frozen=True):
    """A table of rules for frames that leave the hidden network at a port. `rules`: by port."""

    cable: str
    name: str
    rules: tuple[tuple[str, str], ...]

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"cable/{self.cable}/frames"})

    def apply(self, lab: LabAccess) -> str:
        chains = "".join(
            f"  chain {port} {{\n"
            f'    type filter hook egress device "{port}" priority 0; policy accept;\n'
            f"    {rule}\n  }}\n"
            for port, rule in self.rules
        )
        ran = lab.cables(["nft", "-f", "-"], given=f"table netdev {self.name} {{\n{chains}}}\n")
        return "" if ran.done else f"{self.cable}: nft: {ran.errors.strip()}"

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        if not lab.cables(["nft", "list", "table", "netdev", self.name]).done:
            return NotLanded(f"the cable {self.cable} has no rules for its frames")
        return Landed(f"the cable {self.cable} has rules for its frames at {len(self.rules)} ends")

    def undo(self, lab: LabAccess) -> str:
        if not lab.cables(["nft", "list", "table", "netdev", self.name]).done:
            return ""
        ran = lab.cables(["nft", "delete", "table", "netdev", self.name])
        return "" if ran.done else f"{self.cable}: nft: {ran.errors.strip()}"


class PortsMade(FaultChange, frozen=True):
    """Ports of cables that something else switches: the undo makes them forward again. `down`: take them down now."""

    cable: str
    ports: tuple[str, ...]
    down: bool

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"cable/{self.cable}/state"})

    def apply(self, lab: LabAccess) -> str:
        return self._set(lab, "down") if self.down else ""

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        if not self.down:
            return Landed(f"the ends of the cable {self.cable} are known")
        if any(_is_up(lab, port) for port in self.ports):
            return NotLanded(f"an end of the cable {self.cable} is up")
        return Landed(f"the cable {self.cable} is dead")

    def undo(self, lab: LabAccess) -> str:
        failed = self._set(lab, "up")
        for port in self.ports:
            ran = lab.cables(["bridge", "link", "set", "dev", port, "state", FORWARDING])
            failed = failed or ("" if ran.done else f"{self.cable}: bridge: {ran.errors.strip()}")
        return failed

    def _set(self, lab: LabAccess, state: str) -> str:
        for port in self.ports:
            ran = lab.cables(["ip", "link", "set", "dev", port, state])
            if not ran.done:
                return f"{self.cable}: ip: {ran.errors.strip()}"
        return ""


def _is_up(lab: LabAccess, port: str) -> bool:
    ran = lab.cables(["ip", "-j", "link", "show", "dev", port])
    return ran.done and "UP" in json.loads(ran.output)[0]["flags"]


class PortReset(FaultChange, frozen=True):
    """No change at all: the fault is in a port, so it ends when an end of the cable is reset.

    `counts`: how often the carrier of each port has changed before.
    """

    cable: str
    ports: tuple[str, ...]
    counts: tuple[int, ...]

    @property
    def touches(self) -> frozenset[str]:
        return frozenset()

    def apply(self, lab: LabAccess) -> str:
        return ""

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        if carrier_changes(lab, self.ports) != self.counts:
            return NotLanded(f"an end of the cable {self.cable} was reset")
        return Landed(f"no end of the cable {self.cable} was reset")

    def undo(self, lab: LabAccess) -> str:
        return ""


def carrier_changes(lab: LabAccess, ports: tuple[str, ...]) -> tuple[int, ...]:
    found = []
    for port in ports:
        ran = lab.cables(["ip", "-s", "-s", "-j", "link", "show", "dev", port])
        link = json.loads(ran.output)[0] if ran.done and ran.output.strip() else {}
        found.append(int(link.get("stats64", {}).get("tx", {}).get("carrier_changes", 0)))
    return tuple(found)
