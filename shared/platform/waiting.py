"""Waiting with a limit: for an event, and for work that has to finish before a service ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

FINISH_WITHIN = 1.5
"""Seconds for work in progress when a service ends."""
LET_GO_WITHIN = 1.2
"""Seconds to end the service's subscriptions and its lease after that. Both limits together are less than 3 s."""
log = structlog.get_logger("nms.waiting")


async def happens(event: asyncio.Event, within: float | None) -> bool:
    """Wait for at most `within` seconds (None: no limit); return whether the event is set."""
    try:
        async with asyncio.timeout(within):
            return await event.wait()
    except TimeoutError:
        return event.is_set()


@asynccontextmanager
async def at_most(seconds: float, what: str) -> AsyncIterator[None]:
    """After `seconds`, cancel the block and log a warning that names `what`."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        log.warning(f"{what} did not end within {seconds:g} s; leaving it")
