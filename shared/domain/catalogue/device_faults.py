"""The kinds of fault that the state of a real device shows. Their names are those of the public benchmark NIKA.

Rules: each kind is required to show by evidence, and needs a harm that it explains. A kind without a playbook is left
to a person.
"""

from __future__ import annotations

from shared.domain.catalogue.faults import FaultSpec, Harm, Signature, SymptomPlace, SymptomSpec
from shared.domain.catalogue.metrics import Role
from shared.domain.kinds import ElementKind

NODE, INTERFACE, SERVICE = ElementKind.NODE, ElementKind.INTERFACE, ElementKind.SERVICE
REACH = frozenset({Role.REACH, Role.SERVING})
TRAFFIC = frozenset({Role.REACH, Role.SERVING, Role.DELAY, Role.LOSS})
ROUTING_SECONDS = 60.0
"""OSPF with its usual timers needs 40 s to find a neighbour again, and BGP up to a minute to connect."""
LEASE_SECONDS = 60.0

SESSIONS = (SymptomSpec("established", SymptomPlace.SESSIONS),)
PATHS = (SymptomSpec("reaches", SymptomPlace.PATHS),)
SERVING = tuple(SymptomSpec(metric, SymptomPlace.SERVICES) for metric in ("answers", "correct"))
OWN_SERVING = tuple(SymptomSpec(metric) for metric in ("answers", "correct"))
NAMES = (SymptomSpec("resolves"),)
PORT = (
    SymptomSpec("up", SymptomPlace.LINKS),
    SymptomSpec("packet_loss", SymptomPlace.LINKS),
    SymptomSpec("latency", SymptomPlace.LINKS),
    *SESSIONS,
    *PATHS,
    *SERVING,
)
"""What a fault of an interface can harm."""


def _fault(
    name: str,
    element: ElementKind,
    metric: str,
    shows: tuple[SymptomSpec, ...],
    actions: tuple[str, ...],
    carries: frozenset[Role] = REACH,
    recovers: float = 0.0,
    service: str = "",
) -> FaultSpec:
    signature = Signature(element, SymptomSpec(metric), expected=shows, service=service)
    return FaultSpec(name, Harm.EVIDENT, (signature,), actions, carries=carries, recovers=recovers)


