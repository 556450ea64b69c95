"""What differences of interfaces, addresses, routes, settings, files and processes mean. Pure.

A consequence of another difference sets no metric of its own: the routes and addresses that a disabled or absent
interface takes with it, the routes of an address that is gone, the sockets of a process that does not run.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from network.devices.evidence.difference import StateDifference
from network.devices.evidence.meaning.findings import UP, Findings, Surroundings
from network.devices.evidence.metrics import EvidenceMetric
from network.devices.evidence.normal.processes import ROUTING_DAEMONS
from network.devices.evidence.snapshot import joined, parts

LOOPBACK = "lo"
INTO_NOTHING = ("blackhole", "unreachable", "prohibit")
_DEVICE = re.compile(r"\bdev (\S+)")
_GATEWAY = re.compile(r"\bvia (?:inet6 )?(\S+)")
_FORWARDING = re.compile(r"sysctl/net/ipv[46]/(ip_forward|conf/[^/]+/forwarding)$")
LEAST_MTU_OF_IPV6 = 1280
"""With less, the kernel takes IPv6 away from an interface."""


def interface_findings(around: Surroundings) -> Findings:
    for each in around.below("link"):
        _, name, setting = parts(each.path, 3)
        if around.is_new(name):
            continue
        if around.is_gone(name):
            if setting == "admin":
                sentence = f"interface {name} is not there"
                yield around.interface(name, EvidenceMetric.PRESENT, sentence, each.path)
        elif setting == "admin":
            state = "enabled" if each.found == UP else "disabled (admin down)"
            sentence = f"interface {name} is {state}; the approved state is {each.approved}"
            yield around.interface(name, EvidenceMetric.ENABLED, sentence, each.path)
        elif setting == "mtu":
            sentence = f"interface {name} has MTU {each.found}; the approved MTU is {each.approved}"
            yield around.interface(name, EvidenceMetric.MTU, sentence, each.path)
        elif setting == "master":
            sentence = (
                f"interface {name} is a port of {each.found or 'nothing'}; approved is {each.approved or 'nothing'}"
            )
            yield around.interface(name, EvidenceMetric.PRESENT, sentence, each.path)


def address_findings(around: Surroundings) -> Findings:
    differences = around.below("address")
    gone = {each.path: parts(each.path, 3)[1:] for each in differences if each.found is None}
    new = {each.path: parts(each.path, 3)[1:] for each in differences if each.approved is None}
    for path, (name, address) in gone.items():
        if around.is_gone(name) or (":" in address and _lacks_ipv6(around, name)):
            continue
        host = address.partition("/")[0]
        same = [other for other, (port, text) in new.items() if port == name and text.partition("/")[0] == host]
        if same:
            length = parts(same[0], 3)[2].partition("/")[2]
            sentence = f"address {host} of interface {name} has prefix length {length}; approved is {address}"
            yield around.interface(name, EvidenceMetric.PREFIX_LENGTH, sentence, path, *same)
            new.pop(same[0])
        else:
            now = [text for port, text in new.values() if port == name]
            sentence = f"interface {name} has not its approved address {address}" + (f", but {now[0]}" if now else "")
            yield around.interface(name, EvidenceMetric.ADDRESS, sentence, path)
    for path, (name, address) in new.items():
        if name == LOOPBACK and _routes(around):
            sentence = f"the loopback has address {address}, which is not approved"
            yield around.node(EvidenceMetric.BGP_EXTRA_NETWORKS, sentence, path)
        else:
            sentence = f"interface {name} has address {address}, which is not approved"
            yield around.interface(name, EvidenceMetric.ADDRESS, sentence, path)


def _lacks_ipv6(around: Surroundings, name: str) -> bool:
    mtu = around.found.facts.get(joined("link", name, "mtu"), "")
    return around.is_down(name) or (mtu.isdecimal() and int(mtu) < LEAST_MTU_OF_IPV6)


def _routes(around: Surroundings) -> bool:
    """Whether the device takes part in routing, so that an address on its loopback is an announcement."""
    return any(path.startswith("frr/") for path in (*around.approved.facts, *around.found.facts))


def route_findings(around: Surroundings) -> Findings:
    for each in around.below("route"):
        _, table, destination = parts(each.path, 3)
        if each.found is None and _is_consequence(around, each.approved or ""):
            continue
        where = destination if table == "main" else f"{destination} in table {table}"
        now, before = each.found or "there is none", each.approved or "there is none"
        if each.found is not None and each.found.startswith(INTO_NOTHING):
            sentence = f"a route to {where} leads into nothing ({each.found}); approved: {before}"
            yield around.node(EvidenceMetric.BLACKHOLE_ROUTES, sentence, each.path)
        if table == "main" and destination.removeprefix("ipv6 ").startswith("default"):
            sentence = f"the default route is: {now}; approved: {before}"
            yield around.node(EvidenceMetric.DEFAULT_ROUTE, sentence, each.path)
        elif each.found is None or not each.found.startswith(INTO_NOTHING):
            sentence = f"the static route to {where} is: {now}; approved: {before}"
            yield around.node(EvidenceMetric.STATIC_ROUTES, sentence, each.path)


def _is_consequence(around: Surroundings, route: str) -> bool:
    """Whether the kernel removed a route with its interface, or with the address that its gateway needs."""
    interface = _DEVICE.search(route)
    if interface and around.is_down(interface.group(1)):
        return True
    gateway = _GATEWAY.search(route)
    for lost in around.lost_addresses:
        name, _, address = lost.partition("/")
        if interface and name == interface.group(1):
            try:
                network = ipaddress.ip_interface(address).network
                if gateway is None or ipaddress.ip_address(gateway.group(1)) in network:
                    return True
            except ValueError:
                continue
    return False


def setting_findings(around: Surroundings) -> Findings:
    for each in around.below("rule", "rule6"):
        priority = parts(each.path, 2)[1]
        sentence = f"policy rule {priority} is: {each.found or 'not there'}; approved: {each.approved or 'not there'}"
        yield around.node(EvidenceMetric.POLICY_RULES, sentence, each.path)
    for each in around.below("neighbour"):
        _, name, address = parts(each.path, 3)
        if not around.is_down(name):
            now, before = each.found or "none", each.approved or "none"
            sentence = f"the permanent neighbour {address} at interface {name} is: {now}; approved: {before}"
            yield around.node(EvidenceMetric.PERMANENT_NEIGHBORS, sentence, each.path)
    for each in around.below("sysctl"):
        setting = each.path.partition("/")[2]
        sentence = f"the kernel setting {setting} is {each.found or 'not there'}; approved: {each.approved or 'none'}"
        metric = EvidenceMetric.FORWARDING if _FORWARDING.match(each.path) else EvidenceMetric.KERNEL_SETTINGS
        yield around.node(metric, sentence, each.path)


def file_findings(around: Surroundings) -> Findings:
    for each in around.below("resolver"):
        what = each.path.partition("/")[2]
        sentence = f"the resolver has {what} {each.found or 'none'}; approved: {each.approved or 'none'}"
        yield around.node(EvidenceMetric.RESOLVER, sentence, each.path)
    for each in around.below("hosts"):
        address = parts(each.path, 2)[1]
        sentence = (
            f"the hosts file has for {address}: {each.found or 'nothing'}; approved: {each.approved or 'nothing'}"
        )
        yield around.node(EvidenceMetric.HOSTS_FILE, sentence, each.path)


def queue_findings(around: Surroundings) -> Findings:
    for each in around.below("qdisc", "class", "filter"):
        kind, name, place, text = parts(each.path, 4)
        if around.is_gone(name) or (around.is_new(name) and kind == "qdisc"):
            continue
        what = {"qdisc": "the queueing discipline", "class": "the class", "filter": "a filter of tc"}[kind]
        now, before = each.found or "none", each.approved or "none"
        if kind == "filter":
            now, before = (text, "none") if each.found else ("none", text)
        sentence = f"{what} ({place}) of interface {name} is: {now}; approved: {before}"
        yield around.interface(name, EvidenceMetric.SHAPING, sentence, each.path)


def process_findings(around: Surroundings) -> Findings:
    for each in around.below("process"):
        name = parts(each.path, 2)[1]
        if each.found is None and name in ROUTING_DAEMONS:
            sentence = f"the routing daemon {name} does not run"
            yield around.node(EvidenceMetric.ROUTING_DAEMONS, sentence, each.path)
    for each in around.below("busy"):
        name = parts(each.path, 2)[1]
        what = {"cpu": "CPU", "memory": "memory"}.get(each.found or "", each.found)
        sentence = f"the process {name}, which is not approved, takes most of the {what} of the device"
        yield around.node(EvidenceMetric.PROCESSES, sentence, each.path)


def ignored(around: Surroundings) -> Iterator[StateDifference]:
    """Yield the differences that only follow from another one, so that a person need not explain them."""
    for each in around.differences:
        kind, name, _ = parts(each.path, 3)
        owner = name if kind in ("link", "address", "qdisc", "neighbour") else ""
        lost_route = kind == "route" and each.found is None and _is_consequence(around, each.approved or "")
        if lost_route or (owner and around.is_gone(owner)) or (kind == "listen" and not _can_listen(around, each)):
            yield each


def _can_listen(around: Surroundings, each: StateDifference) -> bool:
    """Whether the approved process runs, and the device has the address of the socket."""
    names = (each.approved or each.found or "").split(",")
    address = parts(each.path, 2)[1].partition(" ")[2].rpartition(":")[0].strip("[]").partition("%")[0]
    runs = any(name == "unknown" or joined("process", name) in around.found.facts for name in names)
    return runs and (address in around.addresses or address in ("0.0.0.0", "::", "*"))
