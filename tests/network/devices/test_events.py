"""Messages of FRR, of Debian and of net-snmp as they come become events; nothing that arrives can do harm."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.devices.events.ber import NotBer
from network.devices.events.classify import hint_of_kernel, hint_of_syslog
from network.devices.events.event import MAX_TEXT, DeviceEvent, EventKind, EventSource, Hint
from network.devices.events.receiver import EventReceiver, KernelMonitor
from network.devices.events.storm import MATTERING, OTHERS, PARSED
from network.devices.events.syslog import syslog_message
from network.devices.events.traps import UnsupportedTrap, hint_of_trap, trap_message
from network.devices.inventory.device import Device, DeviceInventory, EventCollector
from network.devices.inventory.reading import read_device_inventory
from network.devices.ssh.console import SshConsole, console_of
from shared.domain.errors import SettingError
from shared.domain.kinds import NodeType
from tests.network.devices.agent import item, oid
from tests.network.devices.bed import MANAGER, START_SNMPD, START_SSHD, SYSLOGD, Bed, bed, skip_unless_possible

INTERFACE, NEIGHBOUR, CONFIG, DAEMON = EventKind.INTERFACE, EventKind.NEIGHBOUR, EventKind.CONFIG, EventKind.DAEMON
OTHER = Hint(EventKind.OTHER)
OSPF_TRAP = bytes.fromhex(
    "3081a802010104117075626c69632d6f662d7468652d626564a7818f020406c2593a020100020100308180300d06082b0601"
    "020101030043017c3017060a2b06010603010104010006092b060102010e100202301106092b060102010e01010040040aff"
    "00023016060e2b060102010e0a01010a000c010040040a000c013016060e2b060102010e0a01030a000c010040040aff0001"
    "3013060e2b060102010e0a01060a000c0100020108"
)
ISIS_TRAP = bytes.fromhex(
    "3081a202010104117075626c69632d6f662d7468652d626564a78189020406c25936020100020100307b300d06082b060102"
    "010103004301533017060a2b06010603010104010006092b06010201810a00113011060c2b06010201810a010a0101000201"
    "023011060c2b06010201810a010a0102004201033018060c2b06010201810a010a010300040800000000000100003011060c"
    "2b06010201810a010a010c00020102"
)
BGP_TRAP = bytes.fromhex(
    "30818e02010104117075626c69632d6f662d7468652d626564a776020406c2593e0201000201003068300e06082b06010201"
    "010300430205c73016060a2b06010603010104010006082b060102010f00023015060d2b060102010f0301070a000c014004"
    "0a000c013013060d2b060102010f03010e0a000c01040200003012060d2b060102010f0301020a000c01020101"
)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            "<29>Dec  1 02:48:09 ospfd[50]: [Y05P2-YJVXY] AdjChg: Nbr 10.255.0.1, NbrIP 10.0.12.1 (default) on "
            "eth1:10.0.12.2: Full -> Deleted (KillNbr)\n",
            Hint(NEIGHBOUR, "ospf/10.0.12.1", False, "eth1"),
        ),
        (
            "<29>Dec  1 02:48:16 ospfd[50]: [Y05P2-YJVXY] AdjChg: Nbr 10.255.0.2, NbrIP 10.0.12.2 (default) on "
            "eth1:10.0.12.1: Loading -> Full (LoadingDone)\n",
            Hint(NEIGHBOUR, "ospf/10.0.12.2", True, "eth1"),
        ),
        (
            "<30>Dec  1 02:48:09 bgpd[53]: [PXVXG-TFNNT] %ADJCHANGE: neighbor 10.0.12.1(r1) in vrf default Down "
            "Interface down\n",
            Hint(NEIGHBOUR, "bgp/10.0.12.1", False),
        ),
        (
            "<30>Dec  1 02:48:15 isisd[60]: [Q7SVW-YVKRH] %ADJCHANGE: Adjacency to r1 (eth1) for level-2 changed from "
            "Initializing to Up, unspecified\n",
            Hint(NEIGHBOUR, "isis/r1", True, "eth1"),
        ),
        ("<29>Dec  1 02:48:09 ospfd[50]: [M7Q4P-46WDR] vty[15]@# show ip ospf neighbor\n", None),
        ("<29>Dec  1 02:48:09 zebra[45]: [M7Q4P-46WDR] vty[50]@> enable\n", None),
        ("<29>Dec  1 02:48:29 zebra[45]: [M7Q4P-46WDR] vty[50]@(config-if)# exit\n", None),
        ("<29>Dec  1 02:48:29 zebra[45]: [M7Q4P-46WDR] vty[50]@(config-if)# shutdown\n", Hint(CONFIG, "zebra")),
        (
            "<85>Dec  1 02:49:46 sudo:    alice : PWD=/ ; USER=root ; COMMAND=/usr/sbin/ip link set eth1 down\n",
            Hint(CONFIG, "alice"),
        ),
        ("<85>Dec  1 02:49:46 sudo:      nms : PWD=/ ; USER=root ; COMMAND=/usr/bin/sh\n", None),
        ("<29>Dec  1 02:49:43 ospfd[52]: [W9T04-QWK6B] Terminating on signal\n", Hint(DAEMON, "ospfd", False)),
        ("<29>Dec  1 02:47:55 ospfd[50]: [T83RR] ospfd 8.4.4 starting: vty@2604\n", Hint(DAEMON, "ospfd", True)),
        (
            "<28>Dec  1 02:49:43 zebra[47]: [EC 1] Client 'bgp' encountered an error and is shutting down.\n",
            Hint(DAEMON, "bgpd", False),
        ),
        ("<6>Dec  1 02:49:43 kernel: [12.5] e1000e: eth0 NIC Link is Down", Hint(INTERFACE, "eth0", False)),
        ("<6>kernel: [12.5] IPv6: ADDRCONF(NETDEV_CHANGE): eth1: link becomes ready", Hint(INTERFACE, "eth1", True)),
        ("<30>Dec  1 02:49:43 r1 systemd-networkd[9]: eth2: Lost carrier", Hint(INTERFACE, "eth2", False)),
        ('<13>1 2026-12-01T02:49:47.2+00:00 r1 named - - [timeQuality tzKnown="1"] hello', OTHER),
        ("<13>1 2026-12-01T02:49:47Z r1 sshd 77 - - Server listening on 0.0.0.0", Hint(DAEMON, "sshd", True)),
        ("", OTHER),
    ],
)  # fmt: skip
def test_syslog(line: str, found: Hint | None) -> None:
    assert hint_of_syslog(syslog_message(line.encode()), ("nms",)) == found


def test_both_forms_of_syslog_are_taken_apart() -> None:
    modern = syslog_message(b'<85>1 2026-12-01T02:49:47Z r1 sudo - - [a b="c\\"]d"][e] \xef\xbb\xbftext')
    assert (modern.facility, modern.severity, modern.host, modern.program, modern.text) == (10, 5, "r1", "sudo", "text")
    old = syslog_message(b"<13>Dec  1 02:49:47 r1 named[5]: hello")
    assert (old.host, old.program, old.text) == ("r1", "named", "hello")
    assert syslog_message(b"<999>no priority").text == "<999>no priority"


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_datagram_is_harmless(data: bytes) -> None:
    hint_of_syslog(syslog_message(data))
    hint_of_syslog(syslog_message(b"<30>Dec  1 02:48:15 isisd[60]: %ADJCHANGE: Adjacency to " + data))
    hint_of_kernel(data.decode(errors="replace"))
    hint_of_kernel("[LINK]2: " + data.decode(errors="replace"))
    for pdu in (data, b"\x30\x82" + data):
        with pytest.raises((NotBer, UnsupportedTrap)):
            trap_message(pdu)
            raise NotBer


@given(st.sampled_from([OSPF_TRAP, ISIS_TRAP, BGP_TRAP]), st.integers(0, 170), st.binary(min_size=1, max_size=3))
def test_a_damaged_trap_is_refused_or_read(trap: bytes, at: int, patch: bytes) -> None:
    damaged = trap[:at] + patch + trap[at + len(patch) :]
    try:
        hint_of_trap(trap_message(damaged), lambda index: "")
    except (NotBer, UnsupportedTrap):
        return


def test_traps() -> None:
    names = {3: "eth1"}.get
    interface: Callable[[int], str] = lambda index: names(index, "")  # noqa: E731
    found = [hint_of_trap(trap_message(trap), interface) for trap in (OSPF_TRAP, ISIS_TRAP, BGP_TRAP)]
    assert found == [
        Hint(NEIGHBOUR, "ospf/10.0.12.1", True),
        Hint(NEIGHBOUR, "isis/0000.0000.0001", False, "eth1"),
        Hint(NEIGHBOUR, "bgp/10.0.12.1", False),
    ]
    index = item(0x30, item(0x30, oid("1.3.6.1.2.1.2.2.1.1.3") + item(2, b"\x03")))
    body = (
        oid("1.3.6.1.4.1.8072")
        + item(0x40, bytes(4))
        + item(2, b"\x02")
        + item(2, b"\x00")
        + item(0x43, b"\x01")
        + index
    )
    old = item(0x30, item(2, b"\x00") + item(4, b"public") + item(0xA4, body))
    assert hint_of_trap(trap_message(old), interface) == Hint(INTERFACE, "eth1", False)
    with pytest.raises(UnsupportedTrap):
        trap_message(item(0x30, item(2, b"\x03") + item(0x30, b"") + item(4, b"") + item(0x30, b"")))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            "[LINK]3: eth1@eth2: <NO-CARRIER,BROADCAST,UP,M-DOWN> mtu 1500 qdisc noqueue state LOWERLAYERDOWN group",
            Hint(INTERFACE, "eth1", False),
        ),
        ("[LINK]3: eth1: <BROADCAST,UP,LOWER_UP> mtu 1500 state UP group", Hint(INTERFACE, "eth1", True)),
        ("[LINK]Deleted 3: eth1: <BROADCAST> mtu 1500 qdisc noop state DOWN group", Hint(INTERFACE, "eth1", False)),
        ("[ROUTE]local 10.0.0.1 dev eth1 table local proto kernel scope host", None),
        ("[ROUTE]10.9.0.0/24 via 10.0.0.2 dev eth1 ", Hint(EventKind.ROUTE, "10.9.0.0/24", True)),
        ("[ROUTE]Deleted 10.9.0.0/24 via 10.0.0.2 dev eth1 ", Hint(EventKind.ROUTE, "10.9.0.0/24", False)),
        ("[ROUTE]blackhole 10.8.0.0/24 ", Hint(EventKind.ROUTE, "10.8.0.0/24", True)),
        (
            "[ADDR]Deleted 3: eth1    inet 10.0.0.1/24 scope global eth1\\       valid_lft forever",
            Hint(EventKind.ADDRESS, "10.0.0.1/24", False, "eth1"),
        ),
        ("[NEIGH]10.0.0.7 dev eth1 lladdr 02:00:00:00:00:07 NONE", Hint(EventKind.ARP, "10.0.0.7", True, "eth1")),
        ("[NEIGH]10.0.0.2 dev eth1  FAILED", Hint(EventKind.ARP, "10.0.0.2", False, "eth1")),
        ("[NEIGH]10.0.0.2 dev eth1 lladdr 02:00:00:00:00:07 STALE", None),
        ("Object is unknown", None),
    ],
)  # fmt: skip
def test_the_monitor_of_the_kernel(line: str, found: Hint | None) -> None:
    assert hint_of_kernel(line) == found


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def receiver(
    events: list[DeviceEvent], clock: Callable[[], float] = time.time, port: int | None = None
) -> EventReceiver:
    device = Device("r1", NodeType.ROUTER, "127.0.0.1")
    collector = EventCollector("127.0.0.1", port, port and port + 1)
    return EventReceiver(
        DeviceInventory(Path("x"), (device,), (), Path("y"), collector=collector), events.append, clock=clock
    )


def test_a_storm_hides_nothing_that_matters_and_is_bounded() -> None:
    events: list[DeviceEvent] = []
    clock = Clock()
    made = receiver(events, clock)
    device = made.inventory.devices[0]
    for number in range(5000):
        made.take_syslog(device, f"<13>app: message {number}".encode())
        clock.now += 0.0001
    made.take_syslog(device, b"<30>bgpd[53]: %ADJCHANGE: neighbor 10.0.12.1(r1) in vrf default Down")
    kinds = [event.kind for event in events]
    assert kinds.count(EventKind.OTHER) <= OTHERS * 1.6 and kinds.count(EventKind.STORM) == 1
    assert kinds[-1] is NEIGHBOUR
    assert made.gate.dropped["r1"] > 4900
    for number in range(5000):
        made.take_kernel("r1", f"[ROUTE]10.{number // 250}.{number % 250}.0/24 via 10.0.0.2 dev eth1")
    assert len(events) <= len(kinds) + MATTERING + 1
    received = made._from_device(lambda device, data: events.append(events[0]))
    events[:] = events[:1]
    clock.now += 100
    for _ in range(5000):
        received(b"x", "127.0.0.1")
    assert len(events) <= PARSED + 2


def test_repeats_are_dropped_and_changes_are_not() -> None:
    events: list[DeviceEvent] = []
    clock = Clock()
    made = receiver(events, clock)
    device = made.inventory.devices[0]
    for daemon in ("zebra", "ospfd", "bgpd"):
        made.take_syslog(device, f"<29>{daemon}[1]: vty[50]@(config)# ip route 10.0.0.0/8 Null0".encode())
    assert [event.subject for event in events] == ["zebra", "ospfd", "bgpd"]
    events.clear()
    for state in ("Down", "Down", "Up", "Down"):
        clock.now += 0.2
        made.take_syslog(device, f"<30>bgpd[5]: %ADJCHANGE: neighbor 10.0.12.1(r1) in vrf default {state}".encode())
    assert [event.up for event in events] == [False, True, False]
    made.take_syslog(device, b"<13>app: \x1b[31m" + b"x" * 9000)
    assert "\x1b" not in events[-1].text and len(events[-1].text) <= MAX_TEXT * 4


async def test_only_addresses_of_the_inventory_are_taken_in() -> None:
    events: list[DeviceEvent] = []
    made = receiver(events, port=28514)
    await made.start()
    try:
        with pytest.raises(
            SettingError, match=r"127.0.0.1 port 28514 \(UDP\): Address already in use; correct 'collector'"
        ):
            await receiver(events, port=28514).start()
        loop = asyncio.get_running_loop()
        for address, data in (("127.0.0.1", b"<13>app: ours"), ("127.0.0.2", b"<13>app: not ours")):
            sender, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, local_addr=(address, 0), remote_addr=("127.0.0.1", 28514)
            )
            sender.sendto(data)
            sender.close()
        to_traps, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0), remote_addr=("127.0.0.1", 28515)
        )
        for data in (b"garbage", OSPF_TRAP):
            to_traps.sendto(data)
        await asyncio.sleep(0.2)
        to_traps.close()
    finally:
        made.close()
    assert [event.text for event in events if event.source is EventSource.SYSLOG] == ["app: ours"]
    assert [event.subject for event in events if event.source is EventSource.TRAP] == ["ospf/10.0.12.1"]
    assert made.strangers == {"127.0.0.2": 1} and made.faulty == {"r1": 1}


CONFIG_OF_FRR = """\
log syslog informational
log commands
agentx
interface eth1
 ip address 10.0.12.{own}/24
 ip ospf area 0
 ip ospf network point-to-point
 ip ospf hello-interval 1
 ip ospf dead-interval 3
