"""The file tree of a node: the machine's, with the node's own files over it. Prepares the part that is its own.

Rules

1. What the node writes, and what its plan gives it, is in the folder `own` of its overlay. The machine's files stay.
2. What could mix a node with the machine is hidden: state of running programs, logs, homes, settings of the programs
   that the plan brings. A hidden folder is empty, and then filled by the plan.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from network.lab.building.layout import ACCOUNT, NodePlace
from network.lab.errors import LabError
from network.lab.plan import LabDirectory, LabFile

HIDDEN: Mapping[str, int] = {
    "/run": 0o755,
    "/tmp": 0o1777,
    "/var/tmp": 0o1777,
    "/home": 0o755,
    "/root": 0o700,
    "/media": 0o755,
    "/mnt": 0o755,
    "/etc/ssh": 0o755,
    "/etc/snmp": 0o755,
    "/etc/sudoers.d": 0o750,
    "/var/lib/dhcp": 0o755,
}
"""Folders that are empty in a node at first, with their modes."""
EMPTIED = "/var/log"
"""Only the folders inside it are there, as programs expect them."""
ROUTING = "/etc/frr"
OPAQUE = "trusted.overlay.opaque"
MOUNT_FROM = 1 << 20
"""Bytes; a file that a step made is copied if it is smaller, and mounted if it is not."""


@dataclass(frozen=True)
class NodeTree:
    """`binds`: files of the machine to mount, by their path in the node."""

    layers: tuple[tuple[str, str, str], ...]
    binds: Mapping[str, str] = field(default_factory=dict)


class TreeMaker:
    """`number`: of the manager's account, which the machine does not know. `made`: where the files of the steps are."""

    def __init__(self, number: int, made: Path) -> None:
        self._numbers = {ACCOUNT: (number, number)}
        self._made = made
        self._tops = tops()

    def make(self, place: NodePlace, directories: Iterable[LabDirectory], files: Iterable[LabFile]) -> NodeTree:
        """Raises LabError."""
        place.root.mkdir(parents=True)
        layers = []
        for number, top in enumerate(self._tops):
            own, work = place.own / str(number), place.work / str(number)
            own.mkdir(parents=True)
            work.mkdir(parents=True)
            own.chmod(0o755)
            layers.append((top, str(own), str(work)))
        self._hide(place)
        for directory in directories:
            self._directory(place, directory)
        binds = dict[str, str]()
        for file in files:
            source = self._made / file.source if file.source else None
            if source is not None and source.stat().st_size >= MOUNT_FROM:
                binds[file.path] = str(source)
                source.chmod(file.mode)
                os.chown(source, *self._owner(file.owner))
            self._file(place, file, source)
        self._bind_interpreter(place, binds)
        return NodeTree(tuple(layers), binds)

    def _hide(self, place: NodePlace) -> None:
        for path, mode in HIDDEN.items():
            self._opaque(place, path).chmod(mode)
        log = self._opaque(place, EMPTIED)
        for entry in os.scandir(EMPTIED):
            if entry.is_dir(follow_symlinks=False):
                self._copied_directory(entry.stat(), log / entry.name)
        if Path(ROUTING).is_dir():
            self._opaque(place, ROUTING)

    def _opaque(self, place: NodePlace, path: str) -> Path:
        folder = self.own(place, path)
        self._parents(place, path)
        if Path(path).is_dir():
            self._copied_directory(Path(path).stat(), folder)
            os.setxattr(folder, OPAQUE, b"y")
        else:
            folder.mkdir()
        return folder

    def _copied_directory(self, like: os.stat_result, folder: Path) -> None:
        folder.mkdir()
        os.chown(folder, like.st_uid, like.st_gid)
        folder.chmod(like.st_mode & 0o7777)

    def _directory(self, place: NodePlace, directory: LabDirectory) -> None:
        folder = self.own(place, directory.path)
        self._parents(place, directory.path)
        folder.mkdir(exist_ok=True)
        if Path(directory.path).is_dir():
            os.setxattr(folder, OPAQUE, b"y")
        os.chown(folder, *self._owner(directory.owner))
        folder.chmod(directory.mode)

    def _file(self, place: NodePlace, file: LabFile, source: Path | None) -> None:
        """A file that is mounted needs an empty one at its place."""
        to = self.own(place, file.path)
        self._parents(place, file.path)
        if source is not None and source.stat().st_size < MOUNT_FROM:
            shutil.copyfile(source, to)
        else:
            to.write_text(file.text)
        os.chown(to, *self._owner(file.owner))
        to.chmod(file.mode)

    def own(self, place: NodePlace, path: str) -> Path:
        """Return where a file of the node is kept. Raises LabError for a path that does not stay in the node."""
        named = Path(path)
        if not named.is_absolute() or ".." in named.parts:
            raise LabError(f"the file {path} of a node has no absolute path: correct the plan")
        pure = Path(os.path.realpath(named.parent)) / named.name  # /var/run is a link to /run
        number, top = max(((n, top) for n, top in enumerate(self._tops) if pure.is_relative_to(top)), key=_depth)
        return place.own / str(number) / pure.relative_to(top)

    def _parents(self, place: NodePlace, path: str) -> None:
        """Make the folders above a file, each as the machine has it, if it has it."""
        for parent in reversed((Path(os.path.realpath(Path(path).parent)) / "file").parents):
            folder = self.own(place, str(parent))
            if folder.is_dir():
                continue
            if parent.is_dir():
                self._copied_directory(parent.stat(), folder)
            else:
                folder.mkdir()
                folder.chmod(0o755)

    def _owner(self, name: str) -> tuple[int, int]:
        """Return the numbers of an account and its group, or of `account:group`. Raises LabError."""
        if name not in self._numbers:
            account, _, group = name.partition(":")
            try:
                entry = pwd.getpwnam(account)
                self._numbers[name] = (entry.pw_uid, grp.getgrnam(group).gr_gid if group else entry.pw_gid)
            except KeyError as error:
                raise LabError(f"the machine has no account {name}: install the package that it belongs to") from error
        return self._numbers[name]

    def _bind_interpreter(self, place: NodePlace, binds: dict[str, str]) -> None:
        """Show the Python that runs the plan's programs, where it is in a folder that a node hides."""
        package = Path(__file__).parents[1]
        for folder in dict.fromkeys(os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, package)):
            if any(Path(folder).is_relative_to(hidden) for hidden in HIDDEN):
                self._parents(place, f"{folder}/file")
                binds[folder] = folder


def tops() -> list[str]:
    """Return the folders of the machine that a node shows: the root, and what is mounted apart from it."""
    return ["/", *(path for path in ("/usr", "/var", "/etc", "/opt", "/srv") if os.path.ismount(path))]


def _depth(found: tuple[int, str]) -> int:
    return len(Path(found[1]).parts)
