"""One seed of the chaos benchmark: processes are killed and stopped at random, and every fault is healed, once each."""

from __future__ import annotations

import pytest

from benchmarks.chaos import run

SEED, FAULTS = 1, 12
AT_MOST = 420


@pytest.mark.soak
@pytest.mark.timeout(AT_MOST)
async def test_every_fault_is_healed_while_processes_die() -> None:
    outcome = await run(SEED, FAULTS)
    assert outcome.misses == []
    assert (outcome.started, outcome.by_action) == (FAULTS, FAULTS)
    assert outcome.kills
    assert outcome.stops
    assert outcome.broker_deaths == 1
