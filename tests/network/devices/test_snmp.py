"""Values become readings and rates, whatever the device sends; each failure of SNMP has its own reason."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.devices.console import NoAnswer, Trouble
from network.devices.inventory.device import CommunityAccess, Device, UserAccess
from network.devices.inventory.secret import SecretReference
from network.devices.snmp.cgroup import CgroupFigures, cgroup_figures
from network.devices.snmp.objects import SYS_NAME, SYS_UPTIME, Mib, cell
from network.devices.snmp.poller import SnmpPoller
from network.devices.snmp.rates import RateMeter, has_restarted, increase, rates_between
from network.devices.snmp.reading import (
    NeighbourState,
    SnmpLayout,
    SnmpReading,
    SnmpValue,
    TrafficCounter,
    interpreted,
    learned,
)
from network.devices.snmp.session import SnmpClient
from shared.domain.kinds import NodeType
from tests.network.devices.agent import agent, answered, item, oid
from tests.network.devices.bed import START_SNMPD, START_SSHD, Bed, TestDevice, bed, skip_unless_possible

LAYOUT = learned(
    {
        Mib.IF_NAME: {"1": b"lo", "2": b"eth0"},
        Mib.IF_SPEED: {"2": 1000},
        Mib.HC_IN_OCTETS: {"1": 1, "2": 1},
        Mib.OSPF_ROUTER: {"10.0.0.2.0": "10.255.0.2"},
        Mib.BGP_STATE: {"10.0.0.6": 6},
        Mib.ISIS_SYSTEM: {"2.1": b"\x00\x00\x00\x00\x00\x02"},
        Mib.CPU_TICKS: {"50.0": 1, "53.0": 1},
        Mib.MEMORY: {"5.0": 1, "6.0": 1},
    }
)


def values(octets: int = 0, uptime: int = 100_00, name: bytes = b"eth0", **more: SnmpValue) -> dict[str, SnmpValue]:
    found: dict[str, SnmpValue] = {
        SYS_UPTIME: uptime,
        cell(Mib.IF_NAME, 1): b"lo",
        cell(Mib.IF_NAME, 2): name,
        cell(Mib.IF_OPER, 2): 1,
        cell(Mib.IF_ADMIN, 2): 2,
        cell(Mib.HC_IN_OCTETS, 2): octets,
        cell(Mib.IN_ERRORS, 2): octets % 2**32,
        cell(Mib.OSPF_STATE, "10.0.0.2.0"): 8,
        cell(Mib.BGP_STATE, "10.0.0.6"): 3,
        cell(Mib.CPU_TICKS, "50.0"): 100 + octets,
        cell(Mib.CPU_TICKS, "53.0"): 300 + octets,
        cell(Mib.MEMORY, "5.0"): 1000,
        cell(Mib.MEMORY, "6.0"): 250,
    }
    return found | more


def reading(at: float, octets: int, uptime: int = 100_00, layout: SnmpLayout = LAYOUT) -> SnmpReading:
    return interpreted(layout, values(octets, uptime), at)


def test_a_reading_has_what_the_device_sent_and_nothing_else() -> None:
    found = interpreted(LAYOUT, values(), 5.0)
    eth0 = found.interfaces["eth0"]
    assert (eth0.oper_up, eth0.admin_up, eth0.speed, found.interfaces["lo"].oper_up) == (True, False, 1000, None)
    assert found.memory == 0.75 and found.uptime == 100
    states = {(each.protocol, each.peer, each.router): each.state for each in found.neighbours}
    assert states == {
        ("ospf", "10.0.0.2", "10.255.0.2"): NeighbourState.UP,
        ("bgp", "10.0.0.6", ""): NeighbourState.COMING,
        ("isis", "0000.0000.0002", "0000.0000.0002"): NeighbourState.DOWN,
    }
    assert not found.stale
    assert interpreted(LAYOUT, values(name=b"eth7"), 5.0).stale


def test_an_empty_or_hostile_device_gives_an_empty_reading() -> None:
    empty = interpreted(SnmpLayout(), {}, 0)
    assert (empty.interfaces, empty.memory, empty.processor, empty.uptime) == ({}, None, None, None)
    odd: Mapping[Mib, Mapping[str, SnmpValue]] = {
        Mib.IF_NAME: {"x": b"a", "1": 5, "-2": b"b", "3": b"\xff\x00"},
        Mib.IF_SPEED: {"3": "fast", "y": 1},
        Mib.STORAGE_TYPE: {"": None},
    }
    layout = learned(odd)
    assert list(layout.interfaces) == [3]
    assert interpreted(layout, {SYS_UPTIME: b"soon"}, 0).uptime is None


@given(st.dictionaries(st.sampled_from(LAYOUT.oids()), st.one_of(st.none(), st.integers(), st.binary(), st.text())))
def test_any_values_can_be_interpreted(sent: dict[str, SnmpValue]) -> None:
    one, other = interpreted(LAYOUT, sent, 0), interpreted(LAYOUT, values(), 1)
    rates_between(one, other)
    rates_between(other, replace(one, at=2.0))


@pytest.mark.parametrize(
    ("before", "after", "bits", "most", "grown"),
    [
        (10, 30, 32, None, 20),
        (2**32 - 10, 5, 32, None, 15),
        (2**64 - 10, 5, 64, None, 15),
        (1000, 10, 32, None, None),
        (10**12, 10, 64, None, None),
        (3 * 10**9, 0, 32, 250e6, None),
        (0, 10**9, 64, 250e6, None),
    ],
)
def test_counters_wrap_or_begin_again(
    before: int, after: int, bits: int, most: float | None, grown: int | None
) -> None:
    assert increase(before, after, bits, most) == grown


def test_rates_over_a_cache_a_restart_and_new_indexes() -> None:
    meter = RateMeter()
    assert meter.observe(reading(0, 1000)) is None
    assert meter.observe(reading(1, 1000, 101_00)) is None
    rates = meter.observe(reading(3, 4000, 103_00))
    assert rates is not None
    assert rates.interfaces["eth0"].bits(TrafficCounter.IN_OCTETS) == 8000
    assert rates.processor == 0.5
    restarted = meter.observe(reading(4, 10, 50))
    assert restarted is not None and restarted.restarted and restarted.interfaces == {}
    numbered_again = replace(LAYOUT, interfaces={1: "eth0", 2: "lo"}, speeds={})
    sent: dict[str, SnmpValue] = {
        cell(Mib.IF_NAME, 1): b"eth0",
        cell(Mib.IF_NAME, 2): b"lo",
        cell(Mib.HC_IN_OCTETS, 1): 510,
    }
    after = meter.observe(interpreted(numbered_again, sent | {SYS_UPTIME: 150}, 5))
    assert after is not None and after.interfaces["eth0"].rates == {TrafficCounter.IN_OCTETS: 500}


def test_the_uptime_ends_after_497_days_without_a_restart() -> None:
    assert not has_restarted(reading(0, 0, 2**32 - 50), reading(1, 0, 50))
    assert has_restarted(reading(0, 0, 2**31), reading(1, 0, 50))
    assert has_restarted(reading(0, 0, 2**32 - 50), reading(600, 0, 50))


def test_figures_of_a_control_group() -> None:
    one = b"/x/cpuacct.usage:2500000000\n/x/memory.usage_in_bytes:77\n/x/memory.limit_in_bytes:9223372036854771712\n"
    assert cgroup_figures(one + b"/x/cpu.cfs_quota_us:50000\n/x/cpu.cfs_period_us:100000\n") == CgroupFigures(
        cpu_seconds=2.5, cpu_limit=0.5, memory=77
    )
    two = b"/y/cpu.stat:usage_usec 1500000\n/y/cpu.stat:throttled_usec 5\n/y/cpu.max:max 100000\n/y/memory.max:100\n"
    assert cgroup_figures(two) == CgroupFigures(cpu_seconds=1.5, throttled_seconds=5e-6, memory_limit=100)
    assert cgroup_figures(b"\xff:\n:::\nnothing") == CgroupFigures()


@pytest.fixture
def device(tmp_path: Path) -> Device:
    (tmp_path / "community").write_text("public-of-the-bed")
    (tmp_path / "auth").write_text("auth-of-the-bed")
    (tmp_path / "priv").write_text("priv-of-the-bed")
    (tmp_path / "wrong").write_text("wrong-wrong-wrong")
    return Device("r1", NodeType.ROUTER, "127.0.0.1")


def reference(name: str) -> SecretReference:
    return SecretReference(file=name)


async def test_a_device_with_small_answers_gets_small_requests(device: Device, tmp_path: Path) -> None:
    oids = [f"1.3.6.1.2.1.2.2.1.10.{n}" for n in range(40)]
    too_big = lambda asked: (1, b"") if len(asked) > 12 else (0, answered(asked))  # noqa: E731
    async with agent(too_big) as (port, sizes):
        client = SnmpClient(device, CommunityAccess(reference("community"), port), tmp_path)
        found = await client.get(oids)
        assert not isinstance(found, NoAnswer) and found.keys() >= set(oids)
        before = len(sizes)
        assert not isinstance(await client.get(oids), NoAnswer)
        assert max(sizes[before:]) <= 12


async def test_a_device_that_answers_nonsense(device: Device, tmp_path: Path) -> None:
    async def of(answering: object) -> NoAnswer | dict[str, SnmpValue]:
        async with agent(answering) as (port, _):  # type: ignore[arg-type]
            client = SnmpClient(device, CommunityAccess(reference("community"), port), tmp_path, within=0.5)
            found = await client.get([SYS_NAME])
            return found if isinstance(found, NoAnswer) else await client.walk("1.3.6.1.2.1.2.2.1.2")

    same = item(0x30, oid("1.3.6.1.2.1.2.2.1.2.5") + item(4, b"x"))
    garbage = await of(lambda asked: (-1, b""))
    assert isinstance(garbage, NoAnswer) and garbage.trouble is Trouble.GARBAGE
    closed = await of(lambda asked: (2, b""))
    assert isinstance(closed, NoAnswer) and "shows no sysUpTime" in closed.reason
    loop = await of(
        lambda asked: (0, answered(asked) if len(asked) == 1 and b"\x01\x03" in asked[0].content else same * 9)
    )
    assert loop == {} or loop == {"5": b"x"} or isinstance(loop, NoAnswer)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    skip_unless_possible("snmpd")
    with bed(tmp_path_factory.mktemp("bed")) as made:
        made.add("r1", (START_SSHD, START_SNMPD))
        yield made


@pytest.fixture
def real(ground: Bed, device: Device) -> Device:
    return replace(device, address=ground.devices["r1"].address)


@pytest.fixture
def r1(ground: Bed) -> TestDevice:
    return ground.devices["r1"]


def snmpd_pid(r1: TestDevice) -> int:
    inside = r1.run("cat", "/run/d-snmp/pid").strip()
    for each in Path("/proc").glob("[0-9]*"):
        try:
            status = (each / "status").read_text()
        except OSError:
            continue
        if "Name:\tsnmpd\n" in status and status.partition("NSpid:")[2].split("\n")[0].split()[-1] == inside:
            return int(each.name)
    raise AssertionError("snmpd does not run")


@pytest.mark.parametrize("version", ["v2c", "v3"])
async def test_a_real_agent(version: str, real: Device, r1: TestDevice, tmp_path: Path) -> None:
    v3 = UserAccess("nms", reference("auth"), reference("priv"))
    access = v3 if version == "v3" else CommunityAccess(reference("community"))
    poller = SnmpPoller(SnmpClient(real, access, tmp_path))
    for _ in range(100):
        first = await poller.read()
        if not isinstance(first, NoAnswer):
            break
    assert not isinstance(first, NoAnswer), first
    assert first.reading.interfaces.keys() == {"lo", "eth0"} and first.reading.interfaces["eth0"].oper_up
    assert first.reading.cgroup == CgroupFigures(cpu_seconds=5.0, memory=1048576)
    assert first.reading.memory is not None and 0 < first.reading.memory < 1
    for _ in range(20):
        await asyncio.sleep(0.4)
        sample = await poller.read()
        assert not isinstance(sample, NoAnswer), sample
        if sample.rates is not None:
            break
    assert not isinstance(sample, NoAnswer) and sample.rates is not None
    assert (sample.rates.interfaces["eth0"].bits(TrafficCounter.IN_OCTETS) or 0) > 100
    assert not sample.reading.stale


async def test_an_agent_that_hangs_restarts_or_is_gone(real: Device, r1: TestDevice, tmp_path: Path) -> None:
    v3 = UserAccess("nms", reference("auth"), reference("priv"))
    clients = [
        SnmpClient(real, access, tmp_path, within=1.0) for access in (CommunityAccess(reference("community")), v3)
    ]
    for client in clients:
        assert not isinstance(await client.get([SYS_NAME]), NoAnswer)
    pid = snmpd_pid(r1)
    os.kill(pid, signal.SIGSTOP)
    for client in clients:
        hanging = await client.get([SYS_NAME])
        assert isinstance(hanging, NoAnswer) and hanging.trouble is Trouble.TIMED_OUT
    os.kill(pid, signal.SIGCONT)
    os.kill(pid, signal.SIGTERM)
    await asyncio.sleep(1.0)
    for client in clients:
        gone = await client.get([SYS_NAME])
        assert isinstance(gone, NoAnswer) and gone.trouble is Trouble.REFUSED and "start snmpd" in gone.reason
    r1.run(
        "sh",
        "-c",
        START_SNMPD.format(folder=r1.folder).replace("mount -t tmpfs none /var/lib/snmp; ", "") + "\nsleep 1.5",
    )
    for client in clients:
        assert not isinstance(await client.get([SYS_NAME]), NoAnswer)


async def test_wrong_credentials(real: Device, tmp_path: Path) -> None:
    for access, trouble, part in (
        (CommunityAccess(reference("wrong")), Trouble.TIMED_OUT, "the community"),
        (UserAccess("nobody", reference("auth"), reference("priv")), Trouble.REFUSED, "user or its authentication"),
        (UserAccess("nms", reference("wrong"), reference("priv")), Trouble.REFUSED, "user or its authentication"),
        (UserAccess("nms", reference("auth"), reference("wrong")), Trouble.TIMED_OUT, "priv and priv_protocol"),
        (CommunityAccess(reference("none")), Trouble.NOT_ASKED, "none cannot be read: No such file"),
    ):
        found = await SnmpClient(real, access, tmp_path, within=0.7).get([SYS_NAME])
        assert isinstance(found, NoAnswer) and found.trouble is trouble and part in found.reason, found
        assert "wrong-wrong" not in found.reason
    nowhere = replace(real, address="172.29.86.98")
    found = await SnmpClient(nowhere, CommunityAccess(reference("community")), tmp_path, within=0.7).get([SYS_NAME])
    assert isinstance(found, NoAnswer) and found.trouble is Trouble.TIMED_OUT
