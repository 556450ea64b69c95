"""Small plans of laboratories for the tests, and the published data where it is beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from network.lab.plan import LabCable, LabInterface, LabLimits, LabNode, LabPlan, LabPort, LabRole

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data" / "nika"
if not DATA.is_dir():  # a worktree is one folder deeper than the checkout
    DATA = ROOT.parents[1] / "shared" / "data" / "nika"
NEEDS_DATA = pytest.mark.skipif(not DATA.is_dir(), reason=f"the published cases are not at {DATA}")
LIMITS = LabLimits(cpus=0.5, memory_mib=256)


def node(name: str, role: LabRole, ports: int, *services: str) -> LabNode:
    interfaces = tuple(LabInterface(f"eth{number}") for number in range(ports))
    return LabNode(name, role, LIMITS, interfaces, services=services)


def cable(*ends: str) -> LabCable:
    ports = [end.partition(":") for end in ends]
    return LabCable(tuple(LabPort(of, port) for of, _, port in ports))


def plan() -> LabPlan:
    """a and b with two parallel links, b and c with one, a host, a DNS server and a balancer on one segment at c."""
    return LabPlan(
        "small",
        (
            node("a", LabRole.ROUTER, 3),
            node("b", LabRole.ROUTER, 3),
            node("c", LabRole.ROUTER, 2),
            node("pc", LabRole.HOST, 1),
            node("dns_pod0", LabRole.SERVER, 1, "dns"),
            node("web", LabRole.SERVER, 1, "http"),
            node("balancer", LabRole.SERVER, 1, "http-load-balancer"),
        ),
        (
            cable("a:eth0", "b:eth0"),
            cable("b:eth1", "a:eth1"),
            cable("b:eth2", "c:eth0"),
            cable("a:eth2", "pc:eth0"),
            cable("c:eth1", "dns_pod0:eth0", "web:eth0", "balancer:eth0"),
        ),
    )
