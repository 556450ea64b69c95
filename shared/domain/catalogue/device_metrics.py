"""The metrics that only real devices have: of sessions, services and paths, and the evidence in the state of a device.

Rules: evidence is 1 while the state is as approved, or while its difference harms nobody; 0 while it differs and
something that the difference can explain suffers. So evidence alone is never an anomaly.
"""

from __future__ import annotations

from shared.domain.catalogue.metrics import Judging, MetricSpec, Nature, Role, StateJudging
from shared.domain.kinds import ElementKind

NODE, INTERFACE, LINK = ElementKind.NODE, ElementKind.INTERFACE, ElementKind.LINK
SESSION, SERVICE, PATH = ElementKind.SESSION, ElementKind.SERVICE, ElementKind.PATH
EVIDENCE_WEIGHT = 8.0
"""More than any statistic weighs: what the device itself says is known, not estimated."""
SLOW_ANSWER = Judging(8, 50, 500, share=1.0)
"""An answer is too late if it takes twice its usual time, and 50 ms longer."""

Row = tuple[str, str, str]
"""Name, label, and what it means if it is 0."""

_OF_NODES: tuple[Row, ...] = (
    ("filter_arp", "ARP filter", "has a filter against ARP that nobody approved"),
    ("filter_bgp", "BGP filter", "has a filter against BGP that nobody approved"),
    ("filter_ospf", "OSPF filter", "has a filter against OSPF that nobody approved"),
    ("filter_isis", "IS-IS filter", "has a filter against IS-IS that nobody approved"),
    ("filter_icmp", "ICMP filter", "has a filter against ICMP that nobody approved"),
    ("filter_dns", "DNS filter", "has a filter against DNS that nobody approved"),
    ("filter_http", "HTTP filter", "has a filter against HTTP that nobody approved"),
    ("filter_dhcp", "DHCP filter", "has a filter against DHCP that nobody approved"),
    ("filter_fragmentation", "Fragmentation filter", "drops the messages that a packet is too big"),
    ("filter_other", "Other filter", "has a filter that nobody approved"),
    ("blackhole_routes", "Blackhole routes", "has a route into nothing that nobody approved"),
    ("static_routes", "Static routes", "has other static routes than approved"),
    ("default_route", "Default route", "has another default route than approved"),
    ("policy_rules", "Policy rules", "has other routing rules than approved"),
    ("routing_daemons", "Routing daemons", "lacks a routing daemon that should run"),
    ("bgp_asn", "BGP AS number", "has another AS number than approved"),
    ("bgp_networks", "BGP announcements", "does not announce a prefix that it should"),
    ("bgp_extra_networks", "Foreign prefixes", "carries a prefix that nobody approved"),
    ("bgp_limits", "BGP limits", "limits or floods a BGP session as nobody approved"),
    ("bgp_communities", "BGP communities", "sets a BGP community that nobody approved"),
    ("bgp_policy", "BGP policy", "has another BGP policy than approved"),
    ("bgp_neighbors", "BGP neighbours", "has other BGP neighbours than approved"),
    ("ospf_areas", "OSPF areas", "has a network in another OSPF area than approved"),
    ("ospf_networks", "OSPF networks", "does not run OSPF where it should"),
    ("ospf_timers", "OSPF timers", "has other OSPF timers than approved"),
    ("isis_config", "IS-IS configuration", "has another IS-IS configuration than approved"),
    ("routing_config", "Routing configuration", "has another routing configuration than approved"),
    ("forwarding", "Forwarding", "does not forward packets as approved"),
    ("kernel_settings", "Kernel settings", "has other kernel settings than approved"),
    ("resolver", "Resolver", "asks another name server than approved"),
    ("hosts_file", "Hosts file", "has another hosts file than approved"),
    ("permanent_neighbors", "Permanent neighbours", "has a permanent ARP entry that nobody approved"),
    ("processes", "Processes", "has a process that takes most of it and that nobody approved"),
)
_OF_INTERFACES: tuple[Row, ...] = (
    ("present", "Present", "is missing"),
    ("enabled", "Enabled", "is disabled by its configuration"),
    ("address", "Address", "has another address than approved"),
    ("prefix_length", "Prefix length", "has another netmask than approved"),
    ("mtu", "MTU", "has another MTU than approved"),
    ("shaping", "Shaping", "is shaped as nobody approved"),
    ("filter_port", "Port filter", "has a filter on the port that nobody approved"),
)
_OF_SERVICES: tuple[Row, ...] = (
    ("running", "Running", "does not run"),
    ("listening", "Listening", "does not listen"),
    ("records", "Records", "has other records than approved"),
    ("subnets", "Subnets", "lacks a subnet that it should serve"),
    ("option_dns", "DNS option", "hands out another name server than approved"),
    ("option_router", "Router option", "hands out another gateway than approved"),
    ("option_mask", "Netmask option", "hands out another netmask than approved"),
    ("configuration", "Configuration", "has another configuration than approved"),
)


def _evidence(element: ElementKind, row: Row) -> MetricSpec:
    name, label, says_off = row
    return MetricSpec(
        name,
        element,
        "",
        "1 or 0: as approved, or a difference that harms",
        label,
        0,
        nature=Nature.STATE,
        role=Role.EVIDENCE,
        weight=EVIDENCE_WEIGHT,
        state=StateJudging(off=2, on=2, says_off=says_off, says_many_off=says_off, says_on="is as approved"),
    )


def _state(
    element: ElementKind,
    name: str,
    label: str,
    words: tuple[str, str],
    role: Role,
    weight: float,
    carried: bool = False,
) -> MetricSpec:
    """`words`: what 1 and 0 mean."""
    on, off = words
    return MetricSpec(
        name,
        element,
        "",
        "1 or 0; empty: not known",
        label,
        0,
        nature=Nature.STATE,
        role=role,
        carried=carried,
        weight=weight,
        state=StateJudging(off=2, on=2, says_off=off, says_many_off=off, says_on=on),
    )


DEVICE_ROWS: tuple[MetricSpec, ...] = (
    _state(SESSION, "established", "Established", ("is established", "is not established"), Role.ADJACENCY, 2.0),
    _state(SERVICE, "answers", "Answers", ("answers", "does not answer"), Role.SERVING, 4.0),
    _state(SERVICE, "correct", "Correct", ("answers correctly", "gives a wrong answer"), Role.SERVING, 4.0),
    MetricSpec(
        "response_time",
        SERVICE,
        "ms",
        "ms until the answer",
        "Response time",
        1,
        role=Role.DELAY,
        judging=SLOW_ANSWER,
    ),
    _state(PATH, "reaches", "Reaches", ("reaches its end", "does not reach its end"), Role.REACH, 4.0, carried=True),
    _state(
        NODE, "resolves", "Resolves names", ("resolves names", "resolves no names"), Role.SERVING, 4.0, carried=True
    ),
    _state(
        NODE,
        "routes_complete",
        "All prefixes",
        ("has all prefixes", "lacks a prefix that it should learn"),
        Role.REACH,
        2.0,
        carried=True,
    ),
    _state(
        NODE,
        "routes_expected",
        "No foreign prefix",
        ("has no foreign prefix", "has a prefix that nobody should announce"),
        Role.REACH,
        2.0,
        carried=True,
    ),
    *(_evidence(NODE, row) for row in _OF_NODES),
    *(_evidence(INTERFACE, row) for row in _OF_INTERFACES),
    *(_evidence(SERVICE, row) for row in _OF_SERVICES),
)
