"""Normalises what the kernel of a device has: interfaces, addresses, routes, rules, neighbours, settings. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from network.devices.evidence.collecting import LEARNT_PROTOCOLS
from network.devices.evidence.normal.facts import Facts, UnreadableAnswer, add
from network.devices.evidence.normal.leases import BY_DHCP, DhcpLease
from network.devices.evidence.snapshot import joined

LEARNT = frozenset(LEARNT_PROTOCOLS)
UNICAST = "unicast"
ROUTE_TYPES: Mapping[str, str] = {
    "1": UNICAST, "2": "local", "3": "broadcast", "4": "anycast", "5": "multicast", "6": "blackhole",
    "7": "unreachable", "8": "prohibit", "9": "throw", "10": "nat",
}  # fmt: skip
OF_THE_KERNEL = frozenset({"local", "broadcast", "anycast", "multicast"})
TABLES: Mapping[str, str] = {"253": "default", "254": "main", "255": "local"}
VALUED = frozenset({"via", "dev", "src", "mtu", "advmss", "weight", "encap", "tos", "realm", "realms"})
DROPPED = frozenset({"proto", "scope", "nhid", "pref", "expires", "error", "table", "metric"})
FLAGS = frozenset({"dead", "linkdown", "offload", "trap", "rt_trap", "rt_offload", "notify", "offload_failed"})
DEFAULT = "default"


@dataclass(frozen=True)
class Interface:
    """`leased`: it has an address with a limited life, as DHCP gives one."""

    name: str
    up: bool
    mtu: int
    master: str
    addresses: tuple[tuple[str, int, str], ...]
    leased: bool


def interfaces(text: str) -> list[Interface]:
    entries = json.loads(text)
    if not isinstance(entries, list):
        raise UnreadableAnswer("no list of interfaces")
    return [_interface(entry) for entry in entries if entry]


def _interface(entry: Mapping[str, object]) -> Interface:
    infos = entry.get("addr_info", [])
    flags, mtu = entry["flags"], entry["mtu"]
    if not (isinstance(infos, list) and isinstance(flags, list) and isinstance(mtu, int)):
        raise UnreadableAnswer("an interface has another form")
    fixed, leased = [], False
    for info in infos:
        if not info or (info["family"] == "inet6" and info.get("scope") == "link"):
            continue
        if info.get("dynamic"):
            leased = leased or info["family"] == "inet"
        else:
            fixed.append((str(info["local"]), int(info["prefixlen"]), str(info.get("scope", "global"))))
    return Interface(str(entry["ifname"]), "UP" in flags, mtu, str(entry.get("master", "")), tuple(fixed), leased)


def interface_facts(found: list[Interface]) -> Facts:
    facts: Facts = {}
    for each in found:
        facts[joined("link", each.name, "admin")] = "up" if each.up else "down"
        facts[joined("link", each.name, "mtu")] = str(each.mtu)
        if each.master:
            facts[joined("link", each.name, "master")] = each.master
        for address, length, scope in each.addresses:
            facts[joined("address", each.name, f"{address}/{length}")] = scope
    return facts


def routes(text: str, leases: Mapping[str, DhcpLease]) -> Facts:
    """Return the routes that a person put into the kernel. The gateway of a lease is `by DHCP`, whatever it is."""
    facts: Facts = {}
    for line in text.splitlines():
        if line.strip():
            for path, value in _route(line.replace("\\", " ").split(), leases):
                add(facts, path, value)
    return facts


def _route(tokens: list[str], leases: Mapping[str, DhcpLease]) -> Iterator[tuple[str, str]]:
    kind = ROUTE_TYPES.get(tokens[0], tokens[0])
    if kind in ROUTE_TYPES.values():
        tokens = tokens[1:]
    else:
        kind = UNICAST
    if not tokens or not re.fullmatch(r"default|[0-9a-fA-F:.]+(/\d+)?", tokens[0]):
        raise UnreadableAnswer("a route has another form")
    hops, attributes = _attributes(tokens[1:])
    if kind in OF_THE_KERNEL or attributes.get("proto") in LEARNT:
        return
    table = TABLES.get(attributes.get("table", "254"), attributes.get("table", "main"))
    metric = attributes.get("metric")
    family = "ipv6 " if tokens[0] == DEFAULT and ("pref" in attributes or ":" in " ".join(hops)) else ""
    destination = family + tokens[0] + (f" metric {metric}" if metric and metric != "0" else "")
    yield joined("route", table, destination), kind if kind != UNICAST else _leased(hops, leases)


def _attributes(tokens: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return the words that say where the route leads, and the other attributes."""
    hops: list[str] = []
    attributes: dict[str, str] = {}
    rest = iter(tokens)
    for token in rest:
        if token in DROPPED:
            attributes[token] = next(rest, "")
        elif token in VALUED:
            hops += [token, next(rest, "")]
        elif token not in FLAGS:
            hops.append(token)
    return hops, attributes


def _leased(hops: list[str], leases: Mapping[str, DhcpLease]) -> str:
    if len(hops) >= 4 and hops[0] == "via" and hops[2] == "dev":
        lease = leases.get(hops[3])
        if lease and hops[1] in lease.routers:
            return f"{BY_DHCP} dev {hops[3]}"
    return " ".join(hops)


def rules(text: str, part: str) -> Facts:
    facts: Facts = {}
    for line in text.splitlines():
        priority, colon, rule = line.partition(":")
        if line.strip():
            if not (colon and priority.strip().isdecimal()):
                raise UnreadableAnswer("a policy rule has another form")
            add(facts, joined(part, priority.strip()), " ".join(rule.replace("[detached]", "").split()))
    return facts


def neighbours(text: str) -> Facts:
    facts: Facts = {}
    for line in text.splitlines():
        tokens = line.split()
        if not tokens or tokens[0] == "0.0.0.0" or "extern_learn" in tokens or "zebra" in tokens:
            continue
        if len(tokens) < 4 or tokens[1] != "dev":
            raise UnreadableAnswer("a neighbour has another form")
        given = tokens[tokens.index("lladdr") + 1] if "lladdr" in tokens[:-1] else ""
        facts[joined("neighbour", tokens[2], tokens[0])] = given
    return facts


def settings(text: str) -> Facts:
    facts: Facts = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if not colon or not name.startswith("net/"):
            raise UnreadableAnswer("a kernel setting has another form")
        facts[f"sysctl/{name}"] = " ".join(value.split())
    if not facts:
        raise UnreadableAnswer("no kernel setting")
    return facts
