"""The figures of detection that hold for all metrics. What is particular to one metric stands in the catalogue.

Samples are counted at the source's own interval; what is a time is in seconds. Utilisation matters only where the same
link is slow or loses too: busy is not broken. A plain limit within the normal of a gauge that goes `by_path` says
nothing there: a line of forty hops is slow, and well.
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
QUICK_SAMPLES = 2  # enough where a third of the RAISE_SAMPLES or CLEAR_SAMPLES is missing
STRONG = 2.0  # times the distance to the limit: only what is so far over is raised by QUICK_SAMPLES samples
RELEASE = 0.5  # share of the distance to the limit below which a value is back
RELEASE_OF_LIMIT = 0.95  # and always at least this far below the limit

WARM_UP = 20  # samples before the learnt baseline is believed
BEAT_SECONDS = 1.0  # the baseline learns once a beat, or with each sample where these are rarer
LEARN = 1 / 64  # a beat: about a minute
SPREAD_STEP = 1 / 128  # a beat: outliers teach the spread no more than others
CLIP = 3.0  # spreads: what is further off teaches no more than this
FAR = 4.0  # spreads: what is further off does not teach the spread
FORGIVE_SECONDS = 500.0  # a gauge that was out of line for so long becomes the new normal
GAP_SAMPLES = 8  # after so many absent samples, nothing is "in a row" any more
LEAP_SECONDS, LEAP_INTERVALS = 60.0, 10  # a tick so far ahead is believed when the next one follows it
MAX_NAME = 260
CEILING = 1e9  # no metric is beyond; keeps a hostile number from poisoning the baseline
MAX_SCORE = 1e6
NEARLY_FULL, FULL = 85.0, 95.0
"""% of a link's capacity: from where on a queue is the load's own doing, and from where on nothing more fits."""
UNSURE_OF_LOAD = 1.15
"""Times the load that a link is taken to be offered, when what it must lose is worked out from the whole network's."""
BELOW_CAP = 2.0
"""% of capacity below the cap of an action that limits a link: from there on the link is full."""

FLAP_SAMPLES = 6  # two falls no further apart are a flap
STATE_MEMORY = 12  # samples

GROWTH_BEATS = 16  # the window in which slow growth is looked for: 16 s, or so many samples
GROWTH_LEAST = 4.0  # points gained in the window
GROWTH_SPREADS = 7.0
GROWTH_FIT = 0.85  # share of the window's variance that a straight line explains
GROWTH_AWAY = 4.0  # points above the expected value
GROWTH_RELEASE = 0.5  # share of the way back to the expected value that is "back"

ROWS = tuple(spec for spec in METRICS.values() if spec.judging is not None)
"""A row is one metric of one kind of element, a gauge one such metric of one element."""
STATES = tuple(spec for spec in METRICS.values() if spec.state is not None)


def critical_from(spec: MetricSpec, thresholds: Thresholds) -> float:
    """Return the value from which an anomaly is critical."""
    times = spec.judging.critical if spec.judging else 1.0
    limit = thresholds.limit_of(spec)
    return times if math.isinf(limit) else limit * times


def least_that_matters(spec: MetricSpec) -> float:
    """Return the value below which a gauge is never over."""
    caps = [action.caps_load for action in ACTIONS.values() if action.caps_load is not None]
    above = spec.judging.above if spec.judging else 0.0
    return max(above, min(caps) - BELOW_CAP) if spec.role is Role.LOAD and caps else above


def _row(element: ElementKind, role: Role) -> int:
    return next(row for row, spec in enumerate(ROWS) if spec.element is element and spec.role is role)


LOAD_ROW, DELAY_ROW, LOSS_ROW = (_row(ElementKind.LINK, role) for role in (Role.LOAD, Role.DELAY, Role.LOSS))
SHARED_ROWS = tuple(row for row, spec in enumerate(ROWS) if spec.judging and spec.judging.shared)
"""Rows that may rise everywhere at once; not a node's latency and loss, means over paths that one slow core moves."""
CARRIED_FROM: Mapping[int, int] = MappingProxyType(
    {row: _row(ElementKind.LINK, spec.role) for row, spec in enumerate(ROWS) if spec.carried and spec.role is not None}
)
"""Rows of nodes that are means over paths, and the rows of links that they are made of."""
PAST_PLAIN = frozenset(row for row, spec in enumerate(ROWS) if spec.judging and spec.judging.past_threshold)
"""Rows whose plain threshold is passed over while they rise everywhere; loss and full memory are harm all the same."""
