"""OSPF and IS-IS of a scenario: the lines of a router, and how many neighbours it has. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from network.lab.plan import CheckKind
from network.lab.scenarios.addressing import contains, host_of, network_of
from network.lab.scenarios.schema import PackFile, PackIsis, PackNode, PackOspf
from network.lab.scenarios.wiring import Attachment, Wiring

NON_BROADCAST = "non-broadcast"
DEFAULT_TIMERS = "FRR traditional defaults"
POLL_INTERVAL = 10
"""Seconds between two hellos to a neighbour that does not answer, where the file states no other number."""


@dataclass(frozen=True)
class IgpLines:
    """`on`: the lines of each interface, by its name. `router`: the block of the protocol."""

    on: dict[str, list[str]]
    router: list[str]


@dataclass(frozen=True)
class Adjacencies:
    """How many neighbours a router has by design."""

    kind: CheckKind
    count: int


def igp_lines(pack: PackFile, node: PackNode, wiring: Wiring) -> IgpLines:
    """Return the lines of a router; without an IGP they are empty."""
    lines = IgpLines({}, [])
    if pack.routing.ospf is not None:
        _ospf(pack.routing.ospf, node, wiring, lines)
    if pack.routing.isis is not None:
        _isis(pack.routing.isis, node, wiring, lines)
    return lines


def adjacencies(pack: PackFile, node: PackNode, wiring: Wiring) -> Iterator[Adjacencies]:
    if pack.routing.ospf is not None:
        yield Adjacencies(CheckKind.OSPF, sum(_runs_ospf(pack, node, each) for each in wiring.of(node.name)))
    if pack.routing.isis is not None:
        yield Adjacencies(CheckKind.ISIS, sum(each.link.igp == "active" for each in wiring.of(node.name)))


def in_igp(pack: PackFile, node: PackNode, wiring: Wiring, subnet: str) -> bool:
    """Whether the IGP of a router carries a subnet of its own."""
    if pack.routing.isis is not None:
        return any(
            each.address and network_of(each.address) == subnet and each.link.igp in ("active", "passive")
            for each in wiring.of(node.name)
        )
    if pack.routing.ospf is None:
        return False
    return any(contains(network, subnet) for network, _ in _networks(pack.routing.ospf, node, wiring.of(node.name)))


def _runs_ospf(pack: PackFile, node: PackNode, attachment: Attachment) -> bool:
    """Whether a neighbour is expected: both ends run OSPF there. Only routers have networks."""
    if attachment.link.igp is not None:
        return attachment.link.igp == "active"
    others = {each.name: each for each in pack.nodes}
    ends = ((node, attachment.address), (others[attachment.peer.node], attachment.peer_address))
    return all(address and any(_covers(line, address) for line in each.ospf_networks) for each, address in ends)


def _covers(network: str, address: str) -> bool:
    return contains(network.split()[0], host_of(address))


def _networks(ospf: PackOspf, node: PackNode, attachments: Iterable[Attachment]) -> Iterator[tuple[str, str]]:
    """Yield the prefix and the area of each network statement."""
    if node.ospf_networks:
        for line in node.ospf_networks:
            network, _, area = line.partition(" area ")
            yield network, area
        return
    area = ospf.area or "0"
    if node.loopback:
        yield network_of(node.loopback), area
    for each in attachments:
        if each.address and each.link.igp != "none":
            yield network_of(each.address), each.link.area or area


def _number(text: str, word: str) -> int | None:
    found = re.search(rf"\b{word} (\d+)", text)
    return int(found[1]) if found else None


def _ospf(ospf: PackOspf, node: PackNode, wiring: Wiring, lines: IgpLines) -> None:
    non_broadcast = ospf.network_type.startswith(NON_BROADCAST)
    poll = _number(ospf.network_type, "poll-interval") or POLL_INTERVAL
    router = [f"ospf router-id {node.router_id}"] if node.router_id else []
    router.append("log-adjacency-changes")
    neighbours = []
    for each in wiring.of(node.name):
        on = lines.on.setdefault(each.port.interface, [])
        if not each.address or each.link.igp == "none":
            continue
        on += _ospf_timers(ospf.timers)
        if each.link.metric is not None:
            on.append(f"ip ospf cost {each.link.metric}")
        if each.link.igp == "passive":
            on.append("ip ospf passive")
        elif non_broadcast:
            on.append("ip ospf network non-broadcast")
            neighbours.append(f"neighbor {host_of(each.peer_address)} poll-interval {poll}")
    router += [f"network {network} area {area}" for network, area in _networks(ospf, node, wiring.of(node.name))]
    lines.router.extend(("router ospf", *(f" {line}" for line in (*router, *neighbours)), "exit", "!"))


def _ospf_timers(text: str) -> Iterator[str]:
    if text.startswith(DEFAULT_TIMERS):
        return
    for word, line in (("hello", "hello-interval"), ("dead", "dead-interval"), ("retransmit", "retransmit-interval")):
        if (seconds := _number(text, word)) is not None:
            yield f"ip ospf {line} {seconds}"


def _isis(isis: PackIsis, node: PackNode, wiring: Wiring, lines: IgpLines) -> None:
    circuit = isis.circuit_type or isis.is_type
    lines.on["lo"] = [f"ip router isis {isis.tag}", f"isis circuit-type {circuit}", "isis passive"]
    for each in wiring.of(node.name):
        on = lines.on.setdefault(each.port.interface, [])
        if not each.address or each.link.igp in (None, "none"):
            continue
        on += [f"ip router isis {isis.tag}", f"isis circuit-type {circuit}"]
        if each.link.metric is not None:
            on.append(f"isis metric {each.link.metric}")
        if each.link.igp == "passive":
            on.append("isis passive")
        elif isis.network_type == "point-to-point":
            on.append("isis network point-to-point")
        on += _isis_timers(isis.timers)
    block = [f"net {node.net}", f"is-type {isis.is_type}", f"metric-style {isis.metric_style}", "log-adjacency-changes"]
    lines.router.extend((f"router isis {isis.tag}", *(f" {line}" for line in block), "exit", "!"))


def _isis_timers(text: str) -> Iterator[str]:
    if text.startswith(DEFAULT_TIMERS):
        return
    for word, line in (("hello", "hello-interval"), ("multiplier", "hello-multiplier")):
        if (number := _number(text, word)) is not None:
            yield f"isis {line} {number}"
