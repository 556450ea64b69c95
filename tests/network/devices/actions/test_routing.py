"""The playbooks of routing on two routers with FRR, each against the fault that it repairs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from network.devices.actions.actuator import DeviceActuator
from network.devices.actions.request import DeviceCare
from network.devices.evidence.difference import StateDifference
from network.devices.evidence.snapshot import DeviceSnapshot
from network.port import Outcome
from tests.network.devices.actions.cases import (
    CARE,
    carried_out,
    evident,
    planned,
    read,
    refused,
    repair,
    request,
    taken_back,
)
from tests.network.devices.actions.nodes import LocalConsole, Node, until

pytestmark = pytest.mark.slow
CONFIG = """frr defaults traditional
service integrated-vtysh-config
!
interface eth0
 description $(reboot); 'x" > no router bgp {own}
 ip ospf cost 20
 ip ospf hello-interval 1
 ip ospf dead-interval 4
 ip router isis lab
 isis metric 30
 isis network point-to-point
exit
!
router bgp {own}
 bgp router-id 10.0.0.{host}
 no bgp ebgp-requires-policy
 neighbor up peer-group
 neighbor up timers 1 3
 neighbor 10.0.0.{peer} remote-as {their}
 neighbor 10.0.0.{peer} peer-group up
 neighbor 10.0.0.{peer} timers connect 1
 !
 address-family ipv4 unicast
  network 198.18.{host}.0/24
  neighbor up route-map OUT out
 exit-address-family
exit
!
router ospf
 ospf router-id 10.0.0.{host}
 network 10.0.0.0/24 area 0
exit
!
router isis lab
 is-type level-2-only
 net 49.0001.0000.0000.000{host}.00
exit
!
ip prefix-list OWN seq 5 permit 198.18.0.0/16 le 24
!
route-map OUT permit 10
 match ip address prefix-list OWN
 set community 65000:1 additive
