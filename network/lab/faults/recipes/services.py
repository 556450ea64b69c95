"""Faults of DNS and DHCP servers: they do not run, or give wrong answers."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Interface, IPv4Network
from typing import NamedTuple

from network.lab.faults import files
from network.lab.faults.changes.programs import ClientRenewed, FileChange, ProgramsStopped, content_of
from network.lab.faults.observe import asks, first_address, host_part, live_address
from network.lab.faults.proof import Landed, NotLanded
from network.lab.faults.recipe import FaultCase, Made, Recipe, text
from network.lab.faults.recipes.addressing import RESOLVERS
from shared.domain.kinds import ElementKind

_NODE = frozenset({ElementKind.NODE})
NAMED, DHCPD, DHCLIENT = "named", "dhcpd", "dhclient"
DHCP_FILE = "/etc/dhcp/dhcpd.conf"
ZONE_HEAD = "/etc/bind/db."
NOWHERE = "192.0.2.1"
"""An address of documentation: no node has it."""
TINY_MASK = "255.255.255.252"
RENEWED_WITHIN = 75.0
"""Seconds until each client with a short lease has renewed it, and found out that it cannot."""
WRONG_HOST = 254


def stopped(program: str) -> Callable[[FaultCase], Made]:
    def changes(case: FaultCase) -> Made:
        if not any(each.name == program for each in case.target.node.programs):
            return NotLanded(f"{case.node} runs no {program}: name a server that does")
        return (ProgramsStopped(case.node, (program,)),)

    return changes


def dns_refuses(case: FaultCase) -> Landed | NotLanded:
    address = first_address(case.target.node)
    answer = asks(case.lab, case.node, address, "ns.")
    if answer.code != "refused":
        return NotLanded(f"{address} still answers: {answer.code}")
    return Landed(f"nothing listens for DNS at {address}")


class ZoneRecord(NamedTuple):
    """A record of a server: the file, the name of the zone, and the name in it."""

    path: str
    zone: str
    name: str
    address: str


def chosen_record(case: FaultCase) -> ZoneRecord | NotLanded:
    """Return the record that the request names, or the first that is not the server's own."""
    own = first_address(case.target.node)
    for file in case.target.node.files:
        zone = file.path.removeprefix(ZONE_HEAD)
        if zone == file.path or case.text("target_domain") not in ("", zone):
            continue
        for name, address in files.records_of(file.text).items():
            if name == case.text("target_website") or (not case.text("target_website") and address != own):
                return ZoneRecord(file.path, zone, name, address)
    return NotLanded(f"{case.node} has no such record in a zone: name one with --set target_website=NAME")


def wrong_address(case: FaultCase) -> str:
    """Return the address that the request names, or an unused one of the subnet of the server."""
    if case.text("wrong_ip"):
        return case.text("wrong_ip")
    own = next((each for one in case.target.node.interfaces for each in one.addresses), "")
    if not own:
        return NOWHERE
    used = {host_part(each) for node in case.plan.nodes for one in node.interfaces for each in one.addresses}
    free = [str(each) for each in reversed(list(IPv4Interface(own).network.hosts())) if str(each) not in used]
    return free[0] if free else NOWHERE


def dns_record_error(case: FaultCase) -> Made:
    record = chosen_record(case)
    if isinstance(record, NotLanded):
        return record
    before = content_of(case.lab, case.node, record.path)
    after = files.with_record((before or b"").decode(), record.name, wrong_address(case))
    if before is None or after is None:
        return NotLanded(f"{case.node}:{record.path} has no record {record.name}: clear the other faults first")
    return (FileChange(case.node, record.path, before, after.encode(), reload=(NAMED,)),)


def wrong_answer(case: FaultCase) -> Landed | NotLanded:
    record = chosen_record(case)
    if isinstance(record, NotLanded):
        return record
    name = f"{record.name}.{record.zone}"
    answer = asks(case.lab, case.node, first_address(case.target.node), name)
    if wrong_address(case) not in answer.addresses:
        return NotLanded(f"{case.node} answers {', '.join(answer.addresses) or answer.code} for {name}")
    return Landed(f"{case.node} answers {', '.join(answer.addresses)} for {name} instead of {record.address}")


