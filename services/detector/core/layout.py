"""Which number is whose: one flat vector holds every gauge of a partition, another every state.

Gauges: cpu of all nodes, memory of all nodes, ..., utilisation of all links, ...; states: `reachable`, then `up`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.detector.core.rules import CEILING, LINK_RULES, MAX_NAME, MEMORY_ROW, NODE_RULES, MetricRule
from shared.domain.errors import MessageError
from shared.domain.kinds import LinkMetric, NodeMetric
from shared.domain.telemetry import Rows, Tick

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Key: TypeAlias = tuple[str, str]
"""An element and one of its metrics."""

ABSENT = -1


@dataclass(frozen=True)
class Layout:
    """The names behind the vectors of one partition."""

    nodes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    gauge_keys: tuple[Key, ...] = field(init=False)
    state_keys: tuple[Key, ...] = field(init=False)

    def __post_init__(self) -> None:
        gauges = [(node, str(rule.metric)) for rule in NODE_RULES for node in self.nodes]
        gauges += [(link, str(rule.metric)) for rule in LINK_RULES for link in self.links]
        states = [(node, str(NodeMetric.REACHABLE)) for node in self.nodes]
        states += [(link, str(LinkMetric.UP)) for link in self.links]
        object.__setattr__(self, "gauge_keys", tuple(gauges))
        object.__setattr__(self, "state_keys", tuple(states))

    @property
    def memory(self) -> slice:
        """Where the memory of the nodes stands among the gauges."""
        return self.row(MEMORY_ROW)

    def row(self, row: int) -> slice:
        """Return where the gauges of one row (one metric) stand."""
        nodes, links = len(self.nodes), len(self.links)
        own = len(NODE_RULES)
        if row < own:
            return slice(row * nodes, (row + 1) * nodes)
        first = own * nodes + (row - own) * links
        return slice(first, first + links)

    def rule(self, gauge: int) -> MetricRule:
        """Return the rule of one gauge."""
        own = len(NODE_RULES) * len(self.nodes)
        if gauge < own:
            return NODE_RULES[gauge // len(self.nodes)]
        return LINK_RULES[(gauge - own) // len(self.links)]

    def spread_out(self, of_nodes: list[float], of_links: list[float]) -> Floats:
        """Return a figure for each gauge, given one for each rule."""
        counts = [len(self.nodes)] * len(of_nodes) + [len(self.links)] * len(of_links)
        return np.repeat(np.array(of_nodes + of_links, float), counts)


def names_alike(rows: Rows, names: tuple[list[str], list[str]]) -> bool:
    """Say whether a tick names just these nodes and links, in this order."""
    return rows.nodes == names[0] and rows.links.ids == names[1]


def check_names(rows: Rows) -> None:
    """Raise MessageError where a name is there twice or is no name."""
    names = [*rows.nodes, *rows.links.ids]
    if len(set(names)) != len(names):
        raise MessageError(f"tick {rows.tick}: an element is named twice")
    if not all(0 < len(name) <= MAX_NAME for name in names):
        raise MessageError(f"tick {rows.tick}: a name is empty or longer than {MAX_NAME}")


def time_of(tick: Tick) -> float:
    """Return the time of a tick. Raises MessageError."""
    try:
        return tick.instant
    except (ValueError, OverflowError):
        raise MessageError(f"tick {tick.tick}: its time cannot be read") from None


def read(rows: Rows) -> tuple[Floats, Floats]:
    """Return the gauges and the states of a tick; NaN where a sample is missing."""
    links = rows.links
    numbers = np.array(
        rows.cpu_usage
        + rows.memory_usage
        + rows.latency
        + rows.packet_loss
        + links.utilization
        + links.latency
        + links.packet_loss
        + rows.reachable
        + links.up,
        float,
    )
    np.minimum(numbers, CEILING, out=numbers)
    split = len(numbers) - len(rows.nodes) - len(links.ids)
    return numbers[:split], numbers[split:]


def origin(old: tuple[Key, ...], new: tuple[Key, ...]) -> Ints:
    """Return for each new place the old one that had its name, or ABSENT."""
    places = {key: place for place, key in enumerate(old)}
    return np.array([places.get(key, ABSENT) for key in new], np.int64)


Number = TypeVar("Number", np.float64, np.bool_, np.int8)


def carried(values: NDArray[Number], source: Ints, fresh: float) -> NDArray[Number]:
    """Return `values` (last axis: places) moved to their new places, `fresh` where a place is new."""
    moved = np.full((*values.shape[:-1], len(source)), fresh, values.dtype)
    known = source != ABSENT
    moved[..., known] = values[..., source[known]]
    return moved
