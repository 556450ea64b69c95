"""One running system for all pages, at the speed that they assume; each page restores its state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.running import Running
from shared.domain.config import Desired

CALM_WITHIN = 120.0


@pytest.fixture(scope="package")
def system() -> Iterator[Running]:
    with Running(seed=7, desired=Desired(running=False)) as running:
        yield running


@pytest.fixture
def undisturbed(system: Running) -> Iterator[Running]:
    before = system.get("/api/config")
    yield system
    system.configure(**before)
    system.wait("all faults to be healed", lambda: calm(system), CALM_WITHIN)


def calm(system: Running) -> bool:
    faults = system.get("/api/faults")["faults"]
    assert isinstance(faults, list)
    return all(fault["ended"] for fault in faults) and not system.unresolved()