def chosen_subnet(case: FaultCase, own: str) -> IPv4Network | NotLanded:
    """Return the subnet that the request names, or that of the client it names, or the first with clients."""
    known = files.subnets_of(own)
    wanted = case.text("subnet").partition("/")[0]
    for subnet in known:
        if wanted == str(subnet.network_address) or (not wanted and (not case.text("client") or _is_in(case, subnet))):
            return subnet
    return NotLanded(f"{case.node} gives out no addresses of such a subnet: it knows {', '.join(map(str, known))}")


def _is_in(case: FaultCase, subnet: IPv4Network) -> bool:
    address = _client_address(case, case.text("client"))
    return bool(address) and IPv4Interface(address).ip in subnet


def _client_address(case: FaultCase, client: str) -> str:
    found = next((node for node in case.plan.nodes if node.name == client), None)
    return live_address(case.lab, client, [found.dhcp]) if found and found.dhcp else ""


def dhcp_file(edit: Callable[[str, IPv4Network], str | None]) -> Callable[[FaultCase], Made]:
    """Return what edits the subnet of the request in the file of a DHCP server, which starts again."""

    def changes(case: FaultCase) -> Made:
        before = content_of(case.lab, case.node, DHCP_FILE)
        if before is None or not any(each.name == DHCPD for each in case.target.node.programs):
            return NotLanded(f"{case.node} runs no {DHCPD}: name a server that does")
        own = before.decode()
        subnet = chosen_subnet(case, own)
        if isinstance(subnet, NotLanded):
            return subnet
        after = edit(own, subnet)
        if after is None or after == own:
            return NotLanded(f"the subnet {subnet} of {case.node} is like that already")
        change = FileChange(case.node, DHCP_FILE, before, after.encode(), restart=(DHCPD,))
        return (*renewed(case, True), change, *renewed(case, False))

    return changes


def renewed(case: FaultCase, at_end: bool) -> tuple[ClientRenewed, ...]:
    """Return that each client of the subnet asks for a new lease."""
    programs = {
        node.name: [each.name for each in node.programs if each.process == DHCLIENT] for node in case.plan.nodes
    }
    return tuple(
        ClientRenewed(client, interface, programs[client][0], at_end)
        for client, interface in _clients(case)
        if programs[client]
    )


def dhcp_service_down(case: FaultCase) -> Made:
    """The clients keep their leases until these run out."""
    made = stopped(DHCPD)(case)
    return made if isinstance(made, NotLanded) else (*renewed(case, True), *made)


def _clients(case: FaultCase) -> list[tuple[str, str]]:
    """Return each client in the subnet, with its interface; of the planned file, since the changed one may lack it."""
    planned = next((each.text for each in case.target.node.files if each.path == DHCP_FILE), "")
    subnet = chosen_subnet(case, planned)
    if isinstance(subnet, NotLanded):
        return []
    named = case.text("client")
    gateways = [
        node for node in case.plan.nodes for each in _addresses(case, node.name) if IPv4Interface(each).ip in subnet
    ]
    near = {node.name for node in gateways}
    return [
        (node.name, node.dhcp)
        for node in case.plan.nodes
        if node.dhcp and (node.name == named or (not named and _reaches(case, node.name, near)))
    ]


def _addresses(case: FaultCase, name: str) -> list[str]:
    node = case.plan.node(name)
    bridge = node.bridge.addresses if node.bridge else ()
    return [*(each for one in node.interfaces for each in one.addresses), *bridge]


def _reaches(case: FaultCase, client: str, near: set[str]) -> bool:
    """Whether only bridges are between a client and one of some nodes."""
    seen, waiting = {client}, [client]
    while waiting:
        name = waiting.pop()
        for cable in case.plan.cables:
            if any(end.node == name for end in cable.ends):
                others = {end.node for end in cable.ends} - seen
                if others & near:
                    return True
                waiting += [each for each in others if not _addresses(case, each)]
                seen |= others
    return False


