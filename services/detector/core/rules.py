"""The numbers of detection that hold for all metrics. The catalogue has the numbers of each single metric.

Counts of samples are at the source's own interval; times are in seconds. Utilisation counts only where the same link is
slow or lossy too: high load alone is no anomaly. The plain limit of a `by_path` gauge is ignored where its normal value
reaches that limit: a path of forty hops is slow without a fault.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from shared.domain.catalogue import ACTIONS, METRICS, MetricSpec, Role
from shared.domain.config import Thresholds
from shared.domain.kinds import ElementKind

RAISE_SAMPLES = 3
CLEAR_SAMPLES = 3
QUICK_SAMPLES = 2  # enough if one of the RAISE_SAMPLES or CLEAR_SAMPLES is missing
STRONG = 2.0  # multiple of the distance to the limit; only values beyond it are raised by QUICK_SAMPLES samples
RELEASE = 0.5  # share of the distance to the limit below which a value is back in line
RELEASE_OF_LIMIT = 0.95  # share of the limit above which a value is never back in line

WARM_UP = 20  # samples before the learnt limits count
BEAT_SECONDS = 1.0  # the baseline learns once a beat, or with each sample if the interval is longer
LEARN = 1 / 64  # rate for each beat: about a minute
SPREAD_STEP = 1 / 128  # rate for each beat, the same for outliers as for other samples
CLIP = 3.0  # spreads; a larger deviation moves the baseline only as far as one of this size
FAR = 4.0  # spreads; the spread does not learn from a larger deviation
FORGIVE_SECONDS = 500.0  # a gauge that was out of line for so long becomes the new normal
GAP_SAMPLES = 8  # after so many absent samples, the next sample starts a new count
LEAP_SECONDS, LEAP_INTERVALS = 60.0, 10  # a tick so far ahead counts only when the next tick follows it
MAX_NAME = 260
CEILING = 1e9  # larger values are cut to this, so that a forged value cannot spoil the baseline
MAX_SCORE = 1e6
NEARLY_FULL, FULL = 85.0, 95.0
"""% of a link's capacity: from the first on, load alone explains a queue; from the second on, the link is full."""
UNSURE_OF_LOAD = 1.15
"""Safety factor on the load that is offered to a link, for the loss that a rise of the whole network must cause."""
BELOW_CAP = 2.0
"""% of capacity: a link counts as full so far below the cap of an action that limits its load."""

FLAP_SAMPLES = 6  # two falls at most so many samples apart are a flap
STATE_MEMORY = 12  # samples

GROWTH_BEATS = 16  # the window for slow growth: 16 s, or so many samples
GROWTH_LEAST = 4.0  # percentage points gained in the window
GROWTH_SPREADS = 7.0  # spreads gained in the window
GROWTH_FIT = 0.85  # share of the window's variance that a straight line explains
GROWTH_AWAY = 4.0  # percentage points above the expected value
GROWTH_RELEASE = 0.5  # share of the gain that has to be lost before the anomaly ends

ROWS = tuple(spec for spec in METRICS.values() if spec.judging is not None)
"""A row is one metric of one kind of element; a gauge is that metric of one element."""
STATES = tuple(spec for spec in METRICS.values() if spec.state is not None)


def critical_from(spec: MetricSpec, thresholds: Thresholds) -> float:
    times = spec.judging.critical if spec.judging else 1.0
    limit = thresholds.limit_of(spec)
    return times if math.isinf(limit) else limit * times


def least_that_matters(spec: MetricSpec) -> float:
    """Return the value below which a gauge is never over its limit."""
    caps = [action.caps_load for action in ACTIONS.values() if action.caps_load is not None]
    above = spec.judging.above if spec.judging else 0.0
    return max(above, min(caps) - BELOW_CAP) if spec.role is Role.LOAD and caps else above


def _row(element: ElementKind, role: Role) -> int:
    return next(row for row, spec in enumerate(ROWS) if spec.element is element and spec.role is role)


LOAD_ROW, DELAY_ROW, LOSS_ROW = (_row(ElementKind.LINK, role) for role in (Role.LOAD, Role.DELAY, Role.LOSS))
SHARED_ROWS = tuple(row for row, spec in enumerate(ROWS) if spec.judging and spec.judging.shared)
"""Rows that may have a common rise. The latency and loss of nodes have none: one slow core node raises them all."""
CARRIED_FROM: Mapping[int, int] = MappingProxyType(
    {row: _row(ElementKind.LINK, spec.role) for row, spec in enumerate(ROWS) if spec.carried and spec.role is not None}
)
"""Rows of nodes that are means over paths -> the rows of links of the same role."""
PAST_PLAIN = frozenset(row for row, spec in enumerate(ROWS) if spec.judging and spec.judging.past_threshold)
"""Rows whose plain threshold is ignored during a common rise; loss and full memory are harm in any case."""
