"""A whole system, shared by the tests that restore its state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.running import Running
from shared.domain.config import Desired

SPEED = 4.0


@pytest.fixture(scope="module")
def system() -> Iterator[Running]:
    with Running(seed=7, speed=SPEED, desired=Desired(running=False)) as running:
        yield running
