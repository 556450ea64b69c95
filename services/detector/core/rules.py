"""The figures of detection, all in one place: how far is too far, how long is long enough.

A value is *over* when it is beyond the plain threshold, or beyond what was learnt by `limit` spreads and by the least
effect that matters (`least`, or `share` of the expected value, or `spare` of what was left up to 100 %). Utilisation
matters only above `above`, and only where the same link is slow or loses too: busy is not broken. A plain limit within
the normal of a gauge that goes `by_path` says nothing there: a line of forty hops is slow, and well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.domain.config import Thresholds
from shared.domain.kinds import LinkMetric, NodeMetric

RAISE_TICKS = 3
CLEAR_TICKS = 3
QUICK_TICKS = 2  # samples that are enough where a third of the RAISE_TICKS or CLEAR_TICKS is missing
STRONG = 2.0  # times the distance to the limit: only what is so far over is raised by QUICK_TICKS samples
RELEASE = 0.5  # share of the distance to the limit below which a value is back
RELEASE_OF_LIMIT = 0.95  # and always at least this far below the limit

WARM_UP = 20  # samples before the learnt baseline is believed
BEAT = 4  # ticks: the baseline learns once a beat, noise within a beat says little new
LEARN = 1 / 64  # a beat: about a minute
SPREAD_STEP = 1 / 128  # a beat: outliers teach the spread no more than others
CLIP = 3.0  # spreads: what is further off teaches no more than this
FAR = 4.0  # spreads: what is further off does not teach the spread
FORGIVE_TICKS = 2_000  # a gauge that was out of line for so long (over 8 minutes) becomes the new normal
GAP_TICKS = 8  # after so many absent ticks, nothing is "in a row" any more
LEAP_SECONDS = 60.0  # a tick so far ahead is believed when the next one follows it
MAX_NAME = 260
CEILING = 1e9  # no metric is beyond; keeps a hostile number from poisoning the baseline
MAX_SCORE = 1e6
WAITS_TRIPLE = 2 / 3
"""Share of its spare room that a processor loses before it is harm: waits grow as 1 / (1 - load), so they triple."""
NEARLY_FULL, FULL = 85.0, 95.0
"""% of a link's capacity: from where on a queue is the load's own doing, and from where on nothing more fits."""
UNSURE_OF_LOAD = 1.15
"""Times the load that a link is taken to be offered, when what it must lose is worked out from the whole network's."""
FULL_WHEN_LIMITED = 68.0  # % of its capacity: a link that a rate limit holds at 70 is full, whatever else it shows

UNREACHABLE_TICKS = 2  # a missing sample is null, never 0: two zeros are proof, and a reboot waits for it
REACHABLE_TICKS = 2
DOWN_TICKS = 3
UP_TICKS = 3  # more than half the period of a flap
FLAP_TICKS = 6  # two falls no further apart are a flap
STATE_MEMORY = 12  # ticks

GROWTH_BEATS = 16  # the window in which slow growth is looked for: 16 s
GROWTH_LEAST = 4.0  # points gained in the window
GROWTH_SPREADS = 7.0
GROWTH_FIT = 0.85  # share of the window's variance that a straight line explains
GROWTH_AWAY = 4.0  # points above the expected value
GROWTH_RELEASE = 0.5  # share of the way back to the expected value that is "back"


@dataclass(frozen=True)
class MetricRule:
    """How one metric is judged. `threshold` names the plain limit among the settings; none: no plain limit."""

    metric: NodeMetric | LinkMetric
    threshold: str | None
    limit: float
    least: float
    share: float
    above: float
    spread: float  # the least spread assumed
    critical: float  # times the plain threshold; without one the value itself
    quick: bool = False  # what is strongly over is raised after QUICK_TICKS: not for what a flap of two ticks disturbs
    spare: float = 0.0
    by_path: bool = False  # grows with the way that traffic has to go: what is normal may lie beyond the plain limit

    def plain(self, thresholds: Thresholds) -> float:
        """Return the plain limit, infinite where the metric has none."""
        return float(getattr(thresholds, self.threshold)) if self.threshold else float("inf")

    def critical_from(self, thresholds: Thresholds) -> float:
        """Return the value from which an anomaly is critical."""
        return self.plain(thresholds) * self.critical if self.threshold else self.critical


NODE_RULES = (
    MetricRule(NodeMetric.CPU_USAGE, "cpu_usage", 7, 15, 0, 0, 0.7, 1.15, quick=True, spare=WAITS_TRIPLE),
    MetricRule(NodeMetric.MEMORY_USAGE, "memory_usage", 8, 12, 0, 0, 0.7, 1.15),
    MetricRule(NodeMetric.LATENCY, "latency", 8, 6, 0.6, 0, 0.2, 2, by_path=True),
    MetricRule(NodeMetric.PACKET_LOSS, "packet_loss", 8, 1, 0, 0, 0.05, 2),
)
LINK_RULES = (
    MetricRule(LinkMetric.UTILIZATION, None, 8, 25, 0, FULL_WHEN_LIMITED, 1, 100),
    MetricRule(LinkMetric.LATENCY, "latency", 8, 6, 0.6, 0, 0.2, 2),
    MetricRule(LinkMetric.PACKET_LOSS, "packet_loss", 8, 1, 0, 0, 0.05, 2),
)
ROWS = (*NODE_RULES, *LINK_RULES)
CPU_ROW, MEMORY_ROW, NODE_DELAY_ROW, NODE_LOSS_ROW, LOAD_ROW, DELAY_ROW, LOSS_ROW = range(len(ROWS))
LINK_ROWS = range(len(NODE_RULES), len(ROWS))
SHARED_ROWS = (CPU_ROW, MEMORY_ROW, DELAY_ROW, LOSS_ROW)
"""Rows that may rise everywhere at once; not a node's latency and loss, means over paths that one slow core moves."""
CARRIED_FROM: Mapping[int, int] = MappingProxyType({NODE_DELAY_ROW: DELAY_ROW, NODE_LOSS_ROW: LOSS_ROW})
"""Rows of nodes that are means over paths, and the rows of links that they are made of."""
PAST_PLAIN = frozenset({CPU_ROW, DELAY_ROW})
"""Rows whose plain threshold is passed over while they rise everywhere; loss and full memory are harm all the same."""
