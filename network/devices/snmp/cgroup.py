"""Figures of a control group, from lines `path:value` as `grep -H . FILE...` prints them. Versions 1 and 2. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MAX_LINES = 200
NANO, MICRO = 1e9, 1e6
UNLIMITED = 1 << 60
"""Version 1 writes a number above this for no limit."""


@dataclass(frozen=True)
class CgroupFigures:
    """None: not known. `cpu_seconds`: used since the start. `cpu_limit`: in cores; None also for no limit.

    `throttled_seconds`: waited since the start because of the limit. `memory`, `memory_limit`: in bytes.
    """

    cpu_seconds: float | None = None
    throttled_seconds: float | None = None
    cpu_limit: float | None = None
    memory: int | None = None
    memory_limit: int | None = None


def cgroup_figures(output: bytes) -> CgroupFigures:
    """A line that cannot be parsed is left out."""
    found: dict[str, str] = {}
    for line in output.decode(errors="replace").splitlines()[:MAX_LINES]:
        path, _, value = line.partition(":")
        name = path.rpartition("/")[2]
        key, _, rest = value.strip().partition(" ")
        if name in ("cpu.stat", "memory.stat"):
            found[f"{name}/{key}"] = rest
        else:
            found[name] = value.strip()
    quota, period = _quota(found)
    limit = _number(found, "memory.max", "memory.limit_in_bytes")
    return CgroupFigures(
        cpu_seconds=_scaled(found, ("cpuacct.usage", NANO), ("cpu.stat/usage_usec", MICRO)),
        throttled_seconds=_scaled(found, ("cpu.stat/throttled_time", NANO), ("cpu.stat/throttled_usec", MICRO)),
        cpu_limit=quota / period if quota and period and quota > 0 else None,
        memory=_number(found, "memory.current", "memory.usage_in_bytes"),
        memory_limit=limit if limit is not None and limit < UNLIMITED else None,
    )


def _quota(found: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return the microseconds of a period that may be used, and the length of the period."""
    if "cpu.max" in found:
        quota, _, period = found["cpu.max"].partition(" ")
        return _whole(quota), _whole(period)
    return _number(found, "cpu.cfs_quota_us"), _number(found, "cpu.cfs_period_us")


def _scaled(found: Mapping[str, str], *names: tuple[str, float]) -> float | None:
    return next((number / unit for name, unit in names if (number := _number(found, name)) is not None), None)


def _number(found: Mapping[str, str], *names: str) -> int | None:
    return next((number for name in names if (number := _whole(found.get(name, ""))) is not None), None)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else None
