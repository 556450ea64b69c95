"""Prints what the whole system costs at rest: 16 nodes, the campaign running, no fault live."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from benchmarks.rows import Row, finish
from benchmarks.running import Running
from shared.domain.config import Desired

SETTLE = 20.0
SECONDS = 60.0
PROC = Path("/proc")
CPU_LIMIT = 15.0
PSS_LIMIT = 600.0
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def family(root: int) -> dict[int, str]:
    """Return the process ids below `root`, itself included, each with the end of its command line."""
    parents: dict[int, int] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return {pid: _name(pid) for pid in sorted(found)}


def _name(pid: int) -> str:
    words = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    shown = [word for word in words if word.startswith(("services.", "network")) or "nats-server" in word]
    return Path(shown[0]).name if shown else "supervisor"


def cpu_seconds(pid: int) -> float:
    """Return user plus system time of a process."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def pss_megabytes(pid: int) -> float:
    """Return the proportional set size of a process: shared pages count by their share."""
    lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def measure(seconds: float) -> list[Row]:
    with Running(seed=1, speed=1, desired=Desired(running=True, chance=0)) as system:
        time.sleep(SETTLE)
        names = family(system.process.pid)
        before = {pid: cpu_seconds(pid) for pid in names}
        time.sleep(seconds)
        cpu = {pid: 100 * (cpu_seconds(pid) - before[pid]) / seconds for pid in names}
        pss = {pid: pss_megabytes(pid) for pid in names}
    rows = []
    for pid, name in names.items():
        rows.append(Row(f"{name}: CPU", cpu[pid], unit="% core"))
        rows.append(Row(f"{name}: PSS", pss[pid], unit="MB"))
    rows.append(Row("whole system at rest: CPU", sum(cpu.values()), CPU_LIMIT, True, "% core", below=True))
    rows.append(Row("whole system at rest: PSS", sum(pss.values()), PSS_LIMIT, True, "MB", below=True))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    return finish("At rest", "idle", measure(parser.parse_args().seconds))


if __name__ == "__main__":
    sys.exit(main())
