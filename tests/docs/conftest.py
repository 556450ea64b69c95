"""What the pages are read with: the session's running system, left as it was found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.running import Running

CALM_WITHIN = 90.0


@pytest.fixture
def undisturbed(system: Running) -> Iterator[Running]:
    """Give the running system to one page; afterwards put its settings back and wait until all is healed."""
    before = system.get("/api/config")
    yield system
    system.configure(**before)
    system.wait("all faults to be healed", lambda: calm(system), CALM_WITHIN)


def calm(system: Running) -> bool:
    """Say whether no fault is live and no incident open."""
    faults, open_ones = system.get("/api/faults")["faults"], system.get("/api/incidents?state=open")
    assert isinstance(faults, list)
    return all(fault["ended"] for fault in faults) and not open_ones["recent_incidents"]
