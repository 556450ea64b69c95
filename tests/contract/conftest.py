"""The contracts are tested on the session's one running system: the fixture `system` of tests/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.running import Running
from tests.conftest import SPEED
from tests.contract.ear import CHANNEL_OF, Ear, ear_on
from tests.contract.rest import Rest, client

__all__ = ["SPEED"]


@pytest.fixture
def rest(system: Running) -> Iterator[Rest]:
    """Yield a client of the running system's API, which leaves the desired state as it found it."""
    yield from client(system.url)


@pytest.fixture(scope="session")
def listening(system: Running) -> Iterator[Ear]:
    """Listen to every literal subject, without credentials."""
    with ear_on(system.nats_url, tuple(CHANNEL_OF)) as ear:
        yield ear


@pytest.fixture
def ear(listening: Ear) -> Ear:
    """Return an ear that begins anew: what was heard before is not taken for a proof."""
    listening.heard.clear()
    return listening
