"""Links that devices see are listed with their evidence; a switch in between makes no link; nothing is merged."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.devices.check import check_devices
from network.devices.console import NoAnswer, Trouble
from network.devices.discovery.findings import (
    DeviceFindings,
    LldpSighting,
    findings_of_snmp,
    learned_addresses,
    lldp_sightings,
)
from network.devices.discovery.links import DiscoveryReport, LinkEvidence, LinkMatch, discovered
from network.devices.discovery.reading import read_findings, readable
from network.devices.inventory.addresses import device_addresses
from network.devices.inventory.reading import read_device_inventory
from network.devices.pulse.reading import NeighbourPulse
from network.devices.snmp.objects import Mib
from network.devices.snmp.reading import SnmpValue
from nms.cli import run
from tests.network.devices.bed import START_SNMPD, START_SSHD, Bed, bed, skip_unless_possible

INVENTORY = """\
defaults: {ssh: {user: nms, key: {file: id}}}
devices:
  r1: {address: 192.0.2.1, role: router}
  r2: {address: 192.0.2.2, role: router}
  sw: {address: 192.0.2.3, role: switch}
  s1: {address: 192.0.2.4, role: server}
  s2: {address: 192.0.2.5, role: server}
links:
  - {a: 'r1:eth1', b: 'r2:eth1'}
  - {a: 'r1:eth2', b: 'r2:eth2'}
  - {a: 'r2:eth3', b: 'sw:p1'}
  - {a: 's1:eth0', b: 'sw:p2'}
  - {a: 's2:eth9', b: 'sw:p3'}
