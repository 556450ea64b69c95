"""A dying core router under load is one incident with the right root; two distant faults are two incidents.

The promised figure is of a hundred runs (`benchmarks/cascade.py`). The loop runs in memory, and a seed always gives the
same run, so that fewer runs with equally tight limits show a regression.
"""

from __future__ import annotations

import pytest

from benchmarks.cascade import cascade, two_faults

RUNS = 10
CASCADES_AT_LEAST = 9
PAIRS_AT_LEAST = 9


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_dead_core_router_under_load_is_one_repaired_incident_with_the_right_root() -> None:
    missed = [seed for seed in range(RUNS) if not cascade(seed)]
    assert RUNS - len(missed) >= CASCADES_AT_LEAST, f"of {RUNS} seeds these went wrong: {missed}"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_faults_three_hops_apart_are_two_incidents() -> None:
    missed = [seed for seed in range(RUNS) if not two_faults(seed)]
    assert RUNS - len(missed) >= PAIRS_AT_LEAST, f"of {RUNS} seeds these went wrong: {missed}"
