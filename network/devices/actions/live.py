"""What a device shows beside its snapshot, since it changes by itself: handles, process ids, routes in full. Pure.

A recipe uses it to name exactly what it changes. Each part is None if it could not be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from network.devices.evidence.normal.packet_filters import ruleset
from network.devices.evidence.snapshot import parts

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonTable: TypeAlias = "dict[str, JsonValue]"
ChainKey = tuple[str, str, str]
"""Family, table and name of a chain."""

HANDLE = re.compile(r" # handle (\d+)$", re.MULTILINE)
AT_AN_INTERFACE = frozenset({"ingress", "egress"})
"""Hooks whose chains name an interface."""
_HEADS = ("\t\ttype ", "\t\tcomment ")
_PORT = re.compile(r'\t\ttype filter hook \S+ device "([^"]+)" ')
STATUS_TOKENS = frozenset({"linkdown", "dead", "offload", "rt_offload", "trap", "rt_trap", "\\", "notify"})
"""What `ip route` prints about the state of a route, and does not accept."""
LEARNED = frozenset(
    {
        *("kernel", "redirect", "ra", "gated", "mrt", "zebra", "bird", "dnrouted", "xorp", "ntk", "keepalived"),
        *("babel", "openr", "bgp", "isis", "ospf", "rip", "eigrp", "196"),
    }
)
"""The origins of routes that come back by themselves."""
UNICAST = "unicast"
AUTOMATIC = frozenset({"local", "broadcast", "anycast", "multicast"})


@dataclass(frozen=True)
class LiveRule:
    """One rule of a packet filter. `position`: in its chain, from 0. `json`: as `nft -j` shows it."""

    chain: ChainKey
    position: int
    handle: int
    json: JsonTable


@dataclass(frozen=True)
class LiveFilters:
    """`objects`: tables, chains, sets and rules as `nft -j` shows them, in its order. `rules`: by their path in a
    snapshot. `unreadable`: chains whose text and structure do not agree, so that a text names no rule for certain.
    """

    objects: tuple[JsonTable, ...]
    rules: Mapping[str, LiveRule]
    unreadable: frozenset[ChainKey] = frozenset()

    def in_chain(self, chain: ChainKey) -> list[LiveRule]:
        return sorted((each for each in self.rules.values() if each.chain == chain), key=lambda each: each.position)


@dataclass(frozen=True)
class LiveProcess:
    """`started`: in clock ticks since the start of the device."""

    pid: int
    parent: int
    started: int
    name: str


@dataclass(frozen=True)
class LiveRoute:
    """One route. `tokens`: as `ip route` accepts them, without the table. `family`: `-4` or `-6`."""

    family: str
    table: str
    tokens: tuple[str, ...]

    def detail(self, name: str) -> str:
        """Return the word after a keyword; empty if there is none."""
        keys = self.tokens
        return keys[keys.index(name) + 1] if name in keys[:-1] else ""

    @property
    def kind(self) -> str:
        return self.tokens[0] if self.tokens[0].isalpha() and self.tokens[0] != "default" else UNICAST

    @property
    def destination(self) -> str:
        return self.tokens[0] if self.kind == UNICAST else self.tokens[1]

    @property
    def is_set(self) -> bool:
        """A person or a program set it; it does not come back by itself."""
        return self.kind not in AUTOMATIC and self.detail("proto") not in LEARNED


@dataclass(frozen=True)
class LiveDetails:
    """`routing`: the SHA-256 of the lines of the running configuration; empty if it could not be read. `digests`: the
    SHA-256 of files by path, `none` for one that does not exist.
    """

    filters: LiveFilters | None = None
    processes: tuple[LiveProcess, ...] | None = None
    routes: tuple[LiveRoute, ...] | None = None
    routing: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)


def filters_of(as_json: str, as_text: str) -> LiveFilters | None:
    """Read `nft -j list ruleset` and `nft -a -s list ruleset`; None if they are not what they should be."""
    try:
        objects = tuple(each for each in json.loads(as_json)["nftables"] if "metainfo" not in each)
        by_chain = _rules_by_chain(objects)
        handles = {chain: [_handle(rule) for rule in rules] for chain, rules in by_chain.items()}
        facts = ruleset(HANDLE.sub("", as_text))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    shown, ports = _handles_by_chain(as_text)
    unreadable = {chain for chain in handles if shown.get(chain) != handles[chain]}
    rules: dict[str, LiveRule] = {}
    for path, position in facts.items():
        _, table, chain, kind, _ = parts(path, 5)
        family, _, name = table.partition(" ")
        key = (family, name, chain.removeprefix("chain "))
        if kind != "rule" or key in unreadable:
            continue
        place = int(position) - 1
        if place < len(by_chain.get(key, [])):
            rules[path] = LiveRule(key, place, handles[key][place], by_chain[key][place])
    return LiveFilters(tuple(_with_port(each, ports) for each in objects), rules, frozenset(unreadable))


def _handle(rule: JsonTable) -> int:
    handle = rule["handle"]
    if not isinstance(handle, int):
        raise TypeError("a handle is no number")
    return handle


def _with_port(each: JsonTable, ports: Mapping[ChainKey, str]) -> JsonTable:
    """Add the interface of a chain at an interface, which some versions leave out of their JSON."""
    chain = each.get("chain")
    if not isinstance(chain, dict) or chain.get("hook") not in AT_AN_INTERFACE or "dev" in chain:
        return each
    port = ports.get((str(chain.get("family")), str(chain.get("table")), str(chain.get("name"))))
    return {"chain": {**chain, "dev": port}} if port else each


def _rules_by_chain(objects: tuple[JsonTable, ...]) -> dict[ChainKey, list[JsonTable]]:
    found: dict[ChainKey, list[JsonTable]] = {}
    for each in objects:
        rule = each.get("rule")
        if isinstance(rule, dict):
            key = (str(rule["family"]), str(rule["table"]), str(rule["chain"]))
            found.setdefault(key, []).append(rule)
    return found


def _handles_by_chain(text: str) -> tuple[dict[ChainKey, list[int]], dict[ChainKey, str]]:
    """Return the handle of each line of a chain that has one, and the interfaces of chains. A comment of several lines
    gives other handles than the structure has, so its chain becomes unreadable.
    """
    ports: dict[ChainKey, str] = {}
    found: dict[ChainKey, list[int]] = {}
    table: tuple[str, str] | None = None
    chain: ChainKey | None = None
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip("\t"))
        words = line.split()
        handle = HANDLE.search(line)
        if depth == 0 and words[:1] == ["table"] and len(words) > 3:
            table, chain = (words[1], words[2]), None
        elif depth == 1 and table and words[:1] == ["chain"]:
            chain = (*table, words[1])
            found[chain] = []
        elif depth == 1:
            chain = None
        elif chain and handle:
            found[chain].append(int(handle.group(1)))
        elif chain and words and not found[chain] and (port := _PORT.match(line)):
            ports.setdefault(chain, port.group(1))
        elif chain and words and not line.startswith(_HEADS):
            found[chain].append(-1)  # a line without a handle is part of a text of several lines
    return found, ports


def processes_of(text: str) -> tuple[LiveProcess, ...]:
    """Read lines with the id, the parent, the start and the name of a process."""
    found = []
    for line in text.splitlines():
        fields = line.split(" ", 3)
        if len(fields) == 4 and all(field.isdecimal() for field in fields[:3]):
            found.append(LiveProcess(int(fields[0]), int(fields[1]), int(fields[2]), fields[3]))
    return tuple(found)


def routes_of(text: str, family: str) -> tuple[LiveRoute, ...]:
    """Read `ip -o route show table all` of one family."""
    found = []
    for line in text.splitlines():
        words = [word for word in line.split() if word not in STATUS_TOKENS]
        table = "main"
        if "table" in words[:-1]:
            place = words.index("table")
            table = words[place + 1]
            del words[place : place + 2]
        if words and not (len(words) == 1 and words[0].isalpha() and words[0] != "default"):
            found.append(LiveRoute(family, table, tuple(words)))
    return tuple(found)
