"""One seed of the chaos benchmark: every fault is repaired once while random processes are killed and suspended."""

from __future__ import annotations

import pytest

from benchmarks.chaos import run

SEED, FAULTS = 1, 12
AT_MOST = 420


@pytest.mark.soak
@pytest.mark.timeout(AT_MOST)
async def test_every_fault_is_repaired_while_processes_die() -> None:
    outcome = await run(SEED, FAULTS)
    assert outcome.misses == []
    assert (outcome.started, outcome.by_action) == (FAULTS, FAULTS)
    assert outcome.kills
    assert outcome.stops
    assert outcome.broker_deaths == 1
