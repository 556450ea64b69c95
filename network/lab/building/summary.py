"""What there is of laboratories on this machine, for a person: which, in what state, what they use."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from network.lab.building import cgroups
from network.lab.building.handle import LabHandle
from network.lab.building.layout import FOLDER, LabPlace, check_name
from network.lab.building.removal import is_there
from network.lab.errors import LabError
from shared.domain.errors import SettingError


@dataclass(frozen=True)
class NodeSummary:
    """`cpu`: seconds of CPU time since the start. `memory`: bytes. `alive`: false if its first process has ended."""

    role: str
    address: str
    alive: bool
    processes: int
    cpu: float
    memory: int


@dataclass(frozen=True)
class LabSummary:
    """`plan` is empty, and there are no nodes, if the laboratory is not complete: it is being built, or was killed."""

    name: str
    folder: Path
    plan: str = ""
    up: float = 0.0
    cables: int = 0
    nodes: Mapping[str, NodeSummary] | None = None


def names(folder: Path = FOLDER) -> list[str]:
    """Return the laboratories in a folder, complete or not."""
    found = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set[str]()
    if folder == FOLDER:
        found |= set(cgroups.labs())
    return sorted(found)


def the_name(given: str | None, folder: Path = FOLDER) -> str:
    """Return the name that is given, or that of the only laboratory. Raises SettingError."""
    if given is not None:
        check_name(given)
        return given
    found = names(folder)
    if len(found) != 1:
        what = f"there are {', '.join(found)}" if found else "there is none: build one with `nms lab up`"
        raise SettingError(f"--name: which laboratory? {what}")
    return found[0]


def summary(name: str, folder: Path = FOLDER) -> LabSummary:
    """Raises LabError if nothing is there."""
    place = LabPlace(folder / name)
    if not is_there(place):
        raise LabError(f"there is no laboratory {name} in {folder}: build it with `nms lab up --name {name}`")
    try:
        lab = LabHandle.of(name, place)
    except LabError:
        return LabSummary(name, place.folder)
    up = time.time() - lab.state.started
    return LabSummary(name, place.folder, lab.plan.name, up, len(lab.plan.cables), dict(_nodes(lab)))


def _nodes(lab: LabHandle) -> Iterator[tuple[str, NodeSummary]]:
    for node in lab.plan.nodes:
        address = lab.state.addresses[node.name]
        try:
            processes, use = len(lab.processes(node.name)), lab.cgroup(node.name).use()
        except (LabError, OSError):
            yield node.name, NodeSummary(str(node.role), address, False, 0, 0.0, 0)
        else:
            yield node.name, NodeSummary(str(node.role), address, True, processes, use.cpu, use.memory)
