"""The constants of the detector that hold for all metrics. The catalogue has the constants of single metrics.

Numbers of samples are counted at the interval of the source; times are in seconds. High utilisation alone is no
anomaly: the same link must be slow or lossy too. The plain threshold of a `by_path` gauge is ignored while the gauge is
new, and where its normal value comes close to the threshold, since a path of forty hops is slow without a fault.
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
QUICK_SAMPLES = 2  # samples that are enough to raise a strong deviation or to clear, if a third is missing
STRONG = 2.0  # a deviation is strong if it is so many times the distance from the expected value to the limit
RELEASE = 0.5  # share of the distance from expected value to limit; a value below it is back in line
RELEASE_OF_LIMIT = 0.95  # share of the limit; a value above it is never back in line

WARM_UP = 20  # samples of a gauge before its learnt limit counts
BEAT_SECONDS = 1.0  # the baseline learns once a beat, or with each sample if the interval is longer
LEARN = 1 / 64  # share of a deviation that the baseline learns in each beat; learning takes about a minute
SPREAD_STEP = 1 / 128  # share by which the spread grows or shrinks in a beat, whatever the deviation
CLIP = 3.0  # in spreads; a larger deviation moves the baseline no further than this deviation
FAR = 4.0  # in spreads; the spread does not learn from a larger deviation
FORGIVE_SECONDS = 500.0  # a value that was out of line for so long becomes the normal value
GAP_SAMPLES = 8  # if two ticks are so many intervals apart, the counts of samples in a row start again
LEAP_SECONDS, LEAP_INTERVALS = 60.0, 10  # a tick so far ahead counts only if the next tick confirms its time
MAX_NAME = 260
CEILING = 1e9  # larger values are cut to this, so that a forged value cannot spoil the baseline
MAX_SCORE = 16.0
"""The score of a state, and the largest score of a gauge. A score is -log10 of a probability."""
NEARLY_FULL, FULL = 85.0, 95.0
"""In % of a link's capacity. From NEARLY_FULL on, load alone explains a queue; from FULL on, the link is full."""
UNSURE_OF_LOAD = 1.15
"""Safety factor on the expected load of a link, used to estimate the loss that a common rise of load causes."""
BELOW_CAP = 2.0
"""In % of capacity. If an action caps the load of a link, the link counts as full from so far below the cap."""

FLAP_SAMPLES, FLAP_SECONDS = 6, 15.0  # if a link goes down twice within so many samples or seconds, it flaps
STATE_MEMORY = 12  # samples

GROWTH_RELEASE = 0.5  # share of the gain that has to be lost before the anomaly ends

ROWS = tuple(spec for spec in METRICS.values() if spec.judging is not None)
"""A row is one metric of one kind of element; a gauge is that metric of one element."""
STATES = tuple(spec for spec in METRICS.values() if spec.state is not None)

BESIDE: Mapping[tuple[ElementKind, Role], str] = MappingProxyType(
    {
        (spec.element, spec.role): spec.name
        for spec in reversed(list(METRICS.values()))
        if spec.role in (Role.ENABLED, Role.CHANGES)
    }
)
"""The metrics that tell more about the state of an element, by kind of element and role."""


def critical_from(spec: MetricSpec, thresholds: Thresholds) -> float:
    times = spec.judging.critical if spec.judging else 1.0
    limit = thresholds.limit_of(spec)
    return times if math.isinf(limit) else limit * times


def least_that_matters(spec: MetricSpec) -> float:
    """Return the smallest learnt limit of a metric. The plain threshold can be lower."""
    caps = [action.caps_load for action in ACTIONS.values() if action.caps_load is not None]
    above = spec.judging.above if spec.judging else 0.0
    return max(above, min(caps) - BELOW_CAP) if spec.role is Role.LOAD and caps else above


def _row(element: ElementKind, role: Role) -> int:
    return next(row for row, spec in enumerate(ROWS) if spec.element is element and spec.role is role)


LOAD_ROW, DELAY_ROW, LOSS_ROW = (_row(ElementKind.LINK, role) for role in (Role.LOAD, Role.DELAY, Role.LOSS))
BUSY_ROWS = tuple(row for row, spec in enumerate(ROWS) if spec.role in (Role.WORK, Role.LOAD))
"""Rows of load. A load that is unusual and harms nobody is observed, not raised: see `observations`."""
SHARED_ROWS = tuple(row for row, spec in enumerate(ROWS) if spec.judging and spec.judging.shared)
"""Rows that may have a common rise. The latency and loss of nodes have none: one slow core node raises them all."""
CARRIED_FROM: Mapping[int, int] = MappingProxyType(
    {row: _row(ElementKind.LINK, spec.role) for row, spec in enumerate(ROWS) if spec.carried and spec.role is not None}
)
"""Rows of nodes that are means over paths -> the rows of links of the same role."""
PAST_PLAIN = frozenset(row for row, spec in enumerate(ROWS) if spec.judging and spec.judging.past_threshold)
"""Rows whose plain threshold is ignored during a common rise; loss and full memory are harm in any case."""
