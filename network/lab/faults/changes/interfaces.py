"""Changes of an interface of a node: down, detached, another MTU, another address.

Rule: the undo makes the interface what it was, whatever happened to it since: the address, the routes through it, the
bridge, the permanent neighbours and the settings of the kernel are lost when an interface goes down or moves.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from network.lab.faults.access import LabAccess
from network.lab.faults.change import FaultChange
from network.lab.faults.changes.kernel import (
    address_words,
    address_words_of,
    cleaned_route,
    errors_of,
    link_of,
    neighbours_of,
    restored_routes,
    routes_of,
    settings_of,
)
from network.lab.faults.changes.workers import LOOK_EVERY, FaultWorker
from network.lab.faults.proof import Landed, NotLanded

HELD_WITHIN = 5.0
"""Seconds until the network that holds an interface is there."""
FORGOTTEN = frozenset({"mtu", "stable_secret", "stable-privacy"})
"""Settings of the kernel that it sets itself."""


class InterfaceState(msgspec.Struct, frozen=True):
    """`addresses`: the words for `ip address add`. `routes`: those that no routing daemon made, as `ip -N` prints them.

    `neighbours`: permanent ones, address and hardware address. `settings`: by the path of the file.
    """

    up: bool
    mtu: int
    master: str
    addresses: tuple[tuple[str, ...], ...]
    routes: tuple[str, ...]
    neighbours: tuple[tuple[str, str], ...]
    settings: Mapping[str, str]


def state_of(lab: LabAccess, node: str, interface: str) -> InterfaceState | None:
    """Return None if the node has no such interface."""
    link = link_of(lab, node, interface)
    if link is None:
        return None
    return InterfaceState(
        "UP" in link.flags,
        link.mtu,
        link.master,
        tuple(address_words(each) for each in link.addresses if each.scope != "link" or each.family == "inet"),
        tuple(routes_of(lab, node, interface)),
        tuple(neighbours_of(lab, node, interface)),
        settings_of(lab, node, interface),
    )


class InterfaceChange(FaultChange, frozen=True):
    """The base of the changes here. `before`: what the interface was."""

    node: str
    interface: str
    before: InterfaceState

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"node/{self.node}/interface/{self.interface}"})

    @property
    def name(self) -> str:
        return f"{self.node}:{self.interface}"

    def undo(self, lab: LabAccess) -> str:
        link = link_of(lab, self.node, self.interface)
        if link is None:
            return f"{self.name} is not there: build the laboratory again"
        before, dev = self.before, ("dev", self.interface)
        wanted = "up" if before.up else "down"
        commands: list[tuple[str, ...]] = [("ip", "link", "set", *dev, "mtu", str(before.mtu))]
        if link.master != before.master:
            commands.append(
                ("ip", "link", "set", *dev, *(("master", before.master) if before.master else ("nomaster",)))
            )
        commands.append(("ip", "link", "set", *dev, wanted))
        done = errors_of(lab, self.node, commands)
        _restore_settings(lab, self.node, before.settings, settings_of(lab, self.node, self.interface))
        self._restore_addresses(lab)
        for address, hardware in before.neighbours:
            lab.network(self.node, ["ip", "neigh", "replace", address, "lladdr", hardware, "nud", "permanent", *dev])
        if before.up:
            done += restored_routes(lab, self.node, self.interface, before.routes)
        return done

    def _restore_addresses(self, lab: LabAccess) -> None:
        """A router adds the addresses of its configuration itself, at the same time: one of both is too late."""
        dev = ("dev", self.interface)
        before = {_lasting(words): words for words in self.before.addresses}
        present = {_lasting(words): words for words in address_words_of(lab, self.node, self.interface)}
        for key, words in present.items():
            if key not in before:
                lab.network(self.node, ["ip", "address", "del", words[0], *dev])
        for key, words in before.items():
            if key not in present:
                lab.network(self.node, ["ip", "address", "replace", *words, *dev])


class InterfaceDown(InterfaceChange, frozen=True):
    def apply(self, lab: LabAccess) -> str:
        return errors_of(lab, self.node, [("ip", "link", "set", "dev", self.interface, "down")])

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        link = link_of(lab, self.node, self.interface)
        if link is None or "UP" in link.flags:
            return NotLanded(f"{self.name} is not down")
        return Landed(f"{self.name} is down by its administrator")


class InterfaceDetached(InterfaceChange, frozen=True):
    """`holder`: a process with an empty network of its own: there the interface keeps its number while it is away."""

    holder: FaultWorker

    def apply(self, lab: LabAccess) -> str:
        away, end = self._away(lab), time.monotonic() + HELD_WITHIN
        while away is None or away.samefile(lab.namespace("")):
            if time.monotonic() > end:
                return f"the network that holds {self.name} was not made"
            time.sleep(LOOK_EVERY)
            away = self._away(lab)
        return errors_of(lab, self.node, [("ip", "link", "set", "dev", self.interface, "netns", str(away))])

    def _away(self, lab: LabAccess) -> Path | None:
        record = self.holder.recorded(lab)
        return Path(f"/proc/{record.number}/ns/net") if record and self.holder.members(lab) else None

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        if link_of(lab, self.node, self.interface) is not None:
            return NotLanded(f"{self.name} is still there")
        return Landed(f"{self.node} has no interface {self.interface}")

    def undo(self, lab: LabAccess) -> str:
        if link_of(lab, self.node, self.interface) is None:
            away = self._away(lab)
            if away is None:
                return f"{self.name} is gone, with the network that held it: build the laboratory again"
            to = ("netns", str(lab.namespace(self.node)))
            enter = ("nsenter", f"--net={away}", "ip", "link", "set", "dev", self.interface)
            back = lab.cables([*enter, *to])
            if not back.done:
                return f"{self.name} cannot be moved back: {back.errors.strip()}"
        return super().undo(lab)


class InterfaceMtu(InterfaceChange, frozen=True):
    mtu: int

    def apply(self, lab: LabAccess) -> str:
        return errors_of(lab, self.node, [("ip", "link", "set", "dev", self.interface, "mtu", str(self.mtu))])

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        link = link_of(lab, self.node, self.interface)
        if link is None or link.mtu != self.mtu:
            return NotLanded(f"the MTU of {self.name} is not {self.mtu}")
        return Landed(f"the MTU of {self.name} is {self.mtu} instead of {self.before.mtu}")


class InterfaceAddress(InterfaceChange, frozen=True):
    """Another address in the place of one. `routes`: what has to be added again, since it went with the address."""

    old: str
    new: str

    def apply(self, lab: LabAccess) -> str:
        dev = ("dev", self.interface)
        commands = [
            ("ip", "address", "del", self.old, *dev),
            ("ip", "address", "add", self.new, "broadcast", "+", *dev),
        ]
        failed = errors_of(lab, self.node, commands)
        for route in self.before.routes:  # a gateway outside the new subnet cannot be reached: that is the fault
            lab.network(self.node, ["ip", "route", "replace", *cleaned_route(route), *dev])
        return failed

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        present = {words[0] for words in address_words_of(lab, self.node, self.interface)}
        if self.new not in present or self.old in present:
            return NotLanded(f"the address of {self.name} is not {self.new}")
        return Landed(f"the address of {self.name} is {self.new} instead of {self.old}")


class ExtraAddress(FaultChange, frozen=True):
    """One more address at an interface, such as the loopback of a router."""

    node: str
    interface: str
    address: str

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"node/{self.node}/address/{self.address}"})

    def apply(self, lab: LabAccess) -> str:
        return errors_of(lab, self.node, [("ip", "address", "add", self.address, "dev", self.interface)])

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        if self.address not in {words[0] for words in address_words_of(lab, self.node, self.interface)}:
            return NotLanded(f"{self.node}:{self.interface} has no address {self.address}")
        return Landed(f"{self.node}:{self.interface} has the address {self.address}")

    def undo(self, lab: LabAccess) -> str:
        if isinstance(self.holds(lab), Landed):
            return errors_of(lab, self.node, [("ip", "address", "del", self.address, "dev", self.interface)])
        return ""


def _lasting(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of an address without how long it is valid."""
    return words[: words.index("valid_lft")] if "valid_lft" in words else words


def _restore_settings(lab: LabAccess, node: str, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    for path, value in before.items():
        if path.rpartition("/")[2] not in FORGOTTEN and now.get(path, value) != value:
            lab.network(node, ["tee", path], given=value)
