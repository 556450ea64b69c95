"""A whole system for the tests that need one, shared by those that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.running import Running
from shared.domain.config import Desired

SPEED = 4.0


@pytest.fixture(scope="module")
def system() -> Iterator[Running]:
    """Start a system at speed 4 whose campaign is stopped."""
    with Running(seed=7, speed=SPEED, desired=Desired(running=False)) as running:
        yield running