router ospf
 log-adjacency-changes
"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    skip_unless_possible("zebra", "ospfd", "snmpd", "snmptrap", "logger", "busybox")
    with bed(tmp_path_factory.mktemp("bed")) as made:
        trap_to = f"trap2sink {MANAGER}:5162 public-of-the-bed"
        one, two = (made.add(name, (START_SSHD, START_SNMPD, SYSLOGD), trap_to) for name in ("r1", "r2"))
        made.link(one, "eth1", two, "eth1")
        made.trust()
        made.inventory(f"collector: {{bind: {MANAGER}, syslog_port: 5514, trap_port: 5162}}\n")
        for own, device in ((1, one), (2, two)):
            device.start_frr(CONFIG_OF_FRR.format(own=own), "ospfd")
        yield made


async def until(
    events: list[DeviceEvent], *wanted: tuple[str, EventSource | None, EventKind, str, bool | None]
) -> None:
    """A source that is None: any, since the same event from two sources counts once."""
    deadline = time.monotonic() + 15
    missing = set(wanted)
    while missing and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
        for source in (None, *EventSource):
            missing -= {
                (each.device, source, each.kind, each.subject, each.up)
                for each in events
                if source in (None, each.source)
            }
    assert not missing, "\n".join(map(str, [*missing, *events[-40:]]))


