"""The newest and the past samples of all elements of one kind, as arrays.

Rules

1. An array has a row for each metric and a column for each element.
2. If a sample is missing, the newest value stays, and the past samples have no value at that time.
3. Past samples are in two ring buffers. One has all samples: ten minutes at four samples a second. The other has means
   over five seconds, or over one interval if that is longer: one hour or more.
4. The sums over all elements are stored for each tick, since adding up thousands of columns for each request is slow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.domain.telemetry import MAX_LATE_TICKS, Columns

FINE_SECONDS = 600.0
FINEST_STEP = 0.25
FINE_SLOTS = int(FINE_SECONDS / FINEST_STEP)
"""The number of samples of each metric that are stored at full rate. With a longer interval they cover more time."""
COARSE_STEP = 5.0
COARSE_SECONDS = 3600.0
COARSE_SLOTS = int(COARSE_SECONDS / COARSE_STEP)
NEVER = -1

Point = tuple[float, float]
Reading = Callable[[NDArray[np.intp]], NDArray[np.floating]]
"""A function that returns the values at the given positions of a ring buffer."""


class Panel:
    """The samples of elements of one kind."""

    def __init__(self, ids: Sequence[str], metrics: Sequence[str]) -> None:
        self.ids = tuple(ids)
        self.metrics = tuple(metrics)
        self._column = {name: i for i, name in enumerate(self.ids)}
        self._row = {name: i for i, name in enumerate(self.metrics)}
        shape = (len(self.metrics), len(self.ids))
        self._newest = np.full(shape, np.nan)
        self._seen = np.full(len(self.ids), NEVER, dtype=np.int64)
        self._fine = np.full((*shape, FINE_SLOTS), np.nan, dtype=np.float32)
        self._coarse = np.full((*shape, COARSE_SLOTS), np.nan, dtype=np.float32)
        self._total = np.zeros((len(self.metrics), FINE_SLOTS))
        self._count = np.zeros((len(self.metrics), FINE_SLOTS), dtype=np.int64)
        self._ticks = np.full(FINE_SLOTS, NEVER, dtype=np.int64)
        self._steps = np.full(COARSE_SLOTS, NEVER, dtype=np.int64)
        self._last = NEVER
        self._epoch = 0.0
        self.interval = FINEST_STEP
        self._averaged = NEVER
        self._stale: set[int] = set()
        self._places: dict[int, tuple[list[str], NDArray[np.int64], NDArray[np.int64]]] = {}

    def observe(self, partition: int, interval: float, tick: int, at: float, columns: Columns) -> None:
        """The tick may be late. If the interval has changed or the ticks count from the beginning again, all past
        samples are dropped first.
        """
        if not columns.ids:
            return
        if interval != self.interval or self._has_restarted(tick, at):
            self._forget()
            self.interval = interval
        if tick <= self._last - FINE_SLOTS:
            return
        rows, places = self._where(partition, columns.ids)
        block = np.array([columns.column(metric) for metric in self.metrics], dtype=np.float64)[:, rows]
        self._keep_newest(tick, places, block)
        self._open_slot(tick, at)
        self._write(tick % FINE_SLOTS, places, block)

    def admit(self, names: Sequence[str]) -> None:
        first, more = len(self.ids), (len(self.metrics), len(names))
        self.ids = (*self.ids, *names)
        self._column.update({name: first + i for i, name in enumerate(names)})
        self._newest = np.concatenate([self._newest, np.full(more, np.nan)], axis=1)
        self._seen = np.concatenate([self._seen, np.full(len(names), NEVER, dtype=np.int64)])
        self._fine = _with_columns(self._fine, len(names))
        self._coarse = _with_columns(self._coarse, len(names))
        self._places.clear()

    def rows(self) -> list[list[float]]:
        """Return one list for each element, in the order of `ids`, with the newest value of each metric.

        The value of a metric that was never sampled is NaN.
        """
        values: list[list[float]] = self._newest.T.tolist()
        return values

    def history(
        self, name: str, metric: str, start: float, end: float, step: float | None
    ) -> tuple[list[Point], float | None]:
        """Return pairs of time and value from `start` to `end`, oldest first, and the step of these values.

        The step is the seconds that are averaged into one value; None: values as sampled. `step`: the requested step.
        If all samples since `start` are no longer stored, the step is at least that of the stored means.
        """
        column, row = self._column[name], self._row[metric]
        return self._read(
            lambda at: self._fine[row, column, at], lambda at: self._coarse[row, column, at], start, end, step
        )

    def averages(self, metric: str, start: float, end: float, step: float | None) -> tuple[list[Point], float | None]:
        """Return the same as `history`, with the mean over all elements that were sampled at each time."""
        row = self._row[metric]
        return self._read(
            lambda at: _over(self._total[row, at], self._count[row, at]),
            lambda at: _mean(self._coarse[row][:, at]),
            start,
            end,
            step,
        )

    def _read(
        self, fine: Reading, coarse: Reading, start: float, end: float, step: float | None
    ) -> tuple[list[Point], float | None]:
        # A client that requests the last ten minutes has a clock that is slightly late. So if the start is at most one
        # step older than the oldest stored sample, the samples are returned, not means.
        mean = self._ticks_a_step * self.interval
        full = start > self._epoch + (self._last - FINE_SLOTS) * self.interval - mean
        if full and (step is None or step < mean):
            read, numbers, unit = fine, self._ticks, self.interval
        else:
            self._average_late_steps()
            read, numbers, unit = coarse, self._steps, mean
            step = max(step or 0.0, mean)
        times = np.array(self._epoch + numbers * unit, dtype=np.float64)
        places = np.flatnonzero((numbers != NEVER) & (times >= start) & (times <= end))
        values = read(places)
        places, values = places[~np.isnan(values)], values[~np.isnan(values)]
        return _stepped(times[places], values, start, None if step == unit else step), step

    def _has_restarted(self, tick: int, at: float) -> bool:
        return self._last != NEVER and tick < self._last - FINE_SLOTS and at > self._epoch + self._last * self.interval

    @property
    def _ticks_a_step(self) -> int:
        return max(1, round(COARSE_STEP / self.interval))

    def _forget(self) -> None:
        self._seen.fill(NEVER)
        self._ticks.fill(NEVER)
        self._steps.fill(NEVER)
        self._stale.clear()
        self._last = self._averaged = NEVER

    def _where(self, partition: int, names: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        known = self._places.get(partition)
        if known is None or known[0] != names:
            pairs = [(i, self._column[name]) for i, name in enumerate(names) if name in self._column]
            both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
            known = self._places[partition] = (names, both[:, 0], both[:, 1])
        return known[1], known[2]

    def _keep_newest(self, tick: int, places: NDArray[np.int64], block: NDArray[np.float64]) -> None:
        newer = self._seen[places] <= tick
        self._newest[:, places] = np.where(newer & ~np.isnan(block), block, self._newest[:, places])
        self._seen[places] = np.maximum(self._seen[places], tick)

    def _write(self, slot: int, places: NDArray[np.int64], block: NDArray[np.float64]) -> None:
        before = self._fine[:, places, slot]
        self._total[:, slot] += np.nansum(block, axis=1) - np.nansum(before, axis=1)
        self._count[:, slot] += np.count_nonzero(block == block, axis=1) - np.count_nonzero(before == before, axis=1)
        self._fine[:, places, slot] = block

    def _open_slot(self, tick: int, at: float) -> None:
        slot = tick % FINE_SLOTS
        if self._ticks[slot] != tick:
            self._fine[:, :, slot] = np.nan
            self._total[:, slot], self._count[:, slot] = 0.0, 0
            self._ticks[slot] = tick
        if tick > self._last:
            self._last, self._epoch = tick, at - tick * self.interval
            self._average_up_to(tick - MAX_LATE_TICKS)
        elif tick // self._ticks_a_step < self._averaged:
            self._stale.add(tick // self._ticks_a_step)

    def _average_up_to(self, tick: int) -> None:
        complete = tick // self._ticks_a_step
        first = max(self._averaged, complete - FINE_SLOTS // self._ticks_a_step)
        for step in range(max(first, 0), complete):
            self._average_step(step)
        self._averaged = max(self._averaged, complete)

    def _average_late_steps(self) -> None:
        for step in self._stale:
            if step * self._ticks_a_step > self._last - FINE_SLOTS:
                self._average_step(step)
        self._stale.clear()

    def _average_step(self, step: int) -> None:
        ticks = np.arange(step * self._ticks_a_step, (step + 1) * self._ticks_a_step)
        slots = ticks[self._ticks[ticks % FINE_SLOTS] == ticks] % FINE_SLOTS
        block = self._fine[:, :, slots]
        place = step % COARSE_SLOTS
        self._coarse[:, :, place] = _mean(block, axis=2)
        self._steps[place] = step


def _with_columns(ring: NDArray[np.float32], more: int) -> NDArray[np.float32]:
    rows, _, slots = ring.shape
    return np.concatenate([ring, np.full((rows, more, slots), np.nan, dtype=np.float32)], axis=1)


def _mean(block: NDArray[np.float32], axis: int = 0) -> NDArray[np.float64]:
    known = ~np.isnan(block)
    return _over(np.add.reduce(block, axis=axis, where=known, dtype=np.float64), np.count_nonzero(known, axis=axis))


def _over(total: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _stepped(times: NDArray[np.float64], values: NDArray[np.floating], start: float, step: float | None) -> list[Point]:
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    if step is None or not len(times):
        return list(zip(times.tolist(), values.tolist(), strict=True))
    bins, inverse = np.unique(np.floor((times - start) / step).astype(np.int64), return_inverse=True)
    means = np.bincount(inverse, weights=values) / np.bincount(inverse)
    return list(zip((start + bins * step).tolist(), means.tolist(), strict=True))
