"""The approved states of devices: one file for each device in a folder, which only its owner can read.

Rules

1. The first state that is stored is only proposed. It is compared with like an approved one, but it says so: nobody has
   looked at it yet.
2. A file is replaced as a whole, or not at all. It may hold secrets of the device, such as passwords of BGP.
3. What could not be read when a state was approved keeps its earlier approved facts.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

import msgspec

from network.devices.evidence.snapshot import DeviceSnapshot, is_below
from shared.domain.errors import DiskFull, SettingError

VERSION = 1
MAX_BYTES = 64 * 1024 * 1024
FOLDER, SUFFIX = "baseline", ".json"
OWNER_ONLY, OWNER_ONLY_FOLDER = 0o600, 0o700


class Approval(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"


class BaselineFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    device: str
    approval: Approval
    by: str
    at: str
    facts: dict[str, str]
    missing: list[str]


@dataclass(frozen=True)
class Baseline:
    """`by`: who approved or proposed it; `at`: when, as ISO 8601."""

    snapshot: DeviceSnapshot
    approval: Approval
    by: str
    at: str

    @property
    def device(self) -> str:
        return self.snapshot.device


def completed(snapshot: DeviceSnapshot, earlier: DeviceSnapshot | None) -> DeviceSnapshot:
    """Return a snapshot with the facts that it misses, as far as an earlier one has them."""
    if earlier is None:
        return snapshot
    kept = {path: value for path, value in earlier.facts.items() if not snapshot.knows(path)}
    known_then = {path for path in snapshot.missing if not any(_touch(path, each) for each in earlier.missing)}
    return DeviceSnapshot(snapshot.device, {**snapshot.facts, **kept}, snapshot.missing - known_then)


def _touch(one: str, other: str) -> bool:
    return is_below(one, other) or is_below(other, one)


@dataclass(frozen=True)
class BaselineFolder:
    path: Path

    def file(self, device: str) -> Path:
        """The name of a device is quoted, so that it cannot name another folder."""
        name = quote(device, safe="")
        return self.path / f"{name if name.strip('.') else name.replace('.', '%2E')}{SUFFIX}"

    def read(self, device: str) -> Baseline | None:
        """Return None if there is no state of the device. Raises SettingError."""
        file = self.file(device)
        try:
            if file.stat().st_size > MAX_BYTES:
                raise SettingError(f"{file}: larger than {MAX_BYTES} bytes; move it away and approve the device again")
            content = msgspec.json.decode(file.read_bytes(), type=BaselineFile)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SettingError(f"{file}: {error.strerror}; let this account read it") from None
        except msgspec.MsgspecError as error:
            why = f"{file}: no approved state, {error}; move it away and approve the device again"
            raise SettingError(why) from None
        if content.version != VERSION or content.device != device:
            raise SettingError(f"{file}: of another version or device; move it away and approve the device again")
        snapshot = DeviceSnapshot(device, content.facts, frozenset(content.missing))
        return Baseline(snapshot, content.approval, content.by, content.at)

    def read_all(self, devices: Mapping[str, object]) -> dict[str, Baseline]:
        """Return the stored states of these devices. Raises SettingError."""
        found = {device: self.read(device) for device in devices}
        return {device: baseline for device, baseline in found.items() if baseline is not None}

    def propose(self, snapshot: DeviceSnapshot, by: str, at: str) -> Baseline:
        """Store a first state; an earlier one stays. Raises DiskFull, SettingError."""
        there = self.read(snapshot.device)
        return there or self._store(Baseline(snapshot, Approval.PROPOSED, by, at))

    def approve(self, snapshot: DeviceSnapshot, by: str, at: str) -> Baseline:
        """Raises DiskFull, SettingError."""
        earlier = self.read(snapshot.device)
        whole = completed(snapshot, earlier.snapshot if earlier else None)
        return self._store(Baseline(whole, Approval.APPROVED, by, at))

    def _store(self, baseline: Baseline) -> Baseline:
        content = BaselineFile(
            version=VERSION,
            device=baseline.device,
            approval=baseline.approval,
            by=baseline.by,
            at=baseline.at,
            facts=dict(sorted(baseline.snapshot.facts.items())),
            missing=sorted(baseline.snapshot.missing),
        )
        encoded = msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
        try:
            self._replace(self.file(baseline.device), encoded)
        except OSError as error:
            raise DiskFull(f"{self.path}: {error.strerror}; make room, or let this account write there") from None
        return baseline

    def _replace(self, file: Path, content: bytes) -> None:
        self.path.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".", dir=self.path)
        try:
            with os.fdopen(descriptor, "wb") as out:
                os.fchmod(out.fileno(), OWNER_ONLY)
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
