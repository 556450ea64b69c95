"""The content of a scenario file of the schema `nika-pack/1`, field by field. Pure; it uses pydantic.

Unknown fields are left out of the plan. A field of free text (`Prose`) is read only where it has a regular form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from network.lab.plan import LabRole
from network.lab.scenarios import addressing
from network.lab.scenarios.fields import (
    Address,
    AddressRange,
    Area,
    Asn,
    Daemon,
    Domain,
    EndOfLink,
    InterfaceAddress,
    InterfaceName,
    Lines,
    ListName,
    MapEntry,
    Metric,
    Net,
    NodeName,
    OspfNetwork,
    Prefix,
    PrefixEntry,
    Prefixes,
    Prose,
    Tag,
    Upstream,
)
from shared.domain.sizes import MAX_LINKS, MAX_NODES

SCHEMA = "nika-pack/1"
DHCP = "dhcp"


class PackModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PackBridge(PackModel):
    name: InterfaceName
    ports: tuple[InterfaceName, ...]
    address: InterfaceAddress | None = None


def unknown_parts(model: type[BaseModel], value: object) -> tuple[str, ...]:
    """Return the objects in a value for which a model has no field. Texts and numbers are remarks."""
    pairs = value.items() if isinstance(value, dict) else ()
    return tuple(str(name) for name, part in pairs if isinstance(part, dict) and name not in model.model_fields)


def _node_address(text: str) -> str:
    return text if text == DHCP else addressing.interface_address(text)


class PackNode(PackModel):
    """`address`: that of a host whose link has none, or `dhcp`. `advertises`: the networks of its BGP."""

    name: NodeName
    role: LabRole
    loopback: InterfaceAddress | None = None
    router_id: Address | None = None
    asn: Asn | None = None
    net: Net | None = None
    advertises: Prefixes = ()
    ospf_networks: tuple[OspfNetwork, ...] = ()
    bridge: PackBridge | None = None
    gateway: Address | None = None
    address: Annotated[str, AfterValidator(_node_address)] | None = None
    resolvers: tuple[Address, ...] = ()
    services: tuple[Tag, ...] = ()


class PackLink(PackModel):
    """`subnet`: that of a link of bridges, whose ends have no addresses."""

    name: str
    a: EndOfLink
    b: EndOfLink
    a_ip: InterfaceAddress | None = None
    b_ip: InterfaceAddress | None = None
    metric: Metric | None = None
    igp: Literal["active", "passive", "none"] | None = None
    area: Area | None = None
    ebgp: bool = False
    subnet: Prefix | None = None


def _addressed(text: str) -> str:
    end, equals, address = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is no address of a segment; write NODE:INTERFACE=ADDRESS/LENGTH")
    return f"{end}={addressing.interface_address(address)}"


class PackSegment(PackModel):
    """A shared segment. `addresses`: `node:interface=address/length`."""

    name: str
    members: Annotated[tuple[EndOfLink, ...], Field(min_length=2)]
    addresses: tuple[Annotated[str, AfterValidator(_addressed)], ...] = ()


class PackLimits(PackModel):
    cpus: Annotated[float, Field(gt=0, le=1_024)]
    mem_mib: Annotated[int, Field(gt=0, le=1_048_576)]


class PackOspf(PackModel):
    area: Area | None = None
    network_type: Prose = ""
    timers: Prose = ""


class PackIsis(PackModel):
    tag: Tag
    is_type: Literal["level-1", "level-1-2", "level-2-only"] = "level-2-only"
    circuit_type: Literal["level-1", "level-1-2", "level-2-only"] | None = None
    metric_style: Literal["narrow", "transition", "wide"] = "wide"
    network_type: Prose = ""
    timers: Prose = ""


class PackOrigin(PackModel):
    node: NodeName
    prefix: Prefix
    address_on_lo: InterfaceAddress | None = None


class PackEbgp(PackModel):
    a: NodeName
    a_ip: Address
    a_asn: Asn
    b: NodeName
    b_ip: Address
    b_asn: Asn


class PackReflector(PackModel):
    route_reflector: NodeName
    cluster_id: Address


class PackSessions(PackModel):
    """The sessions of iBGP with reflectors (`route_reflectors`), or those between and inside ASes (`ebgp`, `ibgp`)."""

    asn: Asn | None = None
    route_reflectors: tuple[NodeName, ...] = ()
    cluster_id: Address | None = None
    ebgp: tuple[PackEbgp, ...] = ()
    ibgp: Mapping[Asn, PackReflector] = Field(default_factory=dict)


def _sessions(value: object) -> object:
    """The data centre states in prose that each link marked `ebgp` has a session."""
    return {} if isinstance(value, str) else value


class PackBgp(PackModel):
    mode: Literal["ibgp_rr", "ebgp"] | None = None
    settings: Lines = ()
    originated: tuple[PackOrigin, ...] = ()
    prefix_lists: Mapping[ListName, tuple[PrefixEntry, ...]] = Field(default_factory=dict)
    route_maps: Mapping[Tag, tuple[MapEntry, ...]] = Field(default_factory=dict)
    as_members: Mapping[Asn, tuple[NodeName, ...]] = Field(default_factory=dict)
    sessions: Annotated[PackSessions, BeforeValidator(_sessions)] = PackSessions()
    timers: Prose = ""


class PackLeakerMap(PackModel):
    outbound_map: Tag
    on_neighbor: Address


class PackRtbh(PackModel):
    """A remotely triggered black hole: the provider discards what a customer marks with the community."""

    leaker: NodeName
    provider: NodeName
    target_prefix: Prefix
    blackhole_community: Tag
    discard_next_hop: Address
    leaker_config: PackLeakerMap


class PackRtr(PackModel):
    server: NodeName
    address: Address
    port: Annotated[int, Field(ge=1, le=65_535)]
    router: NodeName


class PackVrp(PackModel):
    prefix: Prefix
    max_length: Annotated[int, Field(ge=0, le=32)]
    asn: Asn


class PackRpki(PackModel):
    leaker_as_routers: tuple[NodeName, ...]
    rov_observer: NodeName
    leak_prefixes: Prefixes
    rtr: PackRtr
    vrps: tuple[PackVrp, ...]


class PackRouting(PackModel):
    """Without a protocol that it names, a network would not work: an unknown one is refused."""

    ospf: PackOspf | None = None
    isis: PackIsis | None = None
    bgp: PackBgp | None = None
    rtbh: PackRtbh | None = None
    rpki: PackRpki | None = None
    igp_scope: Prose = ""

    @model_validator(mode="before")
    @classmethod
    def _has_known_protocols(cls, value: object) -> object:
        if unknown := unknown_parts(cls, value):
            known = "ospf, isis, bgp, rtbh and rpki"
            raise ValueError(f"it has {', '.join(unknown)}, which no laboratory can run; known are {known}")
        return value


class PackSubnet(PackModel):
    subnet: Prefix
    range: AddressRange | None = None
    routers: Address | None = None
    dns: Address | None = None


class PackDhcp(PackModel):
    server: NodeName
    default_lease_s: Annotated[int, Field(gt=0)] = 600
    max_lease_s: Annotated[int, Field(gt=0)] = 7_200
    subnets: tuple[PackSubnet, ...]
    client: Prose = ""


class PackZone(PackModel):
    """`ns`: the record that names the server of the zone; without it, the record with the address of that server."""

    server: NodeName
    ns: Domain | None = None
    records: Mapping[Domain, Address]


class PackDns(PackModel):
    """Several zones, or one zone with the fields of this object itself."""

    software: Prose = ""
    zones: Mapping[Domain, PackZone] = Field(default_factory=dict)
    zone: Domain | None = None
    server: NodeName | None = None
    records: Mapping[Domain, Address] = Field(default_factory=dict)


class PackHttp(PackModel):
    """`software` states a server of static objects; `application` states one behind nginx."""

    software: Prose = ""
    objects: Mapping[str, Prose] = Field(default_factory=dict)
    web_servers: Prose = ""
    catalog: Prose = ""
    application: Prose = ""


class PackBalancer(PackModel):
    node: NodeName
    name: Domain | None = None
    software: Prose = ""
    upstreams: tuple[Upstream, ...]


class PackServices(PackModel):
    """`unknown`: the services that no laboratory can run."""

    dhcp: PackDhcp | None = None
    dns: PackDns | None = None
    http: PackHttp | None = None
    load_balancer: PackBalancer | None = None
    unknown: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _notes_unknown(cls, value: object) -> object:
        return {**value, "unknown": unknown_parts(cls, value)} if isinstance(value, dict) else value


class PackFile(PackModel):
    """`schema_name`: the field `schema`. `limits`: by role, or for `all`."""

    schema_name: Annotated[Literal["nika-pack/1"], Field(alias="schema")]
    scenario: Tag
    size: Prose = ""
    variant: Mapping[str, Prose] = Field(default_factory=dict)
    limits: Mapping[str, PackLimits] = Field(default_factory=dict)
    router_daemons: tuple[Daemon, ...] = ()
    nodes: Annotated[tuple[PackNode, ...], Field(min_length=1, max_length=MAX_NODES)]
    links: Annotated[tuple[PackLink, ...], Field(max_length=MAX_LINKS)] = ()
    segments: tuple[PackSegment, ...] = ()
    routing: PackRouting = PackRouting()
    services: PackServices = PackServices()
    baseline: tuple[Prose, ...] = ()
