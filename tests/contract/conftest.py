"""One running system for every contract test: they ask it over its doors, and leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.running import Running
from shared.config import Desired

SPEED = 4.0


@pytest.fixture(scope="session")
def system() -> Iterator[Running]:
    """Start a system at speed 4 whose campaign is stopped."""
    with Running(seed=7, speed=SPEED, desired=Desired(running=False)) as running:
        yield running
