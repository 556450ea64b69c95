"""Translates causes of the product into pairs of NIKA, and back. Pure: two tables, and the plan of the laboratory.

Rules
1. `KINDS` says which fault id a kind of fault is. A kind that is called as a fault id of NIKA is that fault.
2. The labels of a fault id name one kind of resource. `PLACES` says how an element becomes resources of that kind.
3. Where no row applies, the cause becomes no pair, and the answer keeps the reason. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from network.lab.plan import LabCable, LabNode, LabPlan, LabPort, LabRole
from nms.nika.ontology import FAULT_IDS
from nms.nika.resources import NikaPair, NikaResource, ResourceKind, interface, link, node
from shared.domain.element_names import PATH_SEPARATOR, PORT_SEPARATOR, SERVICE_SEPARATOR, port_name
from shared.domain.kinds import ElementKind
from shared.domain.names import LINK_SEPARATOR

DNS, BALANCER = "dns", "http-load-balancer"
"""Services of a plan."""
NODE, INTERFACE, LINK = ResourceKind.NODE, ResourceKind.INTERFACE, ResourceKind.LINK


@dataclass(frozen=True)
class LoopCause:
    """A cause that the product named: a kind of fault at an element."""

    element: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind} at {self.element}"


@dataclass(frozen=True)
class LabElement:
    """An element of the product, found in a plan. `ports`: the interfaces that it is about, as far as it names them."""

    kind: ElementKind
    nodes: tuple[LabNode, ...]
    ports: tuple[LabPort, ...] = ()
    cable: LabCable | None = None


@dataclass(frozen=True)
class KindRow:
    """`fault`: a fault id of NIKA; empty: none. `elements`, `roles`, `service`: where it applies; empty: everywhere."""

    kind: str
    fault: str
    reason: str
    elements: frozenset[ElementKind] = frozenset()
    roles: frozenset[LabRole] = frozenset()
    service: str = ""

    def fits(self, kind: str, element: LabElement) -> bool:
        return (
            kind == self.kind
            and (not self.elements or element.kind in self.elements)
            and (not self.roles or any(each.role in self.roles for each in element.nodes))
            and (not self.service or any(self.service in each.services for each in element.nodes))
        )


_PORTS = frozenset({ElementKind.LINK})
_ENDS = frozenset({ElementKind.INTERFACE})
KINDS: tuple[KindRow, ...] = (
    KindRow("high_cpu", "load_balancer_overload", "a balancer without processor time is overloaded", service=BALANCER),
    KindRow(
        "high_cpu",
        "receiver_resource_contention",
        "a host receives what servers send, and its programs get no processor time",
        roles=frozenset({LabRole.HOST}),
    ),
    KindRow(
        "high_cpu",
        "sender_resource_contention",
        "a server sends, and its programs get no processor time",
        roles=frozenset({LabRole.SERVER}),
    ),
    KindRow("high_memory", "", "no fault id is about memory"),
    KindRow("node_down", "", "no fault id is a node that is off; `frr_service_down` is about routing programs alone"),
    KindRow("high_latency", "dns_lookup_latency", "the only fault id of delay alone, at a DNS server", service=DNS),
    KindRow("high_latency", "", "no fault id is delay elsewhere than at a DNS server"),
    KindRow("packet_loss", "link_packet_corruption", "frames are lost on a link that is up: corrupted", _PORTS),
    KindRow("packet_loss", "silent_egress_packet_loss", "frames are lost behind one interface that is up", _ENDS),
    KindRow("packet_loss", "", "no fault id is loss at a node as a whole"),
    KindRow("congestion", "link_capacity_bottleneck", "a link that carries less than is offered"),
    KindRow("interface_shaping", "dns_lookup_latency", "shaping delays what a DNS server sends", service=DNS),
    KindRow("interface_shaping", "link_capacity_bottleneck", "a shaped interface lets through less than is offered"),
    KindRow("isis_acl_block", "", "no fault id is a filter against IS-IS"),
    KindRow("dhcp_port_blocked", "", "no fault id is a filter against DHCP"),
    KindRow("acl_block", "", "the fault ids of filters name what is filtered"),
    KindRow("port_acl_block", "", "the fault ids of filters are about a node and name what is filtered"),
    KindRow("static_route_error", "", "the only fault id of a static route is one into nothing"),
    KindRow("policy_rule_error", "", "no fault id is about routing rules"),
    KindRow("bgp_neighbor_misconfig", "", "no fault id is a wrong BGP neighbour in general"),
    KindRow("ospf_timer_mismatch", "", "no fault id is about timers"),
    KindRow("isis_misconfiguration", "", "no fault id is about IS-IS"),
    KindRow("routing_misconfiguration", "", "the fault ids of routing name what is wrong"),
    KindRow("forwarding_disabled", "", "no fault id is about forwarding as a whole"),
    KindRow("kernel_setting_error", "", "no fault id is about kernel settings"),
    KindRow("hosts_file_error", "", "no fault id is about the hosts file"),
    KindRow("service_down", "", "only DNS and DHCP have a fault id of a service that does not run"),
    KindRow("service_misconfiguration", "", "the fault ids of services name what is wrong"),
)
"""Kinds of fault that NIKA calls otherwise; the first row that fits applies."""


@dataclass(frozen=True)
class PlaceRow:
    """How an element of a kind becomes resources of a kind. `find` returns none where the plan leaves a choice."""

    element: ElementKind
    resource: ResourceKind
    find: Callable[[LabPlan, LabElement], Sequence[NikaResource]]
    reason: str


def _its_nodes(plan: LabPlan, element: LabElement) -> list[NikaResource]:
    return [node(each.name) for each in element.nodes]


def _its_ports(plan: LabPlan, element: LabElement) -> list[NikaResource]:
    return [interface(port.node, port.interface) for port in element.ports]


def _its_cable(plan: LabPlan, element: LabElement) -> list[NikaResource]:
    cable = element.cable or (plan.cable_of(element.ports[0]) if len(element.ports) == 1 else None)
    return [link(cable.name)] if cable else []


def _only_port(plan: LabPlan, element: LabElement) -> list[NikaResource]:
    ports = _ports_of(plan, element.nodes[0])
    return [interface(ports[0].node, ports[0].interface)] if len(ports) == 1 else []


def _only_cable(plan: LabPlan, element: LabElement) -> list[NikaResource]:
    ports = _ports_of(plan, element.nodes[0])
    cable = plan.cable_of(ports[0]) if len(ports) == 1 else None
    return [link(cable.name)] if cable else []


def _shared_cable(plan: LabPlan, element: LabElement) -> list[NikaResource]:
    cables = [element.cable] if element.cable else _cables_between(plan, element.nodes)
    return [link(cables[0].name)] if len(cables) == 1 else []


def _shared_ports(plan: LabPlan, element: LabElement) -> list[NikaResource]:
    cables = [element.cable] if element.cable else _cables_between(plan, element.nodes)
    named = {each.name for each in element.nodes}
    ends = sorted(cables[0].ends) if len(cables) == 1 else []
    return [interface(port.node, port.interface) for port in ends if port.node in named]


_PLACE_ROWS = (
    PlaceRow(ElementKind.NODE, NODE, _its_nodes, "the node itself"),
    PlaceRow(ElementKind.NODE, INTERFACE, _only_port, "its only interface with a cable"),
    PlaceRow(ElementKind.NODE, LINK, _only_cable, "the cable of its only interface"),
    PlaceRow(ElementKind.INTERFACE, NODE, _its_nodes, "the node that has the interface"),
    PlaceRow(ElementKind.INTERFACE, INTERFACE, _its_ports, "the interface itself"),
    PlaceRow(ElementKind.INTERFACE, LINK, _its_cable, "the cable in the interface"),
    PlaceRow(ElementKind.LINK, NODE, _its_nodes, "the nodes at its ends: the product has not chosen one"),
    PlaceRow(ElementKind.LINK, INTERFACE, _its_ports, "the interfaces at its ends: the product has not chosen one"),
    PlaceRow(ElementKind.LINK, LINK, _its_cable, "the link itself"),
    PlaceRow(ElementKind.SESSION, NODE, _its_nodes, "both nodes of the session: a limit has two parties, too"),
    PlaceRow(ElementKind.SESSION, INTERFACE, _shared_ports, "the interfaces of the only cable between its nodes"),
    PlaceRow(ElementKind.SESSION, LINK, _shared_cable, "the only cable between its nodes"),
    PlaceRow(ElementKind.SERVICE, NODE, _its_nodes, "the node that offers the service"),
    PlaceRow(ElementKind.SERVICE, INTERFACE, _only_port, "the only interface of the node that offers it"),
    PlaceRow(ElementKind.SERVICE, LINK, _only_cable, "the cable of the node that offers it"),
)
PLACES: Mapping[tuple[ElementKind, ResourceKind], PlaceRow] = MappingProxyType(
    {(row.element, row.resource): row for row in _PLACE_ROWS}
)
"""A path has no row: traffic suffers on a path, its cause is elsewhere."""


@dataclass(frozen=True)
class Translation:
    """`pairs`: sorted, without duplicates. `left_out`: why a cause became no pair, one sentence each."""

    pairs: tuple[NikaPair, ...]
    left_out: tuple[str, ...] = ()


def pairs_of(plan: LabPlan, causes: Sequence[LoopCause]) -> Translation:
    """Translate the causes that the product named."""
    pairs: set[NikaPair] = set()
    left_out: list[str] = []
    for cause in causes:
        found = _pairs_of(plan, cause)
        if isinstance(found, str):
            left_out.append(f"{cause}: {found}")
        else:
            pairs.update(found)
    return Translation(tuple(sorted(pairs)), tuple(left_out))


def _pairs_of(plan: LabPlan, cause: LoopCause) -> list[NikaPair] | str:
    element = find_element(plan, cause.element)
    if element is None:
        return "the plan has no such element"
    row = next((row for row in KINDS if row.fits(cause.kind, element)), None)
    fault = row.fault if row else cause.kind
    if fault not in FAULT_IDS:
        return row.reason if row else "NIKA has no such fault id"
    kind = ResourceKind(FAULT_IDS[fault])
    place = PLACES.get((element.kind, kind))
    resources = place.find(plan, element) if place else ()
    if not resources:
        return f"no {kind} is certain for it ({place.reason if place else 'a path is no cause'})"
    return [NikaPair(each, fault) for each in resources]


def kinds_of(fault: str) -> tuple[str, ...]:
    """Return the kinds of fault of the product that become a fault id: its own name first."""
    return (fault, *dict.fromkeys(row.kind for row in KINDS if row.fault == fault))


def element_of(plan: LabPlan, resource: NikaResource) -> str | None:
    """Return the product's name for a resource; None if the plan has none. It leads back to the same resource."""
    match resource.kind:
        case ResourceKind.NODE:
            return resource.node if _has_node(plan, resource.node) else None
        case ResourceKind.INTERFACE:
            name = port_name(resource.node, resource.name)
            return name if find_element(plan, name) else None
        case ResourceKind.LINK:
            cable = next((each for each in plan.cables if each.name == resource.name), None)
            return link_name(plan, cable) if cable else None
        case ResourceKind.K8S:
            return None


