"""The plan of the default network: its names are those of the product's topology, and the real programs accept it."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

from network.lab.plan import CheckKind, LabCheck, LabRole
from network.lab.scenarios.default import default_plan
from shared.domain.kinds import NodeType
from shared.domain.topology import default_topology, link_id
from tests.network.lab.test_scenarios import accepted, block, frr_of, text_in, tool


def test_nodes_and_links_are_those_of_the_product() -> None:
    plan, topology = default_plan(), default_topology()
    roles = {LabRole.ROUTER: NodeType.ROUTER, LabRole.SWITCH: NodeType.SWITCH, LabRole.SERVER: NodeType.SERVER}
    assert {node.name: roles[node.role] for node in plan.nodes} == {node.id: node.type for node in topology.nodes}
    links = {link_id(*(end.node for end in cable.ends)): cable.capacity for cable in plan.cables}
    assert links == {link.id: link.capacity for link in topology.links}
    ends = [end for cable in plan.cables for end in cable.ends]
    assert len(ends) == len(set(ends)) == sum(len(node.interfaces) for node in plan.nodes)


def test_addresses_are_unique() -> None:
    plan = default_plan()
    own = [address for node in plan.nodes for each in node.interfaces for address in each.addresses]
    own += [address for node in plan.nodes for address in node.loopback]
    own += [address for node in plan.nodes if node.bridge for address in node.bridge.addresses]
    assert [each for each, count in Counter(each.partition("/")[0] for each in own).items() if count > 1] == []


def test_frr_accepts_each_configuration(tmp_path: Path) -> None:
    plan = default_plan()
    path = tmp_path / "frr.conf"
    path.write_text("".join(frr_of(plan, node.name) for node in plan.nodes if node.role is not LabRole.SERVER))
    done = subprocess.run([tool("vtysh"), "-C", "-f", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_routers_notice_a_lost_neighbour_fast() -> None:
    plan = default_plan()
    assert {"ip ospf hello-interval 1", "ip ospf dead-interval 4", "ip ospf bfd"} <= set(
        block(frr_of(plan, "core-router-1"), "interface eth0")
    )
    assert "detect-multiplier 3" in frr_of(plan, "core-router-1")
    assert "ip ospf passive" in block(frr_of(plan, "edge-switch-1"), "interface br0")


def test_one_session_announces_a_prefix_each_way() -> None:
    plan = default_plan()
    lines = block(frr_of(plan, "edge-switch-1"), "router bgp 65001")
    assert {"neighbor 10.91.0.8 remote-as 65005", "network 10.93.1.0/24"} <= set(lines)
    assert {
        LabCheck(CheckKind.BGP, "edge-switch-1", expected="1"),
        LabCheck(CheckKind.BGP_PREFIX, "edge-switch-1", "10.93.5.0/24"),
    } <= set(plan.checks)


def test_dns_and_dhcp_know_the_servers(tmp_path: Path) -> None:
    plan = default_plan()
    zone, dhcp = tmp_path / "zone", tmp_path / "dhcpd.conf"
    zone.write_text(text_in(plan.node("server-1"), "/etc/bind/db.lab"))
    accepted(tool("named-checkzone"), "-q", "lab", str(zone))
    dhcp.write_text(text_in(plan.node("server-3"), "/etc/dhcp/dhcpd.conf"))
    (tmp_path / "leases").write_text("")
    accepted(tool("dhcpd"), "-t", "-4", "-cf", str(dhcp), "-lf", str(tmp_path / "leases"))
    client = plan.node("server-8")
    assert (client.dhcp, client.interfaces[0].addresses) == ("eth0", ())
    assert "range 10.92.3.12 10.92.3.12;" in dhcp.read_text()
    assert "server-8 IN A 10.92.3.12" in zone.read_text()
    assert all("http" in node.services for node in plan.nodes if node.role is LabRole.SERVER)
