"""Looks at a laboratory from inside its nodes: what answers, who is a neighbour, which route is used.

A look that gets no answer returns an empty value: the caller asks again until its time is over.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface
from pathlib import Path

from network.lab import programs
from network.lab.faults.access import LabAccess
from network.lab.plan import LabNode, LabPlan, LabPort

PROGRAMS = Path(next(iter(programs.__path__)))
ANSWER_WITHIN = 3.0
"""Seconds for one question of a probe."""
FULL, ESTABLISHED = "Full", "Established"
HEADERS = 28
"""Bytes of the headers of IPv4 and ICMP."""


def own_program(name: str, *words: str) -> list[str]:
    return [sys.executable, "-I", "-S", str(PROGRAMS / f"{name}.py"), *words]


@dataclass(frozen=True)
class PingResult:
    """`times`: milliseconds of each answer. `too_big`: how often a hop or the sender reported a packet as too big."""

    sent: int
    times: tuple[float, ...]
    too_big: int = 0

    @property
    def lost(self) -> float:
        """Percent."""
        return 100.0 * (1 - len(self.times) / self.sent) if self.sent else 100.0

    @property
    def median(self) -> float:
        return sorted(self.times)[len(self.times) // 2] if self.times else 0.0


def pings(
    lab: LabAccess, node: str, address: str, count: int = 3, size: int = 56, gap: float = 0.2, whole: bool = False
) -> PingResult:
    """`size`: bytes behind the headers. `gap`: seconds. `whole`: no hop may fragment it."""
    words = ["ping", "-n", "-c", str(count), "-i", f"{gap:g}", "-W", f"{ANSWER_WITHIN:g}", "-s", str(size)]
    words += ["-M", "do" if whole else "dont", address]
    ran = lab.network(node, words, within=count * gap + 2 * ANSWER_WITHIN)
    lines = ran.output.splitlines()
    times = [float(line.partition("time=")[2].split()[0]) for line in lines if "time=" in line and "(DUP" not in line]
    too_big = sum("Frag needed" in line for line in lines) + ran.errors.count("essage too long")
    return PingResult(count, tuple(times), too_big)


@dataclass(frozen=True)
class NameAnswer:
    """`code`: of the answer: 0: no error; `timeout`; `refused`. `took`: milliseconds."""

    code: str
    took: float
    addresses: tuple[str, ...]


def asks(lab: LabAccess, node: str, server: str, name: str) -> NameAnswer:
    ran = lab.network(node, own_program("ask", server, name, f"{ANSWER_WITHIN:g}"))
    words = ran.output.split()
    if len(words) < 2:
        return NameAnswer("timeout", 0.0, ())
    return NameAnswer(words[0], float(words[1]), tuple(words[2:]))


@dataclass(frozen=True)
class FetchResult:
    """`status`: 0 without an answer."""

    status: int
    seconds: float
    size: int


def fetches(lab: LabAccess, node: str, url: str, times: int = 1, within: float = ANSWER_WITHIN) -> list[FetchResult]:
    """Get a URL from a node. `within`: seconds for each time."""
    words = own_program("fetch", url, f"{within:g}", str(times))
    ran = lab.run(node, words, within=times * within + ANSWER_WITHIN, limited=True)
    found = [line.split() for line in ran.output.splitlines()]
    return [FetchResult(int(each[0]), float(each[1]), int(each[2])) for each in found if len(each) == 3]


def vtysh_json(lab: LabAccess, node: str, command: str) -> dict[str, object]:
    """Return what FRR answers; empty if it does not answer."""
    ran = lab.run(node, ["vtysh", "-c", f"{command} json"])
    try:
        found = json.loads(ran.output) if ran.done else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _part(found: object, *path: str) -> dict[str, object]:
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def ospf_neighbours(lab: LabAccess, node: str) -> list[str]:
    """Return the interface of each neighbour that is Full; with several in a subnet, once for each."""
    found = _part(vtysh_json(lab, node, "show ip ospf neighbor"), "neighbors")
    every = [each for group in found.values() if isinstance(group, list) for each in group if isinstance(each, dict)]
    full = [each for each in every if str(each.get("nbrState", each.get("state", ""))).startswith(FULL)]
    return sorted(str(each.get("ifaceName", "")).partition(":")[0] for each in full)


def isis_neighbours(lab: LabAccess, node: str) -> list[str]:
    """Return the interface of each adjacency of IS-IS that is up."""
    found = vtysh_json(lab, node, "show isis neighbor").get("areas")
    up = []
    for area in found if isinstance(found, list) else ():
        for circuit in _list(area, "circuits"):
            for each in (circuit, *_list(circuit, "adjacencies"), circuit.get("interface")):
                if isinstance(each, dict) and str(each.get("state", "")) == "Up":
                    up.append(str(each.get("interface", each.get("name", ""))))
    return sorted(up)


def _list(found: object, name: str) -> list[dict[str, object]]:
    inside = found.get(name) if isinstance(found, dict) else None
    return [each for each in inside if isinstance(each, dict)] if isinstance(inside, list) else []


def bgp_sessions(lab: LabAccess, node: str) -> dict[str, str]:
    """Return the state of each session, by the address of the neighbour."""
    peers = _part(vtysh_json(lab, node, "show bgp ipv4 unicast summary"), "peers")
    return {address: str(_part(peers, address).get("state", "")) for address in peers}


def bgp_received(lab: LabAccess, node: str, neighbour: str) -> int:
    """Return how many prefixes a router has from a neighbour."""
    peers = _part(vtysh_json(lab, node, "show bgp ipv4 unicast summary"), "peers")
    count = _part(peers, neighbour).get("pfxRcd", 0)
    return count if isinstance(count, int) else 0


def bgp_paths(lab: LabAccess, node: str, prefix: str) -> list[dict[str, object]]:
    return _list(vtysh_json(lab, node, f"show bgp ipv4 unicast {prefix}"), "paths")


def first_address(node: LabNode) -> str:
    """Return a main address of a node by its plan: of its loopback or of its first interface; empty: it has none."""
    bridges = node.bridge.addresses if node.bridge else ()
    own = (*node.loopback, *(each for interface in node.interfaces for each in interface.addresses), *bridges)
    return host_part(own[0]) if own else ""


def address_at(plan: LabPlan, port: LabPort) -> str:
    """Return the address of an interface, or of the bridge that it is a port of; empty: it has none."""
    node = plan.node(port.node)
    own = next((each.addresses for each in node.interfaces if each.name == port.interface), ())
    if not own and node.bridge and port.interface in node.bridge.ports:
        own = node.bridge.addresses
    return host_part(own[0]) if own else ""


def host_part(address: str) -> str:
    return str(IPv4Interface(address).ip)


def live_address(lab: LabAccess, node: str, interfaces: Sequence[str]) -> str:
    """Return the first IPv4 address of some interfaces as they are now, with its prefix; empty: there is none."""
    for interface in interfaces:
        ran = lab.network(node, ["ip", "-4", "-j", "address", "show", "dev", interface])
        for link in json.loads(ran.output) if ran.done and ran.output.strip() else ():
            for each in link.get("addr_info", ()):
                return f"{each['local']}/{each['prefixlen']}"
    return ""
