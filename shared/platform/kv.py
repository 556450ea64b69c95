"""Key-value buckets: the last value of each key, with its revision for compare-and-set.

If another write came first, a compare-and-set returns None and raises no error. Every call waits for the broker without
limit; wrap the call in `asyncio.timeout` for a limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

MARK_DIGITS = 16


@dataclass(frozen=True)
class Entry:
    """`written`: the broker's time of the write; empty if the broker did not send it."""

    value: bytes
    revision: int
    written: str = ""

    @property
    def mark(self) -> str:
        """No other write has the same mark."""
        stamp = f"{self.revision} {self.written} ".encode()
        return sha256(stamp + self.value).hexdigest()[:MARK_DIGITS]


class KeyValue(Protocol):
    async def get(self, key: str) -> Entry | None: ...

    async def put(self, key: str, value: bytes) -> int: ...

    async def create(self, key: str, value: bytes) -> int | None:
        """Return the revision, or None if the key has a value."""

    async def update(self, key: str, value: bytes, revision: int) -> int | None:
        """Return the new revision, or None if the key is no longer at `revision`."""

    async def delete(self, key: str) -> None:
        """A missing key is no error."""

    async def all(self) -> dict[str, Entry]: ...
