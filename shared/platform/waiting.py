"""Waiting with a limit: for something to happen, and for what has to be finished before a service can end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

FINISH_WITHIN = 1.5
"""Seconds that a service which is to end leaves to what is under way."""
LET_GO_WITHIN = 1.2
"""Seconds that it then leaves to its subscriptions and its lease: both together are less than three."""
log = structlog.get_logger("nms.waiting")


async def happens(event: asyncio.Event, within: float | None) -> bool:
    """Wait until an event is set, for so many seconds at most (None: for as long as it takes); say whether it is."""
    try:
        async with asyncio.timeout(within):
            return await event.wait()
    except TimeoutError:
        return event.is_set()


@asynccontextmanager
async def at_most(seconds: float, what: str) -> AsyncIterator[None]:
    """Do what is within for so many seconds, then leave it and say so: whoever ends cannot wait for ever."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        log.warning(f"{what} did not end within {seconds:g} s; leaving it")
