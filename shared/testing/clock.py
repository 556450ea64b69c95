"""A clock that stands still until it is moved."""

from __future__ import annotations

import asyncio

from shared.clock import NetworkClock


class ManualClock(NetworkClock):
    """Network time moved by hand; whoever sleeps wakes when its time has come."""

    def __init__(self, now: float = 1_750_000_000.0) -> None:
        super().__init__(monotonic=lambda: self._hand, wall=lambda: now)
        self._known = True
        self._moved = asyncio.Event()

    _hand = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._hand += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait until time has been moved so far."""
        until = self.now() + seconds
        while self.now() < until:
            await self._moved.wait()
