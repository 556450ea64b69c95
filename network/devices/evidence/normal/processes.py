"""Normalises processes and listening sockets. Pure.

A process that is no daemon is a fact only while it takes most of the device: `busy`. The share of the CPU is an average
over the life of the process, since one reading shows no rate: a process that was idle for long is seen late.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from network.devices.evidence.normal.facts import Facts, UnreadableAnswer
from network.devices.evidence.snapshot import joined, parts

RUNNING, CPU, MEMORY = "running", "cpu", "memory"
ROUTING_DAEMONS = frozenset(
    re.findall(
        r"\w+",
        "zebra staticd bgpd ospfd ospf6d isisd ripd ripngd bfdd pimd pim6d eigrpd babeld ldpd nhrpd pbrd fabricd vrrpd "
        "pathd watchfrr bird",
    )
)
DAEMONS = ROUTING_DAEMONS | frozenset(
    re.findall(
        r"[\w-]+",
        "named unbound dnsmasq nsd pdns_server dhcpd kea-dhcp4 kea-dhcp6 dhcrelay nginx apache2 httpd lighttpd haproxy "
        "caddy squid sshd snmpd syslogd rsyslogd syslog-ng chronyd ntpd radiusd openvpn keepalived radvd lldpd",
    )
)
MAX_COMM = 15
"""The kernel keeps so many characters of the name of a process."""
BUSY_SHARE = 0.5
"""The share of the memory of the device, or of the CPU that all its processes take, from which a process is busy."""
LEAST_SHARE = 0.1
"""The share of the CPU of the device that a busy process takes at least. It is not more, since the machine below a
virtual device can be loaded too."""
YOUNG = 5.0
"""Seconds of life under which an average means nothing."""
TICKS_PER_SECOND, PAGE = 100, 4096
KERNEL_THREAD = 0x00200000
LOCAL = re.compile(r"127\.|\[?::1\]?:|\[?::ffff:127\.")
FIRST_EPHEMERAL = 32768
LAST_SYSTEM_PORT = 1023
UDP_SERVICES = frozenset({1812, 1813, 3784, 3785, 4784, 4789, 5060, 6081, 51820})
UDP_CLIENTS = frozenset({68, 546})


@dataclass(frozen=True)
class Process:
    """`cpu`: seconds. `start`: seconds after the start of the machine. `memory`: bytes."""

    name: str
    cpu: float
    start: float
    memory: int


@dataclass(frozen=True)
class Capacity:
    """`cores`: what the device may use of them. `memory`: bytes. `uptime`: seconds."""

    cores: float
    memory: int
    uptime: float


def processes(text: str) -> list[Process]:
    found = []
    for line in text.splitlines():
        _, opened, rest = line.partition("(")
        name, closed, tail = rest.rpartition(")")
        tokens = tail.split()
        if not (opened and closed and len(tokens) > 21):
            raise UnreadableAnswer("a process has another form")
        if tokens[0] not in "ZX" and not int(tokens[6]) & KERNEL_THREAD:
            cpu = (int(tokens[11]) + int(tokens[12])) / TICKS_PER_SECOND
            found.append(Process(name, cpu, int(tokens[19]) / TICKS_PER_SECOND, int(tokens[21]) * PAGE))
    if not found:
        raise UnreadableAnswer("no process")
    return found


def capacity(uptime: str, cores: str, memory: str, quota: str) -> Capacity:
    number = float(cores)
    return Capacity(min([number, *_quotas(quota)]), int(memory.split()[1]) * 1024, float(uptime.split()[0]))


def _quotas(text: str) -> Iterator[float]:
    """Yield the limits of a control group, in cores: `QUOTA` and `PERIOD` on two lines, or on one."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    for line, following in zip(lines, [*lines, []][1:], strict=True):
        numbers = line if len(line) == 2 else line + following
        if len(numbers) == 2 and all(each.isdecimal() and int(each) > 0 for each in numbers):
            yield int(numbers[0]) / int(numbers[1])


def daemon_facts(found: Iterable[Process], others: Iterable[str]) -> Facts:
    """`others`: names of processes that count as daemons too."""
    names = DAEMONS | {name[:MAX_COMM] for name in others}
    return {joined("process", each.name): RUNNING for each in found if each.name in names}


def busy_facts(found: Iterable[Process], daemons: Facts, limits: Capacity) -> Facts:
    cpu: dict[str, float] = defaultdict(float)
    memory: dict[str, int] = defaultdict(int)
    for each in found:
        age = limits.uptime - each.start
        if age >= YOUNG:
            cpu[each.name] += each.cpu / age
            memory[each.name] += each.memory
    facts = {joined("busy", name): MEMORY for name, used in memory.items() if used > BUSY_SHARE * limits.memory}
    least = max(LEAST_SHARE * limits.cores, BUSY_SHARE * sum(cpu.values()))
    facts |= {joined("busy", name): CPU for name, used in cpu.items() if used > least}
    return {path: what for path, what in facts.items() if joined("process", parts(path, 2)[1]) not in daemons}


def listeners(text: str) -> Facts:
    """Return the sockets that others can reach. Ports that a kernel chose are left out, and those of clients."""
    owners: dict[str, set[str]] = defaultdict(set)
    for line in text.splitlines():
        tokens = line.split(None, 6)
        if not tokens:
            continue
        if len(tokens) < 6 or tokens[0] not in ("tcp", "udp"):
            raise UnreadableAnswer("a socket has another form")
        port = tokens[4].rpartition(":")[2]
        if port.isdecimal() and not LOCAL.match(tokens[4]) and _is_fixed(tokens[0], int(port)):
            names = re.findall(r'\("([^"]*)",', tokens[6]) if len(tokens) > 6 else []
            owners[joined("listen", f"{tokens[0]} {tokens[4]}")].update(names)
    return {path: ",".join(sorted(names)) or "unknown" for path, names in owners.items()}


def _is_fixed(protocol: str, port: int) -> bool:
    if protocol == "tcp":
        return port < FIRST_EPHEMERAL
    return (port <= LAST_SYSTEM_PORT or port in UDP_SERVICES) and port not in UDP_CLIENTS