DEVICE_FAULTS: tuple[FaultSpec, ...] = (
    # --- filters
    _fault("arp_acl_block", NODE, "filter_arp", (*PATHS, *SERVING, *NAMES), ("remove_filter",)),
    _fault("bgp_acl_block", NODE, "filter_bgp", SESSIONS, ("remove_filter",), recovers=ROUTING_SECONDS),
    _fault("ospf_acl_block", NODE, "filter_ospf", SESSIONS, ("remove_filter",), recovers=ROUTING_SECONDS),
    _fault("isis_acl_block", NODE, "filter_isis", SESSIONS, ("remove_filter",), recovers=ROUTING_SECONDS),
    _fault("icmp_acl_block", NODE, "filter_icmp", PATHS, ("remove_filter",)),
    _fault("dns_port_blocked", NODE, "filter_dns", (*SERVING, *NAMES), ("remove_filter",)),
    _fault("http_acl_block", NODE, "filter_http", SERVING, ("remove_filter",)),
    _fault("dhcp_port_blocked", NODE, "filter_dhcp", SERVING, ("remove_filter",)),
    _fault(
        "icmp_frag_needed_filter_misconfiguration", NODE, "filter_fragmentation", (*PATHS, *SERVING), ("remove_filter",)
    ),
    _fault("acl_block", NODE, "filter_other", (*PATHS, *SERVING, *SESSIONS), ("remove_filter",), TRAFFIC),
    _fault("port_acl_block", INTERFACE, "filter_port", PORT, ("remove_filter",), TRAFFIC),
    # --- routes and routing
    _fault("host_static_blackhole", NODE, "blackhole_routes", PATHS, ("remove_route",)),
    _fault("static_route_error", NODE, "static_routes", PATHS, ("remove_route",)),
    _fault("policy_rule_error", NODE, "policy_rules", PATHS, ()),
    _fault("host_incorrect_gateway", NODE, "default_route", (*PATHS, *NAMES), ("restore_default_route",)),
    _fault(
        "frr_service_down", NODE, "routing_daemons", SESSIONS, ("restart_routing",), TRAFFIC, recovers=ROUTING_SECONDS
    ),
    *(
        _fault(name, NODE, metric, SESSIONS, ("restore_routing_config",), recovers=ROUTING_SECONDS)
        for name, metric in (
            ("bgp_asn_misconfig", "bgp_asn"),
            ("bgp_max_prefix_exceeded", "bgp_limits"),
            ("bgp_neighbor_misconfig", "bgp_neighbors"),
            ("ospf_area_misconfiguration", "ospf_areas"),
            ("ospf_neighbor_missing", "ospf_networks"),
            ("ospf_timer_mismatch", "ospf_timers"),
            ("isis_misconfiguration", "isis_config"),
            ("routing_misconfiguration", "routing_config"),
            ("bgp_missing_route_advertisement", "bgp_networks"),
            ("bgp_hijacking", "bgp_extra_networks"),
            ("bgp_blackhole_community_leak", "bgp_communities"),
            ("bgp_rpki_invalid_route_leak", "bgp_policy"),
        )
    ),
    _fault("forwarding_disabled", NODE, "forwarding", PATHS, ("restore_kernel_setting",)),
    _fault("kernel_setting_error", NODE, "kernel_settings", PATHS, ("restore_kernel_setting",)),
    _fault("arp_cache_poisoning", NODE, "permanent_neighbors", (*PATHS, *NAMES), ("remove_neighbor",)),
    # --- addresses and interfaces
    _fault("link_detach", INTERFACE, "present", PORT, ("attach_interface",), TRAFFIC, recovers=ROUTING_SECONDS),
    _fault("host_incorrect_ip", INTERFACE, "address", PORT, ("restore_address",), TRAFFIC, recovers=ROUTING_SECONDS),
    _fault(
        "host_incorrect_netmask",
        INTERFACE,
        "prefix_length",
        PORT,
        ("restore_address",),
        TRAFFIC,
        recovers=ROUTING_SECONDS,
    ),
    _fault("mtu_mismatch", INTERFACE, "mtu", PORT, ("restore_mtu",), TRAFFIC),
    _fault("interface_shaping", INTERFACE, "shaping", PORT, ("remove_shaping",), TRAFFIC),
    # --- names, addresses by DHCP, services
    _fault("host_incorrect_dns", NODE, "resolver", NAMES, ("restore_resolver",)),
    _fault("hosts_file_error", NODE, "hosts_file", NAMES, ("restore_file",)),
    _fault("dns_service_down", SERVICE, "running", OWN_SERVING, ("restart_service",), service="dns"),
    _fault("dhcp_service_down", SERVICE, "running", OWN_SERVING, ("restart_service",), service="dhcp"),
    _fault("service_down", SERVICE, "running", OWN_SERVING, ("restart_service",)),
    _fault("dns_record_error", SERVICE, "records", OWN_SERVING, ("restore_file",), service="dns"),
    *(
        _fault(name, SERVICE, metric, OWN_SERVING, ("restore_file",), recovers=LEASE_SECONDS, service="dhcp")
        for name, metric in (
            ("dhcp_missing_subnet", "subnets"),
            ("dhcp_spoofed_dns", "option_dns"),
            ("dhcp_spoofed_gateway", "option_router"),
            ("dhcp_spoofed_subnet", "option_mask"),
        )
    ),
    _fault("service_misconfiguration", SERVICE, "configuration", OWN_SERVING, ("restore_file",)),
)
