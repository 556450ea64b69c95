"""Normalises a zone file of DNS: its records, without serial number and lifetimes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from network.devices.evidence.normal.facts import Facts, add
from network.devices.evidence.snapshot import joined

SOA = "SOA"
ROOT = "@"
_TYPE = re.compile(r"[A-Z][A-Z0-9]*")
_LIFETIME = re.compile(r"\d+[smhdwSMHDW]?")
_CLASSES = frozenset({"IN", "CH", "HS"})


def is_zone(text: str) -> bool:
    return re.search(rf"\bIN\s+{SOA}\s|\s{SOA}\s", text, re.IGNORECASE) is not None and "zone " not in text


def zone_records(service: str, file: str, text: str) -> Facts:
    """A line that is no record stays as it is, so that a damaged zone is a difference too."""
    facts: Facts = {}
    owner, origin = ROOT, ""
    for line in _logical_lines(text):
        tokens = line.split()
        if tokens[0].upper() == "$ORIGIN" and len(tokens) > 1:
            origin = tokens[1]
        elif not tokens[0].startswith("$"):
            if line[:1] not in (" ", "\t"):
                owner, tokens = tokens[0], tokens[1:]
            kind, value = _record(tokens)
            name = owner if owner.endswith(".") or not origin else f"{owner}.{origin}"
            add(facts, joined("service", service, "record", file, f"{name} {kind}"), value)
    return facts


def _record(tokens: list[str]) -> tuple[str, str]:
    while tokens and (_LIFETIME.fullmatch(tokens[0]) or tokens[0].upper() in _CLASSES):
        tokens = tokens[1:]
    if not tokens or not _TYPE.fullmatch(tokens[0].upper()):
        return "?", " ".join(tokens)
    kind = tokens[0].upper()
    # The serial number changes with each change of a record, and with each repair of one.
    value = tokens[1:3] + tokens[4:] if kind == SOA else tokens[1:]
    return kind, " ".join(value)


def _logical_lines(text: str) -> Iterator[str]:
    """Yield lines without comments; what is in parentheses is one line."""
    pending = ""
    for line in text.splitlines():
        bare = _without_comment(line)
        pending = f"{pending} {bare.strip()}" if pending else bare
        if pending.count("(") > pending.count(")"):
            continue
        if pending.strip():
            yield pending.replace("(", " ").replace(")", " ")
        pending = ""
    if pending.strip():
        yield pending.replace("(", " ")


def _without_comment(line: str) -> str:
    quoted = False
    for at, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == ";" and not quoted:
            return line[:at]
    return line