def each_client(look: Callable[[FaultCase, str, str], str]) -> Callable[[FaultCase], Landed | NotLanded]:
    """Return what looks at each client of the subnet. `look`: returns what is seen; empty: not yet."""

    def symptom(case: FaultCase) -> Landed | NotLanded:
        clients = _clients(case)
        if not clients:
            return Landed("the subnet has no client: the file is the proof")
        seen = {name: look(case, name, interface) for name, interface in clients}
        missing = sorted(name for name, found in seen.items() if not found)
        if missing:
            return NotLanded(f"{', '.join(missing)} of {len(seen)} clients show nothing yet")
        return Landed("; ".join(f"{name}: {found}" for name, found in seen.items()))

    return symptom


def _no_lease(case: FaultCase, client: str, interface: str) -> str:
    return "" if live_address(case.lab, client, [interface]) else "no address"


def _wrong_resolver(case: FaultCase, client: str, interface: str) -> str:
    content = content_of(case.lab, client, RESOLVERS) or b""
    return f"the resolver {case.text('wrong')}" if case.text("wrong").encode() in content else ""


def _wrong_gateway(case: FaultCase, client: str, interface: str) -> str:
    routes = case.lab.network(client, ["ip", "-4", "route", "show", "default"]).output
    return routes.strip() if f".{WRONG_HOST} " in routes else ""


def _small_subnet(case: FaultCase, client: str, interface: str) -> str:
    address = live_address(case.lab, client, [interface])
    return f"the address {address}" if address.endswith("/30") else ""


SUBNET = text("subnet", "the subnet; empty: the first that has addresses to give out")
CLIENT = text("client", "the node whose subnet it is; empty: any")
WRONG_DNS = text("wrong", "the address that is given as the resolver", NOWHERE)


def _dhcp(
    kind: str, edit: Callable[[str, IPv4Network], str | None], look: Callable[[FaultCase, str, str], str]
) -> Recipe:
    parameters = (SUBNET, CLIENT)
    return Recipe(kind, _NODE, dhcp_file(edit), parameters, symptom=each_client(look), within=RENEWED_WITHIN)


def dhcp_missing_subnet(case: FaultCase) -> Made:
    def edit(own: str, subnet: IPv4Network) -> str | None:
        addresses = [IPv4Interface(each).ip for each in _addresses(case, case.node)]
        return files.without_subnet(own, subnet, any(each in subnet for each in addresses))

    return dhcp_file(edit)(case)


def dhcp_spoofed_dns(case: FaultCase) -> Made:
    def edit(own: str, subnet: IPv4Network) -> str | None:
        return files.with_option(own, subnet, "domain-name-servers", case.text("wrong"))

    return dhcp_file(edit)(case)


def _last_router(own: str, subnet: IPv4Network) -> str | None:
    return files.with_option(own, subnet, "routers", str(subnet.network_address + WRONG_HOST % subnet.num_addresses))


def _tiny(own: str, subnet: IPv4Network) -> str | None:
    return files.with_option(own, subnet, "subnet-mask", TINY_MASK)


RECIPES = (
    Recipe("dns_service_down", _NODE, stopped(NAMED), symptom=dns_refuses),
    Recipe(
        "dns_record_error",
        _NODE,
        dns_record_error,
        (
            text("target_domain", "the zone; empty: the first"),
            text("target_website", "the name in the zone; empty: the first that is not the server"),
            text("wrong_ip", "the wrong address; empty: an unused one of the subnet of the server"),
        ),
        symptom=wrong_answer,
    ),
    Recipe(
        "dhcp_service_down",
        _NODE,
        dhcp_service_down,
        (SUBNET, CLIENT),
        symptom=each_client(_no_lease),
        within=RENEWED_WITHIN,
    ),
    Recipe(
        "dhcp_missing_subnet",
        _NODE,
        dhcp_missing_subnet,
        (SUBNET, CLIENT),
        symptom=each_client(_no_lease),
        within=RENEWED_WITHIN,
    ),
    Recipe(
        "dhcp_spoofed_dns",
        _NODE,
        dhcp_spoofed_dns,
        (SUBNET, CLIENT, WRONG_DNS),
        symptom=each_client(_wrong_resolver),
        within=RENEWED_WITHIN,
    ),
    _dhcp("dhcp_spoofed_gateway", _last_router, _wrong_gateway),
    _dhcp("dhcp_spoofed_subnet", _tiny, _small_subnet),
)
