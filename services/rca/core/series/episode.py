"""The input of the ranking by series: what was measured around one outage, and who depends on whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.domain.errors import SettingError

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


class SeriesKey(NamedTuple):
    node: str
    metric: str


class Dependency(NamedTuple):
    """`node` needs `needs` for its own work, and so shows the troubles of `needs`."""

    node: str
    needs: str


@dataclass(frozen=True)
class Episode:
    """Series around an outage.

    `times`: (n,) seconds, rising. `values`: (number of `keys`, n), NaN where there is no sample. `begin` and `end`: the
    abnormal window in seconds, both inclusive; all other rows are baseline, before or after it. `symptom`: the series
    in which the outage was noticed, if one was; it may be missing in `keys`. Raises SettingError if shapes differ,
    times do not rise, or no row or every row is in the window.
    """

    times: Numbers
    keys: tuple[SeriesKey, ...]
    values: Numbers
    begin: float
    end: float
    dependencies: tuple[Dependency, ...] = ()
    symptom: SeriesKey | None = None

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.keys), len(self.times)):
            raise SettingError(f"{len(self.keys)} series at {len(self.times)} times have values of {self.values.shape}")
        if len(set(self.keys)) != len(self.keys):
            raise SettingError("a node has a metric twice: give each series once")
        if np.any(np.diff(self.times) <= 0):
            raise SettingError("the times do not rise: sort the rows, one a time")
        if not self.window.any():
            raise SettingError("the abnormal window holds no row: give a window that the measurements cover")
        if self.window.all():
            raise SettingError("every row is in the abnormal window: give rows of normal times, too")

    @property
    def window(self) -> Flags:
        """Shape (n,): the abnormal rows."""
        return (self.times >= self.begin) & (self.times <= self.end)
