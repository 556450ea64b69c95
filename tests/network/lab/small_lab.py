"""A small laboratory for tests: two routers with OSPF, four servers, a switch, and a segment with three ends."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from network.lab.building import cgroups
from network.lab.building.construction import build
from network.lab.building.doctor import NeededFor, examine
from network.lab.building.handle import LabHandle
from network.lab.building.layout import LabPlace, LabSettings
from network.lab.building.removal import alone, remove
from network.lab.plan import (
    CheckKind,
    LabBridge,
    LabCable,
    LabCheck,
    LabDirectory,
    LabFile,
    LabInterface,
    LabLimits,
    LabNode,
    LabPlan,
    LabPort,
    LabProgram,
    LabRole,
)
from network.lab.scenarios.frr import frr_files, frr_programs

LIMITS = LabLimits(cpus=0.5, memory_mib=128)
SUBNETS = list(IPv4Network("172.29.80.0/23").subnets(new_prefix=26))
"""Management networks that tests may use."""


def require_a_laboratory() -> None:
    """Skip a test on a machine that can have no laboratory, or no routers."""
    lacks = [each for each in examine() if each.lack and each.needed in (NeededFor.EVERY, NeededFor.ROUTERS)]
    if lacks:
        pytest.skip(f"a laboratory needs {lacks[0].what}: {lacks[0].lack}")


def free_subnet() -> IPv4Network:
    """Return a management network that no interface of the machine has. Two tests may run at the same time."""
    done = subprocess.run(["ip", "-json", "-4", "address"], capture_output=True, check=True)
    used = [
        IPv4Network(f"{info['local']}/{info['prefixlen']}", strict=False)
        for entry in json.loads(done.stdout)
        for info in entry["addr_info"]
    ]
    free = [each for each in SUBNETS if not any(each.overlaps(other) for other in used)]
    return free[os.getpid() % len(free)]


def small_settings(what: str, folder: Path, subnet: IPv4Network | None = None) -> LabSettings:
    """`what`: becomes a part of the name, so that tests do not meet."""
    return LabSettings(name=f"b-{what}-{os.getpid()}", folder=folder, subnet=subnet or free_subnet())


@contextmanager
def small_lab(what: str, folder: Path, plan: LabPlan | None = None) -> Iterator[LabHandle]:
    settings = small_settings(what, folder)
    try:
        yield build(plan or small_plan(), settings, lambda _: None)
    finally:
        with alone(settings.place):
            remove(settings.place)


def small_plan() -> LabPlan:
    port = LabPort
    nodes = (
        _router("r1", "r2", "10.1.0.1/24", "10.9.0.0/31", "10.0.0.1"),
        _router("r2", "r1", "10.2.0.1/24", "10.9.0.1/31", "10.0.0.2"),
        _server("s1", "10.1.0.11/24", "10.1.0.1"),
        _server("s2", "10.2.0.11/24", "10.2.0.1"),
        _server("s3", "10.1.0.12/24", "10.1.0.1"),
        _server("s4", "10.2.0.12/24", "10.2.0.1"),
        LabNode(
            name="sw1",
            role=LabRole.SWITCH,
            limits=LIMITS,
            interfaces=tuple(LabInterface(f"p{number}") for number in (1, 2, 3)),
            bridge=LabBridge("br0", ("p1", "p2", "p3")),
        ),
    )
    cables = (
        LabCable((port("r1", "r2"), port("r2", "r1"))),
        LabCable((port("r1", "lan"), port("sw1", "p1"))),
        LabCable((port("s1", "eth0"), port("sw1", "p2"))),
        LabCable((port("s3", "eth0"), port("sw1", "p3"))),
        LabCable((port("r2", "lan"), port("s2", "eth0"), port("s4", "eth0"))),
    )
    return LabPlan("small", nodes, cables, tuple(_checks()))


def _router(name: str, peer: str, lan: str, wan: str, loopback: str) -> LabNode:
    timers = " ip ospf area 0", " ip ospf hello-interval 1", " ip ospf dead-interval 4"
    body = (
        f"interface {peer}",
        *timers,
        " ip ospf network point-to-point",
        "exit",
        "interface lan",
        " ip ospf area 0",
        " ip ospf passive",
        "exit",
        "router ospf",
        f" ospf router-id {loopback}",
        "exit",
    )
    daemons = ("zebra", "staticd", "ospfd")
    return LabNode(
        name=name,
        role=LabRole.ROUTER,
        limits=LIMITS,
        interfaces=(LabInterface("lan", (lan,)), LabInterface(peer, (wan,))),
        loopback=(f"{loopback}/32",),
        files=frr_files(name, body, daemons),
        directories=(LabDirectory("/run/frr", "frr"),),
        programs=frr_programs(daemons),
    )


def _server(name: str, address: str, gateway: str) -> LabNode:
    httpd = ("busybox", "httpd", "-f", "-p", "80", "-h", "/srv/www")
    return LabNode(
        name=name,
        role=LabRole.SERVER,
        limits=LIMITS,
        interfaces=(LabInterface("eth0", (address,)),),
        gateway=gateway,
        services=("http",),
        sysctls={"net.ipv4.conf.eth0.arp_announce": "2"},
        files=(LabFile("/srv/www/index.html", f"the page of {name}\n"), LabFile("/etc/hosts", HOSTS)),
        programs=(LabProgram("httpd", httpd, "busybox"),),
    )


HOSTS = "127.0.0.1 localhost\n10.2.0.11 page.example\n"


def _checks() -> Iterator[LabCheck]:
    for node, target in (("s1", "10.2.0.11"), ("s3", "10.2.0.12"), ("s2", "10.1.0.11"), ("s1", "10.1.0.12")):
        yield LabCheck(CheckKind.PING, node, target)
    yield LabCheck(CheckKind.NO_PING, "s1", "10.77.0.1")
    yield LabCheck(CheckKind.RESOLVES, "s1", "page.example", "10.2.0.11")
    yield LabCheck(CheckKind.FETCHES, "s1", "http://page.example/")
    yield from (LabCheck(CheckKind.OSPF, name, expected="1") for name in ("r1", "r2"))
    yield LabCheck(CheckKind.RUNS, "r1", "ospfd")


def left_over(place: LabPlace, settings: LabSettings, namespaces: set[str]) -> list[str]:
    """Return what is left of a laboratory. `namespaces`: those of its nodes, as `/proc/NUMBER/ns/net` shows them."""
    found = [str(group) for group in cgroups.groups(place.folder.name)]
    found += [str(path) for path in (place.folder, place.lock) if path.exists()]
    found += [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(place.folder) in line]
    if Path(f"/sys/class/net/{settings.host_interface}").exists():
        found.append(settings.host_interface)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "ns/net").readlink()) in namespaces:
                found.append(f"{process}: {(process / 'comm').read_text().strip()}")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def namespaces_of(lab: LabHandle) -> set[str]:
    first = (*lab.state.nodes.values(), lab.state.cables, lab.state.management)
    return {str(process.namespace("net").readlink()) for process in first}
