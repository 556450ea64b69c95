"""The order of the detector's arrays. One array holds all gauges of a partition; another array holds all states.

The array of gauges has the first metric of all elements of one kind, then the next metric, in the order of the
catalogue. The array of states is ordered in the same way. The index of a gauge or state in its array is its place. A
metric has places from the first tick that has a column for the metric; a later tick may omit the column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.detector.core.rules import CEILING, DELAY_ROW, LOAD_ROW, MAX_NAME, ROWS, STATES
from shared.domain.catalogue import MetricSpec
from shared.domain.errors import MessageError
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Rows, Tick

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Key: TypeAlias = tuple[str, str]
"""An element and one of its metrics."""
Names: TypeAlias = Mapping[ElementKind, tuple[list[str], frozenset[str]]]
"""Kind of element -> the elements in their order, and their metrics."""

ABSENT = -1


@dataclass(frozen=True)
class Layout:
    names: Names = field(default_factory=dict)

    def elements(self, spec: MetricSpec) -> list[str]:
        ids, metrics = self.names.get(spec.element, ([], frozenset()))
        return ids if spec.name in metrics else []

    @cached_property
    def gauge_keys(self) -> tuple[Key, ...]:
        return tuple((element, spec.name) for spec in ROWS for element in self.elements(spec))

    @cached_property
    def state_keys(self) -> tuple[Key, ...]:
        return tuple((element, spec.name) for spec in STATES for element in self.elements(spec))

    @cached_property
    def state_specs(self) -> tuple[MetricSpec, ...]:
        return tuple(spec for spec in STATES for _ in self.elements(spec))

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        return tuple(len(self.elements(spec)) for spec in ROWS)

    @cached_property
    def starts(self) -> Ints:
        """The first index of each row (one metric of one kind of element), and the number of all gauges."""
        return np.cumsum([0, *self.sizes])

    @cached_property
    def growing(self) -> Ints:
        rows = [np.arange(at.start, at.stop) for at, spec in zip(self.rows, ROWS, strict=True) if spec.grows]
        return np.concatenate([np.zeros(0, np.int64), *rows])

    @cached_property
    def loads(self) -> slice:
        """The load of the links whose delay is known too; else nothing."""
        load, delay = self.rows[LOAD_ROW], self.rows[DELAY_ROW]
        return load if load.stop - load.start == delay.stop - delay.start else slice(0, 0)

    @cached_property
    def delays(self) -> slice:
        return self.rows[DELAY_ROW] if self.loads.stop else slice(0, 0)

    @cached_property
    def rows(self) -> tuple[slice, ...]:
        starts = self.starts.tolist()
        return tuple(slice(first, after) for first, after in pairwise(starts))

    @cached_property
    def filled(self) -> Bools:
        return np.array(self.sizes) > 0

    def spec(self, gauge: int) -> MetricSpec:
        return ROWS[int(np.searchsorted(self.starts, gauge, side="right")) - 1]

    def spread_out(self, figures: Sequence[float]) -> Floats:
        """`figures`: one for each metric of each kind of element."""
        return np.repeat(np.array(figures, float), self.sizes)

    def fits(self, rows: Rows) -> bool:
        """Return whether a tick has the same elements as this layout, in the same order, and no further metric."""
        if rows.elements.keys() != self.names.keys():
            return False
        for kind, columns in rows.elements.items():
            ids, metrics = self.names[kind]
            if columns.ids != ids or not columns.metrics.keys() <= metrics:
                return False
        return True

    def read(self, rows: Rows) -> tuple[Floats, Floats]:
        """Return the values of the gauges and of the states at a tick that fits; NaN where a sample is missing."""
        numbers: list[float | None] = []
        for kind, metric in self._sampled:
            numbers += rows.elements[kind].column(metric)
        values = np.array(numbers, float)
        np.minimum(values, CEILING, out=values)
        gauges = len(self.gauge_keys)
        return values[:gauges], values[gauges:]

    @cached_property
    def _sampled(self) -> list[tuple[ElementKind, str]]:
        return [(spec.element, spec.name) for spec in (*ROWS, *STATES) if self.elements(spec)]


def layout_of(tick: Tick, before: Layout) -> Layout:
    """If the elements are the same as in `before`, the metrics of `before` are kept. Raises MessageError if the name of
    an element is invalid.
    """
    _check_names(tick)
    names = {}
    for kind, columns in tick.elements.items():
        ids, metrics = before.names.get(kind, ([], frozenset()))
        known = frozenset(columns.metrics)
        names[kind] = (columns.ids, known | metrics if ids == columns.ids else known)
    return Layout(names)


def _check_names(rows: Rows) -> None:
    names = [name for columns in rows.elements.values() for name in columns.ids]
    if len(set(names)) != len(names):
        raise MessageError(f"tick {rows.tick}: an element is named twice")
    if not all(0 < len(name) <= MAX_NAME for name in names):
        raise MessageError(f"tick {rows.tick}: a name is empty or longer than {MAX_NAME}")


def time_of(tick: Tick) -> float:
    """Raises MessageError if the time cannot be read."""
    try:
        return tick.instant
    except (ValueError, OverflowError):
        raise MessageError(f"tick {tick.tick}: its time cannot be read") from None


def origin(old: tuple[Key, ...], new: tuple[Key, ...]) -> Ints:
    """Return, for each key in `new`, its index in `old`; ABSENT if `old` does not have the key."""
    places = {key: place for place, key in enumerate(old)}
    return np.array([places.get(key, ABSENT) for key in new], np.int64)


def origin_among(places: Ints, source: Ints, of: int) -> Ints:
    """Return, for each of the `of` numbers in `source`, its index in `places`; ABSENT if `places` does not have it."""
    numbers = np.full(of + 1, ABSENT, np.int64)
    numbers[places] = np.arange(len(places))
    numbers[of] = ABSENT
    return numbers[np.where(source == ABSENT, of, source)]


Number = TypeVar("Number", np.float64, np.float32, np.int64, np.bool_, np.int8)


def carried(values: NDArray[Number], source: Ints, fresh: float) -> NDArray[Number]:
    """Return an array with `values[source[i]]` at index `i` of the last axis; `fresh` where `source[i]` is ABSENT."""
    moved = np.full((*values.shape[:-1], len(source)), fresh, values.dtype)
    known = source != ABSENT
    moved[..., known] = values[..., source[known]]
    return moved
