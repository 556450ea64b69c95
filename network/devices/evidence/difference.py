"""The difference of a snapshot from the approved state, and its text for a person. Pure.

Rules

1. What is missing in either state never differs.
2. The position of a rule in its chain is compared among the rules that both states have: a rule more is one difference,
   and not one for each rule below it. Rules that changed places are one difference of the chain, at `.../sequence`.
3. A process that is busy is a difference; one that is busy no longer is none. Nor is a line that is saved by now.
4. While an approved routing daemon does not run, lines that daemons share can be hidden, so none of them is gone.
5. A line that the saved configuration lacks is no difference of its own if the running configuration differs in it.
6. A kernel setting is compared where both states have it: settings come and go with an interface and its MTU.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from network.devices.evidence.normal.processes import ROUTING_DAEMONS
from network.devices.evidence.normal.routing import SHARED
from network.devices.evidence.snapshot import PRESENT, DeviceSnapshot, is_below, joined

SEQUENCE = "sequence"
MASK = "***"
_RULE = re.compile(r"(nft/[^/]*/chain [^/]*)/rule/(.*)", re.DOTALL)
_SECRETS = (
    re.compile(
        r"\b((?:[\w-]*password|passwd|secret|key-string|authentication-key|auth-key|psk)\s+)(.+)", re.IGNORECASE
    ),
    re.compile(r"\b(message-digest-key \d+ \S+ )(.+)", re.IGNORECASE),
    re.compile(r"\b((?:ro|rw)community6?\s+)(\S+)", re.IGNORECASE),
    re.compile(r"\b(snmp-server community\s+)(\S+)", re.IGNORECASE),
    re.compile(r"\b((?:private|preshared|pre-shared)[-_ ]?key\s*=?\s*)(.+)", re.IGNORECASE),
    re.compile(r"\b(authorization\s+)(.+)", re.IGNORECASE),
)


@dataclass(frozen=True)
class StateDifference:
    """`approved`, `found`: the value at the path; None: there is none. They are never equal."""

    path: str
    approved: str | None
    found: str | None


def compared(approved: DeviceSnapshot, found: DeviceSnapshot) -> tuple[StateDifference, ...]:
    """Return the differences, by path."""
    paths = approved.facts.keys() | found.facts.keys()
    changed = {path for path in paths if approved.facts.get(path) != found.facts.get(path)}
    hidden = _hides_shared(approved, found)
    different = [
        StateDifference(path, approved.facts.get(path), found.facts.get(path))
        for path in sorted(changed)
        if approved.knows(path)
        and found.knows(path)
        and not (_RULE.fullmatch(path) and path in approved.facts and path in found.facts)
        and not (path.startswith(("busy/", "saved/")) and path not in found.facts)
        and not (path.startswith("sysctl/") and not (path in approved.facts and path in found.facts))
        and not (hidden and is_below(path, joined("frr", SHARED)) and path not in found.facts)
        and not (path.startswith("saved/") and path.replace("saved/", "frr/", 1) in changed)
    ]
    return tuple(sorted([*different, *_sequences(approved, found)], key=lambda each: each.path))


def _hides_shared(approved: DeviceSnapshot, found: DeviceSnapshot) -> bool:
    daemons = {joined("process", name) for name in ROUTING_DAEMONS} & approved.facts.keys()
    return not found.knows("process") or bool(daemons - found.facts.keys())


def _sequences(approved: DeviceSnapshot, found: DeviceSnapshot) -> Iterable[StateDifference]:
    """Yield the chains whose common rules changed places."""
    if not (approved.knows("nft") and found.knows("nft")):
        return
    common: dict[str, list[str]] = {}
    for path in approved.facts.keys() & found.facts.keys():
        if match := _RULE.fullmatch(path):
            common.setdefault(match.group(1), []).append(path)
    for chain, rules in sorted(common.items()):
        before, after = (_in_sequence(state.facts, rules) for state in (approved, found))
        # A person may approve one rule alone; two rules with the same position are in no sequence.
        if before != after and _inverted(approved.facts, after):
            texts = (" ; ".join(_RULE.sub(r"\2", rule) for rule in each) for each in (before, after))
            yield StateDifference(f"{chain}/{SEQUENCE}", *texts)


def _in_sequence(facts: Mapping[str, str], rules: Iterable[str]) -> list[str]:
    return sorted(rules, key=lambda rule: (int(facts[rule]), rule))


def _inverted(facts: Mapping[str, str], rules: list[str]) -> bool:
    positions = [int(facts[rule]) for rule in rules]
    return any(first > second for first, second in pairwise(positions))


def masked(text: str) -> str:
    """Return the text without secrets: passwords, keys and communities of SNMP."""
    for secret in _SECRETS:
        text = secret.sub(rf"\g<1>{MASK}", text)
    return text


def as_text(device: str, differences: Iterable[StateDifference]) -> str:
    """Return the differences for a person: lines of the approved state with `-`, lines that were found with `+`."""
    lines = [f"--- {device}, approved", f"+++ {device}, found"]
    for each in differences:
        lines += [f"-{_line(each.path, each.approved)}"] if each.approved is not None else []
        lines += [f"+{_line(each.path, each.found)}"] if each.found is not None else []
    return "\n".join(lines)


def _line(path: str, value: str | None) -> str:
    is_rule = _RULE.fullmatch(path) is not None
    return masked(path if value == PRESENT or is_rule else f"{path} = {value}")
