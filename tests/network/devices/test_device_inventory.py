"""An inventory is read as an engineer means it; an error names the line and the remedy, and never a secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from network.devices.inventory.device import CommunityAccess, DeviceInventory, UserAccess
from network.devices.inventory.reading import read_device_inventory
from network.devices.inventory.secret import SecretReference
from shared.domain.errors import SettingError
from shared.domain.kinds import NodeType

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "inventory.md"
SECRET = "hunter2-hunter2"
TWO = """\
defaults:
  role: router
  ssh: {user: nms, key: {file: id}}
devices:
  r1: {address: 192.0.2.1}
  r2: {address: 192.0.2.2}
"""


def read(folder: Path, text: str) -> DeviceInventory:
    path = folder / "inventory.yaml"
    path.write_text(text)
    return read_device_inventory(path)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(SettingError) as raised:
        read(folder, text)
    assert str(raised.value).startswith(f"{folder / 'inventory.yaml'}: ")
    return str(raised.value).removeprefix(f"{folder / 'inventory.yaml'}: ")


def example() -> str:
    found = re.search(r"```yaml inventory\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    return found[1]


def test_the_example_of_the_page_is_read(tmp_path: Path) -> None:
    inventory = read(tmp_path, example())
    assert [device.name for device in inventory.devices] == [
        "core-1",
        "core-2",
        "access-1",
        "web-1",
        "ns-1",
        "client-1",
    ]
    core, other, access, web, ns, client = inventory.devices
    assert core.ssh and other.ssh and client.ssh
    assert (core.ssh.port, other.ssh.port, other.ssh.user) == (22, 2222, "nms")
    assert core.ssh.key == SecretReference(file="keys/id_ed25519") and client.ssh.key is None
    assert other.ssh.passphrase == SecretReference(env="NMS_CORE_2_PASSPHRASE")
    assert access.ssh is None and access.role is NodeType.SWITCH
    assert access.snmp == CommunityAccess(SecretReference(env="NMS_SNMP_COMMUNITY"))
    assert isinstance(core.snmp, UserAccess) and isinstance(web.snmp, UserAccess) and web.snmp.port == 1161
    assert (access.limits.commands_per_second, access.limits.sessions, core.limits.sessions) == (2, 8, 8)
    assert inventory.by_source["10.255.0.1"] is core
    assert inventory.known_hosts == tmp_path / "known_hosts"
    dns, dhcp = ns.services
    assert (dns.port, dns.expected, dns.start) == (53, "10.0.1.10", ("systemctl", "start", "named"))
    assert dhcp.options == {"router": "10.0.2.1", "dns": "10.0.1.53"}
    topology = inventory.topology()
    assert topology.between("core-1", "core-2") == ("core-1:eth1--core-2:eth1", "core-1:eth2--core-2:eth2")
    assert inventory.cable_of["core-1:eth2--core-2:eth2"].capacity == 10_000
    assert str(inventory.cable_of["access-1--web-1"].b) == "web-1:eth0"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("address: 192.0.2.2", "adress: 192.0.2.2", "line 6: devices.r2.adress: no such key; did you mean address?"),
        ("192.0.2.2", "192.0.2.300", "line 6: devices.r2.address: '192.0.2.300' is no address"),
        ("192.0.2.2", "192.0.2.1", "line 6: 192.0.2.1 is also an address of 'r1'"),
        ("role: router", "role: toaster", "line 2: defaults.role: Input should be 'router', 'switch' or 'server'"),
        ("role: router", "limits: {sessions: 1}", "line 2: defaults.limits.sessions: "),
        ("user: nms, ", "", "line 5: ssh of 'r1' has no user; write user: "),
        ("{address: 192.0.2.2}", "{}", "line 6: device 'r2' has no address; write 'address:'"),
        ("r2:", "a--b:", "line 6: device 'a--b': '--' is kept for links"),
        ("r2:", "'r:2':", "line 6: device 'r:2': ':' separates a device from its interface; rename"),
        ("r2:", "r1:", "line 6: 'r1' is there twice, first in line 5"),
        ("192.0.2.2", "192.0.2.2, group: core", "line 6: there is no group 'core'; write 'groups:'"),
        ("192.0.2.2", "192.0.2.2, ssh: none", "line 6: device 'r2' has neither ssh nor snmp"),
        ("192.0.2.2", "192.0.2.2, ssh: ", "line 6: devices.r2.ssh: nothing is below it"),
        ("192.0.2.2", "192.0.2.2, services: {web: }", "line 6: service 'web' has no kind"),
    ],
)
def test_an_error_has_its_line_and_the_remedy(old: str, new: str, why: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, TWO.replace(old, new)).startswith(why)


def test_links_name_ports_of_devices(tmp_path: Path) -> None:
    links = TWO + "links:\n  - {a: 'r1:eth0', b: 'r2:eth0', capacity: 10G}\n"
    assert read(tmp_path, links).topology().link_by_id["r1--r2"].capacity == 10_000
    assert "line 8: there is no device 'r9'" in refusal(tmp_path, links.replace("r2:eth0", "r9:eth0"))
    assert "line 8: 'r2' is no port" in refusal(tmp_path, links.replace("'r2:eth0'", "r2"))
    assert "joins 'r1' to itself" in refusal(tmp_path, links.replace("r2:eth0", "r1:eth1"))
    assert "'fast' is no capacity" in refusal(tmp_path, links.replace("10G", "fast"))


@pytest.mark.parametrize(
    "snmp",
    [
        f"{{version: v2c, community: {SECRET}}}",
        f"{{version: v2c, community: {{{SECRET}: }}}}",
        f"{{version: v2c, community: [{SECRET}]}}",
        f"{{version: v3, user: nms, auth: {SECRET}, priv: {{env: PRIV}}}}",
        f"{{version: v3, user: nms, auth: {{env: {SECRET}}}, priv: {{env: PRIV}}}}",
        f"{{version: v3, user: nms, auth: {{env: A, text: {SECRET}}}, priv: {{env: PRIV}}}}",
    ],
)
def test_a_literal_secret_is_refused_and_not_repeated(snmp: str, tmp_path: Path) -> None:
    why = refusal(tmp_path, TWO.replace("defaults:\n", f"defaults:\n  snmp: {snmp}\n"))
    assert why.startswith("line 2: ")
    assert SECRET not in why


def test_a_secret_is_read_late_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "community").write_text(f"{SECRET}\n")
    secret = SecretReference(file="community").read(tmp_path)
    assert secret.reveal() == SECRET.encode()
    assert SECRET not in f"{secret} {secret!r}"
    monkeypatch.setenv("NMS_TEST_SECRET", SECRET)
    assert SecretReference(env="NMS_TEST_SECRET").read(tmp_path) == secret
    monkeypatch.delenv("NMS_TEST_SECRET")
    with pytest.raises(SettingError, match="NMS_TEST_SECRET is not set; set it"):
        SecretReference(env="NMS_TEST_SECRET").read(tmp_path)
    with pytest.raises(SettingError, match="missing cannot be read: No such file"):
        SecretReference(file="missing").read(tmp_path)
