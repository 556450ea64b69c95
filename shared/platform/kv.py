"""Key-value buckets: the last value of each key, with its revision for compare-and-set.

A compare-and-set that lost is a value (None), not an error. Every call waits for the broker for as long as it takes;
who cannot wait wraps it in `asyncio.timeout`.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

MARK_DIGITS = 16


@dataclass(frozen=True)
class Entry:
    """A value, the revision at which it was written, and when, by the broker's clock; empty where it did not say."""

    value: bytes
    revision: int
    written: str = ""

    @property
    def mark(self) -> str:
        """A name for what was written here at that time: no other writing has it."""
        told = f"{self.revision} {self.written} ".encode()
        return sha256(told + self.value).hexdigest()[:MARK_DIGITS]


class KeyValue(Protocol):
    """What `bus.bucket(...)` returns."""

    async def get(self, key: str) -> Entry | None:
        """Return the value of a key, or None."""

    async def put(self, key: str, value: bytes) -> int:
        """Write a value; return its revision."""

    async def create(self, key: str, value: bytes) -> int | None:
        """Write a value where there is none; return its revision, or None where there is one."""

    async def update(self, key: str, value: bytes, revision: int) -> int | None:
        """Write a value over the one of that revision; return the new one, or None where another came first."""

    async def delete(self, key: str) -> None:
        """Remove a key; it need not be there."""

    async def all(self) -> dict[str, Entry]:
        """Return every key and its value, in one request."""
