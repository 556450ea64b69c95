"""Watches the output of the broker for a full disk. Reports it once, and restarts the broker when there is space again.

Rules: after a failed write, nats-server refuses all writes until it is restarted, even if the disk has space again. The
broker is not restarted while the disk is full, because the error would return at once.
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
"""Seconds in which disk errors of a broker that is ending are ignored."""


class DiskWatch:
    """The log of the broker's process supervisor. It passes each line on, and reacts to lines about a full disk."""

    def __init__(self, log: LogView, folder: Path, restart: Callable[[], Awaitable[None]]) -> None:
        self._log, self._folder, self._restart = log, folder, restart
        self._deaf_until = 0.0
        self._task: asyncio.Task[None] | None = None

    def line(self, process: str, text: str) -> None:
        if FULL.search(text) and self._task is None and time.monotonic() >= self._deaf_until:
            self._task = asyncio.create_task(self._wait_for_room(), name="wait for room on the disk")
        self._log.line(process, text)

    def say(self, text: str, level: str = "info") -> None:
        self._log.say(text, level)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _wait_for_room(self) -> None:
        try:
            self._show(
                f"the disk of {self._folder} is full and nothing can be stored: "
                f"free {LEAST_FREE_LATER // MIB} MiB there; the broker is started again when there is room",
                "error",
            )
            while not has_room(self._folder):
                await asyncio.sleep(POLL)
            self._show(f"the disk of {self._folder} has room again: the broker is started again", "warning")
            await self._restart()
        finally:
            self._deaf_until = time.monotonic() + SETTLES_WITHIN
            self._task = None

    def _show(self, text: str, level: str) -> None:
        with suppress(OSError):  # the output of this program may be on the full disk
            self._log.say(text, level)


def has_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free >= LEAST_FREE_LATER
    except OSError:
        return False
