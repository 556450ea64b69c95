"""Reads YAML as texts, lists and tables, each with its line number; a caller interprets them.

1. The module handles the parser's events. No Python object is constructed, so no tag can run code, and `no` is a text.
2. An alias is the same object as the value that it names, never a copy. A value cannot contain itself.
3. A second document, a tag, a duplicate key, or nesting deeper than `MAX_DEPTH` is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from shared.domain.errors import TopologyError

MAX_DEPTH = 16
MAX_QUOTE = 64
NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C parser if PyYAML was built with it: thirty times as fast."""


@dataclass(frozen=True)
class Text:
    line: int
    value: str
    quoted: bool = False

    @property
    def is_nothing(self) -> bool:
        return not self.quoted and self.value in NOTHING


@dataclass(frozen=True)
class Items:
    line: int
    items: Sequence[Value]


@dataclass(frozen=True)
class MarkedTable:
    line: int
    entries: Mapping[str, Value]
    lines: Mapping[str, int]


Value: TypeAlias = Text | Items | MarkedTable


def read_marked(text: str) -> Value:
    """Raises TopologyError whose message starts with the line."""
    try:
        return _MarkedReader(text).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = " ".join(part for part in (error.context, error.problem) if part)
        raise TopologyError(f"line {line}: not YAML ({reason[: MAX_QUOTE * 2]}); fix it") from None
    except yaml.YAMLError as error:  # raised for a character that YAML forbids
        place = getattr(error, "position", 0)
        line = text.count("\n", 0, place) + 1
        raise TopologyError(f"line {line}: a character that YAML does not allow; remove it") from None


@dataclass
class _MarkedReader:
    text: str
    _named: dict[str, Value] = field(default_factory=dict)

    def document(self) -> Value:
        self._events: Iterator[yaml.Event] = iter(yaml.parse(self.text, Loader=Loader))
        found: Value | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found is not None:
                    raise TopologyError(f"line {_line(event)}: a second document begins; keep one to a file")
                found = self._value(next(self._events), 0)
        return found or Text(1, "")

    def _value(self, event: yaml.Event, depth: int) -> Value:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            return self._meant(event.anchor or "", line)
        if depth == MAX_DEPTH:
            raise TopologyError(f"line {line}: values go {MAX_DEPTH} deep and more; an inventory needs six")
        if tag := getattr(event, "tag", None):
            raise TopologyError(f"line {line}: a tag, {tag[:MAX_QUOTE]!r}; remove it, a plain value is enough")
        value = self._untagged(event, line, depth)
        if anchor := getattr(event, "anchor", None):
            self._named[anchor] = value
        return value

    def _meant(self, anchor: str, line: int) -> Value:
        if anchor not in self._named:
            raise TopologyError(f"line {line}: '*{anchor[:MAX_QUOTE]}' names nothing that ends before it; write it out")
        return self._named[anchor]

    def _untagged(self, event: yaml.Event, line: int, depth: int) -> Value:
        if isinstance(event, yaml.ScalarEvent):
            return Text(line, event.value, quoted=event.style in ("'", '"'))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(line, depth + 1)
        return self._table(line, depth + 1)

    def _items(self, line: int, depth: int) -> Items:
        items: list[Value] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, depth))
        return Items(line, items)

    def _table(self, line: int, depth: int) -> MarkedTable:
        entries: dict[str, Value] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, at = self._value(event, depth), _line(event)
            if not isinstance(key, Text):
                raise TopologyError(f"line {at}: a list or table stands as a key; write a word")
            if key.value in entries:
                first = lines[key.value]
                raise TopologyError(
                    f"line {at}: {key.value[:MAX_QUOTE]!r} is there twice, first in line {first}; keep one of them"
                )
            entries[key.value], lines[key.value] = self._value(next(self._events), depth), at
        return MarkedTable(line, entries, lines)


def _line(event: yaml.Event) -> int:
    return int(event.start_mark.line) + 1 if event.start_mark else 1
