"""Noise as a pure function of seed, tick and key: the weighted sum of series that vary at different speeds.

No value depends on an earlier value. So a network that was restarted, or that skipped an hour, has the same noise.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Protocol

import numpy as np

from network.simulator.arrays import Floats, Keys

# (ticks between two random values, weight): each tick, a second, eight seconds, a minute
OCTAVES = ((1, 0.45), (4, 0.65), (32, 0.65), (256, 0.35))

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_LANE = np.uint64(0xFFFF)
_LANES_MEAN = 2.0 * 65535
_LANES_SIGMA = 65536 * (4 / 12) ** 0.5


def mix(keys: Keys) -> Keys:
    x = keys + np.uint64(_STEP)
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    return x ^ (x >> np.uint64(31))


def key(*parts: object) -> int:
    """Return a 64-bit hash of the parts, which is the same in every process."""
    return int.from_bytes(blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest(), "big")


def keys(salt: object, names: Iterable[str]) -> Keys:
    return np.array([key(salt, name) for name in names], dtype=np.uint64)


def salted(element_keys: Keys, salt: int) -> Keys:
    """Return new keys that are independent of the given keys, and of the keys with any other salt."""
    return mix(element_keys ^ np.uint64(salt * _STEP & _MASK))


def uniform(element_keys: Keys) -> Floats:
    """Return a number in [0, 1) for each key."""
    return (mix(element_keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def share(one_key: int) -> float:
    return float(uniform(np.array([one_key], dtype=np.uint64))[0])


def _bell(element_keys: Keys) -> Floats:
    """Return a nearly normal deviate for each key, from -3.5 to 3.5: the sum of four 16-bit parts of the key's hash."""
    h = mix(element_keys)
    lanes = (h & _LANE) + (h >> np.uint64(16) & _LANE) + (h >> np.uint64(32) & _LANE) + (h >> np.uint64(48))
    return np.asarray((lanes.astype(np.float64) - _LANES_MEAN) / _LANES_SIGMA)


class _Octave:
    """A series of noise: random values at every `period` ticks, with smooth interpolation between them."""

    def __init__(self, element_keys: Keys, period: int) -> None:
        self._keys = salted(element_keys, period)
        self._period = period
        self._at = -2
        self._from = self._to = np.zeros(len(element_keys))

    def _point(self, index: int) -> Floats:
        return _bell(salted(self._keys, index + 1))

    def at(self, tick: int) -> Floats:
        index, rest = divmod(tick, self._period)
        if self._period == 1:
            return self._point(index)
        if index != self._at:
            self._from = self._to if index == self._at + 1 else self._point(index)
            self._to = self._point(index + 1)
            self._at = index
        t = rest / self._period
        smooth = t * t * (3 - 2 * t)
        return self._from + (self._to - self._from) * smooth


class Series(Protocol):
    def at(self, tick: int) -> Floats:
        """Return a value for each key. The result does not depend on earlier calls."""


class Noise:
    """A series of noise for each key, with a mean of about 0 and a standard deviation of about 1."""

    def __init__(self, element_keys: Keys) -> None:
        self._octaves = [(weight, _Octave(element_keys, period)) for period, weight in OCTAVES]

    def at(self, tick: int) -> Floats:
        (weight, first), *rest = self._octaves
        total = weight * first.at(tick)
        for weight, octave in rest:
            total += weight * octave.at(tick)
        return total