def link_name(plan: LabPlan, cable: LabCable) -> str:
    """Return the product's name for a cable: `a--b`, or with the interfaces where that would not be the only one."""
    names = sorted({port.node for port in cable.ends})
    alone = len(cable.ends) == len(names) == 2 and len(_cables_between(plan, [plan.node(each) for each in names])) == 1
    return LINK_SEPARATOR.join(names) if alone else cable.name


def find_element(plan: LabPlan, name: str) -> LabElement | None:
    """Find an element by the product's name for it: `n`, `n:if`, `a--b`, `a:if--b:if`, `bgp/a--b`, `dns/n`, `a->b`."""
    if _has_node(plan, name):
        return LabElement(ElementKind.NODE, (plan.node(name),))
    if PATH_SEPARATOR in name:
        return _of_ends(plan, ElementKind.PATH, name.split(PATH_SEPARATOR))
    if SERVICE_SEPARATOR in name:
        of = name.partition(SERVICE_SEPARATOR)[2]
        kind = ElementKind.SESSION if LINK_SEPARATOR in of else ElementKind.SERVICE
        return _of_ends(plan, kind, of.split(LINK_SEPARATOR))
    if LINK_SEPARATOR in name:
        return _link(plan, name)
    port = _port(plan, name)
    return LabElement(ElementKind.INTERFACE, (plan.node(port.node),), (port,)) if port else None


