"""Which trouble a metric shows, read from the words of its name: one table for names that nobody agreed on.

Rules

1. A name is split into words; the first word that the table knows decides. `http_request_duration_p99` is a latency.
2. The first word of a row is the kind of trouble. A name without a known word is a kind of its own.
3. A felt trouble also shows at the nodes that depend on the node. The trouble of a resource shows at its node alone.
   Demand comes from outside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache


class Reach(StrEnum):
    """How far a trouble is seen."""

    FELT = "felt"
    OWN = "own"
    DEMAND = "demand"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Meaning:
    """What a metric's name says. `harm`: 1 if more is worse, -1 if less is, 0 if both may be."""

    kind: str
    reach: Reach
    harm: int


_ROWS = (
    ("latency lat duration delay rtt ping response elapsed wait waiting", Reach.FELT, 1),
    ("errors error err fail fails failed failure failures fault faults timeout timeouts 5xx exception exceptions "
     "rejected refused", Reach.FELT, 1),
    ("availability available success successes succeeded uptime up reachable healthy", Reach.FELT, -1),
    ("loss lost drop drops dropped discards retransmit retransmits retransmissions", Reach.FELT, 1),
    ("cpu processor cores throttled throttling", Reach.OWN, 1),
    ("memory mem rss heap swap oom", Reach.OWN, 1),
    ("disk io iops iowait diskio filesystem fs storage inodes", Reach.OWN, 1),
    ("queue backlog pending connections threads socket sockets descriptors", Reach.OWN, 1),
    ("requests request load workload traffic throughput qps rps tps calls hits rx tx receive transmit",
     Reach.DEMAND, 0),
)  # fmt: skip
_TABLE = {word: Meaning(row.split()[0], reach, harm) for row, reach, harm in _ROWS for word in row.split()}
_QUALIFIERS = frozenset({"requests", "request", "calls", "response", "available", "up", "queue"})
"""Words that a name of another kind has too, as in `request_errors`: they decide only if no other word does."""
_SPARE = frozenset({"available", "free", "idle", "unused"})
"""Words of what is left of a resource, of which less is worse."""


@lru_cache(maxsize=4096)
def meaning_of(metric: str) -> Meaning:
    words = re.findall(r"5xx|[a-z]+", _spaced(metric))
    known = [word for word in words if word in _TABLE]
    if not known:
        return Meaning(metric, Reach.UNKNOWN, 0)
    meaning = _TABLE[next((word for word in known if word not in _QUALIFIERS), known[0])]
    if meaning.reach is Reach.OWN and not _SPARE.isdisjoint(words):
        return replace(meaning, harm=-1)
    return meaning


def _spaced(name: str) -> str:
    """`requestLatency` has two words, too."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