"""


def findings(*ports: str, **more: object) -> DeviceFindings:
    """`ports`: such as `eth1 10.0.0.1/24`; the hardware address ends in the last byte of the address."""
    rows = []
    for text in ports:
        name, _, address = text.partition(" ")
        local, _, length = address.partition("/")
        info = [{"local": local, "prefixlen": int(length)}] if length else []
        mac = f"02:00:00:00:00:{int(local.rpartition('.')[2] or 0):02x}"
        rows.append({"ifname": name, "addr_info": info, "address": mac})
    addresses = device_addresses(json.dumps(rows))
    assert addresses is not None
    return DeviceFindings(addresses, **more)  # type: ignore[arg-type]


def report(tmp_path: Path, found: dict[str, DeviceFindings]) -> DiscoveryReport:
    (tmp_path / "inventory.yaml").write_text(INVENTORY)
    return discovered(read_device_inventory(tmp_path / "inventory.yaml"), found)


def test_links_are_compared_with_the_file(tmp_path: Path) -> None:
    up = NeighbourPulse("ospf", True, "eth1", "10.0.12.2")
    isis = NeighbourPulse("isis", True, "eth1")
    loopback = NeighbourPulse("bgp", True, "", "10.0.13.2")
    found = {
        "r1": findings("mgmt 192.0.2.1/24", "eth1 10.0.12.1/30", "eth2 10.0.77.1/30", neighbours=(up, isis, loopback)),
        "r2": findings(
            "mgmt 192.0.2.2/24", "eth1 10.0.12.2/30", "eth2 10.0.78.1/30", "eth3 10.0.20.1/24", "eth4 10.0.66.1/30",
            neighbours=(isis,),
        ),
        "sw": findings("mgmt 192.0.2.3/24", "p1", "p2", "br0", learned={"p2": frozenset(("02:00:00:00:00:0a",))}),
        "s1": findings("mgmt 192.0.2.4/24", "eth0 10.0.20.10/24", "eth5 10.0.66.2/30"),
    }  # fmt: skip
    made = report(tmp_path, found)
    by_name = {link.name: link for link in made.links}
    direct = by_name["r1:eth1 -- r2:eth1"]
    assert direct.match is LinkMatch.CONFIRMED
    assert direct.evidence.keys() == {LinkEvidence.NETWORK, LinkEvidence.OSPF, LinkEvidence.ISIS}
    assert by_name["r1:eth2 -- r2:eth2"].match is LinkMatch.NOT_SEEN
    assert by_name["r2:eth3 -- sw:p1"].match is LinkMatch.CANNOT_SAY
    assert by_name["s1:eth0 -- sw:p2"].evidence == {LinkEvidence.LEARNED: "sw has learned the address of s1:eth0 at p2"}
    assert by_name["s2:eth9 -- sw:p3"].remark == "s2 could not be read"
    assert by_name["r2:eth4 -- s1:eth5"].match is LinkMatch.NOT_IN_FILE
    assert [(each.network, *map(str, each.ports)) for each in made.segments] == [("10.0.20.0/24", "r2:eth3", "s1:eth0")]
    assert len(made.links) == 6


def test_the_address_of_a_switch_counts_for_its_cable(tmp_path: Path) -> None:
    found = {
        "sw": findings("p2", "br0 10.0.20.2/30"),
        "s1": findings("eth0 10.0.20.1/30", lldp=(LldpSighting("eth0", "sw.example.net", "p2"),)),
        "s2": findings("eth0"),
    }
    by_name = {link.name: link for link in report(tmp_path, found).links}
    assert by_name["s1:eth0 -- sw:p2"].evidence.keys() == {LinkEvidence.NETWORK, LinkEvidence.LLDP}
    assert by_name["s2:eth9 -- sw:p3"].match is LinkMatch.NO_PORT


def test_answers_of_lldp_and_of_a_switch() -> None:
    answer = {
        "lldp": [{"interface": [
            {"name": "eth1", "chassis": [{"id": [{"type": "mac", "value": "x"}], "name": [{"value": "r2"}]}],
             "port": [{"id": [{"type": "mac", "value": "y"}], "descr": [{"value": "eth5"}]}]},
            {"name": "eth2", "chassis": [{"id": [{"type": "mac", "value": "x"}]}]},
        ]}]
    }  # fmt: skip
    assert lldp_sightings(json.dumps(answer).encode()) == (LldpSighting("eth1", "r2", "eth5"),)
    assert lldp_sightings(b'{"lldp": [{}]}') == () and lldp_sightings(b"no daemon") == ()
    rows = [
        {"mac": "86:A7:a7:65:08:7f", "ifname": "p1", "flags": [], "master": "br0", "state": ""},
        {"mac": "1a:8d:a5:ab:1c:69", "ifname": "p1", "flags": [], "master": "br0", "state": "permanent"},
        {"mac": "33:33:00:00:00:01", "ifname": "p1", "flags": ["self"], "state": ""},
        {"mac": 7},
    ]
    assert learned_addresses(json.dumps(rows).encode()) == {"p1": frozenset(("86:a7:a7:65:08:7f",))}


def test_neighbours_by_snmp() -> None:
    found = findings_of_snmp(
        {
            Mib.IF_NAME: {"1": b"lo", "2": b"eth1"},
            Mib.IF_HARDWARE: {"2": b"\x02\x00\x00\x00\x00\x01"},
            Mib.IP_PORT: {"127.0.0.1": 1, "10.0.12.1": 2},
            Mib.IP_MASK: {"127.0.0.1": "255.0.0.0", "10.0.12.1": "255.255.255.252"},
            Mib.OSPF_STATE: {"10.0.12.2.0": 8},
            Mib.LLDP_OWN_PORT: {"3": b"eth1"},
            Mib.LLDP_SYSTEM: {"600.3.1": b"r2"},
            Mib.LLDP_PORT_TEXT: {"600.3.1": b"eth5"},
        }
    )
    assert str(found.addresses.ports["eth1"][0]) == "10.0.12.1/30"
    assert found.addresses.hardware == {"eth1": "02:00:00:00:00:01"}
    assert found.neighbours == (NeighbourPulse("ospf", True, "", "10.0.12.2"),)
    assert found.lldp == (LldpSighting("eth1", "r2", "eth5"),)


VALUES = st.one_of(st.integers(), st.binary(max_size=8), st.text(max_size=8), st.none())


@given(st.dictionaries(st.sampled_from(Mib), st.dictionaries(st.text("0123456789.", max_size=12), VALUES)), st.binary())
def test_any_answers_are_harmless(tables: dict[Mib, dict[str, SnmpValue]], answer: bytes) -> None:
    findings_of_snmp(tables)
    lldp_sightings(answer)
    learned_addresses(b"[" + answer + b"]")


FRR = """\
interface eth1
 ip address 10.0.12.{own}/30
 ip ospf area 0
 ip ospf network point-to-point
 ip ospf hello-interval 1
 ip ospf dead-interval 3
