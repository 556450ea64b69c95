"""One running system for the tests of contracts: they ask at its doors and leave it as it was."""

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
