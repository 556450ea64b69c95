"""Plans from scenario files: the real programs accept each configuration, and a few facts that must not change."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from network.lab.plan import CheckKind, LabCheck, LabFile, LabNode, LabPlan, LabRole
from network.lab.scenarios.pack import plan_from
from network.lab.scenarios.reading import ScenarioError
from tests.network.lab.scenario_files import each_file, files, small, text_of

SLOWEST_PLAN = 2.0
"""Seconds for the largest file, on a machine that does other work too."""


def plan_of_file(path: Path) -> LabPlan:
    return plan_from(path.read_text(), path.name)


def plan_of(name: str) -> LabPlan:
    return plan_from(text_of(name), name)


def text_in(node: LabNode, path: str) -> str:
    return next(file.text for file in node.files if file.path == path)


def frr_of(plan: LabPlan, node: str) -> str:
    return text_in(plan.node(node), "/etc/frr/frr.conf")


def block(text: str, head: str) -> list[str]:
    """Return the lines of a block of FRR, without its head."""
    lines = text.splitlines()
    start = lines.index(head) + 1
    return [line.strip() for line in lines[start : lines.index("exit", start)]]


def tool(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        pytest.skip(f"{name} is not installed: it checks the configurations")
    return found


def accepted(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout[-2000:]} {done.stderr[-2000:]}"


def files_of(plan: LabPlan, path: str) -> Iterator[tuple[LabNode, LabFile]]:
    for node in plan.nodes:
        yield from ((node, file) for file in node.files if file.path == path)


# --- Every file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", each_file())
def test_frr_accepts_each_configuration(path: Path, tmp_path: Path) -> None:
    """One file holds those of all routers: a program start for each router would take minutes."""
    vtysh = tool("vtysh")
    texts = [file.text for _, file in files_of(plan_of_file(path), "/etc/frr/frr.conf")]
    assert texts
    together = tmp_path / "frr.conf"
    together.write_text("".join(texts))
    done = subprocess.run([vtysh, "-C", "-f", str(together)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("path", each_file())
def test_the_cables_are_the_links_of_the_file(path: Path) -> None:
    content = yaml.safe_load(path.read_text())
    named = [link["name"] for link in content["links"] + content.get("segments", [])]
    assert [cable.name for cable in plan_of_file(path).cables] == named


@pytest.mark.parametrize("path", each_file())
def test_addresses_and_ports_are_unique(path: Path) -> None:
    plan = plan_of_file(path)
    own = [
        address.partition("/")[0]
        for node in plan.nodes
        for each in (node.interfaces, (node.bridge,) if node.bridge else ())
        for address in (one for interface in each for one in interface.addresses)  # type: ignore[attr-defined]
    ]
    own += [address.partition("/")[0] for node in plan.nodes for address in node.loopback]
    ends = [end for cable in plan.cables for end in cable.ends]
    ports = {(node.name, interface.name) for node in plan.nodes for interface in node.interfaces}
    assert [address for address, count in Counter(own).items() if count > 1] == []
    assert len(ends) == len(set(ends))
    assert {(end.node, end.interface) for end in ends} == ports


@pytest.mark.parametrize("path", each_file())
def test_each_router_has_checks_and_each_program_its_files(path: Path) -> None:
    plan = plan_of_file(path)
    checked = {check.node for check in plan.checks}
    for node in plan.nodes:
        assert node.role is not LabRole.ROUTER or node.name in checked
        paths = [file.path for file in node.files]
        assert len(paths) == len(set(paths))
        names = [program.name for program in node.programs]
        assert len(names) == len(set(names))
        assert {each for program in node.programs for each in program.after} <= set(names)
    made = {file for step in plan.steps for file in step.makes}
    assert {file.source for node in plan.nodes for file in node.files if file.source} <= made


def test_the_largest_plan_is_ready_soon() -> None:
    if not files():
        pytest.skip("no scenario file is beside the checkout")
    for path in sorted(files(), key=lambda path: path.stat().st_size)[-2:]:
        start = time.perf_counter()
        plan_of_file(path)
        assert time.perf_counter() - start < SLOWEST_PLAN


# --- The services' own checks of their files -------------------------------------------------------------------------

WITH_SERVICES = ("dc_clos.m", "campus_lan.s", "campus_lan.l")


@pytest.mark.parametrize("name", WITH_SERVICES)
def test_named_accepts_its_files(name: str, tmp_path: Path) -> None:
    plan = plan_of(name)
    checkconf, checkzone = tool("named-checkconf"), tool("named-checkzone")
    for node, file in files_of(plan, "/etc/bind/named.conf"):
        path = tmp_path / f"{node.name}.conf"
        path.write_text(file.text)
        accepted(checkconf, str(path))
        for zone, place in re.findall(r'zone "([^"]+)".*file "([^"]+)"', file.text):
            path = tmp_path / f"{node.name}.{zone}"
            path.write_text(text_in(node, place))
            accepted(checkzone, "-q", zone, str(path))


def test_dhcpd_accepts_its_file(tmp_path: Path) -> None:
    dhcpd = tool("dhcpd")
    _, file = next(files_of(plan_of("campus_lan.l"), "/etc/dhcp/dhcpd.conf"))
    configuration, leases = tmp_path / "dhcpd.conf", tmp_path / "leases"
    configuration.write_text(file.text)
    leases.write_text("")
    accepted(dhcpd, "-t", "-4", "-cf", str(configuration), "-lf", str(leases))
    assert file.text.count("range ") == 8


def test_nginx_accepts_its_files_with_the_certificates_of_the_steps(tmp_path: Path) -> None:
    nginx, _ = tool("nginx"), tool("openssl")
    plan = plan_of("campus_lan.s")
    for step in plan.steps:
        subprocess.run(step.argv, cwd=tmp_path, check=True, timeout=60)
        assert [made for made in step.makes if not (tmp_path / made).is_file()] == []
    for node, file in files_of(plan, "/etc/nginx/nginx.conf"):
        text = file.text.replace("/var/log/nginx", str(tmp_path)).replace("/run/nginx.pid", str(tmp_path / "pid"))
        for other in node.files:
            text = text.replace(other.path, str(tmp_path / other.source)) if other.source else text
        path = tmp_path / f"{node.name}.conf"
        path.write_text(text)
        accepted(nginx, "-t", "-q", "-c", str(path))
    authority = str(tmp_path / "authority/ca.crt")
    accepted(tool("openssl"), "verify", "-CAfile", authority, str(tmp_path / "authority/web_server_0.crt"))
    assert not (tmp_path / "authority/ca.key").exists()
    assert (tmp_path / "catalogue/catalogue.txt").stat().st_size == 65_536 * 1_024


# --- Facts of each protocol -------------------------------------------------------------------------------------------


def test_ospf_without_broadcast_names_its_neighbours() -> None:
    plan = plan_from(small(), "small")
    text = frr_of(plan, "r1")
    assert block(text, "interface eth0") == [
        "ip address 10.0.0.0/31",
        "ip ospf cost 10",
        "ip ospf network non-broadcast",
    ]
    assert block(text, "interface eth1") == ["ip address 10.254.0.1/30", "ip ospf cost 1", "ip ospf passive"]
    assert block(text, "router ospf") == [
        "ospf router-id 10.255.0.1",
        "log-adjacency-changes",
        "network 10.255.0.1/32 area 0.0.0.0",
        "network 10.0.0.0/31 area 0.0.0.0",
        "network 10.254.0.0/30 area 0.0.0.0",
        "neighbor 10.0.0.1 poll-interval 10",
    ]
    assert LabCheck(CheckKind.OSPF, "r1", expected="1") in plan.checks
    assert "hello-interval" not in text


def test_timers_of_the_file_replace_the_defaults() -> None:
    text = frr_of(plan_from(small(routing__ospf__timers="hello 2, dead 8"), "small"), "r1")
    assert {"ip ospf hello-interval 2", "ip ospf dead-interval 8"} <= set(block(text, "interface eth0"))


def test_isis_runs_on_all_interfaces_and_the_loopback() -> None:
    plan = plan_of("isp_abilene.isis.none")
    text = frr_of(plan, "atlam5")
    assert block(text, "router isis NIKA") == [
        "net 49.0001.0000.0aff.0001.00",
        "is-type level-2-only",
        "metric-style wide",
        "log-adjacency-changes",
    ]
    assert "isis passive" in block(text, "interface lo")
    assert "isis passive" in block(text, "interface eth1")
    assert "isis metric 10" in block(text, "interface eth0")
    assert LabCheck(CheckKind.ISIS, "atlang", expected="4") in plan.checks
    assert {program.name for program in plan.node("atlam5").programs} >= {"zebra", "staticd", "isisd"}


def test_areas_of_a_campus_follow_its_networks() -> None:
    text = frr_of(plan_of("campus_lan.s"), "router_core_1")
    networks = [line for line in block(text, "router ospf") if line.startswith("network")]
    assert networks == [
        "network 172.16.0.0/31 area 0",
        "network 172.16.0.2/31 area 0",
        "network 172.16.0.6/31 area 1",
    ]
    assert "non-broadcast" not in text


def test_a_clos_network_has_a_session_on_each_fabric_link() -> None:
    plan = plan_of("dc_clos.s")
    lines = block(frr_of(plan, "super_spine_router_0"), "router bgp 65000")
    assert {"neighbor 172.16.0.1 remote-as 65100", "neighbor 172.16.0.3 remote-as 65101"} <= set(lines)
    assert {"network 192.168.0.0/24", "maximum-paths 32"} <= set(lines)
    assert LabCheck(CheckKind.BGP, "spine_router_0_0", expected="3") in plan.checks
    assert LabCheck(CheckKind.FETCHES, "client_0", "http://web0.pod0/") in plan.checks


def test_super_spines_of_one_as_keep_their_clients_apart() -> None:
    checks = plan_of("dc_clos.m").checks
    assert LabCheck(CheckKind.NO_PING, "client_0", "192.168.1.2") in checks
    assert not any(
        check.node == "client_0" and check.target == "192.168.1.2" for check in checks if check.kind == "ping"
    )


def test_names_behind_the_fourth_resolver_are_not_expected() -> None:
    names = {check.target for check in plan_of("dc_clos.l").checks if check.kind is CheckKind.RESOLVES}
    assert "web0.pod2" in names
    assert "web0.pod3" not in names


def test_reflectors_have_all_others_as_clients() -> None:
    plan = plan_of("isp_nobel-eu.isis.ibgp_rr")
    reflector = block(frr_of(plan, "amsterdam"), "router bgp 65000")
    client = block(frr_of(plan, "zurich"), "router bgp 65000")
    assert "bgp cluster-id 10.255.0.1" in reflector
    assert sum("route-reflector-client" in line for line in reflector) == 26
    assert "neighbor 10.255.0.2 route-reflector-client" not in reflector
    assert sum("remote-as" in line for line in client) == 2
    assert "network 203.0.115.0/24" in client
    assert "203.0.115.1/24" in plan.node("zurich").loopback
    assert LabCheck(CheckKind.BGP, "amsterdam", expected="27") in plan.checks
    assert LabCheck(CheckKind.BGP_PREFIX, "amsterdam", "203.0.113.0/24") in plan.checks


def test_a_boundary_of_two_ases_has_policies_and_no_igp_neighbour() -> None:
    plan = plan_of("isp_geant.ospf.ebgp")
    text = frr_of(plan, "de1_de")
    bgp, ospf = block(text, "router bgp 65001"), block(text, "router ospf")
    assert {"neighbor 10.0.0.35 remote-as 65002", "neighbor 10.0.0.35 route-map BGP-OUT out"} <= set(bgp)
    assert {"neighbor 10.0.0.35 next-hop-self", "neighbor 10.0.0.35 activate"} <= set(bgp)
    assert "neighbor 10.0.0.35 poll-interval 10" not in ospf
    assert "neighbor 10.255.0.1 route-map BGP-OUT out" not in bgp
    assert "neighbor 10.255.0.1 route-map BGP-IN in" in bgp
    apart = {(check.node, check.target) for check in plan.checks if check.kind is CheckKind.NO_PING}
    assert ("pc_at1_at", "10.254.0.6") in apart


def test_the_provider_of_a_black_hole_needs_no_connected_next_hop() -> None:
    plan = plan_of("isp_abilene_ebgp_rtbh")
    provider, leaker = frr_of(plan, "iplsng"), frr_of(plan, "kscyng")
    assert "neighbor 10.0.0.23 disable-connected-check" in block(provider, "router bgp 65003")
    assert "ip route 192.0.2.1/32 Null0" in provider.splitlines()
    assert block(provider, "route-map BGP-IN permit 5") == [
        "match ip address prefix-list BUSINESS",
        "match community BH-SIGNAL",
        "set local-preference 200",
        "set ip next-hop 192.0.2.1",
    ]
    assert "neighbor 10.0.0.22 route-map BGP-OUT-TO-65003 out" in block(leaker, "router bgp 65002")
    assert "disable-connected-check" not in leaker


def test_rpki_is_in_the_plan_or_is_left_out_as_a_whole() -> None:
    text = text_of("isp_abilene_ebgp_rpki")
    full, without = plan_from(text, "rpki"), plan_from(text, "rpki", rpki=False)
    assert block(frr_of(full, "iplsng"), "rpki") == ["rpki cache 10.255.254.2 3323 preference 1"]
    assert block(frr_of(full, "iplsng"), "route-map BGP-IN deny 5") == ["match rpki invalid"]
    assert full.node("iplsng").programs[-1].argv[1:] == ("-c", "rpki start")
    assert any("stayrtr" in need for need in full.needs)
    assert any("bgpd_rpki" in need for need in full.needs)
    assert not any("stayrtr" in need or "rpki" in need for need in without.needs)
    assert "rpki" not in frr_of(without, "iplsng")
    assert without.variant["rpki"] == "left out"
    for plan in (full, without):
        assert block(frr_of(plan, "kscyng"), "route-map BGP-OUT deny 5") == ["match ip address prefix-list LEAK"]
        assert block(frr_of(plan, "washng"), "route-map BGP-OUT permit 10")
        assert "LEAK" not in frr_of(plan, "washng")


def test_a_campus_has_leases_names_pages_and_hidden_backends() -> None:
    plan = plan_of("campus_lan.s")
    assert {
        LabCheck(CheckKind.LEASE, "pc_1_1_1_1", "10.1.1.0/24"),
        LabCheck(CheckKind.RESOLVES, "pc_1_1_1_1", "web99.local", "10.200.0.7"),
        LabCheck(CheckKind.FETCHES, "pc_1_1_1_1", "https://web0.local/small"),
        LabCheck(CheckKind.PING, "pc_1_1_1_1", "10.200.0.7"),
        LabCheck(CheckKind.NO_PING, "pc_1_1_1_1", "20.200.0.2"),
        LabCheck(CheckKind.RUNS, "dns_server", "named"),
    } <= set(plan.checks)
    relay = plan.node("router_dist_1_1").programs[0]
    assert relay.argv[-5:] == ("-i", "br0", "-i", "eth0", "10.200.0.8")
    backend = plan.node("backend_web_0")
    assert (backend.gateway, plan.node("pc_1_1_1_1").dhcp) == ("20.200.0.1", "eth0")
    assert len(plan.cables[-1].ends) == 4


# --- Malformed files --------------------------------------------------------------------------------------------------

A_LINK = {"name": "h1:eth1--r2:eth1", "a": "r2:eth1", "b": "h1:eth1"}
MALFORMED = {
    "no schema": (small(schema="other/2"), "schema", "nika-pack/1"),
    "no nodes": (small(nodes=[]), "nodes", "at least 1"),
    "role": (small(nodes__0__role="firewall"), "nodes[0] (r1).role", "router"),
    "address": (small(links__0__a_ip="10.0.0.300/31"), "links[0] (r1:eth0--r2:eth0).a_ip", "write one such as"),
    "subnets": (small(links__0__b_ip="10.0.9.1/31"), "links[0]", "different subnets"),
    "twice": (small(nodes__1__name="r1"), "nodes[1] (r1)", "a name of its own"),
    "address twice": (small(nodes__1__loopback="10.255.0.1/32"), "nodes[1] (r2).loopback", "nodes[0] (r1).loopback"),
    "unknown end": (
        small(links__1__b="h2:eth0", links__1__name="h2:eth0--r1:eth1"),
        "links[1]",
        "add the node or correct the end",
    ),
    "name of a link": (small(links__0__name="r2--r1"), "links[0] (r2--r1).name", "r1:eth0--r2:eth0"),
    "interface in use": (small(links__2=A_LINK | {"a": "r2:eth0", "name": "h1:eth1--r2:eth0"}), "links[2]", "r2:eth0"),
    "long interface": (small(links__0__a="r1:interface-number-0"), "links[0]", "15 letters"),
    "gateway": (small(nodes__2__gateway="10.9.9.9"), "nodes[2] (h1).gateway", "10.254.0.2/30"),
    "net": (small(routing={"isis": {"tag": "X"}}), "nodes[0] (r1).net", "add the network entity title"),
    "line break": (small(nodes__0__name="r1\nrouter bgp 1"), "nodes[0]", "name of a node"),
    "setting": (small(routing__bgp={"settings": ["bgp x; !y"]}), "routing.bgp.settings[0]", "line of a configuration"),
    "unknown node": (
        small(routing__bgp={"originated": [{"node": "r9", "prefix": "10.9.0.0/24"}]}),
        "routing.bgp.originated[0].node",
        "add the node or correct the name",
    ),
    "protocol": (small(routing={"rip": {"version": 2}}), "routing", "known are ospf"),
    "daemon": (small(router_daemons=["ripd"]), "router_daemons[0]", "known are"),
    "metric": (small(links__0__metric=70_000), "links[0] (r1:eth0--r2:eth0).metric", "write a smaller one"),
    "no yaml": ("nodes: [", "line 2", "correct the file"),
    "a list": ("- 1\n", "it has no fields", "nika-pack/1"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_file_names_the_place_and_the_remedy(case: str) -> None:
    text, place, remedy = MALFORMED[case]
    with pytest.raises(ScenarioError) as error:
        plan_from(text, "my.yaml")
    assert str(error.value).startswith("my.yaml: ")
    assert place in str(error.value)
    assert remedy in str(error.value)


def test_words_that_yaml_takes_for_truth_are_names() -> None:
    text = small().replace("h1", "no")
    assert plan_from(text, "small").node("no").role is LabRole.HOST


def test_an_unknown_service_is_left_out_and_stated() -> None:
    plan = plan_from(small(services={"ntp": {"server": "h1"}}, nodes__2__services=["ntp"]), "small")
    assert plan.variant == {"service ntp": "left out", "service ntp of h1": "left out"}


def test_reflectors_work_over_ospf_too() -> None:
    content = yaml.safe_load(text_of("isp_nobel-eu.isis.ibgp_rr"))
    content["routing"]["ospf"] = {"area": "0.0.0.0", "network_type": "non-broadcast"}
    del content["routing"]["isis"]
    plan = plan_from(yaml.safe_dump(content), "nobel")
    assert LabCheck(CheckKind.BGP, "amsterdam", expected="27") in plan.checks
    assert "203.0.115" not in " ".join(block(frr_of(plan, "zurich"), "router ospf"))
