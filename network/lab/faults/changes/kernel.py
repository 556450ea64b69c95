"""Reads links, addresses, routes and neighbours of a node through `ip`, and the settings of an interface."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from network.lab.faults.access import LabAccess

OF_KERNEL, OF_ADVERTISEMENTS, OF_ZEBRA = "2", "9", "11"
OF_FRR = frozenset(map(str, range(186, 198)))
"""Numbers of who made a route, as `ip -N` prints them: FRR puts its own routes back itself."""
FLAGS = frozenset({"linkdown", "dead", "offload", "trap", "rt_offload", "rt_trap"})
"""Words of a printed route that are no words for `ip route add`."""
TYPES = {"6": "blackhole", "7": "unreachable", "8": "prohibit", "9": "throw"}
"""The types of routes as `ip -N` prints them, and as it reads them."""
FOREVER = 4_294_967_295
SETTING_FOLDERS = ("/proc/sys/net/ipv4/conf", "/proc/sys/net/ipv6/conf")


class AddressInfo(msgspec.Struct, frozen=True):
    family: str = ""
    local: str = ""
    prefixlen: int = 0
    broadcast: str = ""
    scope: str = "global"
    address: str = ""
    """Of a peer; then it comes in the place of the own address before the prefix."""
    valid_life_time: int = FOREVER
    preferred_life_time: int = FOREVER


class LinkInfo(msgspec.Struct, frozen=True):
    ifname: str = ""
    flags: tuple[str, ...] = ()
    mtu: int = 0
    master: str = ""
    operstate: str = ""
    addresses: tuple[AddressInfo, ...] = msgspec.field(default=(), name="addr_info")


class NeighbourInfo(msgspec.Struct, frozen=True):
    dst: str = ""
    lladdr: str = ""


@dataclass(frozen=True)
class PrintedRoute:
    """A route as `ip -N route` prints it. `maker`: the number of who made it; empty if none is printed: the boot."""

    words: tuple[str, ...]

    @property
    def maker(self) -> str:
        return self.words[self.words.index("proto") + 1] if "proto" in self.words else ""

    @property
    def by_hand(self) -> bool:
        """Whether neither the kernel nor a routing daemon puts it back."""
        return self.maker not in OF_FRR | {OF_KERNEL, OF_ADVERTISEMENTS, OF_ZEBRA}


def links_of(lab: LabAccess, node: str, *more: str) -> list[LinkInfo]:
    ran = lab.network(node, ["ip", "-j", "address", "show", *more])
    if not ran.done or not ran.output.strip():
        return []
    return [each for each in msgspec.json.decode(ran.output, type=list[LinkInfo]) if each.ifname]


def link_of(lab: LabAccess, node: str, interface: str) -> LinkInfo | None:
    return next(iter(links_of(lab, node, "dev", interface)), None)


def address_words(address: AddressInfo) -> tuple[str, ...]:
    """Return the words for `ip address add`, the address with its prefix first."""
    words = [f"{address.local}/{address.prefixlen}"]
    if address.address:
        words = [address.local, "peer", f"{address.address}/{address.prefixlen}"]
    if address.broadcast:
        words += ["broadcast", address.broadcast]
    words += ["scope", address.scope]
    if address.valid_life_time != FOREVER:
        lifetimes = str(address.valid_life_time), str(address.preferred_life_time)
        words += ["valid_lft", lifetimes[0], "preferred_lft", lifetimes[1]]
    return tuple(words)


def address_words_of(lab: LabAccess, node: str, interface: str) -> list[tuple[str, ...]]:
    """Return them for each address that the kernel does not give itself."""
    link = link_of(lab, node, interface)
    found = link.addresses if link else ()
    return [address_words(each) for each in found if each.scope != "link" or each.family == "inet"]


def printed_routes(lab: LabAccess, node: str, *selector: str) -> Iterator[PrintedRoute]:
    ran = lab.network(node, ["ip", "-4", "-N", "-o", "route", "show", *selector])
    for line in ran.output.splitlines() if ran.done else ():
        if words := line.replace("\\", " ").split():
            yield PrintedRoute((TYPES.get(words[0], words[0]), *words[1:]))


def routes_of(lab: LabAccess, node: str, interface: str) -> list[str]:
    """Return the routes through an interface that were made by hand, as words without the interface."""
    return [" ".join(each.words) for each in printed_routes(lab, node, "dev", interface) if each.by_hand]


def cleaned_route(route: str) -> list[str]:
    return [word for word in route.split() if word not in FLAGS]


def restored_routes(lab: LabAccess, node: str, interface: str, before: Sequence[str]) -> str:
    """Add the routes through an interface that are missing. Return what could not be added."""
    present = {tuple(cleaned_route(each)) for each in routes_of(lab, node, interface)}
    missing = [cleaned_route(each) for each in before if tuple(cleaned_route(each)) not in present]
    return errors_of(lab, node, [("ip", "route", "replace", *words, "dev", interface) for words in missing])


def neighbours_of(lab: LabAccess, node: str, interface: str) -> Iterator[tuple[str, str]]:
    """Yield the permanent neighbours, with their hardware addresses."""
    ran = lab.network(node, ["ip", "-j", "neigh", "show", "dev", interface, "nud", "permanent"])
    if ran.done and ran.output.strip():
        for each in msgspec.json.decode(ran.output, type=list[NeighbourInfo]):
            if each.dst and each.lladdr:
                yield each.dst, each.lladdr


def settings_of(lab: LabAccess, node: str, interface: str) -> dict[str, str]:
    """Return the settings of the kernel for an interface, by the path of their file."""
    folders = [f"{folder}/{interface}" for folder in SETTING_FOLDERS]
    ran = lab.network(node, ["grep", "-rs", "", *folders])
    found = {}
    for line in ran.output.splitlines():
        path, _, value = line.partition(":")
        found[path] = value
    return found


def errors_of(lab: LabAccess, node: str, commands: Iterable[Sequence[str]]) -> str:
    """Run programs in the network of a node until one fails. Return its complaint; empty if all worked."""
    for words in commands:
        ran = lab.network(node, words)
        if not ran.done:
            return f"{node}: `{' '.join(words)}`: {ran.errors.strip() or f'status {ran.status}'}"
    return ""
