"""Recipes for packet filters: remove what nobody approved, and limit one address. Pure.

Rules
1. A rule is removed by its handle. Nothing that is approved is flushed, and all happens in one transaction.
2. `nft` gets JSON, in which a text of the device, such as a comment, cannot become a command.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from typing import TypeVar

from network.devices.actions.live import AT_AN_INTERFACE, ChainKey, JsonTable, JsonValue, LiveFilters, LiveRule
from network.devices.actions.plans import PlanStep, Words
from network.devices.actions.request import ActionRequest, Made
from network.devices.evidence.snapshot import joined, parts
from network.port import Refusal

OWN_TABLE = "nms-limit-"
"""The begin of the names of tables that `limit_source` adds. They are no drift."""
SETS = frozenset({"set", "map"})
EARLY = -10
"""The priority of our chain: before the filters of the device."""
_POLICY = re.compile(r"policy (accept|drop);")
_Item = TypeVar("_Item")
_RATE = re.compile(r"([1-9][0-9]{0,6})/(second|minute)")


def remove_filter(request: ActionRequest) -> Made:
    """Remove tables, chains, rules and elements of sets that nobody approved; set changed policies back."""
    if refusal := request.unknown("nft"):
        return refusal
    live = request.live.filters
    if live is None:
        return request.refuse("the filters could not be read as JSON; see whether nft has JSON there")
    removal = _Removal(request, live)
    for difference in request.wanted("nft"):
        if refusal := removal.take(difference.path, difference.approved, difference.found):
            return refusal
    if not removal.shown:
        return request.refuse("no table, chain or rule is there that nobody approved")
    words, back = removal.words()
    step = PlanStep(words, undo=(back,) if back else (), shown="; ".join(removal.shown))
    diff = "\n".join(f"- {line}" for line in removal.shown)
    if not back:
        diff += "\nThis cannot be undone: nft does not accept what it shows of these filters."
    return request.plan((step,), diff)


def limit_source(request: ActionRequest) -> Made:
    """Drop what one address sends, or all above a rate. `source`: the address. `rate`: such as `50/second`."""
    source, rate = request.arguments.get("source", ""), request.arguments.get("rate", "")
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return request.refuse(f"{source[:64]!r} is no address")
    if str(address) in (request.care.manager, request.care.management) or not request.care.manager:
        return request.refuse(f"{source} may be the address from which the device is managed")
    if rate and not _RATE.fullmatch(rate):
        return request.refuse(f"{rate[:64]!r} is no rate; write one like 50/second")
    table = OWN_TABLE + hashlib.sha256(str(address).encode()).hexdigest()[:8]
    if request.found(joined("nft", f"inet {table}")) is not None:
        return request.refuse(f"{source} is limited already")
    objects = _limiting(table, str(address), address.version, rate)
    words = _nft([{"add": each} for each in objects])
    back = _nft([{"delete": {"table": {"family": "inet", "name": table}}}])
    what = f"drop what {source} sends{f' above {rate}' if rate else ''}"
    step = PlanStep(words, undo=(back,), shown=f"nft table inet {table}: {what}")
    return request.plan((step,), what, f"{source} gets no service")


class _Removal:
    """Collects what is removed, and what puts it back."""

    def __init__(self, request: ActionRequest, live: LiveFilters) -> None:
        self._request = request
        self._live = live
        self._rules: list[LiveRule] = []
        self._chains: list[ChainKey] = []
        self._sets: list[tuple[str, ChainKey]] = []
        self._tables: list[tuple[str, str]] = []
        self._elements: list[tuple[ChainKey, JsonValue]] = []
        self._policies: list[tuple[JsonTable, JsonTable]] = []
        self.shown: list[str] = []

    def take(self, path: str, approved: str | None, found: str | None) -> Refusal | None:
        """Take one difference. What is missing, and was approved, is not restored here."""
        if found is None:
            return None
        _, table, kind, below, text = parts(path, 5)
        family, _, name = table.partition(" ")
        word, _, own = kind.partition(" ")
        place = (family, name, own)
        if self._request.approved(joined("nft", table)) is None:
            self._take_table(family, name)
        elif below and self._request.approved(joined("nft", table, kind)) is None:
            return None  # it goes with its chain or set
        elif below == "rule":
            return self._take_rule(path, place, text) if approved is None else None
        elif below == "sequence":
            return None  # rules that changed places stay where they are
        elif below == "element":
            return self._take_element(place, text) if approved is None else None
        elif word == "chain":
            return self._take_chain(place) if approved is None else self._take_policy(place, approved, found)
        elif word in SETS and approved is None:
            _add(self._sets, (word, place), self.shown, f"delete {word} {' '.join(place)}")
        return None

    def words(self) -> tuple[Words, Words | None]:
        delete: list[JsonValue] = [{"delete": {"rule": _named(each.chain, each.handle)}} for each in self._rules]
        delete += [{"delete": {"element": _element(place, value)}} for place, value in self._elements]
        delete += [{"add": {"chain": new}} for new, _ in self._policies]
        delete += [{"flush": {"chain": _own(place)}} for place in self._chains]
        delete += [{"delete": {"chain": _own(place)}} for place in self._chains]
        delete += [{"delete": {kind: _own(place)}} for kind, place in self._sets]
        delete += [{"delete": {"table": {"family": family, "name": name}}} for family, name in self._tables]
        back = self._back()
        return _nft(delete), _nft(back) if all(map(_can_be_written, back)) else None

    def _back(self) -> list[JsonValue]:
        back: list[JsonValue] = []
        for each in sorted(self._live.objects, key=_needed_by_others):
            ((kind, value),) = each.items()
            if not isinstance(value, dict) or kind == "rule":
                continue
            family, name = str(value.get("family")), str(value.get("name"))
            table = name if kind == "table" else str(value.get("table"))
            place = (family, table, name)
            if (
                (family, table) in self._tables
                or (place in self._chains and kind == "chain")
                or (kind, place) in self._sets
            ):
                back.append({"add": {kind: _without_handle(value)}})
        back += [{"add": {"chain": old}} for _, old in self._policies]
        back += [{"add": {"element": _element(place, value)}} for place, value in self._elements]
        for each in self._live.objects:
            rule = each.get("rule")
            if not isinstance(rule, dict):
                continue
            chain = (str(rule.get("family")), str(rule.get("table")), str(rule.get("chain")))
            if chain[:2] in self._tables or chain in self._chains:
                back.append({"add": {"rule": _without_handle(rule)}})
        return back + self._rules_back()

    def _rules_back(self) -> list[JsonValue]:
        """Each rule goes back to its position. Before it all earlier rules of its chain are there again."""
        back: list[JsonValue] = []
        left = {rule.chain: len(self._live.in_chain(rule.chain)) for rule in self._rules}
        for rule in self._rules:
            left[rule.chain] -= 1
        for rule in sorted(self._rules, key=lambda each: (each.chain, each.position)):
            body = _without_handle(rule.json)
            if rule.position < left[rule.chain]:
                back.append({"insert": {"rule": {**body, "index": rule.position}}})
            else:
                back.append({"add": {"rule": body}})
            left[rule.chain] += 1
        return back

    def _take_table(self, family: str, name: str) -> None:
        if not name.startswith(OWN_TABLE):
            _add(self._tables, (family, name), self.shown, f"delete table {family} {name}")

    def _take_chain(self, place: ChainKey) -> Refusal | None:
        if place in self._live.unreadable:
            return self._unreadable(place)
        _add(self._chains, place, self.shown, f"delete chain {' '.join(place)}")
        return None

    def _take_rule(self, path: str, place: ChainKey, text: str) -> Refusal | None:
        if place in self._live.unreadable:
            return self._unreadable(place)
        rule = self._live.rules.get(path)
        if rule is None:
            return self._request.refuse(f"the rule {text!r} is not there any more; read the device again")
        _add(self._rules, rule, self.shown, f"delete rule {' '.join(place)} handle {rule.handle}  # {text}")
        return None

    def _take_policy(self, place: ChainKey, approved: str, found: str) -> Refusal | None:
        wanted, other = _POLICY.search(approved), _POLICY.sub("", approved) != _POLICY.sub("", found)
        live = next((c for o in self._live.objects if isinstance(c := o.get("chain"), dict) and _is_at(c, place)), None)
        if wanted is None or other or live is None:
            return self._request.refuse(f"the hook of chain {' '.join(place)} is not the approved one")
        old = _without_handle(live)
        self._policies.append(({**old, "policy": wanted.group(1)}, old))
        self.shown.append(f"chain {' '.join(place)}: policy {wanted.group(1)}")
        return None

    def _take_element(self, place: ChainKey, text: str) -> Refusal | None:
        value = _element_value(text)
        if value is None:
            return self._request.refuse(f"the element {text!r} of set {' '.join(place)} is of a form that is not known")
        self._elements.append((place, value))
        self.shown.append(f"delete element {' '.join(place)} {text}")
        return None

    def _unreadable(self, place: ChainKey) -> Refusal:
        return self._request.refuse(f"the rules of chain {' '.join(place)} cannot be identified; look at its comments")


def _add(to: list[_Item], item: _Item, shown: list[str], text: str) -> None:
    if item not in to:
        to.append(item)
        shown.append(text)


def _limiting(table: str, address: str, version: int, rate: str) -> list[JsonTable]:
    protocol = "ip" if version == 4 else "ip6"
    match: JsonTable = {
        "match": {"op": "==", "left": {"payload": {"protocol": protocol, "field": "saddr"}}, "right": address}
    }
    limit: list[JsonValue] = []
    if rate:
        number, unit = rate.split("/")
        limit = [{"limit": {"rate": int(number), "burst": int(number), "per": unit, "inv": True}}]
    objects: list[JsonTable] = [{"table": {"family": "inet", "name": table}}]
    for hook in ("input", "forward"):
        chain: JsonTable = {"family": "inet", "table": table, "name": hook}
        objects.append({"chain": {**chain, "type": "filter", "hook": hook, "prio": EARLY, "policy": "accept"}})
        rule: list[JsonValue] = [match, *limit, {"drop": None}]
        objects.append({"rule": {"family": "inet", "table": table, "chain": hook, "expr": rule}})
    return objects


def _nft(commands: list[JsonValue]) -> Words:
    return ("nft", "-j", json.dumps({"nftables": commands}, ensure_ascii=False))


def _named(chain: ChainKey, handle: int) -> JsonTable:
    return {"family": chain[0], "table": chain[1], "chain": chain[2], "handle": handle}


def _own(place: ChainKey) -> JsonTable:
    return {"family": place[0], "table": place[1], "name": place[2]}


def _element(place: ChainKey, value: JsonValue) -> JsonTable:
    return {**_own(place), "elem": [value]}


def _element_value(text: str) -> JsonValue:
    """Return an address, a network or a number as JSON has it; None for any other form."""
    try:
        if "/" not in text:
            return str(ipaddress.ip_address(text))
        network = ipaddress.ip_network(text)
    except ValueError:
        return int(text) if text.isdecimal() else None
    return {"prefix": {"addr": str(network.network_address), "len": network.prefixlen}}


def _needed_by_others(each: JsonTable) -> int:
    """The place of an object in a transaction: a map can name chains and counters, so they come first."""
    return ("table" not in each) + ("set" in each or "map" in each) * 2 + ("chain" not in each)


def _can_be_written(command: JsonValue) -> bool:
    """Whether nft accepts what it has shown: no part of iptables, and no chain of an interface without its name."""
    text = json.dumps(command)
    return '"xt"' not in text and (not any(f'"hook": "{hook}"' in text for hook in AT_AN_INTERFACE) or '"dev"' in text)


def _without_handle(value: JsonTable) -> JsonTable:
    return {key: each for key, each in value.items() if key != "handle"}


def _is_at(chain: JsonTable, place: ChainKey) -> bool:
    return (chain.get("family"), chain.get("table"), chain.get("name")) == place
