"""What differences of packet filters mean. Pure.

A filter counts if it is reached: its chain has a hook, or a chain with a hook jumps to it. A rule that jumps and the
rules of the chain that it jumps to are read as one. A rule that only accepts, counts or logs drops nothing, and sets no
metric, unless it is an approved one that is gone from a chain that drops by default.

Limits: rules before a rule that accept its packets are not weighed, nor is a table of a later hook. Addresses,
interfaces, states of connections and rates only narrow a rule. Rules of the old `iptables` are not read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from network.devices.evidence.difference import SEQUENCE
from network.devices.evidence.meaning.findings import Findings, StateFinding, Surroundings
from network.devices.evidence.meaning.protocols import NAMED, protocols_of
from network.devices.evidence.meaning.rules import Effect, RuleText, rule_texts
from network.devices.evidence.metrics import EvidenceMetric
from network.devices.evidence.snapshot import is_below, joined, parts

MAX_DEPTH = 6
"""Jumps that are followed; the kernel allows 16."""
MAX_RULES = 5_000
"""Rules that are read of one device, jumps included."""
DROPS_BY_DEFAULT = "policy drop"
_HOOK = re.compile(r"\bhook (\w+)")
_PORTS = re.compile(r"\bdevices? (?:= )?(\{[^}]*\}|\"[^\"]*\")")


@dataclass(frozen=True)
class _Reached:
    """A rule that packets reach. `paths`: of the rule, and of the jumps and sets on the way to it."""

    table: str
    chain: str
    base: str
    rule: RuleText
    paths: tuple[str, ...]


class _Ruleset:
    """The rules of one state of a device."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        self.facts = {path: value for path, value in facts.items() if path.startswith("nft/")}

    @cached_property
    def _rules(self) -> Mapping[tuple[str, str], list[tuple[str, RuleText]]]:
        rules: dict[tuple[str, str], list[tuple[int, str, RuleText]]] = defaultdict(list)
        for path, position in self.facts.items():
            _, table, chain, kind, text = parts(path, 5)
            if kind == "rule":
                for rule in rule_texts(text, self._sets.get(table, {})):
                    rules[table, chain].append((int(position), path, rule))
        return {where: [(path, rule) for _, path, rule in sorted(found, key=_place)] for where, found in rules.items()}

    @cached_property
    def _sets(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        sets: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for path, head in self.facts.items():
            _, table, name, kind, element = parts(path, 5)
            if name.startswith(("set ", "map ")):
                there = sets[table].get(name[4:], ())
                if kind == "element":
                    sets[table][name[4:]] = (*there, element)
                elif "dynamic" not in head and "timeout" not in head:
                    sets[table][name[4:]] = there
        return sets

    def reached(self) -> Iterator[_Reached]:
        count = 0
        for path, head in self.facts.items():
            _, table, chain, kind = parts(path, 4)
            if chain.startswith("chain ") and not kind and _HOOK.search(head):
                for each in self._from(table, chain, path, (), (), frozenset()):
                    yield each
                    count += 1
                    if count > MAX_RULES:
                        return

    def _from(
        self,
        table: str,
        chain: str,
        base: str,
        above: tuple[RuleText, ...],
        paths: tuple[str, ...],
        seen: frozenset[str],
    ) -> Iterator[_Reached]:
        for path, rule in self._rules.get((table, chain), ()):
            sets = tuple(self._of_sets(table, rule))
            combined = RuleText(rule.text, sum((each.matches for each in (*above, rule)), ()), rule.effect, rule.target)
            yield _Reached(table, chain, base, combined, (*paths, path, *sets))
            target = f"chain {rule.target}"
            if rule.effect is Effect.JUMPS and target not in seen and len(above) < MAX_DEPTH:
                yield from self._from(table, target, base, (*above, rule), (*paths, path, *sets), seen | {target})

    def _of_sets(self, table: str, rule: RuleText) -> Iterator[str]:
        for name in rule.uses:
            for kind in ("set", "map"):
                upper = joined("nft", table, f"{kind} {name}")
                yield from (path for path in self.facts if is_below(path, upper))


def _place(entry: tuple[int, str, RuleText]) -> tuple[int, str]:
    return entry[0], entry[1]


def filter_findings(around: Surroundings) -> Findings:
    added = {each.path for each in around.below("nft") if each.found is not None}
    gone = {each.path for each in around.below("nft") if each.found is None}
    if not (added or gone):
        return
    found = list(_of_rules(around, added)) + list(_of_gone(around, gone)) + list(_of_chains(around))
    used = {path for finding in found for path in finding.paths}
    for finding in found:
        yield finding
    # A table or chain that was made for a rule belongs to the rule: who removes the rule removes it too.
    by_table = {joined("nft", parts(path, 3)[1]): finding for finding in found for path in finding.paths}
    for path in sorted(added - used):
        upper = next((table for table in by_table if is_below(path, table)), None)
        if upper is not None and parts(path, 5)[3] != "rule":
            finding = by_table[upper]
            yield StateFinding(finding.point, finding.sentence, (path,))


def _of_rules(around: Surroundings, added: set[str]) -> Findings:
    """Yield what unapproved rules do, and approved rules that look into a set that has changed."""
    for reached in _Ruleset(around.found.facts).reached():
        unapproved = tuple(path for path in reached.paths if path in added)
        if unapproved:
            yield from _of_rule(around, reached, unapproved)


def _of_rule(around: Surroundings, reached: _Reached, paths: tuple[str, ...]) -> Findings:
    family, _, _ = reached.table.partition(" ")
    where = f"in table {reached.table}, {reached.chain},"
    effect, text = reached.rule.effect, reached.rule.text
    if effect not in (Effect.DROPS, Effect.COPIES, Effect.CHANGES):
        return
    end = f"(`{text}`); the approved state has no such rule"
    if family == "netdev":
        for interface in _interfaces(around.found.facts.get(reached.base, "")):
            metric = EvidenceMetric.SHAPING if effect is Effect.COPIES else EvidenceMetric.FILTER_PORT
            what = {Effect.COPIES: "sends packets elsewhere", Effect.CHANGES: "changes packets"}.get(effect)
            sentence = f"a rule {where} at interface {interface} {what or 'drops packets'} {end}"
            yield around.interface(interface, metric, sentence, *paths)
        return
    if effect is not Effect.DROPS:
        yield around.node(EvidenceMetric.FILTER_OTHER, f"a rule {where} changes packets or their way {end}", *paths)
        return
    for metric in sorted(protocols_of(reached.rule.matches, family)):
        yield around.node(metric, f"a rule {where} drops {NAMED[metric]} {end}", *paths)


def _interfaces(base: str) -> list[str]:
    match = _PORTS.search(base)
    return re.findall(r"[^\s{},\"]+", match.group(1)) if match else []


def _of_gone(around: Surroundings, gone: set[str]) -> Findings:
    """Yield the approved rules that are gone."""
    for reached in _Ruleset(around.approved.facts).reached():
        path = reached.paths[-1] if reached.paths else ""
        lost = tuple(each for each in reached.paths if each in gone)
        if not lost or path not in lost:
            continue
        where = f"in table {reached.table}, {reached.chain},"
        head = around.found.facts.get(reached.base, "")
        if reached.rule.effect is Effect.ACCEPTS and DROPS_BY_DEFAULT in head:
            family = reached.table.partition(" ")[0]
            for metric in sorted(protocols_of(reached.rule.matches, family)):
                sentence = (
                    f"the approved rule {where} that accepts {NAMED[metric]} is gone (`{reached.rule.text}`), "
                    f"and the chain drops by default"
                )
                yield around.node(metric, sentence, *lost)
        elif reached.rule.effect is not Effect.NOTHING:
            sentence = f"an approved rule {where} is gone (`{reached.rule.text}`)"
            yield around.node(EvidenceMetric.FILTER_OTHER, sentence, *lost)


def _of_chains(around: Surroundings) -> Findings:
    """Yield chains that drop by default, chains whose hook changed, and rules that changed places."""
    for each in around.below("nft"):
        _, table, chain, kind = parts(each.path, 4)
        if not chain.startswith("chain "):
            continue
        where = f"{chain} of table {table}"
        if kind == SEQUENCE:
            sentence = f"the rules in {where} have another sequence than the approved one"
            yield around.node(EvidenceMetric.FILTER_OTHER, sentence, each.path)
        elif kind or each.found is None:
            continue
        elif DROPS_BY_DEFAULT in each.found and DROPS_BY_DEFAULT not in (each.approved or ""):
            sentence = f"{where} drops by default what no rule accepts; the approved state does not"
            yield around.node(EvidenceMetric.FILTER_OTHER, sentence, each.path)
        elif each.approved is not None:
            sentence = f"{where} is attached in another way than the approved one"
            yield around.node(EvidenceMetric.FILTER_OTHER, sentence, each.path)
