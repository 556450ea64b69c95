"""Takes a laboratory down: what is there of it, whether it was finished or not.

Rule: only its name and its folder are needed. Namespaces, mounts and all interfaces but one go with the processes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from network.lab.building import cgroups
from network.lab.building.layout import LabPlace, host_interface
from network.lab.building.state import read_state
from network.lab.errors import LabError

AT_ONCE = 8
"""Nodes whose files are removed at the same time."""


@contextmanager
def alone(place: LabPlace) -> Iterator[None]:
    """Build or remove a laboratory as the only one who does. The end of the process ends it too. Raises LabError."""
    while (number := _locked(place)) is None:
        pass
    try:
        yield
    finally:
        place.lock.unlink(missing_ok=True)
        os.close(number)
        with contextlib.suppress(OSError):  # other laboratories are in it
            place.folder.parent.rmdir()


def _locked(place: LabPlace) -> int | None:
    """Return the locked file; None if its last holder has just removed it. Raises LabError."""
    try:
        place.folder.parent.mkdir(parents=True, exist_ok=True)
        number = os.open(place.lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LabError(
            f"{place.lock} cannot be written ({error.strerror}): run it as root, or give --folder"
        ) from error
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(number), place.lock.stat()):
            return number
    except FileNotFoundError:
        pass
    except BlockingIOError as error:
        os.close(number)
        name = place.folder.name
        raise LabError(f"another process builds or removes the laboratory {name}: wait for its end") from error
    os.close(number)
    return None


def is_there(place: LabPlace) -> bool:
    """Return whether anything of the laboratory is left."""
    return place.folder.exists() or bool(cgroups.groups(place.folder.name))


def is_up(place: LabPlace) -> bool:
    """Return whether it was finished, and a part of it is alive."""
    try:
        state = read_state(place)
    except LabError:
        return False
    return any(first.alive for first in (state.cables, state.management, *state.nodes.values()))


def _remove_interface(name: str) -> None:
    """The kernel removes it some time after the last process at its other end: too late for who builds next."""
    interface = Path("/sys/class/net") / name
    if interface.exists():
        done = subprocess.run(["ip", "link", "delete", "dev", name], capture_output=True, text=True, check=False)
        if done.returncode != 0 and interface.exists():
            raise LabError(f"the interface {name} cannot be removed: {done.stderr.strip()}: remove it with `ip link`")


def remove(place: LabPlace) -> None:
    """Whoever calls it is `alone`. Raises LabError."""
    name, first = place.folder.name, list[int]()
    with contextlib.suppress(LabError):
        state = read_state(place)
        every = (*state.nodes.values(), state.cables, state.management)
        first = [process.number for process in every if process.alive]
    cgroups.kill_all(name, first)
    cgroups.remove(name)
    _remove_interface(host_interface(name))
    with ThreadPoolExecutor(AT_ONCE) as pool:  # a busy disk answers several at a time
        folders = list(place.nodes.iterdir()) if place.nodes.is_dir() else []
        deque(pool.map(lambda folder: shutil.rmtree(folder, ignore_errors=True), folders), maxlen=0)
    shutil.rmtree(place.folder, ignore_errors=True)
    if place.folder.exists():
        raise LabError(f"{place.folder} cannot be removed: end the programs that use it, then run `nms lab down` again")
