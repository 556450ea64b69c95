"""The checks of the services of a scenario: names, pages and processes. Pure.

The first and the last client ask for everything; each other client asks for one name and one page, in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from network.lab.plan import CheckKind, LabCheck, LabRole
from network.lab.scenarios import prose
from network.lab.scenarios.reachable import EndHost, reaches
from network.lab.scenarios.schema import PackFile, PackNode
from network.lab.scenarios.services import (
    HTTP,
    HTTPS,
    names_of,
    own_addresses,
    resolvers_of,
    served_zones,
)
from network.lab.scenarios.system import MAX_RESOLVERS
from network.lab.scenarios.wiring import Wiring

Item = TypeVar("Item")


@dataclass(frozen=True)
class ServedPage:
    """`url`: with the address of the server; `named`: with its name."""

    url: str
    named: str
    server: EndHost


def service_checks(pack: PackFile, wiring: Wiring, hosts: tuple[EndHost, ...]) -> Iterator[LabCheck]:
    pages = list(_pages(pack, wiring, hosts))
    clients = [host for host in hosts if host.role is LabRole.HOST]
    nodes = {node.name: node for node in pack.nodes}
    for number, client in enumerate(clients):
        every = number in (0, len(clients) - 1)
        known = list(_known_names(pack, nodes[client.name], wiring))
        for name, address in known if every else _one(known, number):
            yield LabCheck(CheckKind.RESOLVES, client.name, name, address)
        names = {name for name, _ in known}
        reached = [each for each in pages if reaches(client, each.server)]
        for page in reached if every else _one(reached, number):
            for url in dict.fromkeys((page.named, page.url) if every else (page.named,)):
                if url == page.url or url.partition("://")[2].partition("/")[0] in names:
                    yield LabCheck(CheckKind.FETCHES, client.name, url)
    yield from _catalogue(pack, clients)


def _one(items: Sequence[Item], number: int) -> Sequence[Item]:
    return items[number % len(items) :][:1] if items else ()


def _known_names(pack: PackFile, client: PackNode, wiring: Wiring) -> Iterator[tuple[str, str]]:
    """Yield the names, with their addresses, of the zones whose server the client asks."""
    asked = resolvers_of(pack, client, wiring)[:MAX_RESOLVERS]
    nodes = {node.name: node for node in pack.nodes}
    for server, zone in served_zones(pack):
        if set(asked) & set(own_addresses(nodes[server], wiring)):
            yield from ((f"{name}.{zone.name}", address) for name, address in zone.records.items())


def _pages(pack: PackFile, wiring: Wiring, hosts: tuple[EndHost, ...]) -> Iterator[ServedPage]:
    http, balancer = pack.services.http, pack.services.load_balancer
    if http is None:
        return
    path = "/small" if http.application else "/"
    by_address = {host.address: host for host in hosts}
    for node in pack.nodes:
        balances = balancer is not None and balancer.node == node.name
        schemes = [scheme for scheme in (HTTP, HTTPS) if scheme in node.services or (balances and scheme == HTTP)]
        own = own_addresses(node, wiring)
        names = names_of(pack, node, wiring)
        for scheme in schemes if own else ():
            url = f"{scheme}://{own[0]}{path}"
            yield ServedPage(url, f"{scheme}://{names[0]}{path}" if names else url, by_address[own[0]])


def _catalogue(pack: PackFile, clients: Sequence[EndHost]) -> Iterator[LabCheck]:
    text = pack.services.http.catalog if pack.services.http else ""
    if clients and prose.catalogue(text):
        yield LabCheck(CheckKind.FETCHES, clients[0].name, text.partition(": ")[0])
