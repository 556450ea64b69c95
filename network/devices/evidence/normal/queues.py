"""Normalises the disciplines, classes and filters of `tc`. Pure."""

from __future__ import annotations

import re

from network.devices.evidence.normal.facts import Facts, UnreadableAnswer, add
from network.devices.evidence.snapshot import PRESENT, joined

DEFAULT_HANDLE = "0:"
CLASSFUL = frozenset({"htb", "hfsc", "cbq", "drr", "qfq"})
"""Disciplines whose classes a person makes; the classes of others are made by themselves."""
HOOK = "ffff:fff1"
_VOLATILE = re.compile(r" (?:refcnt|id|index|ref|bind|direct_packets_stat) \d+")
_OWN_HANDLE = re.compile(r"[89a-f][0-9a-f]{3}:")
"""A handle that the kernel chose."""


def disciplines(text: str) -> Facts:
    facts: Facts = {}
    for line in text.splitlines():
        tokens = line.split()
        if not tokens:
            continue
        if len(tokens) < 5 or tokens[0] != "qdisc" or tokens[3] != "dev":
            raise UnreadableAnswer("a queueing discipline has another form")
        kind, handle, name, rest = tokens[1], tokens[2], tokens[4], tokens[5:]
        place, options = _place(rest)
        if handle == DEFAULT_HANDLE:
            if place != "root":
                continue  # a queue below a discipline that the kernel made
            value = kind
        else:
            fixed = "" if _OWN_HANDLE.fullmatch(handle) else f"handle {handle} "
            value = f"{fixed}{kind} {_VOLATILE.sub('', ' ' + ' '.join(options)).strip(' -')}".strip()
        add(facts, joined("qdisc", name, place), value)
    return facts


def _place(rest: list[str]) -> tuple[str, list[str]]:
    if rest[:1] == ["parent"]:
        return ("hook" if rest[1:2] == [HOOK] else " ".join(rest[:2])), rest[2:]
    return "root", rest[1:]


def filters(text: str) -> Facts:
    """The text has a line `@ INTERFACE PLACE` before the filters or classes of each place."""
    facts: Facts = {}
    interface = place = ""
    for line in _whole_lines(text):
        if line.startswith("@ "):
            _, interface, place = [*line.split(), ""][:3]
        elif not interface:
            raise UnreadableAnswer("a filter of no interface")
        elif place == "class":
            tokens = line.split()
            if len(tokens) > 2 and tokens[1] in CLASSFUL:
                facts[joined("class", interface, tokens[2])] = " ".join([tokens[1], *tokens[3:]])
        elif not line.startswith("@"):
            add(facts, joined("filter", interface, place, _VOLATILE.sub("", line)), PRESENT)
    return {path: PRESENT if path.startswith("filter/") else value for path, value in facts.items()}


def _whole_lines(text: str) -> list[str]:
    """Return the lines; one that continues another is joined to it."""
    lines: list[str] = []
    for line in text.splitlines():
        if line[:1] in (" ", "\t") and lines:
            lines[-1] += " " + " ".join(line.split())
        elif line.strip():
            lines.append(" ".join(line.split()))
    return lines
