"""A laboratory that is built: each node is a machine of its own, and the manager reaches it as any device."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from network.devices.inventory.reading import read_device_inventory
from network.lab.building import removal
from network.lab.building.checks import run_checks, wait_until_healthy
from network.lab.building.construction import build
from network.lab.building.handle import LabHandle
from network.lab.building.layout import LabSettings
from network.lab.building.management import SNMP_AUTHENTICATION, SNMP_USER
from network.lab.errors import LabError
from network.lab.plan import CheckKind, LabCheck, LabPort
from tests.network.lab.small_lab import (
    left_over,
    namespaces_of,
    require_a_laboratory,
    small_lab,
    small_plan,
    small_settings,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PATIENCE = 60.0
USAGE_LINES = "1.3.6.1.4.1.8072.1.3.2.4.1.2.5.117.115.97.103.101"
OSPF_NEIGHBOUR_STATE = "1.3.6.1.2.1.14.10.1.6"
FULL = 8


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabHandle]:
    require_a_laboratory()
    with small_lab("main", tmp_path_factory.mktemp("labs")) as built:
        assert wait_until_healthy(built, PATIENCE) == []
        yield built


def until(what: str, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def ssh(lab: LabHandle, node: str, line: str, *options: str) -> subprocess.CompletedProcess[str]:
    place = lab.place
    strict = ["-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={place.known_hosts}"]
    target = f"nms@{lab.state.addresses[node]}"
    words = ["ssh", "-F", "none", "-i", str(place.key), *strict, *options, target, line]
    return subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_a_node_is_a_machine_of_its_own(lab: LabHandle) -> None:
    machine = socket.gethostname()
    for node in ("r1", "s1"):
        assert lab.run(node, ["hostname"]).text.strip() == node != machine
    assert {each.name for each in lab.processes("s1")} == {"busybox", "snmpd", "sshd"}
    assert lab.run("s1", ["pgrep", "-x", "ospfd"]).status == 1
    assert len(lab.run("r1", ["pgrep", "-x", "ospfd"]).text.split()) == 1
    assert lab.run("s1", ["cat", "/srv/www/index.html"]).text == "the page of s1\n"
    assert not Path("/srv/www/index.html").exists()
    assert lab.run("s1", ["touch", "/usr/new", "/tmp/new", "/run/new"]).status == 0
    assert lab.run("s2", ["ls", "/usr/new", "/tmp/new", "/run/new"]).text.count("No such file") == 3
    assert not Path("/usr/new").exists()
    assert lab.run("s1", ["ls", str(lab.place.folder)]).status != 0
    assert lab.run("s1", ["sysctl", "-n", "net.ipv4.ip_forward"]).text.strip() == "0"
    assert lab.run("s1", ["sysctl", "-w", "kernel.printk=7"]).status != 0
    assert "nms:" not in Path("/etc/passwd").read_text()
    assert "$" not in lab.run("s1", ["cut", "-d:", "-f2", "/etc/shadow"]).text


def test_a_node_has_its_limits_and_reaps_its_orphans(lab: LabHandle) -> None:
    assert lab.cgroup("s1").cores() == 0.5
    hog = lab.spawn("s1", ["sh", "-c", "while :; do :; done"])
    try:
        before = lab.cgroup("s1").use()
        until("the quota is used up", lambda: lab.cgroup("s1").use().throttled > before.throttled + 3)
    finally:
        lab.end(hog)
    lab.run("s1", ["sh", "-c", "(sleep 0.1 &) &"])
    until("no zombie is left", lambda: "Z" not in lab.run("s1", ["ps", "axo", "stat="]).text)


def test_the_checks_of_the_plan_see_what_breaks(lab: LabHandle) -> None:
    assert all(result.holds for result in run_checks(lab))
    wrong = [
        LabCheck(CheckKind.OSPF, "r1", expected="2"),
        LabCheck(CheckKind.RUNS, "s1", "named"),
        LabCheck(CheckKind.NO_PING, "s1", "10.2.0.11"),
        LabCheck(CheckKind.BGP, "r1", expected="1"),
        LabCheck(CheckKind.FETCHES, "s1", "http://10.2.0.11/missing"),
        LabCheck(CheckKind.RESOLVES, "s1", "page.example", "10.2.0.12"),
        LabCheck(CheckKind.LEASE, "s1", "10.5.0.0/24"),
    ]
    assert [(result.holds, bool(result.reason)) for result in run_checks(lab, wrong)] == [(False, True)] * len(wrong)
    end = LabPort("s2", "eth0")
    far = lab.cable_ports(lab.cable(end))[end]
    lab.in_cables(["ip", "link", "set", far, "down"])
    try:
        failing = {result.check.node for result in run_checks(lab) if not result.holds}
        assert failing == {"s1", "s2"}
        assert "NO-CARRIER" in lab.run("s2", ["ip", "link", "show", "eth0"]).text
    finally:
        lab.in_cables(["ip", "link", "set", far, "up"])
    assert wait_until_healthy(lab, PATIENCE) == []


def test_a_program_that_died_starts_as_it_started_at_first(lab: LabHandle) -> None:
    httpd = next(each for each in lab.processes("s1") if "httpd" in each.words)
    lab.run("s1", ["pkill", "-KILL", "-x", "-f", " ".join(httpd.words)])
    until("httpd is gone", lambda: httpd.number not in {each.number for each in lab.processes("s1")})
    started = ssh(lab, "s1", "sudo /run/lab/start httpd")
    assert started.returncode == 0, started.stderr
    assert lab.run("s3", ["curl", "-s", "http://10.1.0.11/"]).text == "the page of s1\n"
    lab.run("r1", ["pkill", "-KILL", "-x", "ospfd"])
    assert ssh(lab, "r1", "sudo /run/lab/start frr").returncode == 0
    assert "router-id 10.0.0.1" in lab.run("r1", ["vtysh", "-c", "show running-config"]).text
    assert ssh(lab, "r1", "sudo /run/lab/restart frr").returncode == 0
    assert ssh(lab, "r1", "sudo /run/lab/start ../../bin/sh").returncode == 2
    assert wait_until_healthy(lab, PATIENCE) == []


def test_the_manager_comes_in_by_its_key_alone(lab: LabHandle, tmp_path: Path) -> None:
    assert [path.stat().st_mode & 0o777 for path in (lab.place.key, lab.place.snmp_secret)] == [0o600, 0o600]
    done = ssh(lab, "r1", "id -un; vtysh -c 'show ip ospf neighbor'; sudo -n ip -br link; sudo -n cat /etc/shadow")
    assert done.stdout.startswith("nms\n")
    assert "Full" in done.stdout
    assert "mgmt0" in done.stdout
    assert "password is required" in done.stderr
    assert "root" not in ssh(lab, "r1", "id -un", "-l", "root").stdout
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    strange = ssh(lab, "r1", "id -un", "-o", "IdentitiesOnly=yes", "-o", f"IdentityFile={other}")
    assert strange.returncode == 0  # the first key still works
    place = lab.place
    words = [
        "ssh",
        "-F",
        "none",
        "-i",
        str(other),
        "-o",
        "BatchMode=yes",
        "-o",
        f"UserKnownHostsFile={place.known_hosts}",
    ]
    denied = subprocess.run([*words, f"nms@{lab.state.addresses['r1']}", "id"], capture_output=True, check=False)
    assert b"Permission denied" in denied.stderr


async def test_a_node_answers_snmp_with_its_own_figures(lab: LabHandle) -> None:
    from gufo.snmp import Aes128Key, Sha256Key, SnmpVersion, User
    from gufo.snmp.aio import SnmpSession

    assert SNMP_AUTHENTICATION == "SHA-256"
    secret = lab.place.snmp_secret.read_text().strip().encode()
    user = User(SNMP_USER, auth_key=Sha256Key(secret), priv_key=Aes128Key(secret))
    address = lab.state.addresses["r1"]
    async with SnmpSession(addr=address, version=SnmpVersion.v3, user=user, timeout=5.0) as session:
        assert await session.get("1.3.6.1.2.1.1.5.0") in ("r1", b"r1")
        lines = [value async for _, value in session.getbulk(USAGE_LINES)]
        texts = [line.decode() if isinstance(line, bytes) else str(line) for line in lines]
        figures = {name: int(value) for name, value in (text.split() for text in texts)}
        assert figures["cpu_quota_us"] * 2 == figures["cpu_period_us"]
        assert 0 < figures["memory_usage_bytes"] < figures["memory_limit_bytes"] == 128 << 20
        end = time.monotonic() + PATIENCE
        states: list[object] = []
        while states != [FULL] and time.monotonic() < end:  # FRR looks for snmpd every 15 s
            states = [value async for _, value in session.getbulk(OSPF_NEIGHBOUR_STATE)]
            await asyncio.sleep(0.2)
        assert states == [FULL]
    with pytest.raises((TimeoutError, OSError, RuntimeError)):
        async with SnmpSession(addr=address, community="public", version=SnmpVersion.v2c, timeout=0.5) as session:
            await session.get("1.3.6.1.2.1.1.5.0")


def test_syslog_and_traps_arrive_at_the_collector(lab: LabHandle) -> None:
    state = lab.state
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as syslog, socket.socket(type=socket.SOCK_DGRAM) as traps:
        for receiver, port in ((syslog, state.syslog_port), (traps, state.trap_port)):
            receiver.bind((state.collector, port))
            receiver.settimeout(PATIENCE)
        assert lab.run("s4", ["logger", "-t", "trial", "the line"]).status == 0
        text, source = syslog.recvfrom(2_048)
        assert source[0] == state.addresses["s4"]
        assert b"trial: the line" in text
        lab.run("s4", ["ip", "link", "set", "eth0", "down"])
        trap, source = traps.recvfrom(4_096)
        assert source[0] == state.addresses["s4"]
        assert lab.place.trap_secret.read_text().strip().encode() in trap
        lab.run("s4", ["ip", "link", "set", "eth0", "up"])
        lab.run("s4", ["ip", "route", "replace", "default", "via", "10.2.0.1"])


def test_the_management_network_carries_nothing_else(lab: LabHandle) -> None:
    collector, other = lab.state.collector, lab.state.addresses["s2"]
    assert lab.run("s1", ["fping", "-r0", "-t500", collector]).status == 0
    assert lab.run("s1", ["fping", "-r0", "-t500", other]).status != 0
    transit = lab.run("r1", ["ip", "route", "get", collector, "from", "10.1.0.11", "iif", "lan"])
    assert "mgmt0" not in transit.text
    routes = json.loads(lab.run("r2", ["ip", "-json", "route"]).output)
    assert all(route.get("dev") != "mgmt0" for route in routes)
    assert Path(f"/proc/sys/net/ipv4/conf/{lab.state.host_interface}/forwarding").read_text().strip() == "0"


def test_the_manager_can_read_the_inventory(lab: LabHandle) -> None:
    inventory = read_device_inventory(lab.place.inventory)
    assert {device.name: device.address for device in inventory.devices} == dict(lab.state.addresses)
    assert len(inventory.links) == 6


def test_nothing_is_left(tmp_path: Path) -> None:
    require_a_laboratory()
    settings = small_settings("gone", tmp_path / "labs")
    try:
        lab = build(small_plan(), settings, lambda _: None)
        namespaces = namespaces_of(lab)
        with pytest.raises(LabError, match="is up"):
            build(small_plan(), settings, lambda _: None)
    finally:
        take_down(settings)
    assert left_over(settings.place, settings, namespaces) == []
    take_down(settings)
    with pytest.raises(LabError, match="no laboratory"):
        LabHandle.of(settings.name, settings.place)


def take_down(settings: LabSettings) -> None:
    with removal.alone(settings.place):
        removal.remove(settings.place)


STOPPED_AT = """
import os, signal, sys
from network.lab.building.construction import build
from network.lab.building.layout import LabSettings
from tests.network.lab.small_lab import small_plan, small_settings
from pathlib import Path
from ipaddress import IPv4Network

def report(moment):
    if moment.what == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

build(small_plan(), LabSettings(sys.argv[1], Path(sys.argv[2]), IPv4Network(sys.argv[4])), report)
"""


@pytest.mark.parametrize("moment", ["nodes", "cables"])
def test_a_killed_construction_does_not_stop_the_next(tmp_path: Path, moment: str) -> None:
    require_a_laboratory()
    settings = small_settings(f"kill-{moment}", tmp_path / "labs")
    words = [sys.executable, "-c", STOPPED_AT, settings.name, str(settings.folder), moment, str(settings.subnet)]
    try:
        killed_and_built(settings, words)
    finally:
        take_down(settings)


def killed_and_built(settings: LabSettings, words: Sequence[str]) -> None:
    killed = subprocess.run(words, capture_output=True, timeout=PATIENCE, check=False, cwd=Path(__file__).parents[3])
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert left_over(settings.place, settings, set()) != []
    lab = build(small_plan(), settings, lambda _: None)
    namespaces = namespaces_of(lab)
    assert wait_until_healthy(lab, PATIENCE) == []
    take_down(settings)
    assert left_over(settings.place, settings, namespaces) == []
