"""The playbooks of interfaces and routes, each against the fault that it repairs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from network.devices.actions.request import DeviceCare
from network.devices.evidence.snapshot import DeviceSnapshot
from tests.network.devices.actions.cases import (
    CARE,
    carried_out,
    different,
    evident,
    planned,
    read,
    refused,
    repair,
    request,
    whole_state,
)
from tests.network.devices.actions.nodes import Node, until

BASE = """
ip link set eth0 up mtu 1500
ip address replace 10.0.0.2/24 dev eth0 scope global
ip address replace 2001:db8::2/64 dev eth0 nodad
ip route replace default via 10.0.0.1
ip route replace 192.0.2.0/24 via 10.0.0.1 dev eth0 metric 5
ip -6 route replace 2001:db8:1::/48 via 2001:db8::1 dev eth0
ip neigh replace 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent
"""
TARGET = "a-near:eth0"
FACTS = {"link/eth0/admin": "up", "link/eth0/mtu": "1500"}


Approved = tuple[DeviceSnapshot, list[str]]


@pytest.fixture
async def approved(node: Node) -> AsyncIterator[Approved]:
    """The evidence of the approved state, and the whole state."""
    node.sh(f"ip address flush dev eth0 scope global; {BASE}")
    until(lambda: "NO-CARRIER" not in node.run("ip", "link", "show", "dev", "eth0"))
    yield await read(node), whole_state(node)
    node.sh("ip link set eth0 up mtu 1500; ip address flush dev eth0")
    node.sh("tc qdisc del dev eth0 root; tc qdisc del dev eth0 clsact", check=False)
    node.sh("ip route flush table main")
    node.sh("ip link set mgmt0 down; ip link set mgmt0 up; ip address replace 172.29.90.2/24 dev mgmt0")


async def test_enable_interface(node: Node, approved: Approved) -> None:
    node.sh("ip link set eth0 down")
    asked = await evident(node, "enable_interface", TARGET, approved[0])
    plan = await repair(node, asked, whole_state, approved[1], "ip link set dev eth0 up")
    assert plan.undo == ("ip link set dev eth0 down",)


async def test_reset_interface_changes_nothing_that_lasts(node: Node, approved: Approved) -> None:
    asked = await evident(node, "reset_interface", TARGET, approved[0])
    marker = node.sh("ip monitor link > /run/seen 2>&1 < /dev/null & echo $!")
    plan = await planned(node, asked)
    assert "ip -4 route replace default table main via 10.0.0.1 dev eth0" in plan.commands
    await carried_out(node, plan)
    assert until(lambda: whole_state(node) == approved[1], 5.0), different(whole_state(node), approved[1])
    node.sh(f"kill {marker}")
    assert "state DOWN" in node.run("cat", "/run/seen")


async def test_restore_mtu(node: Node, approved: Approved) -> None:
    node.sh("ip link set eth0 mtu 1280")
    asked = await evident(node, "restore_mtu", TARGET, approved[0])
    await repair(node, asked, whole_state, approved[1], "ip link set dev eth0 mtu 1500", "mtu 1280 -> 1500")


@pytest.mark.parametrize("wrong", ["10.0.0.77/24", "10.0.0.2/30", "10.9.9.9/16", ""])
async def test_restore_address(node: Node, approved: Approved, wrong: str) -> None:
    """Another address, another prefix length, another network, none."""
    node.sh("ip address del 10.0.0.2/24 dev eth0")
    if wrong:
        node.sh(f"ip address add {wrong} dev eth0; ip route replace default via 10.0.0.1 dev eth0 onlink")

    def without_onlink(node: Node) -> list[str]:
        return [line.replace(" onlink", "").strip() for line in whole_state(node)]

    asked = await evident(node, "restore_address", TARGET, approved[0])
    await repair(node, asked, without_onlink, approved[1])


async def test_an_address_that_was_added_goes(node: Node, approved: Approved) -> None:
    node.sh("ip address add 198.18.0.1/24 dev eth0")
    asked = await evident(node, "restore_address", TARGET, approved[0])
    await repair(node, asked, whole_state, approved[1], "ip address delete 198.18.0.1/24 dev eth0")


@pytest.mark.parametrize(
    "words",
    [
        "blackhole 198.51.100.0/24",
        "unreachable 198.51.100.0/24 metric 7",
        "198.51.100.0/24 via 10.0.0.9 proto static mtu 900",
        "198.51.100.0/24 nexthop via 10.0.0.9 weight 2 nexthop via 10.0.0.8 weight 1",
        "blackhole 2001:db8:77::/48",
        "10.55.0.0/16 dev eth0 table 100",
    ],
)
async def test_remove_route(node: Node, approved: Approved, words: str) -> None:
    node.sh(f"ip route add {words}")
    asked = await evident(node, "remove_route", "a-near", approved[0])
    await repair(node, asked, whole_state, approved[1], "route delete")


@pytest.mark.parametrize(
    "fault",
    [
        "ip route replace default via 10.0.0.254",
        "ip route del default",
        "ip route add default via 10.0.0.254 metric 7",
        "ip route del default; ip route add blackhole default",
        "ip -6 route add default via 2001:db8::77 metric 9",
    ],
)
async def test_restore_default_route(node: Node, approved: Approved, fault: str) -> None:
    node.sh(fault)
    asked = await evident(node, "restore_default_route", "a-near", approved[0])
    await repair(node, asked, whole_state, approved[1])


@pytest.mark.parametrize("before", ["", "tc qdisc add dev eth0 root handle 7: tbf rate 50mbit burst 64kb latency 50ms"])
async def test_remove_shaping(node: Node, approved: Approved, before: str) -> None:
    node.sh(before)
    good, lines = await read(node), disciplines(node)
    node.sh("tc qdisc replace dev eth0 root handle 9: tbf rate 2mbit burst 8kb latency 200ms")
    asked = await evident(node, "remove_shaping", TARGET, good)
    await repair(node, asked, disciplines, lines, "tc qdisc")


async def test_filters_at_the_hook_of_an_interface_go_for_good(node: Node, approved: Approved) -> None:
    node.sh("tc qdisc add dev eth0 clsact; tc filter add dev eth0 egress bpf da bytecode '1,6 0 0 0'")
    asked = await evident(node, "remove_shaping", TARGET, approved[0])
    plan = await repair(node, asked, disciplines, ["noqueue"], "cannot be undone", undo=False)
    assert plan.commands == ("tc qdisc delete dev eth0 clsact",)


async def test_classes_go_for_good(node: Node, approved: Approved) -> None:
    node.sh("tc qdisc add dev eth0 root handle 1: htb default 10")
    node.sh("tc class add dev eth0 parent 1: classid 1:10 htb rate 1mbit")
    asked = await evident(node, "remove_shaping", TARGET, approved[0])
    plan = await repair(node, asked, disciplines, ["noqueue"], "cannot be undone", undo=False)
    assert plan.undo == ()


def disciplines(node: Node) -> list[str]:
    words = [line.split()[1:] for line in node.sh("tc qdisc show dev eth0").splitlines()]
    return [" ".join([kind, *rest] if kind != "noqueue" else [kind]) for kind, *rest in words]


@pytest.mark.parametrize(
    "kind", ["enable_interface", "reset_interface", "restore_mtu", "restore_address", "remove_shaping", "drain_link"]
)
async def test_the_interface_of_management_is_never_touched(node: Node, kind: str) -> None:
    changed = [("link/mgmt0/mtu", "1500", "1400"), ("qdisc/mgmt0/root", None, "tbf rate 1Mbit")]
    frr = {"frr/ospfd/router ospf > network 172.29.90.0/24 area 0": "present"}
    reason = await refused(node, request(kind, "a-near:mgmt0", *changed, facts=frr))
    assert "by which the device is managed" in reason
    for care in (DeviceCare(), DeviceCare(management="192.0.2.77")):
        reason = await refused(node, request(kind, TARGET, *changed, facts={**FACTS, **frr}, care=care))
        assert "safe" in reason


async def test_the_way_back_to_the_manager_is_never_touched(node: Node) -> None:
    far_away = DeviceCare(management=CARE.management, manager="203.0.113.5")
    default = ("route/main/default", "via 10.0.0.1 dev eth0", "via 10.0.0.254 dev eth0")
    reason = await refused(node, request("restore_default_route", "a-near", default, care=far_away))
    assert "answers to the manager at 203.0.113.5" in reason
    hole = ("route/main/203.0.113.0/24", None, "via 10.0.0.3 dev eth0")
    reason = await refused(node, request("remove_route", "a-near", hole, care=far_away))
    assert "answers to the manager" in reason


@pytest.mark.parametrize(
    "kind", ["enable_interface", "restore_mtu", "restore_address", "remove_route", "remove_shaping"]
)
async def test_what_is_as_approved_is_refused(node: Node, approved: Approved, kind: str) -> None:
    target = "a-near" if kind == "remove_route" else TARGET
    reason = await refused(node, await evident(node, kind, target, approved[0]))
    assert "approved" in reason or "up already" in reason


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("restore_mtu", "link"),
        ("restore_address", "address/eth0"),
        ("remove_route", "route"),
        ("remove_shaping", "qdisc"),
    ],
)
async def test_a_partial_snapshot_is_refused(node: Node, kind: str, part: str) -> None:
    target = "a-near" if kind == "remove_route" else TARGET
    extra = ("route/main/198.51.100.0/24", None, "blackhole")
    reason = await refused(node, request(kind, target, extra, facts=FACTS, missing=frozenset({part})))
    assert "could not be read" in reason


async def test_an_interface_that_is_gone_is_refused(node: Node) -> None:
    reason = await refused(node, request("enable_interface", "a-near:eth9", ("link/eth9/admin", "up", None)))
    assert "moved or unplugged" in reason
