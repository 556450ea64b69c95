"""The healthy state of a laboratory as facts, and what of a later state is worse. Pure.

Rules
1. A fact is a line, such as `adjacency ospf 10.0.0.2 on eth0`. A node that is as healthy as before has the same facts.
2. What comes and goes in a healthy network is no fact: timers, counters, the number of a process, the order of routes.
3. A node that does not answer is worse as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from network.lab.plan import LabNode, LabPlan

VTYSH, IP, NFT, TC, SHA, READ = "vtysh", "ip", "nft", "tc", "sha256sum", "cat"
SETTINGS, RESOLVER, SAVED = "/etc/", "/etc/resolv.conf", "/etc/frr/frr.conf"
"""Where configuration is. FRR writes its file in an order of its own, so its running configuration is compared."""
MOST_SHOWN = 50
"""Of differences that are worse; one lost router can have thousands."""
_NO_CONFIG = ("Building configuration", "Current configuration", "frr version", "!", "end", "exit")
_STATIC = frozenset({"blackhole", "unreachable", "prohibit"})


class LabLook(StrEnum):
    """What is read of a node, each by one program."""

    ADDRESSES = "addresses"
    ROUTES = "routes"
    FILTERS = "filters"
    QUEUES = "queues"
    FILES = "files"
    RESOLVER = "resolver"
    CONFIG = "config"
    OSPF = "ospf"
    ISIS = "isis"
    BGP = "bgp"


@dataclass(frozen=True)
class NodeLook:
    node: str
    look: LabLook
    argv: tuple[str, ...]


def looks_of(plan: LabPlan) -> tuple[NodeLook, ...]:
    """Return the programs whose output is the state of a laboratory."""
    return tuple(each for node in plan.nodes for each in _looks_of(node))


def _looks_of(node: LabNode) -> Iterator[NodeLook]:
    daemons = {program.process for program in node.programs}
    yield NodeLook(node.name, LabLook.ADDRESSES, (IP, "-j", "addr"))
    yield NodeLook(node.name, LabLook.ROUTES, (IP, "-j", "route"))
    yield NodeLook(node.name, LabLook.FILTERS, (NFT, "-j", "list", "ruleset"))
    yield NodeLook(node.name, LabLook.QUEUES, (TC, "-j", "qdisc"))
    yield NodeLook(node.name, LabLook.RESOLVER, (READ, RESOLVER))
    files = [each.path for each in node.files if not each.source and each.path.startswith(SETTINGS)]
    if files := [path for path in files if path not in (RESOLVER, SAVED)]:
        yield NodeLook(node.name, LabLook.FILES, (SHA, *files))
    if "zebra" in daemons:
        yield NodeLook(node.name, LabLook.CONFIG, (VTYSH, "-c", "show running-config"))
    for daemon, look, command in (
        ("ospfd", LabLook.OSPF, "show ip ospf neighbor json"),
        ("isisd", LabLook.ISIS, "show isis neighbor json"),
        ("bgpd", LabLook.BGP, "show bgp summary json"),
    ):
        if daemon in daemons:
            yield NodeLook(node.name, look, (VTYSH, "-c", command))


def facts_of(look: LabLook, text: str) -> frozenset[str]:
    """Return the facts in the output of a program; of an unreadable output only that it is unreadable."""
    try:
        return frozenset(_READERS[look](text))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return frozenset({f"{look}: unreadable"})


def worse(healthy: Mapping[NodeLook, frozenset[str]], now: Mapping[NodeLook, frozenset[str]]) -> tuple[str, ...]:
    """Return each difference as a sentence. `now`: without what could not be read."""
    found: list[str] = []
    for look, before in healthy.items():
        if look not in now:
            found.append(f"{look.node}: {look.look} cannot be read")
            continue
        found += [f"{look.node}: lost: {fact}" for fact in sorted(before - now[look])]
        found += [f"{look.node}: new: {fact}" for fact in sorted(now[look] - before)]
    more = len(found) - MOST_SHOWN
    return (*found[:MOST_SHOWN], *([f"and {more} more differences"] if more > 0 else []))


def _addresses(text: str) -> Iterator[str]:
    for each in json.loads(text):
        name, flags = each["ifname"], set(each["flags"])
        yield f"interface {name} mtu {each['mtu']}{' enabled' if 'UP' in flags else ''}" + (
            " running" if "LOWER_UP" in flags else ""
        )
        for address in each["addr_info"]:
            if address["family"] == "inet":
                yield f"address {address['local']}/{address['prefixlen']} on {name}"


def _routes(text: str) -> Iterator[str]:
    """Learned routes are counted, so that another path of equal cost is no difference."""
    learned = 0
    for each in json.loads(text):
        if each.get("type") in _STATIC:
            yield f"route {each['type']} {each['dst']}"
        elif each["dst"] == "default":
            yield f"route default via {each.get('gateway', 'several')}"
        else:
            learned += 1
    yield f"{learned} routes"


def _filters(text: str) -> Iterator[str]:
    for each in json.loads(text)["nftables"]:
        for kind in ("chain", "rule"):
            if kind in each:
                yield f"filter {kind} {_without_state(each[kind])}"


def _without_state(value: Any) -> str:
    def kept(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {key: kept(one) for key, one in inner.items() if key not in ("handle", "packets", "bytes")}
        return [kept(one) for one in inner] if isinstance(inner, list) else inner

    return json.dumps(kept(value), sort_keys=True)


def _queues(text: str) -> Iterator[str]:
    for each in json.loads(text):
        if each["kind"] not in ("noqueue", "pfifo_fast", "fq_codel", "mq"):
            yield f"queue {each['kind']} on {each['dev']}"


def _files(text: str) -> Iterator[str]:
    for line in text.splitlines():
        digest, _, path = line.partition("  ")
        yield f"file {path} {digest[:12]}"


def _resolver(text: str) -> Iterator[str]:
    yield from (line.strip() for line in text.splitlines() if line.startswith("nameserver"))


def _config(text: str) -> Iterator[str]:
    section = ""
    for line in text.splitlines():
        bare = line.strip()
        if not bare or bare.startswith(_NO_CONFIG):
            continue
        section = section if line.startswith(" ") else bare
        yield f"config {section}" if section == bare else f"config {section}: {bare}"


def _ospf(text: str) -> Iterator[str]:
    for neighbor, adjacencies in json.loads(text)["neighbors"].items():
        for each in adjacencies:
            if str(each.get("nbrState", each.get("state", ""))).startswith("Full"):
                yield f"adjacency ospf {neighbor} on {str(each['ifaceName']).partition(':')[0]}"


def _isis(text: str) -> Iterator[str]:
    for area in json.loads(text)["areas"]:
        for circuit in area["circuits"]:
            if circuit.get("state") == "Up":  # a circuit without a neighbour has no state
                yield f"adjacency isis {circuit['adj']} on {circuit['interface']}"


def _bgp(text: str) -> Iterator[str]:
    for family, body in json.loads(text).items():
        for peer, each in body.get("peers", {}).items():
            if each["state"] == "Established":
                yield f"session bgp {peer} {family}, {each['pfxRcd']} prefixes"


_READERS = {
    LabLook.ADDRESSES: _addresses,
    LabLook.ROUTES: _routes,
    LabLook.FILTERS: _filters,
    LabLook.QUEUES: _queues,
    LabLook.FILES: _files,
    LabLook.RESOLVER: _resolver,
    LabLook.CONFIG: _config,
    LabLook.OSPF: _ospf,
    LabLook.ISIS: _isis,
    LabLook.BGP: _bgp,
}
