"""What a syslog message or a line of `ip monitor` means. Pure.

Rule: a message that matches nothing is `OTHER`. None stands for one that never matters, such as a `show` command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from network.devices.events.event import EventKind, Hint
from network.devices.events.syslog import SyslogMessage

OTHER = Hint(EventKind.OTHER)
OSPF = re.compile(
    r"AdjChg: Nbr (?P<router>\S+?),?(?: NbrIP (?P<peer>\S+))? \(\S+\) on (?P<port>\S+?):\S+: \S+ -> (?P<new>\S+)"
)
OSPF_V3 = re.compile(r"Neighbor state change (?P<peer>\S+?)%(?P<port>\S+): \[(?P<old>\S+)\]->\[(?P<new>\S+)\]")
BGP = re.compile(r"%ADJCHANGE: neighbor (?P<peer>[^\s(]+)\S* (?:in vrf \S+ )?(?P<new>Up|Down)\b")
ISIS = re.compile(r"%ADJCHANGE: Adjacency to (?P<peer>\S+) \((?P<port>[^)]+)\).*? changed from \w+ to (?P<new>\w+)")
ADJACENT = frozenset({"Full", "Twoway", "2-Way"})
COMMAND = re.compile(r"vty\[[^\]]*\]@(?P<prompt>\([\w-]+\))?[>#] (?P<command>.*)")
MOVES = frozenset({"exit", "end", "quit"})
SUDO = re.compile(r"\s*(?P<user>\S+) : .*\bCOMMAND=(?P<command>.*)")
LINK = re.compile(
    r"(?P<port>[\w.@-]+):? (?:NIC )?link (?:is )?(?P<new>up|down|becomes ready|is not ready|not ready)\b", re.IGNORECASE
)
LINK_UP = frozenset({"up", "becomes ready"})
CARRIER = re.compile(r"(?P<port>[\w.@-]+): (?P<new>Gained|Lost) carrier")
BEGINS = re.compile(r"\bstarting\b|\bstarted\b|\bserver listening\b|^Started ", re.I)
ENDS = re.compile(
    r"Terminating on signal|\bexiting\b|\bshutting down\b|\bstopped\b|terminated|SIGTERM|SIGSEGV|core dumped|^Stopped ",
    re.I,
)
CLIENT_GONE = re.compile(r"Client '(?P<name>\w+)' encountered an error and is shutting down")
DAEMONS = frozenset(
    ("zebra", "ospfd", "ospf6d", "bgpd", "isisd", "staticd", "bfdd", "ripd", "eigrpd", "pimd", "ldpd", "watchfrr",
     "named", "dhcpd", "dhcrelay", "nginx", "sshd", "snmpd", "systemd", "httpd", "haproxy", "dnsmasq", "lighttpd")
)  # fmt: skip


def hint_of_syslog(message: SyslogMessage, own_users: Collection[str] = ()) -> Hint | None:
    """`own_users`: the accounts of NMS, whose use of sudo is no change by a person."""
    for look in (_neighbour, _interface):
        if found := look(message.text):
            return found
    if command := COMMAND.search(message.text):
        moves = command["command"].strip() in MOVES
        return None if command["prompt"] is None or moves else Hint(EventKind.CONFIG, message.program)
    if message.program == "sudo":
        sudo = SUDO.match(message.text)
        return None if sudo is None or sudo["user"] in own_users else Hint(EventKind.CONFIG, sudo["user"])
    return _daemon(message) or OTHER


def _neighbour(text: str) -> Hint | None:
    if (found := OSPF.search(text)) or (found := OSPF_V3.search(text)):
        peer = found["peer"] or found.groupdict().get("router") or ""
        return Hint(EventKind.NEIGHBOUR, f"ospf/{peer}", found["new"] in ADJACENT, found["port"])
    if found := BGP.search(text):
        return Hint(EventKind.NEIGHBOUR, f"bgp/{found['peer']}", found["new"] == "Up")
    if found := ISIS.search(text):
        return Hint(EventKind.NEIGHBOUR, f"isis/{found['peer']}", found["new"] == "Up", found["port"])
    return None


def _interface(text: str) -> Hint | None:
    if found := CARRIER.search(text):
        return Hint(EventKind.INTERFACE, found["port"], found["new"] == "Gained")
    if found := LINK.search(text):
        return Hint(EventKind.INTERFACE, found["port"], found["new"].lower() in LINK_UP)
    return None


def _daemon(message: SyslogMessage) -> Hint | None:
    if gone := CLIENT_GONE.search(message.text):
        return Hint(EventKind.DAEMON, f"{gone['name']}d", False)
    if message.program in DAEMONS:
        if ENDS.search(message.text):
            return Hint(EventKind.DAEMON, message.program, False)
        if BEGINS.search(message.text):
            return Hint(EventKind.DAEMON, message.program, True)
    return None


KERNEL_LINE = re.compile(r"\[(?P<what>\w+)\](?P<gone>Deleted )?(?P<rest>.*)")
KERNEL_LINK = re.compile(r"\d+: (?P<port>[^\s:@]+)(?:@\S+)?: <(?P<flags>[^>]*)>.*?\bstate (?P<state>\S+)")
KERNEL_ADDRESS = re.compile(r"\d+: (?P<port>\S+)\s+inet6? (?P<address>\S+)")
KERNEL_ARP = re.compile(r"(?P<address>\S+) dev (?P<port>\S+)(?:.* (?P<state>[A-Z]+))?")
TYPES = frozenset({"blackhole", "unreachable", "prohibit", "throw"})
LOCAL = frozenset({"local", "broadcast", "multicast", "anycast"})
ARP_FAILED = frozenset({"FAILED", "INCOMPLETE"})
ARP_DULL = frozenset({"STALE", "DELAY", "PROBE", "NOARP"})


def hint_of_kernel(line: str) -> Hint | None:
    """`line`: of `ip -o monitor label`. None for what never matters, such as routes to the device itself."""
    found = KERNEL_LINE.match(line)
    look = _KERNEL.get(found["what"]) if found else None
    return look(found["rest"], found["gone"] is not None) if found and look else None


def _kernel_link(rest: str, gone: bool) -> Hint | None:
    found = KERNEL_LINK.match(rest)
    if found is None:
        return None
    up = not gone and "UP" in found["flags"].split(",") and found["state"] in ("UP", "UNKNOWN")
    return Hint(EventKind.INTERFACE, found["port"], up)


def _kernel_route(rest: str, gone: bool) -> Hint | None:
    words = rest.split()
    if not words or words[0] in LOCAL or words[0].startswith(("ff", "fe80:")):
        return None
    prefix = words[1] if words[0] in TYPES and len(words) > 1 else words[0]
    return Hint(EventKind.ROUTE, prefix, not gone)


def _kernel_address(rest: str, gone: bool) -> Hint | None:
    found = KERNEL_ADDRESS.match(rest)
    return Hint(EventKind.ADDRESS, found["address"], not gone, found["port"]) if found else None


def _kernel_arp(rest: str, gone: bool) -> Hint | None:
    found = KERNEL_ARP.match(rest)
    if found is None or found["state"] in ARP_DULL or found["address"].startswith("ff"):
        return None
    return Hint(EventKind.ARP, found["address"], not gone and found["state"] not in ARP_FAILED, found["port"])


_KERNEL: dict[str, Callable[[str, bool], Hint | None]] = {
    "LINK": _kernel_link, "ROUTE": _kernel_route, "ADDR": _kernel_address, "NEIGH": _kernel_arp,
}  # fmt: skip
