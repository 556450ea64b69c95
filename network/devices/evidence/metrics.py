"""The evidence metrics, and what a difference says about one of them. Pure.

A metric of an element is 1 while the state of the element is as approved, and 0 while it differs. A metric whose facts
are missing has no state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.domain.kinds import ElementKind


class EvidenceMetric(StrEnum):
    FILTER_ARP = "filter_arp"
    """An unapproved packet filter drops ARP; the same for the protocols below."""
    FILTER_BGP = "filter_bgp"
    FILTER_OSPF = "filter_ospf"
    FILTER_ISIS = "filter_isis"
    FILTER_ICMP = "filter_icmp"
    FILTER_DNS = "filter_dns"
    FILTER_HTTP = "filter_http"
    FILTER_DHCP = "filter_dhcp"
    FILTER_FRAGMENTATION = "filter_fragmentation"
    """An unapproved packet filter drops the ICMP message that a packet is too big."""
    FILTER_OTHER = "filter_other"
    """Any other difference of a packet filter."""
    BLACKHOLE_ROUTES = "blackhole_routes"
    """An unapproved route into nothing."""
    STATIC_ROUTES = "static_routes"
    DEFAULT_ROUTE = "default_route"
    POLICY_RULES = "policy_rules"
    ROUTING_DAEMONS = "routing_daemons"
    """An approved routing daemon does not run."""
    BGP_ASN = "bgp_asn"
    BGP_NETWORKS = "bgp_networks"
    """An approved announcement is gone."""
    BGP_EXTRA_NETWORKS = "bgp_extra_networks"
    """The router announces, or has on its loopback, what nobody approved."""
    BGP_LIMITS = "bgp_limits"
    """A limit of prefixes was changed, or a flood of prefixes is announced."""
    BGP_COMMUNITIES = "bgp_communities"
    """A policy sets or matches other communities."""
    BGP_POLICY = "bgp_policy"
    """Other changes of route maps and of the lists that they use."""
    BGP_NEIGHBORS = "bgp_neighbors"
    OSPF_AREAS = "ospf_areas"
    OSPF_NETWORKS = "ospf_networks"
    OSPF_TIMERS = "ospf_timers"
    ISIS_CONFIG = "isis_config"
    ROUTING_CONFIG = "routing_config"
    """Any other line of the configuration of routing."""
    FORWARDING = "forwarding"
    KERNEL_SETTINGS = "kernel_settings"
    RESOLVER = "resolver"
    HOSTS_FILE = "hosts_file"
    PERMANENT_NEIGHBORS = "permanent_neighbors"
    PROCESSES = "processes"
    """A process that is not approved takes most of the CPU or memory."""
    PRESENT = "present"
    ENABLED = "enabled"
    ADDRESS = "address"
    PREFIX_LENGTH = "prefix_length"
    MTU = "mtu"
    SHAPING = "shaping"
    FILTER_PORT = "filter_port"
    """An unapproved filter at the interface drops packets."""
    RUNNING = "running"
    LISTENING = "listening"
    RECORDS = "records"
    SUBNETS = "subnets"
    OPTION_DNS = "option_dns"
    OPTION_ROUTER = "option_router"
    OPTION_MASK = "option_mask"
    CONFIGURATION = "configuration"


_METRICS = tuple(EvidenceMetric)
_FIRST_OF_INTERFACE = _METRICS.index(EvidenceMetric.PRESENT)
_FIRST_OF_SERVICE = _METRICS.index(EvidenceMetric.RUNNING)

METRICS_OF: Mapping[ElementKind, tuple[EvidenceMetric, ...]] = MappingProxyType(
    {
        ElementKind.NODE: _METRICS[:_FIRST_OF_INTERFACE],
        ElementKind.INTERFACE: _METRICS[_FIRST_OF_INTERFACE:_FIRST_OF_SERVICE],
        ElementKind.SERVICE: _METRICS[_FIRST_OF_SERVICE:],
    }
)
"""The evidence metrics of a node, of an interface `node:ifname` and of a service `dns/node`."""

AS_APPROVED, DIFFERS = 1, 0


@dataclass(frozen=True, order=True)
class EvidencePoint:
    element: str
    metric: EvidenceMetric


@dataclass(frozen=True)
class StateEvidence:
    """One metric that differs. `paths`: of the differences that cause it. `sentence`: for a person, without secrets."""

    point: EvidencePoint
    sentence: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class DeviceEvidence:
    """What the state of a device says. `states`: `AS_APPROVED` or `DIFFERS`, of each metric whose facts are known.

    `unexplained`: paths of differences that set no metric; they are listed for a person.
    """

    device: str
    states: Mapping[EvidencePoint, int]
    differing: tuple[StateEvidence, ...] = ()
    unexplained: tuple[str, ...] = ()
