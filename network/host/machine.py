"""Reads the clocks of the machine: the wall clock, which can be set, and the time since boot, which cannot."""

from __future__ import annotations

import time
from pathlib import Path

from network.host.snapshots import MachineMoment

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def moment(boot_id: Path = BOOT_ID) -> MachineMoment:
    """Without a boot id or a boot clock, the moment has only the wall time."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    try:
        boot = boot_id.read_text().strip()
    except OSError:
        boot = ""
    if clock is None or not boot:
        return MachineMoment(wall=time.time())
    return MachineMoment(wall=time.time(), boot=boot, up=time.clock_gettime(clock))
