"""What the pages are read with: one running system, at the pace that the pages speak of, left as it was found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.running import Running
from shared.domain.config import Desired

CALM_WITHIN = 120.0


@pytest.fixture(scope="package")
def system() -> Iterator[Running]:
    """Start a system whose campaign is stopped; it ends with the tests of documents."""
    with Running(seed=7, desired=Desired(running=False)) as running:
        yield running


@pytest.fixture
def undisturbed(system: Running) -> Iterator[Running]:
    """Give the running system to one page; afterwards put its settings back and wait until all is healed."""
    before = system.get("/api/config")
    yield system
    system.configure(**before)
    system.wait("all faults to be healed", lambda: calm(system), CALM_WITHIN)


def calm(system: Running) -> bool:
    """Say whether no fault is live and every incident over."""
    faults = system.get("/api/faults")["faults"]
    assert isinstance(faults, list)
    return all(fault["ended"] for fault in faults) and not system.unresolved()