router ospf
agentx
"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    skip_unless_possible("zebra", "ospfd", "snmpd")
    with bed(tmp_path_factory.mktemp("bed")) as made:
        one, two, switch = (made.add(name, (START_SSHD, START_SNMPD)) for name in ("r1", "r2", "sw"))
        server = made.add("s1", (START_SSHD,))
        made.link(one, "eth1", two, "eth1")
        made.link(two, "eth2", switch, "p1")
        made.link(switch, "p2", server, "eth1")
        switch.run(
            "sh",
            "-c",
            "ip link add br0 type bridge; ip link set br0 up; for p in p1 p2; do ip link set $p master br0; done",
        )
        two.run("ip", "addr", "add", "10.0.20.1/24", "dev", "eth2")
        server.run("ip", "addr", "add", "10.0.20.2/24", "dev", "eth1")
        for own, device in ((1, one), (2, two)):
            device.start_frr(FRR.format(own=own), "ospfd")
        server.run("ping", "-c", "2", "-i", "0.5", "10.0.20.1")
        made.trust()
        text = (
            (
                made.inventory().read_text()
                + "links:\n  - {a: 'r1:eth1', b: 'r2:eth1'}\n  - {a: 'r2:eth2', b: 'sw:p1'}\n"
            )
            .replace("sw: {", "sw: {role: switch, ")
            .replace("s1: {", "s1: {role: server, snmp: none, ")
        )
        (made.folder / "inventory.yaml").write_text(text)
        yield made


@pytest.mark.slow
async def test_real_devices_are_discovered_by_ssh_and_by_snmp(ground: Bed) -> None:
    await asyncio.sleep(6)
    text = (ground.folder / "inventory.yaml").read_text()
    (ground.folder / "snmp.yaml").write_text(text.replace("r2: {", "r2: {ssh: none, "))
    for name in ("inventory.yaml", "snmp.yaml"):
        inventory = read_device_inventory(ground.folder / name)
        found = readable(await read_findings(inventory))
        assert len(found) == 4
        by_name = {link.name: link for link in discovered(inventory, found).links}
        assert by_name["r1:eth1 -- r2:eth1"].evidence.keys() == {LinkEvidence.NETWORK, LinkEvidence.OSPF}
        assert by_name["r2:eth2 -- sw:p1"].match is LinkMatch.CONFIRMED
        assert by_name["s1:eth1 -- sw:p2"].match is LinkMatch.NOT_IN_FILE
        assert len(by_name) == 3, by_name


@pytest.mark.slow
async def test_real_devices_are_checked(ground: Bed) -> None:
    inventory = read_device_inventory(ground.folder / "inventory.yaml")
    report = await check_devices(inventory)
    lines = {each.device: each.line for each in report.devices}
    assert all(each.is_good and each.ping for each in report.devices), lines
    assert lines["r1"] == "r1 (172.29.86.11): SSH as nms, root, vtysh, SNMP v2c with 3 interfaces"
    assert lines["s1"] == "s1 (172.29.86.14): SSH as nms, root"
    (ground.folder / "gone.yaml").write_text(
        "gateway: 172.29.86.97\ndefaults: {role: router, ssh: {user: nms, key: {file: id}}}\n"
        "devices: {x1: {address: 172.29.86.98}, x2: {address: 172.29.86.99}}\n"
    )
    gone = await check_devices(read_device_inventory(ground.folder / "gone.yaml"))
    assert gone.sight.cut_off and not any(each.is_good for each in gone.devices)
    (failure,) = gone.devices[0].failures
    assert isinstance(failure, NoAnswer) and failure.trouble is Trouble.UNREACHABLE


@pytest.mark.slow
def test_the_commands(ground: Bed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    inventory = str(ground.folder / "inventory.yaml")
    known = ground.folder / "known_hosts"
    right = known.read_text()
    known.write_text("")
    assert run(["devices", "check", inventory]) == 1
    assert "no host key is recorded; compare and record it with nms devices trust" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run(["devices", "trust", inventory]) == 1
    assert known.read_text() == ""
    assert run(["devices", "trust", inventory, "--yes"]) == 0
    assert "r1 (172.29.86.11): ssh-ed25519 SHA256:" in capsys.readouterr().out
    assert sorted(known.read_text().split()) == sorted(word for word in right.split() if "@" not in word)
    known.write_text(
        known.read_text().replace("172.29.86.11 ", "172.29.86.77 ").replace("172.29.86.12 ", "172.29.86.11 ")
    )
    assert run(["devices", "trust", inventory, "r1", "--yes"]) == 1
    captured = capsys.readouterr()
    assert "changed, but ssh-ed25519" in captured.out and "use --replace" in captured.err
    known.write_text(right)
    assert run(["devices", "check", inventory, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [each["good"] for each in document["devices"]] == [True] * 4
    assert run(["devices", "discover", inventory]) == 1
    assert "not in the file s1:eth1 -- sw:p2: learned hardware address" in capsys.readouterr().out
    assert run(["devices", "trust", inventory, "r9"]) == 2
