"""Reads the text of a scenario file, and checks it. Pure. Each error names the file, the place and the remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import yaml
from pydantic import ValidationError

from network.lab.plan import LabRole
from network.lab.scenarios.addressing import contains, host_of, network_of
from network.lab.scenarios.fields import MAX_OSPF_COST
from network.lab.scenarios.schema import DHCP, SCHEMA, PackFile
from shared.domain.errors import NmsError
from shared.domain.near import near

MAX_BYTES = 8_000_000
"""The largest size of a scenario file."""
SHOWN_ERRORS = 5
MAX_SHOWN = 300


class ScenarioError(NmsError):
    exit_code = 2


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads words as YAML 1.2 does: a node may have the name `no` or `on`, and 65000:59 is a community."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", "<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), list(_first))


def read_pack(text: str, source: str) -> PackFile:
    """Return the content of a scenario file. `source`: the name of the file, for messages. Raises ScenarioError."""
    if len(text) > MAX_BYTES:
        raise ScenarioError(f"{source}: the file has more than {MAX_BYTES} bytes; it is no scenario file")
    try:
        content = yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ScenarioError(f"{source}: it is no YAML: {_flaw(error)}; correct the file") from None
    if not isinstance(content, dict):
        raise ScenarioError(f"{source}: it has no fields; write a scenario of the schema {SCHEMA}")
    try:
        pack = PackFile.model_validate(content)
    except ValidationError as error:
        raise ScenarioError(_described(error, content, source)) from None
    flaws = list(_flaws(pack))
    if flaws:
        raise ScenarioError(f"{source}: " + _several(flaws))
    return pack


def _flaw(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}: {error.problem}"
    return str(error)[:MAX_SHOWN] or type(error).__name__


def _several(flaws: Sequence[str]) -> str:
    more = len(flaws) - SHOWN_ERRORS
    return "; ".join(flaws[:SHOWN_ERRORS]) + (f"; and {more} more" if more > 0 else "")


def _described(error: ValidationError, content: Mapping[str, object], source: str) -> str:
    flaws = []
    for each in error.errors(include_url=False, include_context=False):
        reason = each["msg"].removeprefix("Value error, ")
        if each["type"] == "missing":
            reason = "it is missing; add it"
        elif each["type"] == "literal_error":
            reason = f"{str(each['input'])[:MAX_SHOWN]!r} is not possible: {each['msg']}"
        flaws.append(f"{_place(each['loc'], content)}: {reason}")
    return f"{source}: {_several(flaws)}"


def _place(parts: Sequence[int | str], content: object) -> str:
    """Return a place such as `nodes[3] (amsterdam).loopback`."""
    place = ""
    for part in parts:
        if isinstance(content, Sequence) and not isinstance(content, str) and isinstance(part, int):
            content = content[part] if part < len(content) else None
            name = content.get("name") if isinstance(content, Mapping) else None
            place += f"[{part}]" + (f" ({name})" if isinstance(name, str) else "")
        else:
            content = content.get(part) if isinstance(content, Mapping) else None
            place += f".{part}" if place else str(part)
    return place or "the file"


def _flaws(pack: PackFile) -> Iterator[str]:
    yield from _flaws_of_nodes(pack)
    yield from _flaws_of_ends(pack)
    yield from _flaws_of_addresses(pack)
    yield from _flaws_of_gateways(pack)
    yield from _flaws_of_dhcp(pack)
    yield from _unknown_nodes(pack)


def _flaws_of_nodes(pack: PackFile) -> Iterator[str]:
    seen: set[str] = set()
    for number, node in enumerate(pack.nodes):
        place = f"nodes[{number}] ({node.name})"
        if node.name in seen:
            yield f"{place}: the name is there twice; give each node a name of its own"
        seen.add(node.name)
        if node.role is LabRole.SWITCH and node.bridge is None:
            yield f"{place}: a switch needs the field bridge; add its name and ports"
    needed = {"isis": pack.routing.isis, "bgp": pack.routing.bgp and pack.routing.bgp.mode}
    for number, node in enumerate(pack.nodes):
        if node.role is LabRole.ROUTER and needed["isis"] and node.net is None:
            yield f"nodes[{number}] ({node.name}).net: IS-IS needs it; add the network entity title"
        if node.role is LabRole.ROUTER and needed["bgp"] and (node.asn is None or node.loopback is None):
            yield f"nodes[{number}] ({node.name}): BGP needs asn and loopback; add them"


def _flaws_of_ends(pack: PackFile) -> Iterator[str]:
    known = {node.name for node in pack.nodes}
    taken: dict[str, str] = {}
    groups: list[tuple[str, int, str, tuple[str, ...]]] = [
        ("links", number, link.name, (link.a, link.b)) for number, link in enumerate(pack.links)
    ]
    groups += [("segments", number, segment.name, segment.members) for number, segment in enumerate(pack.segments)]
    for what, number, name, ends in groups:
        place = f"{what}[{number}] ({name[:MAX_SHOWN]})"
        for end in ends:
            node = end.partition(":")[0]
            if node not in known:
                yield f"{place}: {end} is at no node of the file{_close(node, known)}; add the node or correct the end"
            if end in taken:
                yield f"{place}: {end} is an end of {taken[end]} too; give it an interface of its own"
            taken[end] = place
        wanted = "--".join(sorted(ends))
        if name != wanted:
            yield f"{place}.name: a name is the sorted ends; write {wanted}"
        if len({end.partition(":")[0] for end in ends}) < len(ends):
            yield f"{place}: it joins a node to itself; correct the ends"
    for number, each in enumerate(pack.nodes):
        for port in each.bridge.ports if each.bridge else ():
            if f"{each.name}:{port}" not in taken:
                yield f"nodes[{number}] ({each.name}).bridge.ports: no link ends at {port}; add the link"


def _close(name: str, known: set[str]) -> str:
    meant = near(name, known)
    return f" (close to it: {', '.join(meant)})" if meant else ""


def _flaws_of_addresses(pack: PackFile) -> Iterator[str]:
    seen: dict[str, tuple[str, str]] = {}

    def twice(place: str, end: str, address: str | None) -> Iterator[str]:
        """A node can state an address that its link or segment states too."""
        node = end.partition(":")[0]
        if address is None or address == DHCP:
            return
        other, owner = seen.setdefault(host_of(address), (place, node))
        if other != place and not (owner == node and place.endswith(").address")):
            yield f"{place}: {host_of(address)} is also at {other}; give it an address of its own"

    for number, link in enumerate(pack.links):
        place = f"links[{number}] ({link.name})"
        yield from twice(f"{place}.a_ip", link.a, link.a_ip)
        yield from twice(f"{place}.b_ip", link.b, link.b_ip)
        if link.a_ip and link.b_ip and network_of(link.a_ip) != network_of(link.b_ip):
            yield f"{place}: {link.a_ip} and {link.b_ip} are in different subnets; correct one of them"
        if pack.routing.ospf and (link.metric or 0) > MAX_OSPF_COST:
            yield f"{place}.metric: OSPF has costs up to {MAX_OSPF_COST}; write a smaller one"
        if link.ebgp and not (link.a_ip and link.b_ip):
            yield f"{place}: a link with ebgp needs a_ip and b_ip; add them"
    for number, segment in enumerate(pack.segments):
        for pair in segment.addresses:
            end, _, address = pair.partition("=")
            place = f"segments[{number}] ({segment.name}).addresses: {end}"
            yield from twice(place, end, address)
            if end not in segment.members:
                yield f"{place} is no member of the segment; correct it"
    for number, node in enumerate(pack.nodes):
        place = f"nodes[{number}] ({node.name})"
        yield from twice(f"{place}.loopback", node.name, node.loopback)
        yield from twice(f"{place}.bridge.address", node.name, node.bridge.address if node.bridge else None)
        yield from twice(f"{place}.address", node.name, node.address)


def _own_addresses(pack: PackFile) -> dict[str, list[str]]:
    """Return the addresses that links and segments give to each node."""
    own: dict[str, list[str]] = {}
    pairs = [pair for link in pack.links for pair in ((link.a, link.a_ip), (link.b, link.b_ip))]
    pairs += [
        (end, address) for each in pack.segments for end, _, address in (one.partition("=") for one in each.addresses)
    ]
    for end, address in pairs:
        own.setdefault(end.partition(":")[0], []).extend([address] if address else [])
    return own


def _flaws_of_gateways(pack: PackFile) -> Iterator[str]:
    own = _own_addresses(pack)
    for number, node in enumerate(pack.nodes):
        if node.gateway is None or node.address == DHCP:
            continue
        addresses = own.get(node.name, []) + ([node.address] if node.address else [])
        if not any(contains(network_of(each), node.gateway) for each in addresses):
            yield (
                f"nodes[{number}] ({node.name}).gateway: {node.gateway} is in no subnet of the node "
                f"({', '.join(addresses) or 'it has no address'}); correct one of them"
            )


def _flaws_of_dhcp(pack: PackFile) -> Iterator[str]:
    ends = [end for link in pack.links for end in (link.a, link.b)]
    ends += [end for segment in pack.segments for end in segment.members]
    for number, node in enumerate(pack.nodes):
        if node.address is not None and not any(end.partition(":")[0] == node.name for end in ends):
            yield f"nodes[{number}] ({node.name}).address: the node has no link for its address; add one"
    dhcp = pack.services.dhcp
    if dhcp is None:
        return
    for node in pack.nodes:
        if node.name == dhcp.server and node.address in (None, DHCP) and not _own_addresses(pack).get(node.name):
            yield f"services.dhcp.server: {node.name} has no address; add one to the node"


def _named_nodes(pack: PackFile) -> Iterator[tuple[str, str]]:
    """Yield the place and the name of each node that routing or services name."""
    bgp, rtbh, rpki = pack.routing.bgp, pack.routing.rtbh, pack.routing.rpki
    if bgp:
        yield from ((f"routing.bgp.originated[{i}].node", each.node) for i, each in enumerate(bgp.originated))
        yield from (("routing.bgp.sessions.route_reflectors", name) for name in bgp.sessions.route_reflectors)
        for number, session in enumerate(bgp.sessions.ebgp):
            yield f"routing.bgp.sessions.ebgp[{number}].a", session.a
            yield f"routing.bgp.sessions.ebgp[{number}].b", session.b
        for asn, group in bgp.sessions.ibgp.items():
            yield f"routing.bgp.sessions.ibgp.{asn}.route_reflector", group.route_reflector
        for asn, members in bgp.as_members.items():
            yield from ((f"routing.bgp.as_members.{asn}", name) for name in members)
    if rtbh:
        yield "routing.rtbh.leaker", rtbh.leaker
        yield "routing.rtbh.provider", rtbh.provider
    if rpki:
        yield from (("routing.rpki.leaker_as_routers", name) for name in rpki.leaker_as_routers)
        yield "routing.rpki.rov_observer", rpki.rov_observer
        yield "routing.rpki.rtr.server", rpki.rtr.server
        yield "routing.rpki.rtr.router", rpki.rtr.router
    services = pack.services
    if services.dhcp:
        yield "services.dhcp.server", services.dhcp.server
    if services.load_balancer:
        yield "services.load_balancer.node", services.load_balancer.node
    if services.dns:
        yield from ((f"services.dns.zones.{name}.server", zone.server) for name, zone in services.dns.zones.items())
        if services.dns.server:
            yield "services.dns.server", services.dns.server


def _unknown_nodes(pack: PackFile) -> Iterator[str]:
    known = {node.name for node in pack.nodes}
    for place, name in _named_nodes(pack):
        if name not in known:
            yield f"{place}: {name} is no node of the file{_close(name, known)}; add the node or correct the name"
