"""What time it is on this machine: by the wall clock, which can be set, and by how long the machine has been up."""

from __future__ import annotations

import time
from pathlib import Path

from network.host.snapshots import MachineMoment

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def moment(boot_id: Path = BOOT_ID) -> MachineMoment:
    """Return this moment; where the machine does not tell which boot this is, by the wall clock alone."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    try:
        boot = boot_id.read_text().strip()
    except OSError:
        boot = ""
    if clock is None or not boot:
        return MachineMoment(wall=time.time())
    return MachineMoment(wall=time.time(), boot=boot, up=time.clock_gettime(clock))
