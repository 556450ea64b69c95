"""The contracts are tested on the session's one running system: the fixture `system` of tests/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.running import Running
from tests.conftest import SPEED
from tests.contract.rest import Rest, client

__all__ = ["SPEED"]


@pytest.fixture
def rest(system: Running) -> Iterator[Rest]:
    """Yield a client of the running system's API, which leaves the desired state as it found it."""
    yield from client(system.url)
