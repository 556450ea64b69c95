"""One seed of the scorecard through the real processes: every counted row holds.

The limits are meant for 400 faults. In 40 of them, and a few leaks, one alone weighs more than the margin: so one
fault of each row may miss it here, and none may go undetected. `make scorecard` runs all five seeds.
"""

from __future__ import annotations

import pytest

from benchmarks.plain import plain_right_kind
from benchmarks.scorecard import FAULTS, SPEED, campaign, count_rows, recounted
from shared.kinds import FaultKind
from shared.topology import default_topology

HERE = FAULTS // 2
AT_MOST = 1_200


@pytest.mark.slow
@pytest.mark.timeout(AT_MOST)
def test_one_seed_of_single_faults() -> None:
    report, heard = campaign(seed=1, speed=SPEED, faults=HERE)
    figures = "\n".join(str(row) for row in count_rows("processes", [report]))
    assert report.faults == report.detected == HERE, figures
    assert report.right_node >= 0.97 * HERE - 1, figures
    assert report.right_kind >= 0.95 * HERE - 1, figures
    assert report.repaired >= 0.99 * HERE - 1, figures
    assert report.needless_actions <= 0.01 * HERE + 1, figures
    for kind in (FaultKind.HIGH_MEMORY, FaultKind.LINK_FLAP):
        counts = report.by_kind[kind]
        assert (counts.early or 0) >= 0.95 * counts.faults - 1, figures
    assert plain_right_kind(heard, default_topology()) < 80
    assert recounted(heard).repaired == report.repaired
