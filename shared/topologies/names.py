"""Assigns a unique name to each node of a file.

Rules

1. A node whose name in the file is legal keeps that name; of several nodes with the same name, the first keeps it.
2. An illegal label loses its illegal parts; a duplicate label gets a number; a node with neither a label nor a usable
   id is named like `node-7`. No node takes a name that another node has by rule 1.
3. Every changed label is reported with both names. Names that could be mistaken for others are refused (`flaw`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.domain.errors import TopologyError
from shared.domain.names import LINK_SEPARATOR, MAX_NAME, MAX_NAME_BYTES, flaw, shown

ROOM_FOR_A_NUMBER = 8
"""How many characters are left free for a number behind a label that was cut."""
NO_LABEL = re.compile(r"none|null|[\x20-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]*", re.IGNORECASE)
"""Placeholders of programs for a missing label: a word for nothing, or ASCII punctuation alone, as the Zoo's `?`."""
A_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
BREAKS = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]\s*")
UNSEEN = re.compile(r"[\x80-\x9f\xad\u200b\u2060\ufeff]")
"""Invisible characters that are copied with a label: remains of a wrong encoding, soft hyphens, zero-width spaces."""
SEPARATORS = re.compile(r"-{2,}")


@dataclass(frozen=True)
class Written:
    """A node as the file has it. `exact`: the id is the node's name."""

    node: str
    label: str
    line: int
    exact: bool = False


@dataclass(frozen=True)
class Change:
    line: int
    written: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"'{shown(self.written)}' is shown as '{shown(self.name)}': {self.why}"


def named(nodes: Iterable[Written]) -> tuple[dict[str, str], list[Change]]:
    """Return the name for the id of each node, and the changes to names in the file. Raises TopologyError."""
    nodes = list(nodes)
    names: dict[str, str] = {}
    taken: dict[str, int] = {}
    for node in nodes:
        if (name := _given_name(node)) and flaw(name) is None and name not in taken:
            names[node.node], taken[name] = name, node.line
    changes: list[Change] = []
    numbers: dict[str, int] = {}
    for node in nodes:
        if node.node not in names:
            name, why = _adapted(node, taken)
            names[node.node] = _free(name, taken, numbers)
            taken[names[node.node]] = node.line
            if why:
                changes.append(Change(node.line, _given_name(node), names[node.node], why))
    return {node.node: names[node.node] for node in nodes}, changes


def is_label(text: str) -> bool:
    return not NO_LABEL.fullmatch(text.strip())


def _given_name(node: Written) -> str:
    label = node.label.strip()
    if node.exact:
        return node.node
    if is_label(label):
        return label
    return "" if A_NUMBER.fullmatch(node.node) or NO_LABEL.fullmatch(node.node) else node.node


def _adapted(node: Written, taken: Iterable[str]) -> tuple[str, str]:
    """Return the nearest legal name, and why the file's name is not used; no reason if the file gives no name."""
    given = _given_name(node)
    if not given:
        number = node.node if A_NUMBER.fullmatch(node.node) else ""
        return f"node-{number.lstrip('+-')}".rstrip("-"), ""
    name, reasons = given, list[str]()
    for change, why in () if node.exact else _CHANGES:
        if (changed := change(name)) != name:
            name = changed
            reasons.append(why)
    if wrong := flaw(name):
        raise TopologyError(f"line {node.line}: node '{shown(given)}': {wrong}")
    if name in taken:
        reasons.append("another node is called so")
    return name, ", ".join(reasons)


def _without_breaks(name: str) -> str:
    return BREAKS.sub(" ", name)


def _without_unseen(name: str) -> str:
    return UNSEEN.sub("", name).strip()


def _without_separators(name: str) -> str:
    return SEPARATORS.sub("-", name).strip("- ")


def _short(name: str) -> str:
    if len(name) <= MAX_NAME and len(name.encode()) <= MAX_NAME_BYTES:
        return name
    head = name[: MAX_NAME - ROOM_FOR_A_NUMBER].encode("utf-8", "surrogatepass")[: MAX_NAME_BYTES - ROOM_FOR_A_NUMBER]
    return head.decode("utf-8", "ignore").rstrip("- ")


_CHANGES = (
    (_without_breaks, "a name has one line"),
    (_without_unseen, "it has characters that cannot be seen"),
    (_without_separators, f"'{LINK_SEPARATOR}', and '-' at an end, are kept for links"),
    (_short, f"a name has {MAX_NAME} characters and {MAX_NAME_BYTES} bytes at most"),
)


def _free(name: str, taken: Iterable[str], numbers: dict[str, int]) -> str:
    return next(each for each in _numbered(name, numbers) if each not in taken)


def _numbered(name: str, numbers: dict[str, int]) -> Iterator[str]:
    yield name
    while True:
        numbers[name] = numbers.get(name, 1) + 1
        yield f"{name}-{numbers[name]}"
