"""What a finished laboratory is: its processes, addresses and ports. Stored, so that other processes find it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from network.lab.building.layout import LabPlace
from network.lab.building.linux import ProcessId
from network.lab.errors import LabError
from network.lab.plan import LabPlan

PRIVATE = 0o600
T = TypeVar("T")


@dataclass(frozen=True)
class LabState:
    """`nodes`, `cables`, `management`: the first process of each namespace. `addresses`: for management, by node.

    `host_interface`: the interface of the machine in the management network. `started`: seconds since 1970.
    """

    name: str
    started: float
    nodes: Mapping[str, ProcessId]
    cables: ProcessId
    management: ProcessId
    addresses: Mapping[str, str]
    subnet: str
    collector: str
    syslog_port: int
    trap_port: int
    host_interface: str


def write_private(path: Path, text: str) -> None:
    """Write a file that only root reads, from its first moment on."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w") as file:  # noqa: PTH123
        file.write(text)


def write_plan(place: LabPlace, plan: LabPlan) -> None:
    place.plan.write_bytes(msgspec.json.encode(plan))


def write_state(place: LabPlace, state: LabState) -> None:
    """A reader sees the whole file or none."""
    part = place.state.with_suffix(".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(state)))
    part.rename(place.state)


def read_plan(place: LabPlace) -> LabPlan:
    """Raises LabError."""
    return _read(place.plan, LabPlan)


def read_state(place: LabPlace) -> LabState:
    """Raises LabError."""
    return _read(place.state, LabState)


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError as error:
        name = path.parent.name
        raise LabError(f"there is no laboratory {name} in {path.parent.parent}: build it with `nms lab up`") from error
    except msgspec.MsgspecError as error:
        raise LabError(f"{path} is not of this version ({error}): remove it with `nms lab down`") from error
