"""Loss is found soon and never made up; who pings whom; services are asked as clients ask them."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.devices.console import Answer, NoAnswer
from network.devices.inventory.addresses import IP_ADDRESSES, DeviceAddresses, device_addresses
from network.devices.inventory.device import DeviceService, ServiceKind
from network.devices.inventory.reading import read_device_inventory
from network.devices.probes.direct import ask_directly
from network.devices.probes.dns import dns_answer, dns_query
from network.devices.probes.loss import LossEstimate, LossTest
from network.devices.probes.plan import pairs_of_servers, probe_plan
from network.devices.probes.prober import Prober, ProbeResult
from network.devices.probes.service import ask_service, curl_outcome, dhcp_outcome, dig_outcome, url_of, wget_outcome
from network.devices.probes.sums import FpingReader, PingReader, ProbeSum, ping_lines
from network.devices.probes.tools import tools_of
from network.devices.ssh.console import SshConsole, console_of
from tests.network.devices.bed import START_SSHD, Bed, TestDevice, bed, skip_unless_possible


def watch(
    rate: float, seconds: int, probes: int, seed: int, test: LossTest | None = None
) -> tuple[LossTest, int | None]:
    """Feed a test with sums of two ends; return it and the second in which loss was proved first."""
    chance, test = random.Random(seed), test or LossTest()
    first = None
    for second in range(seconds):
        for _ in range(2):
            lost = sum(chance.random() < rate for _ in range(probes))
            if test.observe(probes, probes - lost, float(second)) and first is None:
                first = second
    return test, first


def test_no_loss_is_made_up() -> None:
    """A hundred links with the usual loss, for ten minutes each."""
    assert [seed for seed in range(100) if watch(0.0005, 600, 10, seed)[1] is not None] == []


@pytest.mark.parametrize(("rate", "probes", "most"), [(0.02, 50, 12), (0.05, 10, 15), (0.1, 10, 8), (1.0, 10, 0)])
def test_loss_is_found_and_estimated(rate: float, probes: int, most: int) -> None:
    tests = [watch(rate, 60, probes, seed) for seed in range(40)]
    found = sorted(first for _, first in tests if first is not None)
    assert len(found) == 40 and found[35] <= most
    estimates = [estimate.loss for test, _ in tests if (estimate := test.estimate())]
    assert sum(estimates) / len(estimates) == pytest.approx(rate, rel=0.15)


def test_loss_ends_and_late_replies_are_no_loss() -> None:
    test, _ = watch(0.3, 20, 10, seed=1)
    assert test.is_lossy and not test.wants_more(20)
    test, _ = watch(0.0, 30, 10, seed=1, test=test)
    assert not test.is_lossy and test.estimate() is None
    late = LossTest()
    for second in range(200):
        assert late.observe(10, 9 if second % 2 else 11, float(second)) is None
    assert late.wants_more(200.0) and not late.wants_more(300.0)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 80)), max_size=80))
def test_any_sums_give_a_share(sums: list[tuple[int, int]]) -> None:
    test = LossTest()
    for at, (sent, received) in enumerate(sums):
        estimate = test.observe(sent, received, float(at))
        assert estimate is None or 0 <= estimate.loss <= 1


def test_fping_is_read_second_by_second() -> None:
    text = """\
