"""One DNS query and its answer, for the manager's own probes. Pure; safe against any answer."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass

A, AAAA, IN = 1, 28, 1
HEADER = struct.Struct("!HHHHHH")
RECURSION = 0x0100
IS_ANSWER, CODE = 0x8000, 0x000F
CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}
MAX_LABEL, MAX_NAME = 63, 253
MAX_RECORDS = 64
POINTER = 0xC0
SIZES = {A: 4, AAAA: 16}


@dataclass(frozen=True)
class DnsAnswer:
    """`status`: as `dig` writes it."""

    status: str
    addresses: tuple[str, ...]


def dns_query(name: str, number: int, kind: int = A) -> bytes:
    """Raises ValueError for a name that is no DNS name."""
    labels = name.rstrip(".").encode("idna").split(b".")
    if len(name) > MAX_NAME or not all(0 < len(label) <= MAX_LABEL for label in labels):
        raise ValueError(f"{name[:MAX_NAME]!r} is no DNS name")
    question = b"".join(bytes([len(label)]) + label for label in labels) + b"\0" + struct.pack("!HH", kind, IN)
    return HEADER.pack(number, RECURSION, 1, 0, 0, 0) + question


def dns_answer(data: bytes, number: int) -> DnsAnswer | None:
    """Return None if this is no answer to the query with this number."""
    try:
        got, flags, questions, records, *_ = HEADER.unpack_from(data)
        if got != number or not flags & IS_ANSWER:
            return None
        at = HEADER.size
        for _ in range(min(questions, MAX_RECORDS)):
            at = _after_name(data, at) + 4
        found: list[str] = []
        for _ in range(min(records, MAX_RECORDS)):
            at = _after_name(data, at)
            kind, _, _, size = struct.unpack_from("!HHIH", data, at)
            at += 10
            if SIZES.get(kind) == size and at + size <= len(data):
                found.append(str(ipaddress.ip_address(data[at : at + size])))
            at += size
        return DnsAnswer(CODES.get(flags & CODE, f"code {flags & CODE}"), tuple(found))
    except (struct.error, IndexError):
        return None


def _after_name(data: bytes, at: int) -> int:
    """Return where a name ends; a pointer is its end."""
    while data[at]:
        if data[at] & POINTER == POINTER:
            return at + 2
        at += 1 + data[at]
    return at + 1
