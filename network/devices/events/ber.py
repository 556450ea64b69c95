"""Decodes the part of BER that SNMP uses. Pure; safe against any input: bounded in depth, count and size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

INTEGER, OCTETS, NULL, OBJECT_ID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER, GAUGE, TICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46
NUMBERS = frozenset({INTEGER, COUNTER, GAUGE, TICKS, COUNTER64})
MAX_ITEMS = 256
MAX_INTEGER_BYTES = 9
MAX_ID_PARTS = 128
MAX_PART = 2**32 - 1
LONG, MORE = 0x80, 0x80
MAX_LENGTH_BYTES = 3
BerValue = int | bytes | str | None


class NotBer(Exception):
    """The bytes are not what SNMP allows."""


@dataclass(frozen=True)
class BerItem:
    tag: int
    content: bytes

    def number(self) -> int:
        """Raises NotBer."""
        if self.tag not in NUMBERS or not 0 < len(self.content) <= MAX_INTEGER_BYTES:
            raise NotBer("no number")
        return int.from_bytes(self.content, "big", signed=self.tag == INTEGER)

    def octets(self) -> bytes:
        """Raises NotBer."""
        if self.tag != OCTETS:
            raise NotBer("no octets")
        return self.content

    def object_id(self) -> str:
        """Raises NotBer."""
        if self.tag != OBJECT_ID or not self.content:
            raise NotBer("no object identifier")
        return _object_id(self.content)

    def value(self) -> BerValue:
        """Return a number, octets, the text of an object identifier or address; None for everything else."""
        if self.tag in NUMBERS:
            return self.number()
        if self.tag == OBJECT_ID:
            return self.object_id()
        if self.tag == IP_ADDRESS and len(self.content) == 4:
            return ".".join(map(str, self.content))
        return self.content if self.tag in (OCTETS, OPAQUE) else None


def items(data: bytes) -> Iterator[BerItem]:
    """Yield the items of a sequence's content. Raises NotBer."""
    at = count = 0
    while at < len(data):
        count += 1
        if count > MAX_ITEMS:
            raise NotBer("too many items")
        item, at = _item(data, at)
        yield item


def inside(item: BerItem, tag: int = SEQUENCE) -> list[BerItem]:
    """Raises NotBer."""
    if item.tag != tag:
        raise NotBer("no sequence")
    return list(items(item.content))


def _item(data: bytes, at: int) -> tuple[BerItem, int]:
    if at + 2 > len(data):
        raise NotBer("cut off")
    tag, length, start = data[at], data[at + 1], at + 2
    if length & LONG:
        size = length & ~LONG
        if not 0 < size <= MAX_LENGTH_BYTES or start + size > len(data):
            raise NotBer("no length")
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    if start + length > len(data):
        raise NotBer("cut off")
    return BerItem(tag, data[start : start + length]), start + length


def _object_id(content: bytes) -> str:
    parts: list[int] = []
    part = 0
    for byte in content:
        part = part << 7 | byte & ~MORE
        if part > MAX_PART or len(parts) > MAX_ID_PARTS:
            raise NotBer("no object identifier")
        if not byte & MORE:
            parts.append(part)
            part = 0
    if content[-1] & MORE:
        raise NotBer("cut off")
    first = min(parts[0] // 40, 2)
    return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))
