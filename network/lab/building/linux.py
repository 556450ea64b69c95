"""System calls for namespaces and mounts, which Python 3.11 does not offer; and what identifies a process.

Rule: a call that changes the namespaces of the caller is made in a process or in a thread of its own.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

NEW_MOUNTS = 0x00020000
NEW_HOST_NAME = 0x04000000
NEW_IPC = 0x08000000
NEW_PROCESSES = 0x20000000
NEW_NETWORK = 0x40000000

READ_ONLY = 0x1
NO_SUID = 0x2
NO_DEVICES = 0x4
NO_EXECUTION = 0x8
REMOUNT = 0x20
BIND = 0x1000
MOVE = 0x2000
RECURSIVE = 0x4000
PRIVATE = 0x40000
DETACH = 0x2
"""Flags of mount(2) and umount2(2)."""

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}
"""The number of the system call on each architecture."""

_libc = ctypes.CDLL(None, use_errno=True)
T = TypeVar("T")


@dataclass(frozen=True)
class ProcessId:
    """A process of the machine. `started`: in clock ticks since the machine started, since numbers are used again."""

    number: int
    started: int

    @property
    def alive(self) -> bool:
        return _started(self.number) == self.started

    def namespace(self, kind: str) -> Path:
        return Path(f"/proc/{self.number}/ns/{kind}")


def process(number: int) -> ProcessId | None:
    """Return the identity of a process; None if it has ended."""
    started = _started(number)
    return None if started is None else ProcessId(number, started)


def _started(number: int) -> int | None:
    """Return None for a process that is not there, or is a zombie."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in ("Z", "X") else int(fields[19])


def unshare(namespaces: int) -> None:
    """Raises OSError, as all calls here."""
    _checked(_libc.unshare(namespaces), "unshare")


def enter(namespace: Path) -> None:
    number = os.open(namespace, os.O_RDONLY)
    try:
        _checked(_libc.setns(number, 0), f"setns {namespace}")
    finally:
        os.close(number)


def mount(source: str, target: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    done = _libc.mount(
        source.encode(), os.fsencode(target), kind.encode() or None, ctypes.c_ulong(flags), options.encode() or None
    )
    _checked(done, f"mount {kind or source} at {target}")


def unmount(target: Path) -> None:
    _checked(_libc.umount2(os.fsencode(target), DETACH), f"umount {target}")


def pivot_root(root: Path) -> None:
    """Make a mounted folder the root of this mount namespace. The old root is gone afterwards."""
    os.chdir(root)
    _checked(_libc.syscall(ctypes.c_long(_PIVOT_ROOT[os.uname().machine]), b".", b"."), f"pivot_root {root}")
    unmount(Path())
    os.chdir("/")


def in_network(namespace: Path, work: Callable[[], T]) -> T:
    """Run `work` inside a network namespace: in a thread, which alone is moved there. Raises what `work` raises."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            enter(namespace)
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _checked(status: int, call: str) -> None:
    if status < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
