"""Brings a plan up: folder, steps, nodes, cables, programs, checks; and nothing of it if that fails."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from network.lab.building import cgroups, removal
from network.lab.building.doctor import check_machine
from network.lab.building.handle import LabHandle
from network.lab.building.layout import LabSettings, check_name, check_plan, management_addresses
from network.lab.building.management import LabSecrets, new_key, new_secret
from network.lab.building.nodes import FirstProcesses, NodeMaker
from network.lab.building.offload import prepare_network, set_apart
from network.lab.building.programs import ALL
from network.lab.building.state import LabState, write_plan, write_private, write_state
from network.lab.building.wiring import (
    cable_lines,
    host_lines,
    management_lines,
    node_lines,
    run_batch,
)
from network.lab.errors import LabError
from network.lab.inventory import write_inventory
from network.lab.plan import LabNode, LabPlan, LabStep

AT_ONCE = 6
"""Nodes whose programs start at the same time: more would only wait for each other on a small machine."""
STEP_WITHIN = 120.0


@dataclass(frozen=True)
class LabMoment:
    """How far the construction is. `seconds`: since its start."""

    what: str
    seconds: float


def build(plan: LabPlan, settings: LabSettings, moment: Callable[[LabMoment], None]) -> LabHandle:
    """Make a plan real, without waiting for its checks. A broken one of the same name is removed first.

    Raises LabError or SettingError; then nothing is left of it.
    """
    check_machine()
    check_name(settings.name)
    check_plan(plan)
    _check_files(plan)
    place = settings.place
    with removal.alone(place):
        if removal.is_up(place):
            raise LabError(f"the laboratory {settings.name} is up: `nms lab down --name {settings.name}` first")
        if cgroups.groups(settings.name) and not place.folder.exists():
            raise LabError(f"another folder has a laboratory {settings.name}: give another --name, or remove that one")
        removal.remove(place)
        _check_subnet(settings.subnet)
        try:
            return _build(plan, settings, moment)
        except BaseException:
            removal.remove(place)
            raise


def _build(plan: LabPlan, settings: LabSettings, moment: Callable[[LabMoment], None]) -> LabHandle:
    begun, place = time.monotonic(), settings.place

    def reached(what: str) -> None:
        moment(LabMoment(what, time.monotonic() - begun))

    place.folder.mkdir(mode=0o700, parents=True)
    place.made.mkdir()
    write_plan(place, plan)
    for step in plan.steps:
        _run_step(step, place.made)
    maker = _prepared(plan, settings)
    first = maker.make()
    reached("nodes")
    _wire(maker, first)
    reached("cables")
    state = LabState(
        name=settings.name,
        started=time.time(),
        nodes=first.nodes,
        cables=first.cables,
        management=first.management,
        addresses={node: str(address) for node, address in maker.addresses.items()},
        subnet=str(settings.subnet),
        collector=str(settings.collector),
        syslog_port=settings.syslog_port,
        trap_port=settings.trap_port,
        host_interface=settings.host_interface,
    )
    handle = LabHandle(place, plan, state)
    _start(handle)
    write_inventory(place, plan, state, {name: key.public for name, key in maker.keys.items()})
    write_state(place, state)
    reached("programs")
    return handle


def _prepared(plan: LabPlan, settings: LabSettings) -> NodeMaker:
    """Make the keys and secrets of a laboratory, and store those that the manager needs."""
    place = settings.place
    manager, keys = new_key(f"nms-lab-{settings.name}"), {node.name: new_key(node.name) for node in plan.nodes}
    secrets = LabSecrets(new_secret(), new_secret())
    write_private(place.key, manager.private)
    write_private(place.snmp_secret, f"{secrets.snmp_passphrase}\n")
    write_private(place.trap_secret, f"{secrets.trap_community}\n")
    addresses = management_addresses(plan, settings.subnet)
    return NodeMaker(plan, settings, addresses, keys, manager.public, secrets)


def _wire(maker: NodeMaker, first: FirstProcesses) -> None:
    plan, settings, addresses = maker.plan, maker.settings, maker.addresses
    run_batch([*cable_lines(plan, first.nodes)], first.cables, "the cables")
    run_batch(
        [*management_lines(first.nodes, addresses, os.getpid(), settings)], first.management, "the management network"
    )
    set_apart(settings.host_interface)
    run_batch([*host_lines(settings)], None, "the machine")

    def wire(node: LabNode) -> None:
        lines = [*node_lines(node, addresses[node.name], settings)]
        run_batch(lines, first.nodes[node.name], node.name)
        prepare_network(node, first.nodes[node.name])

    _each(wire, plan.nodes)


def _start(handle: LabHandle) -> None:
    """The quota of CPU time holds from the end of the start, so that a slow node does not keep the others waiting."""

    def start(node: LabNode) -> None:
        answer = handle.start(node.name, ALL)
        handle.cgroup(node.name).limit(node.limits)
        if answer.status != 0:
            raise LabError(
                f"{node.name}: not all programs start: {answer.text.strip()}: see the plan {handle.plan.name}"
            )

    _each(start, handle.plan.nodes)


def _each(work: Callable[[LabNode], None], nodes: Iterable[LabNode]) -> None:
    """Work on some nodes at a time. Raises the first error."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(work, nodes):
            pass


def _run_step(step: LabStep, folder: Path) -> None:
    done = subprocess.run(step.argv, cwd=folder, capture_output=True, timeout=STEP_WITHIN, check=False)
    missing = [name for name in step.makes if not (folder / name).is_file()]
    if done.returncode != 0 or missing:
        reason = done.stderr.decode(errors="replace").strip() or f"it did not make {', '.join(missing)}"
        raise LabError(f"the step {step.name} failed: {reason}: see the plan")


def _check_files(plan: LabPlan) -> None:
    """Raises LabError if the machine lacks a program of the plan."""
    programs = {program.argv[0] for node in plan.nodes for program in node.programs}
    programs |= {step.argv[0] for step in plan.steps}
    own = {file.path for node in plan.nodes for file in node.files}
    missing = sorted(name for name in programs - own if not shutil.which(name))
    missing += sorted(pattern for pattern in plan.needs if not _is_there(pattern))
    if missing:
        raise LabError(f"the machine lacks {', '.join(missing)}: `nms lab doctor` names the packages to install")


def _is_there(pattern: str) -> bool:
    return any(True for _ in Path("/").glob(pattern.lstrip("/")))


def _check_subnet(subnet: IPv4Network) -> None:
    """Raises LabError if the machine has an address or a route in the management network."""
    for what in ("address", "route"):
        done = subprocess.run(["ip", "-json", "-4", what], capture_output=True, check=True)
        for entry in json.loads(done.stdout):
            for used, interface in _networks(entry):
                if used.prefixlen > 0 and used.overlaps(subnet):
                    raise LabError(f"--subnet {subnet}: {interface} of the machine uses {used}: give another one")


def _networks(entry: dict[str, object]) -> Iterable[tuple[IPv4Network, str]]:
    """Yield the networks of one entry of `ip -json address` or `ip -json route`, each with its interface."""
    addresses = entry.get("addr_info")
    for info in addresses if isinstance(addresses, list) else ():
        yield IPv4Network(f"{info['local']}/{info['prefixlen']}", strict=False), str(entry.get("ifname"))
    target = entry.get("dst")
    if isinstance(target, str) and target != "default":
        yield IPv4Network(target, strict=False), str(entry.get("dev", "a route"))
