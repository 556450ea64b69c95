"""The state folder: the broker's store, its credentials, and the files of a running system. One system may use it.

<XDG_STATE_HOME>/nms/
- lock: held by the one system that uses the folder
- runtime.json: the addresses and processes of that system; removed when the system has stopped
- beginning.json: the driver, topology and seed with which the store was created
- jetstream/: the broker's store
- credentials/: one file for each user of the broker, new at every start
- nats.conf: the configuration of the broker, new at every start
"""

from __future__ import annotations

import fcntl
import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Annotated, Self

from pydantic import Field, TypeAdapter, ValidationError

from network.choice import SIMULATOR
from nms.runtime import RUNTIME_FILE, Runtime, read_runtime
from shared.domain.errors import DiskFull, NmsError, SettingError
from shared.domain.topology import Topology
from shared.platform.bootstrap import STREAM_NAMES
from shared.platform.broker import adopt, stream_folder

MIB = 1024 * 1024
LEAST_FREE = 704 * MIB
"""The free space for a new store. The broker reserves 498 MiB, and takes at most three quarters of the free space."""
LEAST_FREE_LATER = 64 * MIB
"""The free space for an existing store, whose own space is reserved already."""
PRIVATE = 0o700


@dataclass(frozen=True)
class Beginning:
    """The driver, topology and seed with which a store was created. Only a start with `--fresh` changes them."""

    topology: Topology
    seed: Annotated[int, Field(ge=0)]
    set_up: bool = True
    """Whether the broker's store has been set up. If the store is empty after that, it has lost its content."""
    network: str = SIMULATOR
    """The driver, as `NMS_NETWORK` writes it."""


class SystemStore:
    """The state folder. Within `with SystemStore(folder) as store`, the folder is writable and locked.

    Raises DiskFull, or NmsError if another system uses the folder.
    """

    def __init__(self, folder: Path, fresh: bool = False) -> None:
        self.folder = folder
        self.fresh = fresh
        self._lock: IO[str] | None = None
        self._there: dict[Path, int] = {}

    @property
    def jetstream(self) -> Path:
        return self.folder / "jetstream"

    @property
    def credentials(self) -> Path:
        return self.folder / "credentials"

    @property
    def broker_config(self) -> Path:
        return self.folder / "nats.conf"

    @property
    def _runtime(self) -> Path:
        return self.folder / RUNTIME_FILE

    @property
    def _beginning(self) -> Path:
        return self.folder / "beginning.json"

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
            self._lock = (self.folder / "lock").open("a")
        except OSError as error:
            raise DiskFull(self._cannot_write(error.strerror or str(error))) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise NmsError(self._taken()) from None
        try:
            if self.fresh:
                self._empty()
            self._require_room()
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runtime.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    def begin(
        self, topology: Topology | None, seed: int | None, default: Topology, network: str | None = None
    ) -> Beginning:
        """If the store is new, the values come from the options and are stored.

        Raises SettingError if an option differs from the stored value.
        """
        known = self._known()
        if known is None:
            first_seed = seed if seed is not None else 1
            known = Beginning(topology or default, first_seed, set_up=False, network=network or SIMULATOR)
            self._note(known)
            return known
        for asked, was, option in (
            (network, known.network, "--network (NMS_NETWORK)"),
            (topology, known.topology, "--topology or --nodes (NMS_TOPOLOGY, NMS_NODES)"),
            (seed, known.seed, "--seed (NMS_SEED)"),
        ):
            if asked is not None and asked != was:
                raise SettingError(
                    f"the state in {self.folder} was created with another {option}: leave it out to go on, "
                    "or start again with --fresh"
                )
        return known

    def note_set_up(self, begun: Beginning) -> None:
        """Raises DiskFull."""
        if not begun.set_up:
            self._note(replace(begun, set_up=True))

    def _note(self, begun: Beginning) -> None:
        self.write(self._beginning, TypeAdapter(Beginning).dump_json(begun).decode())

    def announce(self, runtime: Runtime) -> None:
        self.write(self._runtime, json.dumps(asdict(runtime), indent=1))

    def adopt(self) -> None:
        """Take over the store that the broker of an older release has written. Raises DiskFull."""
        try:
            adopt(self.jetstream)
        except OSError as error:
            raise DiskFull(self._cannot_write(error.strerror or str(error))) from None

    def write(self, path: Path, text: str) -> None:
        """Write a file, so that a reader sees the old or the new content but no part of it. Raises DiskFull."""
        new = path.with_suffix(".new")
        try:
            new.touch(mode=0o600)
            new.write_text(text)
            new.replace(path)
        except OSError as error:
            raise DiskFull(self._cannot_write(error.strerror or str(error))) from None

    def lost(self, broker_is_ours: bool) -> Path | None:
        """Return a part of the folder that was removed or replaced since the first call; None if no part was.

        The broker itself replaces the folder of a stream, and its message folder, when it recreates or purges the
        stream. So these folders, and beginning.json, only have to exist.
        """
        ours, changing = [self.folder, self.folder / "lock"], [self._beginning]
        if broker_is_ours:
            ours.append(self.jetstream)
            changing += [stream_folder(self.jetstream, name) / "msgs" for name in STREAM_NAMES]
        for path in (*ours, *changing):
            try:
                number = path.stat().st_ino
            except OSError:
                return path
            if path in ours and self._there.setdefault(path, number) != number:
                return path
        return None

    def _known(self) -> Beginning | None:
        if not self._beginning.exists():
            return None
        try:
            return TypeAdapter(Beginning).validate_json(self._beginning.read_bytes())
        except (ValidationError, OSError):
            raise SettingError(f"{self._beginning} cannot be read: start again with --fresh") from None

    def _empty(self) -> None:
        try:
            for path in self.folder.iterdir():
                if path.name == "lock":
                    continue
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        except OSError as error:
            raise DiskFull(self._cannot_write(f"{error.filename}: {error.strerror}")) from None

    def _require_room(self) -> None:
        probe = self.folder / "probe"
        try:
            probe.write_bytes(b"room")
            probe.unlink()
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise DiskFull(self._cannot_write(error.strerror or str(error))) from None
        needed = LEAST_FREE_LATER if self._beginning.exists() and self.jetstream.exists() else LEAST_FREE
        if free < needed:
            raise DiskFull(self._cannot_write(f"{free // MIB} MiB are free, {needed // MIB} MiB are needed"))

    def _cannot_write(self, why: str) -> str:
        return f"the state folder {self.folder} cannot be used ({why}): make room, or name another by XDG_STATE_HOME"

    def _taken(self) -> str:
        running = read_runtime(self.folder)
        where = f" at {running.url}" if running else ""
        return (
            f"a system is running on {self.folder} already{where}: stop it first, "
            "or keep a second one elsewhere by XDG_STATE_HOME"
        )
