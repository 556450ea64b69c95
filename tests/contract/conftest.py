"""One running system for the tests of contracts: they ask at its doors and leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.running import Running
from shared.domain.config import Desired
from shared.platform.access import FAMILIES
from tests.contract.ear import Ear, ear_on
from tests.contract.rest import Rest, client

SPEED = 2.0


@pytest.fixture(scope="package")
def system() -> Iterator[Running]:
    """Start a system at speed 4 whose campaign is stopped; it ends with these tests."""
    with Running(seed=7, speed=SPEED, desired=Desired(running=False)) as running:
        yield running


@pytest.fixture
def rest(system: Running) -> Iterator[Rest]:
    """Yield a client of the running system's API, which leaves the desired state as it found it."""
    yield from client(system.url)


@pytest.fixture(scope="package")
def listening(system: Running) -> Iterator[Ear]:
    """Listen to every family, without credentials."""
    with ear_on(system.nats_url, FAMILIES) as ear:
        yield ear


@pytest.fixture
def ear(listening: Ear) -> Ear:
    """Return an ear that begins anew: what was heard before is not taken for a proof."""
    listening.heard.clear()
    return listening
