"""Normalises the text of `nft list ruleset`. Pure.

The text, and not the JSON form, since a rule in it can be shown to a person and be given to `nft` again as it is.
Elements of sets that the kernel adds or removes by itself are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from network.devices.evidence.normal.facts import Facts, UnreadableAnswer
from network.devices.evidence.snapshot import PRESENT, joined

TABLE = "table"
REGULAR = "regular"
"""The value of a chain that no hook calls."""
BY_ITSELF = re.compile(r"flags [^;]*\b(dynamic|timeout)\b")
_COUNTED = re.compile(r"counter packets \d+ bytes \d+")
_USED = re.compile(r" used \d+ [kmgt]?bytes")
_HANDLE = re.compile(r" # handle \d+$")
_ELEMENTS = re.compile(r"elements = \{(.*)\}", re.DOTALL)
_EXPIRES = re.compile(r" (?:timeout|expires) \S+|counter packets \d+ bytes \d+")


def ruleset(text: str) -> Facts:
    facts: Facts = {}
    lines = iter(_lines(text))
    for line in lines:
        match line.split():
            case ["table", family, name, "{"]:
                facts[joined("nft", f"{family} {name}")] = TABLE
                _table(f"{family} {name}", lines, facts)
            case _:
                raise UnreadableAnswer("a ruleset has another form")
    return facts


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield stripped


def _table(table: str, lines: Iterator[str], facts: Facts) -> None:
    for line in lines:
        match line.split():
            case ["}"]:
                return
            case ["chain", name, "{"]:
                _chain((table, f"chain {name}"), _block(lines), facts)
            case [("set" | "map") as kind, name, "{"]:
                _set((table, f"{kind} {name}"), _block(lines), facts)
            case [*others, "{"]:  # a counter, quota, limit, flowtable or helper
                facts[joined("nft", table, " ".join(others))] = " ".join(_block(lines))
            case _ if line.startswith(("flags ", "comment ")):
                facts[joined("nft", table)] = f"{TABLE} {line}"
            case _:
                raise UnreadableAnswer("a table has another form")
    raise UnreadableAnswer("a table has no end")


def _block(lines: Iterator[str]) -> list[str]:
    """Return the lines up to the brace that closes the block."""
    inside: list[str] = []
    depth = 1
    for line in lines:
        bare = re.sub(r'"[^"]*"', "", line)
        depth += bare.count("{") - bare.count("}")
        if depth <= 0:
            return inside
        inside.append(line)
    raise UnreadableAnswer("a block of a ruleset has no end")


def _chain(where: tuple[str, str], lines: list[str], facts: Facts) -> None:
    heads = [line for line in lines if line.startswith(("type ", "comment "))]
    hook = " ".join(line for line in heads if line.startswith("type "))
    facts[joined("nft", *where)] = hook or REGULAR
    seen: Counter[str] = Counter()
    for position, line in enumerate((line for line in lines if line not in heads), 1):
        rule = _HANDLE.sub("", _USED.sub("", _COUNTED.sub("counter", line)))
        seen[rule] += 1
        again = f" # {seen[rule]}" if seen[rule] > 1 else ""
        facts[joined("nft", *where, "rule", rule + again)] = str(position)


def _set(where: tuple[str, str], lines: list[str], facts: Facts) -> None:
    text = "\n".join(lines)
    elements = _ELEMENTS.search(text)
    head = " ".join(_ELEMENTS.sub("", text).split())
    facts[joined("nft", *where)] = head
    if elements and not BY_ITSELF.search(head + ";"):
        for element in elements.group(1).split(","):
            if element.strip():
                plain = " ".join(_EXPIRES.sub("", element).split())
                facts[joined("nft", *where, "element", plain)] = PRESENT
