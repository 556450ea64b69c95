"""Waiting with a limit."""

from __future__ import annotations

import asyncio
import time

import pytest

from shared.platform.waiting import at_most, happens


async def test_waiting_ends_with_the_event_or_at_the_limit() -> None:
    event = asyncio.Event()
    began = time.monotonic()
    assert not await happens(event, 0.05)
    assert 0.04 < time.monotonic() - began < 1
    asyncio.get_running_loop().call_later(0.02, event.set)
    assert await happens(event, None)
    assert event.is_set(), "the waiting code decides when to clear it"


async def test_a_task_that_does_not_end_is_abandoned() -> None:
    began = time.monotonic()
    async with at_most(0.05, "this"):
        await asyncio.Event().wait()
    assert time.monotonic() - began < 1
    with pytest.raises(ValueError, match="kept"):
        async with at_most(1, "this"):
            raise ValueError("kept")