exit
!
"""
RESTART = ("/usr/lib/frr/watchfrr.sh", "restart", "all")
Approved = tuple[DeviceSnapshot, list[str]]


def running(node: Node) -> list[str]:
    lines = node.run("vtysh", "-c", "show running-config").splitlines()
    return [line for line in lines if not line.startswith(("!", "Building", "Current", " !"))]


def saved(node: Node) -> list[str]:
    return [line for line in node.run("cat", "/etc/frr/frr.conf").splitlines() if not line.startswith(("!", " !"))]


def both(node: Node) -> tuple[list[str], list[str]]:
    return running(node), saved(node)


def session(node: Node) -> bool:
    return '"state":"Established"' in node.run("vtysh", "-c", "show bgp summary json").replace(" ", "")


def adjacent(node: Node) -> bool:
    return "Full" in node.run("vtysh", "-c", "show ip ospf neighbor")


def configure(node: Node, *lines: str) -> None:
    node.run("vtysh", "-c", "configure terminal", *(word for line in lines for word in ("-c", line)))


@pytest.fixture(scope="module")
def routers(pair: tuple[Node, Node]) -> Iterator[tuple[Node, Node]]:
    near, far = pair
    near.run("ip", "address", "replace", "10.0.0.1/24", "dev", "eth0")
    far.run("ip", "address", "replace", "10.0.0.2/24", "dev", "eth0")
    near.routing(CONFIG.format(own=65001, their=65002, host=1, peer=2), "bgpd", "ospfd", "isisd")
    far.routing(CONFIG.format(own=65002, their=65001, host=2, peer=1), "bgpd", "ospfd", "isisd")
    assert until(lambda: session(near) and adjacent(near), 40.0), running(near)
    near.run("vtysh", "-c", "write memory")
    yield near, far


@pytest.fixture
async def approved(routers: tuple[Node, Node]) -> AsyncIterator[Approved]:
    near, _ = routers
    near.sh("cp -p /etc/frr/frr.conf /run/approved.conf")
    lines = running(near)
    yield await read(near), lines
    near.sh("cp -p /run/approved.conf /etc/frr/frr.conf")
    if running(near) != lines:
        near.run(*RESTART)
    assert until(lambda: session(near) and adjacent(near), 40.0)


FAULTS = {
    "asn": ["no router bgp 65001", "router bgp 65601", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002"],
    "network": ["router bgp 65001", "address-family ipv4 unicast", "no network 198.18.1.0/24"],
    "hijack": ["router bgp 65001", "address-family ipv4 unicast", "network 203.0.113.0/24"],
    "area": ["router ospf", "no network 10.0.0.0/24 area 0", "network 10.0.0.0/24 area 66"],
    "ospf": ["router ospf", "no network 10.0.0.0/24 area 0"],
    "ospf gone": ["no router ospf"],
    "remote-as": ["router bgp 65001", "neighbor 10.0.0.2 remote-as 65099"],
    "neighbour gone": ["router bgp 65001", "no neighbor 10.0.0.2"],
    "neighbour added": ["router bgp 65001", "neighbor 10.0.0.9 remote-as 65009", "address-family ipv4 unicast",
                        "neighbor 10.0.0.9 route-map OUT in", "neighbor 10.0.0.9 maximum-prefix 3"],
    "limit": ["router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.2 maximum-prefix 10"],
    "leak": ["ip prefix-list LEAK seq 5 permit 198.51.100.0/24", "route-map OUT permit 5",
             "match ip address prefix-list LEAK", "set community 65003:666 additive"],
    "deny": ["no route-map OUT permit 10", "route-map OUT deny 10", "match ip address prefix-list OWN"],
    "map gone": ["no route-map OUT"],
    "metrics": ["interface eth0", "ip ospf cost 999", "isis metric 7", "no isis network point-to-point"],
    "description": ["interface eth0", "no description"],
    "static": ["ip route 198.51.100.0/24 blackhole"],
    "isis gone": ["no router isis lab", "interface eth0", "no ip router isis lab"],
    "policy": ["router bgp 65001", "bgp ebgp-requires-policy", "neighbor 10.0.0.2 shutdown"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "is_saved"), [(fault, is_saved) for fault in FAULTS for is_saved in (True, False)[: 1 + (fault == "asn")]]
)
async def test_restore_routing_config(
    routers: tuple[Node, Node], approved: Approved, fault: str, is_saved: bool
) -> None:
    near, _ = routers
    good = (approved[1], saved(near))
    configure(near, *FAULTS[fault])
    if is_saved:
        near.run("vtysh", "-c", "write memory")
    asked = await evident(near, "restore_routing_config", "a-near", approved[0])
    plan = await repair(near, asked, both, good, "vtysh")
    assert ("write memory" in " ".join(plan.commands)) == is_saved
    again = await evident(near, "restore_routing_config", "a-near", approved[0])
    assert again.differences == asked.differences, "the undo brings the fault back"
    await carried_out(near, await planned(near, again))
    assert both(near) == good


async def test_a_flood_of_networks_goes_at_once(routers: tuple[Node, Node], approved: Approved) -> None:
    near, _ = routers
    flood = [f"network 198.19.{number}.0/24" for number in range(120)]
    configure(near, "router bgp 65001", "address-family ipv4 unicast", *flood)
    asked = await evident(near, "restore_routing_config", "a-near", approved[0])
    await repair(near, asked, running, approved[1], "no network 198.19.77.0/24")


async def test_only_the_lines_of_the_evidence_are_restored(routers: tuple[Node, Node], approved: Approved) -> None:
    near, _ = routers
    configure(near, *FAULTS["limit"], "exit", "exit", "interface eth0", "bandwidth 77")
    asked = await evident(near, "restore_routing_config", "a-near", approved[0])
    limits = tuple(each.path for each in asked.differences if "maximum-prefix" in each.path)
    asked = await evident(near, "restore_routing_config", "a-near", approved[0], paths=limits)
    plan = await planned(near, asked)
    assert "not saved" in plan.diff
    await carried_out(near, plan)
    assert " bandwidth 77" in running(near) and not any("maximum-prefix" in line for line in running(near))


async def test_what_changed_since_the_plan_is_left_alone(routers: tuple[Node, Node], approved: Approved) -> None:
    near, _ = routers
    configure(near, *FAULTS["hijack"])
    plan = await planned(near, await evident(near, "restore_routing_config", "a-near", approved[0]))
    configure(near, "router bgp 65001", "address-family ipv4 unicast", "no network 203.0.113.0/24")
    receipt = await DeviceActuator(LocalConsole(near)).apply(plan, 0.0, 60.0)
    assert receipt.outcome is Outcome.FAILED and "has changed since the plan" in receipt.reason
    assert running(near) == approved[1]


async def test_a_line_that_the_router_refuses_takes_back_the_others(
    routers: tuple[Node, Node], approved: Approved
) -> None:
    near, _ = routers
    configure(near, *FAULTS["hijack"], "exit", "exit", *FAULTS["static"])
    faulty = running(near)
    asked = await evident(near, "restore_routing_config", "a-near", approved[0])
    unknown = StateDifference("frr/bgpd/router bgp 65001 > no such words", "present", None)
    plan = await planned(near, replace(asked, differences=(*asked.differences, unknown)))
    receipt = await DeviceActuator(LocalConsole(near)).apply(plan, 0.0, 60.0)
    assert receipt.outcome is Outcome.FAILED
    assert receipt.reason == "step 2 failed (% Unknown command: no such words); what was done before is undone"
    assert running(near) == faulty


@pytest.mark.parametrize(
    "line",
    [
        "do reboot",
        "no do start-shell",
        "end",
        "router bgp 65001 > exit",
        "write memory",
        "interface eth0 > x\nno router bgp",
    ],
)
async def test_a_line_that_is_no_configuration_is_refused(node: Node, line: str) -> None:
    for approved, found in (("present", None), (None, "present")):
        reason = await refused(
            node, request("restore_routing_config", "a-near", (f"frr/shared/{line}", approved, found))
        )
        assert "cannot be set" in reason


async def test_restart_routing(routers: tuple[Node, Node], approved: Approved) -> None:
    near, _ = routers
    near.sh("pkill -9 -x bgpd; pkill -9 -x ospfd")
    care = DeviceCare(CARE.management, CARE.manager, restart_routing=RESTART)
    asked = await evident(near, "restart_routing", "a-near", approved[0], care=care)
    plan = await planned(near, asked)
    assert "not running before: bgpd, ospfd" in plan.diff
    zebra = near.sh("pgrep -x zebra")
    await carried_out(near, plan)
    assert near.sh("pgrep -x zebra") != zebra, "all daemons start together"
    assert until(lambda: session(near) and adjacent(near), 40.0)
    assert running(near) == approved[1]


async def test_restart_routing_never_loses_what_is_not_saved(routers: tuple[Node, Node], approved: Approved) -> None:
    near, _ = routers
    configure(near, *FAULTS["hijack"])
    care = DeviceCare(CARE.management, CARE.manager, restart_routing=RESTART)
    reason = await refused(near, await evident(near, "restart_routing", "a-near", approved[0], care=care))
    assert "not saved" in reason
    assert "no words" in await refused(near, await evident(near, "restart_routing", "a-near", approved[0]))


async def test_clear_bgp_session(routers: tuple[Node, Node], approved: Approved) -> None:
    near, _ = routers

    def dropped() -> int:
        text = near.run("vtysh", "-c", "show bgp neighbors 10.0.0.2")
        return int(text.split("dropped ")[1].split("\n")[0].strip())

    before = dropped()
    asked = await evident(near, "clear_bgp_session", "a-near", approved[0], arguments={"neighbor": "10.0.0.2"})
    await carried_out(near, await planned(near, asked))
    assert until(lambda: dropped() > before)
    assert until(lambda: session(near), 20.0)
    for neighbor in ("10.0.0.99", "", "10.0.0.2\nconfigure terminal", "10.0.0.2 soft"):
        asked = await evident(near, "clear_bgp_session", "a-near", approved[0], arguments={"neighbor": neighbor})
        assert "neighbour" in await refused(near, asked)


async def test_drain_and_undrain(routers: tuple[Node, Node], approved: Approved) -> None:
    near, _ = routers
    asked = await evident(near, "drain_link", "a-near:eth0", approved[0])
    drained = [
        {" ip ospf cost 20": " ip ospf cost 65535", " isis metric 30": " isis metric 16777214"}.get(line, line)
        for line in approved[1]
    ]
    await repair(near, asked, running, drained, "ip ospf cost 20 -> 65535", "isis metric 30 -> 16777214")
    await carried_out(near, await planned(near, await evident(near, "drain_link", "a-near:eth0", approved[0])))
    assert "it is drained already" in await refused(near, await evident(near, "drain_link", "a-near:eth0", approved[0]))
    await repair(near, await evident(near, "undrain_link", "a-near:eth0", approved[0]), running, approved[1])
    assert "neither OSPF nor IS-IS" in await refused(near, request("drain_link", "a-near:eth0"))


async def test_a_metric_that_was_not_set_is_the_default_again(routers: tuple[Node, Node], approved: Approved) -> None:
    near, _ = routers
    configure(near, "interface eth0", "no ip ospf cost", "no isis metric")
    good, before = await read(near), running(near)
    plan = await planned(near, await evident(near, "drain_link", "a-near:eth0", good))
    await carried_out(near, plan)
    assert running(near) != before
    await taken_back(near, plan)
    assert running(near) == before
