"""One running system for all contract tests: they use its public interfaces and restore its state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.running import Running
from shared.domain.config import Desired
from shared.platform.access import FAMILIES
from tests.contract.listener import Listener, listener_on
from tests.contract.rest import Rest, client

SPEED = 2.0


@pytest.fixture(scope="package")
def system() -> Iterator[Running]:
    with Running(seed=7, speed=SPEED, desired=Desired(running=False)) as running:
        yield running


@pytest.fixture
def rest(system: Running) -> Iterator[Rest]:
    yield from client(system.url)


@pytest.fixture(scope="package")
def listening(system: Running) -> Iterator[Listener]:
    with listener_on(system.nats_url, FAMILIES) as listener:
        yield listener


@pytest.fixture
def listener(listening: Listener) -> Listener:
    listening.received.clear()
    return listening