@pytest.mark.slow
async def test_real_devices(ground: Bed) -> None:
    inventory = read_device_inventory(ground.folder / "inventory.yaml")
    events: list[DeviceEvent] = []
    made = EventReceiver(inventory, events.append)
    await made.start()
    console = console_of(inventory.by_name["r1"], inventory)
    assert isinstance(console, SshConsole)
    monitor = KernelMonitor(console, made)
    following = asyncio.create_task(monitor.run())
    r1, r2 = ground.devices["r1"], ground.devices["r2"]
    syslog, trap, kernel = EventSource.SYSLOG, EventSource.TRAP, EventSource.KERNEL
    try:
        await asyncio.sleep(8)
        events.clear()
        await asyncio.to_thread(r2.run, "ip", "link", "set", "eth1", "down")
        await until(
            events,
            ("r1", None, NEIGHBOUR, "ospf/10.0.12.2", False),
            ("r2", None, NEIGHBOUR, "ospf/10.0.12.1", False),
            ("r1", kernel, INTERFACE, "eth1", False),
        )
        await asyncio.to_thread(r2.run, "ip", "link", "set", "eth1", "up")
        await until(events, ("r1", None, NEIGHBOUR, "ospf/10.0.12.2", True), ("r1", kernel, INTERFACE, "eth1", True))
        await asyncio.to_thread(
            r1.run, "vtysh", "-c", "conf t", "-c", "router ospf", "-c", "max-metric router-lsa administrative"
        )
        await until(events, ("r1", syslog, CONFIG, "ospfd", None))
        link_down = ("1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.31.1.1.1.1.7", "s", "eth7")
        words = ("snmptrap", "-v2c", "-c", "any", f"{MANAGER}:5162", "")
        await asyncio.to_thread(r2.run, "env", "MIBS=", *words, *link_down)
        await until(events, ("r2", trap, INTERFACE, "eth7", False))
        await asyncio.to_thread(
            r2.run, "logger", "-n", MANAGER, "-P", "5514", "-d", "-t", "named", "--rfc5424", "exiting"
        )
        await until(events, ("r2", syslog, DAEMON, "named", False))
        assert monitor.trouble is None
    finally:
        following.cancel()
        made.close()
        await console.close()
    assert made.strangers == {} and made.faulty == {}
