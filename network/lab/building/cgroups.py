"""The cgroups of a laboratory: limits, processes, use, freezing. Version 1 or version 2 of the kernel's interface.

Rule: the path of a cgroup is `nms-lab/LABORATORY/GROUP` in each hierarchy. `GROUP` is `node-NAME`, or `hidden` for
what belongs to no node.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from network.lab.errors import LabError
from network.lab.plan import LabLimits

MOUNTED = Path("/sys/fs/cgroup")
PRODUCT = "nms-lab"
HIDDEN = "hidden"
CONTROLLERS = ("cpu", "cpuacct", "memory", "freezer")
"""Of version 1; version 2 has all of them in one hierarchy."""
PERIOD_US = 100_000
LEAST_QUOTA_US = 1_000
"""The kernel takes no smaller quota."""
KILL_WITHIN = 10.0
"""Seconds until every killed process has ended; a process in a system call of a busy disk takes long."""
LOOK_EVERY = 0.02


def is_unified() -> bool:
    return (MOUNTED / "cgroup.controllers").exists()


def hierarchies() -> list[Path]:
    """Return the roots of the hierarchies in use, each once: `cpu` and `cpuacct` can be one."""
    if is_unified():
        return [MOUNTED]
    return list(dict.fromkeys((MOUNTED / name).resolve() for name in CONTROLLERS if (MOUNTED / name).is_dir()))


def group_of(node: str) -> str:
    return f"node-{node}"


@dataclass(frozen=True)
class CgroupUse:
    """`cpu`: seconds of CPU time. `throttled`: periods in which the quota was used up. `memory`: in bytes."""

    cpu: float
    periods: int
    throttled: int
    memory: int


@dataclass(frozen=True)
class Cgroup:
    lab: str
    group: str

    def folder(self, controller: str) -> Path:
        """`controller`: one of CONTROLLERS."""
        root = MOUNTED if is_unified() else MOUNTED / controller
        return root / PRODUCT / self.lab / self.group

    @property
    def folders(self) -> list[Path]:
        return [root / PRODUCT / self.lab / self.group for root in hierarchies()]

    @property
    def entrances(self) -> list[str]:
        """The files that move a process into the cgroup, when it writes 0 to each."""
        return [str(folder / "cgroup.procs") for folder in self.folders]

    def make(self) -> None:
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True)
        if is_unified():
            for parent in reversed(self.folders[0].parents[:3]):
                _offer(parent)

    def limit(self, limits: LabLimits) -> None:
        self.limit_cpu(limits.cpus)
        self.limit_memory(limits.memory_mib)

    def limit_cpu(self, cores: float) -> None:
        quota = max(LEAST_QUOTA_US, round(cores * PERIOD_US))
        if is_unified():
            (self.folder("cpu") / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        else:
            (self.folder("cpu") / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (self.folder("cpu") / "cpu.cfs_quota_us").write_text(str(quota))

    def cores(self) -> float | None:
        """Return how many cores it may use; None: no limit."""
        if is_unified():
            quota, period = (self.folder("cpu") / "cpu.max").read_text().split()
            return None if quota == "max" else int(quota) / int(period)
        quota_us = int((self.folder("cpu") / "cpu.cfs_quota_us").read_text())
        return None if quota_us < 0 else quota_us / int((self.folder("cpu") / "cpu.cfs_period_us").read_text())

    def limit_memory(self, mib: int) -> None:
        file = "memory.max" if is_unified() else "memory.limit_in_bytes"
        (self.folder("memory") / file).write_text(str(mib << 20))

    def freeze(self) -> None:
        self._set_frozen(True)

    def thaw(self) -> None:
        self._set_frozen(False)

    def frozen(self) -> bool:
        if is_unified():
            return (self.folder("freezer") / "cgroup.freeze").read_text().strip() == "1"
        return (self.folder("freezer") / "freezer.state").read_text().strip() != "THAWED"

    def _set_frozen(self, frozen: bool) -> None:
        if is_unified():
            (self.folder("freezer") / "cgroup.freeze").write_text("1" if frozen else "0")
        else:
            (self.folder("freezer") / "freezer.state").write_text("FROZEN" if frozen else "THAWED")

    def processes(self) -> list[int]:
        """Return the numbers of its processes, as the machine counts. Empty without the cgroup."""
        return _processes(self.folder("cpu"))

    def use(self) -> CgroupUse:
        cpu, memory = self.folder("cpu"), self.folder("memory")
        stat = dict(line.split() for line in (cpu / "cpu.stat").read_text().splitlines())
        if is_unified():
            seconds, held = int(stat["usage_usec"]) / 1e6, memory / "memory.current"
        else:
            seconds = int((self.folder("cpuacct") / "cpuacct.usage").read_text()) / 1e9
            held = memory / "memory.usage_in_bytes"
        return CgroupUse(seconds, int(stat["nr_periods"]), int(stat["nr_throttled"]), int(held.read_text()))


def _offer(folder: Path) -> None:
    """Let the children of a cgroup of version 2 have limits. Raises LabError."""
    try:
        (folder / "cgroup.subtree_control").write_text("+cpu +memory")
    except OSError as error:
        raise LabError(
            f"{folder}: the kernel gives no limits for CPU and memory to cgroups in it ({error.strerror}): run the "
            "laboratory outside a container, or in one whose cgroup is delegated"
        ) from error


def groups(lab: str) -> list[Cgroup]:
    """Return the cgroups of a laboratory that exist in any hierarchy."""
    found = {folder.name for root in hierarchies() for folder in _children(root / PRODUCT / lab)}
    return [Cgroup(lab, name) for name in sorted(found)]


def labs() -> list[str]:
    """Return the names of the laboratories that have cgroups."""
    return sorted({folder.name for root in hierarchies() for folder in _children(root / PRODUCT)})


def kill_all(lab: str, first: Sequence[int] = ()) -> None:
    """Kill every process of a laboratory and wait for its end. `first`: begin with these. Raises LabError."""
    end = time.monotonic() + KILL_WITHIN
    for group in groups(lab):
        with contextlib.suppress(FileNotFoundError):
            group.thaw()
    for number in first:
        _kill(number)
    while alive := list(_all_processes(lab)):
        if time.monotonic() > end:
            raise LabError(f"these processes of the laboratory {lab} do not end: {alive}: see what they wait for")
        for number in alive:
            _kill(number)
        time.sleep(LOOK_EVERY)


def _all_processes(lab: str) -> Iterator[int]:
    for root in hierarchies():
        for folder in _children(root / PRODUCT / lab):
            yield from _processes(folder)


def remove(lab: str) -> None:
    """Remove the empty cgroups of a laboratory. Raises LabError."""
    for root in hierarchies():
        for folder in [*_children(root / PRODUCT / lab), root / PRODUCT / lab]:
            _remove(folder)
        with contextlib.suppress(OSError):  # another laboratory is in it
            (root / PRODUCT).rmdir()


def _remove(folder: Path) -> None:
    """A cgroup stays busy for some milliseconds after its last process."""
    end = time.monotonic() + KILL_WITHIN
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            if time.monotonic() > end:
                raise LabError(f"the cgroup {folder} cannot be removed: {error.strerror}: end what is in it") from error
            time.sleep(LOOK_EVERY)


def _children(folder: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []


def _processes(folder: Path) -> list[int]:
    try:
        return [int(number) for number in (folder / "cgroup.procs").read_text().split()]
    except (FileNotFoundError, OSError):
        return []


def _kill(number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)
