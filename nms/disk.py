"""Hears from the broker that its disk is full: says so once, and starts the broker again when there is room.

Rules: nats-server goes on refusing what it once could not write, though the disk has long had room again: only a new
start heals it. It is not started again before, since that would be the same a second later.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from nms.log_view import LogView
from nms.store import LEAST_FREE_LATER, MIB

FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
POLL = 1.0
SETTLES_WITHIN = 3.0
"""What the broker that is ending still says of the disk is no news."""


class DiskWatch:
    """The log of the broker's process supervisor, which passes every line on and acts on those about a full disk."""

    def __init__(self, log: LogView, folder: Path, begin_again: Callable[[], Awaitable[None]]) -> None:
        self._log, self._folder, self._begin_again = log, folder, begin_again
        self._deaf_until = 0.0
        self._task: asyncio.Task[None] | None = None

    def line(self, process: str, text: str) -> None:
        """Show a line of the broker's; begin to wait for room where it says that there is none."""
        if FULL.search(text) and self._task is None and time.monotonic() >= self._deaf_until:
            self._task = asyncio.create_task(self._wait_for_room(), name="wait for room on the disk")
        self._log.line(process, text)

    def say(self, text: str, level: str = "info") -> None:
        """Show a line of the supervisor's own."""
        self._log.say(text, level)

    def stop(self) -> None:
        """Wait for room no longer."""
        if self._task is not None:
            self._task.cancel()

    async def _wait_for_room(self) -> None:
        try:
            self._tell(
                f"the disk of {self._folder} is full and nothing can be stored: "
                f"free {LEAST_FREE_LATER // MIB} MiB there; the broker is started again when there is room",
                "error",
            )
            while not has_room(self._folder):
                await asyncio.sleep(POLL)
            self._tell(f"the disk of {self._folder} has room again: the broker is started again", "warning")
            await self._begin_again()
        finally:
            self._deaf_until = time.monotonic() + SETTLES_WITHIN
            self._task = None

    def _tell(self, text: str, level: str) -> None:
        with suppress(OSError):  # our own output may be on the full disk
            self._log.say(text, level)


def has_room(folder: Path) -> bool:
    """Say whether a broker with a store there could go on."""
    try:
        return shutil.disk_usage(folder).free >= LEAST_FREE_LATER
    except OSError:
        return False