10.0.0.9 : xmt/rcv/%loss = 45/45/0%, min/avg/max = 0.01/0.02/0.03
[03:10:02]
10.0.0.1 : xmt/rcv/%loss = 10/8/20%, min/avg/max = 0.01/0.02/0.03
[03:10:03]
10.0.0.1 : xmt/rcv/%loss = 10/8/20%, min/avg/max = 0.018/0.034/0.071
2001:db8::1 : xmt/rcv/%return = 10/11/110%, min/avg/max = 0.018/0.034/0.071
10.0.0.2  : xmt/rcv/%loss = 10/0/100%
ICMP Host Unreachable from 10.0.0.1 for ICMP Echo sent to 10.0.0.2
10.0.0.1 : xmt/rcv/%loss = 45/45/0%, min/avg/max = 0.018/0.034/0.076
"""
    reader = FpingReader()
    assert [found for line in text.splitlines() if (found := reader.take(line))] == [
        ProbeSum("10.0.0.1", 10, 8, 0.018, 0.034, 0.071),
        ProbeSum("2001:db8::1", 10, 11, 0.018, 0.034, 0.071),
        ProbeSum("10.0.0.2", 10, 0),
    ]


def test_ping_is_summed_up() -> None:
    reader, found = PingReader(), []
    for number in range(12):
        line = (
            f"10.0.0.1 64 bytes from 10.0.0.1: icmp_seq={number} ttl=64 time=0.0{number % 3 + 1} ms"
            if number % 4
            else f"10.0.0.1 no answer yet for icmp_seq={number}"
        )
        found.append(reader.take(line, number * 0.2))
    sums = [(each.sent, each.received, each.least, round(each.mean or 0, 2), each.most) for each in found if each]
    assert sums == [(5, 3, 0.01, 0.02, 0.03), (5, 4, 0.01, 0.02, 0.03)]
    with pytest.raises(ValueError, match="does not appear to be"):
        ping_lines(["10.0.0.1; reboot"])


@given(st.text(max_size=120))
def test_any_line_of_a_prober_is_harmless(line: str) -> None:
    for reader in (FpingReader(_below=set(), _headers=2).take, lambda text: PingReader().take(text, 0.0)):
        reader(line)
        reader("10.0.0.1 : xmt/rcv/%loss = " + line)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 40])
def test_each_pair_of_servers_is_probed_once(count: int) -> None:
    plan = pairs_of_servers({f"s{n:02}": f"10.0.0.{n}" for n in range(count)})
    pairs = [frozenset((f"10.0.0.{int(name[1:])}", other)) for name, others in plan.items() for other in others]
    assert len(pairs) == len(set(pairs)) == count * (count - 1) // 2
    assert max(map(len, plan.values())) - min(map(len, plan.values())) <= 1


def test_neighbours_probe_each_other(tmp_path: Path) -> None:
    (tmp_path / "inventory.yaml").write_text(
        "defaults: {ssh: {user: nms, key: {file: id}}}\n"
        "devices:\n  r1: {address: 192.0.2.1, role: router}\n  r2: {address: 192.0.2.2, role: router}\n"
        "  sw: {address: 192.0.2.3, role: switch}\n  s1: {address: 192.0.2.4, role: server}\n"
        "  s2: {address: 192.0.2.5, role: server}\n"
        "links:\n  - {a: 'r1:eth1', b: 'r2:eth1'}\n  - {a: 'r1:eth2', b: 'r2:eth2'}\n  - {a: 'r2:eth3', b: 'sw:p1'}\n"
        "  - {a: 's1:eth0', b: 'sw:p2'}\n"
    )
    outputs = {
        "r1": '{"ifname":"eth1","addr_info":[{"local":"10.0.12.1","prefixlen":31}]},'
        '{"ifname":"eth2","addr_info":[{"local":"fe80::1","prefixlen":64},{"local":"10.0.13.1","prefixlen":24}]}',
        "r2": '{"ifname":"eth1","addr_info":[{"local":"10.0.12.0","prefixlen":31}]},'
        '{"ifname":"eth2","addr_info":[{"local":"10.0.13.2","prefixlen":24}]}',
        "s1": '{"ifname":"eth0","addr_info":[{"local":"10.0.20.1","prefixlen":24}]},'
        '{"ifname":"mgmt","addr_info":[{"local":"192.0.2.4","prefixlen":24}]}',
        "s2": '{"ifname":"eth0","addr_info":[{"local":"10.0.20.2","prefixlen":24}]}',
    }
    addresses = {name: found for name, text in outputs.items() if (found := device_addresses(f"[{text}]"))}
    plan = probe_plan(read_device_inventory(tmp_path / "inventory.yaml"), addresses)
    assert plan.links == {
        ("r1", "10.0.12.0"): "r1:eth1--r2:eth1", ("r2", "10.0.12.1"): "r1:eth1--r2:eth1",
        ("r1", "10.0.13.2"): "r1:eth2--r2:eth2", ("r2", "10.0.13.1"): "r1:eth2--r2:eth2",
    }  # fmt: skip
    assert plan.paths == {("s1", "10.0.20.2"): "s1->s2"}
    assert plan.unprobed == ("r2--sw", "s1--sw")
    assert device_addresses("not json") is None and device_addresses("{}") is None
    odd = device_addresses(
        '[5, {}, {"ifname": "x", "addr_info": [{"local": "no", "prefixlen": "y"}, 7], "address": 3}]'
    )
    assert odd == DeviceAddresses({"x": ()}, {})


def service(kind: ServiceKind, **more: object) -> DeviceService:
    return DeviceService("s", kind, "10.0.0.1", more.pop("port", 80), **more)  # type: ignore[arg-type]


def test_answers_of_services() -> None:
    http = service(ServiceKind.HTTP, expected="200")
    assert url_of(http) == "http://10.0.0.1/"
    assert url_of(service(ServiceKind.HTTP, port=8080, probe="/health")) == "http://10.0.0.1:8080/health"
    good = curl_outcome(http, Answer(0, b"\n200 0.0123"), 99)
    assert (good.answered, good.correct, good.milliseconds) == (True, True, 12.3)
    bad = curl_outcome(http, Answer(0, b"\n503 0.0123"), 99)
    assert (bad.answered, bad.correct, bad.detail) == (True, False, "HTTP status 503, expected 200")
    assert curl_outcome(http, Answer(7, b"curl: (7) Failed\n\n000 0.0"), 9).detail == "the connection is refused"
    assert wget_outcome(http, Answer(8, b"  HTTP/1.1 404 Not Found\n"), 5).detail == "HTTP status 404, expected 200"
    assert not wget_outcome(http, Answer(1, b"wget: can't connect to remote host"), 5).answered
    dns = service(ServiceKind.DNS, probe="www.example.net", expected="10.0.1.10")
    header = b";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n"
    text = header + b"www.example.net. 60 IN A 10.0.1.%d\n;; Query time: 3 msec\n"
    right, wrong = (dig_outcome(dns, Answer(0, text % last), 9) for last in (10, 66))
    assert (right.correct, right.milliseconds) == (True, 3) and wrong.detail.endswith("10.0.1.66, expected 10.0.1.10")
    assert dig_outcome(dns, Answer(9, b";; connection timed out"), 9).detail == "no answer in time"
    refused = dig_outcome(dns, Answer(0, b";; ->>HEADER<<- opcode: QUERY, status: SERVFAIL, id: 1"), 9)
    assert refused.answered and not refused.correct
    dhcp = service(ServiceKind.DHCP, options={"router": "10.0.0.1"})
    offers = b'[{"server": "10.0.0.2", "router": "10.0.0.66", "address": "10.0.0.9", "milliseconds": 4.5}]'
    spoofed = dhcp_outcome(dhcp, Answer(0, offers), 9)
    assert spoofed.detail == "10.0.0.2 offers router 10.0.0.66, expected 10.0.0.1" and not spoofed.correct
    for odd in (b"[]", b"{}", b"[5]", b"Traceback\nPermissionError"):
        assert not dhcp_outcome(dhcp, Answer(1, odd), 9).answered


@given(st.binary(max_size=200))
def test_any_answer_of_a_name_server_is_harmless(data: bytes) -> None:
    query = dns_query("www.example.net", 7)
    dns_answer(data, 7)
    dns_answer(query[:2] + b"\x80\x00\x00\x01\x00\x05\x00\x00\x00\x00" + data, 7)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    skip_unless_possible("fping", "nft", "curl", "dig", "named", "dhcpd", "busybox")
    with bed(tmp_path_factory.mktemp("bed")) as made:
        one, two = made.add("r1", (START_SSHD,)), made.add("r2", (START_SSHD,))
        made.link(one, "eth1", two, "eth1")
        one.run("ip", "addr", "add", "10.0.12.1/24", "dev", "eth1")
        two.run("ip", "addr", "add", "10.0.12.2/24", "dev", "eth1")
        made.trust()
        made.inventory("links:\n  - {a: 'r1:eth1', b: 'r2:eth1'}\n")
        yield made


def consoles(ground: Bed) -> list[SshConsole]:
    inventory = read_device_inventory(ground.folder / "inventory.yaml")
    found = [console_of(device, inventory) for device in inventory.devices]
    return [each for each in found if isinstance(each, SshConsole)]


LOSE = """\
table netdev lossy {{
  chain in {{ type filter hook ingress device "eth1" priority 0; numgen random mod 1000 < {share} counter drop; }}
}}
"""


@pytest.mark.slow
async def test_real_loss_is_found_and_its_end_too(ground: Bed) -> None:
    made = consoles(ground)
    test, results = LossTest(), list[ProbeResult]()
    probers: list[Prober] = []

    def take(result: ProbeResult) -> None:
        results.append(result)
        test.observe(result.sum.sent, result.sum.received, result.at)
        if test.wants_more(result.at):
            for prober in probers:
                prober.look_closer(prober.targets[0])

    for console, target in zip(made, ("10.0.12.2", "10.0.12.1"), strict=True):
        tools = await tools_of(console)
        assert not isinstance(tools, NoAnswer) and {"fping", "ping", "curl", "dig", "ip"} <= tools
        probers.append(Prober(console, (target,), tools, take))
    tasks = [asyncio.create_task(prober.run()) for prober in probers]
    try:
        await asyncio.sleep(6)
        assert len(results) >= 6 and not test.is_lossy and test.score == 0
        assert all(each.sum.sent == 10 and 0 < (each.sum.mean or 0) < 50 for each in results)
        await asyncio.to_thread(ground.devices["r2"].run, "nft", "-f", "-", text=LOSE.format(share=50))
        began = time.monotonic()
        while not test.is_lossy and time.monotonic() - began < 30:
            await asyncio.sleep(0.1)
        estimate = test.estimate()
        assert isinstance(estimate, LossEstimate) and 0.01 < estimate.loss < 0.25
        assert max(each.sum.sent for each in results) >= 40
        await asyncio.to_thread(ground.devices["r2"].run, "nft", "delete", "table", "netdev", "lossy")
        began = time.monotonic()
        while test.is_lossy and time.monotonic() - began < 40:
            await asyncio.sleep(0.1)
        assert not test.is_lossy
    finally:
        for task in tasks:
            task.cancel()
        for console in made:
            await console.close()


@pytest.mark.slow
async def test_a_device_without_fping_is_probed_by_ping(ground: Bed) -> None:
    console, results = consoles(ground)[0], list[ProbeResult]()
    prober = Prober(console, ("10.0.12.2", "10.0.12.99"), frozenset({"ping"}), results.append)
    task = asyncio.create_task(prober.run())
    await asyncio.sleep(4)
    task.cancel()
    await asyncio.sleep(0.1)
    await console.close()
    by_target = {result.sum.target: result.sum for result in results}
    assert by_target["10.0.12.2"].received >= 4 and by_target["10.0.12.99"].received == 0
    assert by_target["10.0.12.99"].sent >= 4
    assert "no fping" in prober.remark
    await asyncio.sleep(1)
    assert "ping" not in ground.devices["r1"].run("ps", "-eo", "comm")


NAMED = """\
options { directory "/run"; listen-on port 53 { 10.0.12.2; }; listen-on-v6 { none; }; recursion no; pid-file none; };
zone "example.net" { type primary; file "/mnt/zone"; };
"""
ZONE = "$TTL 60\n@ IN SOA ns hostmaster 1 60 60 60 60\n@ IN NS ns\nns IN A 10.0.12.2\nwww IN A 10.0.12.80\n"
DHCPD = """\
subnet 10.0.12.0 netmask 255.255.255.0 {
  range 10.0.12.100 10.0.12.110; option routers 10.0.12.2; option domain-name-servers 10.0.12.2; default-lease-time 600;
}
"""


def start_services(r2: TestDevice) -> None:
    (r2.folder / "named.conf").write_text(NAMED)
    (r2.folder / "zone").write_text(ZONE)
    (r2.folder / "dhcpd.conf").write_text(DHCPD)
    (r2.folder / "www").mkdir()
    (r2.folder / "www" / "index.html").write_text("good\n")
    quiet = ">/dev/null 2>&1 </dev/null &"
    r2.run(
        "sh", "-c",
        f"named -f -c /mnt/named.conf {quiet}\nbusybox httpd -f -p 80 -h /mnt/www {quiet}\n"
        f"mount -t tmpfs none /var/lib/dhcp; touch /var/lib/dhcp/dhcpd.leases\n"
        f"dhcpd -4 -f -cf /mnt/dhcpd.conf -pf /run/d-dhcpd.pid --no-pid eth1 {quiet}\nsleep 2",
    )  # fmt: skip


@pytest.mark.slow
async def test_real_services(ground: Bed) -> None:
    r2 = ground.devices["r2"]
    start_services(r2)
    console = consoles(ground)[0]
    tools = await tools_of(console)
    assert not isinstance(tools, NoAnswer)
    answer = await console.run(IP_ADDRESSES)
    assert isinstance(answer, Answer)
    addresses = device_addresses(answer.text)
    assert addresses is not None and str(addresses.ports["eth1"][0]) == "10.0.12.1/24"
    http = DeviceService("http", ServiceKind.HTTP, "10.0.12.2", 80)
    missing = DeviceService("http", ServiceKind.HTTP, "10.0.12.2", 80, probe="/none", expected="200")
    dns = DeviceService("dns", ServiceKind.DNS, "10.0.12.2", 53, probe="www.example.net", expected="10.0.12.80")
    wrong = DeviceService("dns", ServiceKind.DNS, "10.0.12.2", 53, probe="no.example.net")
    options = {"router": "10.0.12.2", "dns": "10.0.12.2", "subnet": "255.255.255.0", "lease": "600"}
    dhcp = DeviceService("dhcp", ServiceKind.DHCP, "10.0.12.2", 67, options=options)
    tcp, closed = (DeviceService("tcp", ServiceKind.TCP, "10.0.12.2", port) for port in (80, 81))
    results = {}
    for name, each in (
        ("http", http), ("missing", missing), ("dns", dns), ("wrong", wrong), ("dhcp", dhcp),
        ("tcp", tcp), ("closed", closed),
    ):  # fmt: skip
        found = await ask_service("r2", each, console, tools | {"nc"}, "eth1")
        if isinstance(found, NoAnswer):
            assert each.kind is ServiceKind.TCP, found
        else:
            results[name] = found
    seen = {name: (found.answered, found.correct) for name, found in results.items() if name not in ("tcp", "closed")}
    assert seen == {
        "http": (True, True), "missing": (True, False), "dns": (True, True), "wrong": (True, False),
        "dhcp": (True, True),
    }, results  # fmt: skip
    assert all(
        found.milliseconds is not None and found.milliseconds < 2000 for found in results.values() if found.answered
    )
    await asyncio.to_thread(r2.run, "sh", "-c", "pkill -x named; pkill -x dhcpd; pkill -x busybox; sleep 0.5")
    for each in (http, dns, dhcp):
        found = await ask_service("r2", each, console, tools, "eth1")
        assert not isinstance(found, NoAnswer) and not found.answered, found
    await console.close()


async def test_the_manager_asks_itself() -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" if b"/good" in asked else b"mail ready\r\n")
        writer.close()

    class Names(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
            answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x00\x01\x0a"
            reply = data[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + data[12:] + answer
            self.transport.sendto(reply, sender)  # type: ignore[attr-defined]

    server = await asyncio.start_server(web, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    names, _ = await loop.create_datagram_endpoint(Names, local_addr=("127.0.0.1", 0))
    dns_port = names.get_extra_info("sockname")[1]
    results = []
    for each in (
        DeviceService("http", ServiceKind.HTTP, "127.0.0.1", port, probe="/good"),
        DeviceService("http", ServiceKind.HTTP, "127.0.0.1", port, probe="/odd"),
        DeviceService("dns", ServiceKind.DNS, "127.0.0.1", dns_port, probe="www.example.net", expected="10.0.1.10"),
        DeviceService("dns", ServiceKind.DNS, "127.0.0.1", dns_port, probe="www.example.net", expected="10.0.1.11"),
        DeviceService("tcp", ServiceKind.TCP, "127.0.0.1", port),
        DeviceService("tcp", ServiceKind.TCP, "127.0.0.1", 1),
        DeviceService("dns", ServiceKind.DNS, "127.0.0.1", dns_port, probe="a..b"),
    ):
        found = await ask_directly("s1", each)
        assert not isinstance(found, NoAnswer)
        results.append((found.answered, found.correct))
    server.close()
    names.close()
    assert results == [
        (True, True), (False, False), (True, True), (True, False), (True, True), (False, False), (False, False),
    ]  # fmt: skip
    assert isinstance(await ask_directly("s1", DeviceService("dhcp", ServiceKind.DHCP, "127.0.0.1", 67)), NoAnswer)