def _link(plan: LabPlan, name: str) -> LabElement | None:
    ends = LINK_SEPARATOR.join(sorted(name.split(LINK_SEPARATOR)))
    found = [cable for cable in plan.cables if ends in (cable.name, _ends_of(cable))]
    if len(found) != 1:  # `a--b` names none of several parallel links
        return None
    ports = tuple(sorted(found[0].ends))
    nodes = tuple(plan.node(each) for each in dict.fromkeys(port.node for port in ports))
    return LabElement(ElementKind.LINK, nodes, ports, found[0])


def _of_ends(plan: LabPlan, kind: ElementKind, ends: Sequence[str]) -> LabElement | None:
    """The ends are nodes, or interfaces where a session belongs to one of several parallel links."""
    ports = [None if _has_node(plan, end) else _port(plan, end) for end in ends]
    nodes = [port.node if port else end for port, end in zip(ports, ends, strict=True)]
    if not all(_has_node(plan, each) for each in nodes):
        return None
    known = tuple(port for port in ports if port)
    cables = {plan.cable_of(port) for port in known}
    cable = cables.pop() if len(cables) == 1 else None
    return LabElement(kind, tuple(map(plan.node, nodes)), known, cable)


def _port(plan: LabPlan, name: str) -> LabPort | None:
    of, _, port = name.partition(PORT_SEPARATOR)
    known = _has_node(plan, of) and any(each.name == port for each in plan.node(of).interfaces)
    return LabPort(of, port) if known else None


def _ends_of(cable: LabCable) -> str:
    return LINK_SEPARATOR.join(sorted(port.node for port in cable.ends))


def _ports_of(plan: LabPlan, of: LabNode) -> list[LabPort]:
    ports = [LabPort(of.name, each.name) for each in of.interfaces]
    return [port for port in ports if plan.cable_of(port) is not None]


def _cables_between(plan: LabPlan, nodes: Sequence[LabNode]) -> list[LabCable]:
    names = {each.name for each in nodes}
    return [cable for cable in plan.cables if names <= {port.node for port in cable.ends}]


def _has_node(plan: LabPlan, name: str) -> bool:
    try:
        plan.node(name)
    except KeyError:
        return False
    return True
