"""Prepares the nodes of a plan and has them made: their trees, cgroups, keys and first processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import msgspec

from network.lab.building import birth
from network.lab.building.accounts import account_files, account_number, sudoers
from network.lab.building.birth import BirthReport, Births, HiddenBirth, NodeBirth
from network.lab.building.cgroups import CONTROLLERS, HIDDEN, Cgroup, group_of, is_unified
from network.lab.building.layout import LabPlace, LabSettings
from network.lab.building.linux import ProcessId, process
from network.lab.building.management import (
    KeyPair,
    LabSecrets,
    management_directories,
    management_files,
    management_programs,
)
from network.lab.building.programs import RESTART, RESTART_SCRIPT, START, START_SCRIPT, ordered, start_files
from network.lab.building.roots import TreeMaker
from network.lab.building.wiring import SILENT, first_sysctls
from network.lab.errors import LabError
from network.lab.plan import LabFile, LabNode, LabPlan, LabProgram

CABLES, MANAGEMENT = "cables", "management"
"""The hidden namespaces."""
BIRTH_WITHIN = 120.0
SHOWN_CONTROLLERS = tuple(name for name in CONTROLLERS if name != "freezer")


@dataclass(frozen=True)
class FirstProcesses:
    nodes: Mapping[str, ProcessId]
    cables: ProcessId
    management: ProcessId


@dataclass(frozen=True)
class NodeMaker:
    """`keys`: the host key of each node. `manager_key`: public."""

    plan: LabPlan
    settings: LabSettings
    addresses: Mapping[str, IPv4Address]
    keys: Mapping[str, KeyPair]
    manager_key: str
    secrets: LabSecrets

    def make(self) -> FirstProcesses:
        """Raises LabError."""
        number = account_number()
        accounts = account_files(number)
        trees = TreeMaker(number, self.settings.place.made)
        hidden = Cgroup(self.settings.name, HIDDEN)
        hidden.make()
        entrances = tuple(hidden.entrances)
        births = Births(
            nodes=tuple(self._birth(node, trees, accounts) for node in self.plan.nodes),
            hidden=tuple(HiddenBirth(f"({name})", entrances, SILENT) for name in (CABLES, MANAGEMENT)),
        )
        found = _born(births, self.settings.place.births)
        nodes = {node.name: found[node.name] for node in self.plan.nodes}
        return FirstProcesses(nodes, found[f"({CABLES})"], found[f"({MANAGEMENT})"])

    def programs(self, node: LabNode) -> list[LabProgram]:
        """Return what runs in a node, in the order of its start."""
        return [*ordered(management_programs(self.settings)), *ordered(node.programs)]

    def _birth(self, node: LabNode, trees: TreeMaker, accounts: Mapping[str, str]) -> NodeBirth:
        place: LabPlace = self.settings.place
        group = Cgroup(self.settings.name, group_of(node.name))
        group.make()
        group.limit_memory(node.limits.memory_mib)
        tree = trees.make(
            place.node(node.name), [*management_directories(), *node.directories], self._files(node, accounts)
        )
        return NodeBirth(
            name=node.name,
            cgroups=tuple(group.entrances),
            root=str(place.node(node.name).root),
            layers=tree.layers,
            binds=tree.binds,
            figures=_figures(group),
            sysctls=first_sysctls(node),
        )

    def _files(self, node: LabNode, accounts: Mapping[str, str]) -> Iterable[LabFile]:
        """Yield what every node has, and then what its plan gives it."""
        yield LabFile("/etc/hostname", f"{node.name}\n")
        yield LabFile("/etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {node.name}\n")
        yield LabFile("/etc/resolv.conf")
        yield from node.files
        for path, text in accounts.items():
            secret = path.endswith("shadow")
            yield LabFile(path, text, SHADOW if secret else "root", 0o640 if secret else 0o644)
        yield LabFile("/etc/sudoers", sudoers(), mode=0o440)
        key = self.keys[node.name]
        yield from management_files(self.addresses[node.name], key, self.manager_key, self.secrets, self.settings)
        yield LabFile(START, START_SCRIPT, mode=0o755)
        yield LabFile(RESTART, RESTART_SCRIPT, mode=0o755)
        yield from (LabFile(path, text) for path, text in start_files(self.programs(node)).items())


SHADOW = "root:shadow"
"""A helper of PAM reads these files in the name of that group."""


def _figures(group: Cgroup) -> dict[str, str]:
    if is_unified():
        return {"unified": str(group.folder("cpu"))}
    return {name: str(group.folder(name)) for name in SHOWN_CONTROLLERS}


def _born(births: Births, report_file: Path) -> dict[str, ProcessId]:
    done = subprocess.run(
        [sys.executable, "-m", birth.__name__, str(report_file)],
        input=msgspec.json.encode(births),
        capture_output=True,
        timeout=BIRTH_WITHIN,
        check=False,
        cwd=Path(birth.__file__).parents[3],
    )
    if done.returncode != 0:
        raise LabError(f"the nodes cannot be made: {done.stderr.decode().strip()}: see `nms lab doctor`")
    report = msgspec.json.decode(report_file.read_bytes(), type=BirthReport)
    for name, error in report.errors.items():
        raise LabError(f"{name} cannot be made: {error}: see `nms lab doctor`")
    found = {name: process(number) for name, number in report.numbers.items()}
    gone = [name for name, first in found.items() if first is None]
    if gone:
        raise LabError(f"the first process of {gone[0]} ended at once: see `nms lab doctor`")
    return {name: first for name, first in found.items() if first is not None}
