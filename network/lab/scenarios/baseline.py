"""The checks of a scenario: what has to hold before anything is injected. Pure.

They follow from the structure of the file: neighbours and sessions by their number, pings in a ring instead of between
all pairs, and what has to be unreachable. The lines of its baseline add to them where they have a regular form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, permutations

from network.lab.plan import CheckKind, LabCheck, LabRole
from network.lab.scenarios.addressing import host_of
from network.lab.scenarios.bgp import bgp_peers
from network.lab.scenarios.igp import adjacencies
from network.lab.scenarios.prose import stated_checks
from network.lab.scenarios.reachable import EndHost, by_domain, end_hosts, reaches
from network.lab.scenarios.schema import DHCP, PackFile
from network.lab.scenarios.service_checks import service_checks
from network.lab.scenarios.services import lan_of
from network.lab.scenarios.wiring import Wiring

MAX_APART = 12
"""How many pairs of hosts are checked not to reach each other; each such check lasts until a ping gives up."""
MAX_EVERYONE = 4
"""How many hosts are asked where the file states something of every host."""


def checks_of(pack: PackFile, wiring: Wiring) -> tuple[LabCheck, ...]:
    """Return each check once, with those of routing first."""
    hosts = end_hosts(pack, wiring)
    found = [
        *_routing_checks(pack, wiring),
        *_leases(pack, wiring),
        *_pings(hosts),
        *_apart(hosts),
        *_fabric(pack, hosts),
        *service_checks(pack, wiring, hosts),
    ]
    everyone = [host.name for host in _spread([host for host in hosts if host.role is LabRole.HOST], MAX_EVERYONE)]
    for line in pack.baseline:
        found += stated_checks(line, {node.name for node in pack.nodes}, everyone)
    return tuple(dict.fromkeys(found))


def _routing_checks(pack: PackFile, wiring: Wiring) -> Iterator[LabCheck]:
    for node in pack.nodes:
        if node.role is not LabRole.ROUTER:
            continue
        for each in adjacencies(pack, node, wiring):
            yield LabCheck(each.kind, node.name, expected=str(each.count))
        if peers := bgp_peers(pack, node, wiring):
            yield LabCheck(CheckKind.BGP, node.name, expected=str(len(peers)))


def _leases(pack: PackFile, wiring: Wiring) -> Iterator[LabCheck]:
    for node in pack.nodes:
        if node.address == DHCP:
            yield LabCheck(CheckKind.LEASE, node.name, lan_of(node, wiring))


def _spread(hosts: Sequence[EndHost], count: int) -> list[EndHost]:
    """Return some hosts, from the first to the last."""
    if len(hosts) <= count:
        return list(hosts)
    return [hosts[number * (len(hosts) - 1) // (count - 1)] for number in range(count)]


def _pings(hosts: tuple[EndHost, ...]) -> Iterator[LabCheck]:
    """In a ring in each domain; a host with DHCP pings one of the others, and the first and the last ping all.

    A router pings each host next to it that is in no other domain.
    """
    for group in by_domain(hosts):
        fixed = [host for host in group if host.address]
        clients = [host for host in group if not host.address]
        for one, other in zip(fixed, fixed[1:] + fixed[:1], strict=True):
            if one.name != other.name and reaches(one, other):
                yield LabCheck(CheckKind.PING, one.name, other.address)
        for number, client in enumerate(clients):
            every = number in (0, len(clients) - 1)
            for other in fixed if every else fixed[number % len(fixed) : number % len(fixed) + 1] if fixed else ():
                yield LabCheck(CheckKind.PING, client.name, other.address)
        if group[0].domain.by == "lan":
            yield from (LabCheck(CheckKind.PING, host.router, host.address) for host in fixed if host.router)


def _apart(hosts: tuple[EndHost, ...]) -> Iterator[LabCheck]:
    """Pairs of the first hosts of two domains, and of two routers of one AS that refuse each other's routes."""
    groups = [[host for host in group if not host.several] for group in by_domain(hosts)]
    sources = [next((host for host in group if not host.address), group[0]) for group in groups if group]
    targets = [next((host for host in group if host.address), None) for group in groups if group]
    ordered = permutations(zip(sources, targets, strict=True), 2)
    pairs = [(source, target) for (source, _), (_, target) in ordered if target is not None][:MAX_APART]
    clients = [host for host in hosts if host.domain.by == "bgp" and host.role is LabRole.HOST and host.address]
    refused = ((one, other) for one, other in permutations(clients, 2) if not reaches(one, other))
    pairs += islice(refused, MAX_APART - len(pairs))
    for one, other in pairs:
        yield LabCheck(CheckKind.NO_PING, one.name, other.address)


def _fabric(pack: PackFile, hosts: tuple[EndHost, ...]) -> Iterator[LabCheck]:
    """Where BGP announces the subnets of hosts only, the first host does not reach a link that is not next to it."""
    host = next((each for each in hosts if each.domain.by == "bgp" and each.role is LabRole.HOST), None)
    for link in pack.links if host else ():
        ends = {end.partition(":")[0] for end in (link.a, link.b)}
        if host and link.ebgp and link.a_ip and host.router not in ends:
            yield LabCheck(CheckKind.NO_PING, host.name, host_of(link.a_ip))
            return
