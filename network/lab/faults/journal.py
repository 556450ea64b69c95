"""The journal: a file for each fault in the folder of the laboratory, with all that is needed to undo it.

Rules
1. The file of a fault is complete before the first change is made, and is removed after the last one is undone.
2. Who makes or undoes changes holds the lock of the journal. The kernel releases it when a process is killed.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path

import msgspec

from network.lab.errors import LabError
from network.lab.faults.changes.cables import CableCap, CableRules, PortReset, PortsMade
from network.lab.faults.changes.filters import FilterTable
from network.lab.faults.changes.interfaces import (
    ExtraAddress,
    InterfaceAddress,
    InterfaceDetached,
    InterfaceDown,
    InterfaceMtu,
)
from network.lab.faults.changes.limits import CoreLimit, NodeFrozen
from network.lab.faults.changes.programs import ClientRenewed, FileChange, ProgramsStopped
from network.lab.faults.changes.routes import RouteChange
from network.lab.faults.changes.routing import FrrChange
from network.lab.faults.changes.workers import JOURNAL, FaultWorker
from network.lab.faults.recipe import FaultRequest
from network.lab.faults.recipes.forwarding import SegmentFilter
from network.lab.faults.recipes.policies import SessionCleared

AnyChange = (
    CableCap
    | CableRules
    | ClientRenewed
    | CoreLimit
    | ExtraAddress
    | FileChange
    | FilterTable
    | FrrChange
    | InterfaceAddress
    | InterfaceDetached
    | InterfaceDown
    | InterfaceMtu
    | NodeFrozen
    | PortReset
    | PortsMade
    | ProgramsStopped
    | RouteChange
    | SegmentFilter
    | SessionCleared
    | FaultWorker
)
LOCKED_WITHIN = 60.0
"""Seconds that a process waits for another one that changes the laboratory."""
WATCH_WITHIN = 1.0
"""Seconds that a new watching process waits: to look whether one is there takes its lock for a moment."""
LOOK_EVERY = 0.05
_WATCH = ".watch"
PRIVATE = 0o700


class FaultStage(StrEnum):
    APPLYING = "applying"
    IN_FORCE = "in_force"
    CLEARING = "clearing"


class LabFaultEntry(msgspec.Struct, frozen=True):
    """`expires`: seconds of the machine's monotonic clock. `values`, `figures`: those of the case.

    `trouble`: what the last attempt could not undo.
    """

    request: FaultRequest
    stage: FaultStage
    expires: float
    values: Mapping[str, str]
    figures: Mapping[str, float]
    changes: tuple[AnyChange, ...]
    trouble: str = ""

    @property
    def id(self) -> str:
        return self.request.id

    @property
    def touches(self) -> frozenset[str]:
        return frozenset().union(*(each.touches for each in self.changes))

    def seconds_left(self, now: float) -> float:
        return self.expires - now


class Journal:
    def __init__(self, lab: Path) -> None:
        """`lab`: the folder of the laboratory."""
        self.folder = lab / JOURNAL

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Raises LabError."""
        with self._open(".lock") as number:
            end = time.monotonic() + LOCKED_WITHIN
            while not _try_lock(number):
                if time.monotonic() > end:
                    raise LabError(f"another process has changed the laboratory of {self.folder} for too long: end it")
                time.sleep(LOOK_EVERY)
            yield

    @contextmanager
    def watching(self) -> Iterator[Callable[[], None] | None]:
        """Be the one process that watches the journal. Yield what ends that; None: another one watches."""
        with self._open(_WATCH) as number:
            end = time.monotonic() + WATCH_WITHIN
            while not (alone := _try_lock(number)) and time.monotonic() < end:
                time.sleep(LOOK_EVERY)
            yield partial(fcntl.flock, number, fcntl.LOCK_UN) if alone else None

    def is_watched(self) -> bool:
        with self._open(_WATCH) as number:
            return not _try_lock(number)

    def write(self, entry: LabFaultEntry) -> None:
        part = self.folder / f".{entry.id}.part"
        part.write_bytes(msgspec.json.format(msgspec.json.encode(entry)))
        part.rename(self._file(entry.id))

    def read(self, fault_id: str) -> LabFaultEntry | None:
        """Raises LabError."""
        try:
            return msgspec.json.decode(self._file(fault_id).read_bytes(), type=LabFaultEntry)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise LabError(
                f"{self._file(fault_id)} is not of this version ({error}): build the laboratory again"
            ) from error

    def entries(self) -> list[LabFaultEntry]:
        """Return the faults, the oldest first. Raises LabError."""
        files = [file for file in self.folder.glob("*.json") if not file.name.startswith(".")]
        found = [self.read(file.stem) for file in sorted(files, key=lambda file: (file.stat().st_ctime, file.name))]
        return [entry for entry in found if entry is not None]

    def remove(self, fault_id: str) -> None:
        self._file(fault_id).unlink(missing_ok=True)

    def _file(self, fault_id: str) -> Path:
        return self.folder / f"{fault_id}.json"

    @contextmanager
    def _open(self, name: str) -> Iterator[int]:
        try:
            self.folder.mkdir(mode=PRIVATE, exist_ok=True)
            number = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError as error:
            raise LabError(f"there is no laboratory in {self.folder.parent}: build it with `nms lab up`") from error
        try:
            yield number
        finally:
            os.close(number)


def _try_lock(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
