"""Noise with another distribution or correlation than the default noise. Only this module needs scipy."""

from __future__ import annotations

from scipy.special import ndtr, ndtri, stdtrit

from network.simulator.arrays import Floats, Keys
from network.simulator.noise import salted, uniform

LEAST = 1e-12
"""A probability nearer to 0 or 1 has no finite quantile."""


class ShapedNoise:
    """A series of noise for each key, with a mean of 0 and a standard deviation of 1.

    `period`: ticks between two independent values; the ticks between them have the same variance. `freedom`: the
    degrees of freedom of Student's t distribution, above 2; None: the normal distribution.
    """

    def __init__(self, element_keys: Keys, period: int, freedom: float | None) -> None:
        self._keys, self._period, self._freedom = salted(element_keys, period), period, freedom

    def at(self, tick: int) -> Floats:
        index, rest = divmod(tick, self._period)
        share = rest / self._period
        normal: Floats = (1 - share) * self._point(index)
        if rest:
            normal += share * self._point(index + 1)
        normal /= (share**2 + (1 - share) ** 2) ** 0.5
        if self._freedom is None:
            return normal
        heavy: Floats = stdtrit(self._freedom, ndtr(normal)) / (self._freedom / (self._freedom - 2)) ** 0.5
        return heavy

    def _point(self, index: int) -> Floats:
        points: Floats = ndtri(uniform(salted(self._keys, index + 1)).clip(LEAST, 1 - LEAST))
        return points
