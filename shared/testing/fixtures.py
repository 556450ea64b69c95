"""Pytest fixtures, which a conftest.py has to import: `from shared.testing.fixtures import broker`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from shared.platform.logs import configure
from shared.testing.broker import TestBroker, running_broker


@pytest_asyncio.fixture
async def broker() -> AsyncIterator[TestBroker]:
    configure("test", "test", colour=False)
    async with running_broker() as running:
        yield running
