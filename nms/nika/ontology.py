"""The 75 fault ids of NIKA 0.2.0 (MIT licence), among which an answer chooses, and the resources that labels name.

They are facts of the published benchmark. A test compares them with the copy beside the checkout.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

RELEASE = "0.2.0"
HEALTHY = "healthy"
"""The problem of a case without a fault; no fault id."""

_NODE = (
    "bgp_asn_misconfig",
    "bgp_max_prefix_exceeded",
    "bgp_blackhole_community_leak",
    "bgp_rpki_invalid_route_leak",
    "bgp_missing_route_advertisement",
    "frr_service_down",
    "ospf_area_misconfiguration",
    "ospf_neighbor_missing",
    "device_forwarding_packet_corruption",
    "arp_acl_block",
    "bgp_acl_block",
    "bmv2_switch_down",
    "dns_port_blocked",
    "flow_rule_loop",
    "flow_rule_shadowing",
    "host_static_blackhole",
    "http_acl_block",
    "icmp_frag_needed_filter_misconfiguration",
    "icmp_acl_block",
    "ospf_acl_block",
    "p4_table_entry_misconfig",
    "p4_table_entry_missing",
    "p4_action_selector_member_misconfig",
    "p4_ecmp_group_member_missing",
    "p4runtime_pipeline_mismatch",
    "p4runtime_partial_write",
    "p4_table_resource_exhaustion",
    "p4_tcam_entry_corruption",
    "k8s_clusterip_routing_broken",
    "load_balancer_overload",
    "lb_connection_state_exhaustion",
    "lb_pending_connection_update_race",
    "snat_port_pool_exhaustion",
    "nat_mapping_removed_without_drain",
    "k8s_worker_apiserver_partition",
    "sdn_controller_crash",
    "southbound_port_block",
    "southbound_port_mismatch",
    "dhcp_missing_subnet",
    "dhcp_service_down",
    "dns_record_error",
    "dns_service_down",
    "host_incorrect_dns",
    "host_incorrect_gateway",
    "receiver_resource_contention",
    "sender_resource_contention",
    "tcp_receive_window_limited",
    "arp_cache_poisoning",
    "bgp_hijacking",
    "dhcp_spoofed_dns",
    "dhcp_spoofed_gateway",
    "dhcp_spoofed_subnet",
    "tcp_syn_flood_attack",
    "web_dos_attack",
)
_INTERFACE = (
    "link_detach",
    "silent_egress_packet_loss",
    "mtu_mismatch",
    "int_insufficient_mtu_headroom",
    "vrf_dscp_remarking",
    "wireguard_allowed_ips_misconfiguration",
    "wireguard_peer_key_misconfiguration",
    "mac_address_conflict",
    "host_incorrect_ip",
    "host_incorrect_netmask",
    "host_ip_conflict",
    "host_missing_ip",
    "dns_lookup_latency",
    "incast_traffic_network_limitation",
    "p4_ecn_threshold_misconfiguration",
)
_LINK = (
    "link_down",
    "link_flap",
    "link_capacity_bottleneck",
    "link_packet_corruption",
)
_K8S = (
    "k8s_networkpolicy_deny",
    "k8s_coredns_isolated",
)

FAULT_IDS: Mapping[str, str] = MappingProxyType(
    {
        fault: kind
        for kind, faults in (("node", _NODE), ("interface", _INTERFACE), ("link", _LINK), ("k8s", _K8S))
        for fault in faults
    }
)
"""Each fault id with the kind of resource that its labels name."""
