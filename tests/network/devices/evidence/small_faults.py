"""The faults of the table, each as the change of a node of the small lab, and what has to be evidence then."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.network.devices.evidence.small_lab import DAEMONS, DHCPD, NAMED, ZONE, SmallLab, wait_for

Step = Callable[[SmallLab], object]


@dataclass(frozen=True)
class SmallFault:
    """`evidence`: `element metric` of everything that differs, on any node. `undo`: brings back the approved state."""

    name: str
    node: str
    apply: Step
    evidence: frozenset[str]
    undo: Step
    symptom: float = 0.0
    """Seconds until its consequences show on other nodes."""


def shell(node: str, lines: str) -> Step:
    return lambda lab: lab[node].shell(lines)


def nft(node: str, *rules: str, family: str = "inet", head: str = "") -> tuple[Step, Step]:
    """Rules as `CHAIN RULE`, in a table `filter` with the chains input, forward and output."""
    hooks = ("input", "output") if family == "arp" else ("input", "forward", "output")
    chains = "\n".join(f"chain {hook} {{ type filter hook {hook} priority 0; }}" for hook in hooks)
    lines = "\n".join(f"add rule {family} filter {rule}" for rule in rules)
    return (
        lambda lab: lab[node].shell(f"nft -f - <<'E'\ntable {family} filter {{\n{head}\n{chains}\n}}\n{lines}\nE"),
        lambda lab: lab[node].call("nft", "delete", "table", family, "filter"),
    )


def configure(node: str, *commands: str) -> Step:
    return lambda lab: lab[node].vtysh("configure terminal", *commands, "end", "write memory")


def restart(node: str, change: Callable[[str], str]) -> Step:
    """Change the saved configuration, and start all daemons again."""

    def step(lab: SmallLab) -> None:
        path = lab[node].folder / "etc/frr/frr.conf"
        lab[node].write("/etc/frr/frr.conf", change(path.read_text()))
        stop(node)(lab)
        lab.start_routing(node)

    return step


def stop(node: str, *daemons: str) -> Step:
    def step(lab: SmallLab) -> None:
        for daemon in daemons or reversed(DAEMONS):
            lab[node].end(daemon)

    return step


def write(path: str, text: str, service: str, process: str) -> Step:
    def step(lab: SmallLab) -> None:
        lab["s1"].write(path, text)
        if service == "named":
            lab["s1"].shell("kill -HUP $(pgrep -x named)")
        else:
            lab["s1"].end(process, "KILL")
            lab.start_service("s1", service)

    return step


def renewed(step: Step) -> Step:
    """Do the step, and let the client renew its lease."""

    def both(lab: SmallLab) -> None:
        step(lab)
        lab["c1"].shell(
            "dhclient -4 -q -x -pf /run/dhclient.pid -lf /var/lib/dhcp/dhclient.eth0.leases eth0; sleep 0.2"
        )
        try:
            lab["c1"].shell(
                "timeout 8 dhclient -4 -q -pf /run/dhclient.pid -lf /var/lib/dhcp/dhclient.eth0.leases eth0"
            )
        except RuntimeError:
            return

    return both


def started(*services: str) -> Step:
    return lambda lab: [lab.start_service("s1", service) for service in services]


def stress(lab: SmallLab) -> None:
    lab["h1"].shell("stress-ng --cpu 2 --timeout 60 >/dev/null 2>&1 </dev/null & sleep 7")


def calm(lab: SmallLab) -> None:
    lab["h1"].shell("pkill -KILL stress-ng; sleep 0.3")


def blackhole_undo(lab: SmallLab) -> None:
    lab["r2"].call("ip", "route", "del", "blackhole", "10.87.1.10/32")


def both_down(lab: SmallLab) -> None:
    lab["r1"].call("ip", "link", "set", "eth2", "down")
    lab["r2"].call("ip", "link", "set", "eth3", "down")


def both_up(lab: SmallLab) -> None:
    lab["r1"].call("ip", "link", "set", "eth2", "up")
    lab["r2"].call("ip", "link", "set", "eth3", "up")


def detach(lab: SmallLab) -> None:
    lab["r1"].shell("unshare --net sleep 300 >/dev/null 2>&1 </dev/null & echo $! > /run/hold; sleep 0.3")
    lab["r1"].shell("ip link set eth2 netns $(cat /run/hold)")


def attach(lab: SmallLab) -> None:
    lab["r1"].shell(
        "nsenter -t $(cat /run/hold) -n ip link set eth2 netns 1; kill $(cat /run/hold); ip link set eth2 up; "
        "ip addr add 10.87.13.1/30 dev eth2"
    )


FLOOD = tuple(f"network 198.19.{number}.0/24" for number in range(30))
LEAK = ("route-map OUT permit 5", "match ip address prefix-list LEAK", "set community 65002:666 additive", "exit")
_acl = {
    "arp_acl_block": ("h1", nft("h1", "input drop", "output drop", family="arp"), {"h1 filter_arp"}),
    "bgp_acl_block": (
        "r1",
        nft("r1", *(f"{chain} tcp {port} 179 drop" for chain in ("input", "output") for port in ("dport", "sport"))),
        {"r1 filter_bgp"},
    ),
    "ospf_acl_block": (
        "r1",
        nft("r1", "input ip protocol ospf drop", "output ip protocol ospf drop"),
        {"r1 filter_ospf"},
    ),
    "icmp_acl_block": (
        "h1",
        nft("h1", "input ip protocol icmp drop", "output ip protocol icmp drop", family="ip"),
        {"h1 filter_icmp"},
    ),
    "dns_port_blocked": ("s1", nft("s1", "input tcp dport 53 drop", "input udp dport 53 drop"), {"s1 filter_dns"}),
    "icmp_frag_needed_filter_misconfiguration": (
        "r2",
        nft("r2", *(f"{c} icmp type destination-unreachable icmp code frag-needed drop" for c in ("input", "forward"))),
        {"r2 filter_fragmentation"},
    ),
    "http_acl_block": ("s1", nft("s1", "input tcp dport { 80, 443 } counter reject"), {"s1 filter_http"}),
    "dhcp blocked": ("s1", nft("s1", "input udp dport 67-68 drop"), {"s1 filter_dhcp"}),
    "ssh blocked": ("s1", nft("s1", "input tcp dport 22 drop"), {"s1 filter_other"}),
    "loss by a filter": ("r2", nft("r2", "forward numgen random mod 100 < 10 drop"), {"r2 filter_other"}),
    "a jump to a chain": (
        "r1",
        nft("r1", "input tcp dport { 22, 179 } jump deny", "deny counter drop", head="chain deny { }"),
        {"r1 filter_bgp", "r1 filter_other"},
    ),
    "a rule that only counts": ("r2", nft("r2", "forward ip saddr 10.0.0.1 counter accept"), set[str]()),
}
FAULTS = (
    *(SmallFault(name, node, do, frozenset(found), undo) for name, (node, (do, undo), found) in _acl.items()),
    SmallFault(
        "a filter at a port",
        "r1",
        lambda lab: lab["r1"].shell(
            "nft -f - <<'E'\ntable netdev port { chain in { type filter hook ingress device \"eth1\" priority 0; "
            "numgen random mod 100 < 1 drop; }; }\nE"
        ),
        frozenset({"r1:eth1 filter_port"}),
        shell("r1", "nft delete table netdev port"),
    ),
    SmallFault("link_down", "r1", both_down, frozenset({"r1:eth2 enabled", "r2:eth3 enabled"}), both_up, 1),
    SmallFault(
        "link of a host down",
        "h1",
        shell("h1", "ip link set eth0 down"),
        frozenset({"h1:eth0 enabled"}),
        shell("h1", "ip link set eth0 up; ip route add default via 10.87.1.1"),
        1,
    ),
    SmallFault("link_detach", "r1", detach, frozenset({"r1:eth2 present"}), attach, 1),
    SmallFault(
        "mtu_mismatch",
        "r1",
        shell("r1", "ip link set eth1 mtu 500"),
        frozenset({"r1:eth1 mtu"}),
        shell("r1", "ip link set eth1 mtu 1500"),
    ),
    SmallFault(
        "frr_service_down",
        "r1",
        stop("r1"),
        frozenset({"r1 routing_daemons"}),
        lambda lab: lab.start_routing("r1"),
        10,
    ),
    SmallFault(
        "bgpd ended",
        "r1",
        stop("r1", "bgpd"),
        frozenset({"r1 routing_daemons"}),
        lambda lab: lab.start_routing("r1", ("bgpd",)),
        3,
    ),
    SmallFault(
        "bgp_asn_misconfig",
        "r1",
        restart("r1", lambda text: text.replace("bgp 65001", "bgp 65601")),
        frozenset({"r1 bgp_asn"}),
        restart("r1", lambda text: text.replace("bgp 65601", "bgp 65001")),
        5,
    ),
    SmallFault(
        "bgp_missing_route_advertisement",
        "r1",
        configure("r1", "router bgp 65001", "address-family ipv4 unicast", "no network 198.51.100.0/24"),
        frozenset({"r1 bgp_networks"}),
        configure("r1", "router bgp 65001", "address-family ipv4 unicast", "network 198.51.100.0/24"),
        2,
    ),
    SmallFault(
        "bgp_hijacking",
        "r2",
        lambda lab: (
            lab["r2"].call("ip", "addr", "add", "198.18.0.1/24", "dev", "lo"),
            configure("r2", "router bgp 65002", "address-family ipv4 unicast", "network 198.18.0.0/24")(lab),
        ),
        frozenset({"r2 bgp_extra_networks"}),
        lambda lab: (
            lab["r2"].call("ip", "addr", "del", "198.18.0.1/24", "dev", "lo"),
            configure("r2", "router bgp 65002", "address-family ipv4 unicast", "no network 198.18.0.0/24")(lab),
        ),
        2,
    ),
    SmallFault(
        "bgp_max_prefix_exceeded",
        "r2",
        lambda lab: (
            configure("r1", "router bgp 65001", "address-family ipv4 unicast", "neighbor 10.87.12.2 maximum-prefix 10")(
                lab
            ),
            lab["r2"].shell("ip route add blackhole 198.19.0.0/16 proto bgp"),
            configure(
                "r2",
                "ip prefix-list FLOOD seq 5 permit 198.19.0.0/16 le 24",
                "router bgp 65002",
                "no bgp network import-check",
                "address-family ipv4 unicast",
                *FLOOD,
            )(lab),
        ),
        frozenset({"r1 bgp_limits", "r2 bgp_limits", "r2 bgp_extra_networks", "r2 bgp_policy", "r2 routing_config"}),
        lambda lab: (
            configure(
                "r2",
                "no ip prefix-list FLOOD seq 5 permit 198.19.0.0/16 le 24",
                "router bgp 65002",
                "bgp network import-check",
                "address-family ipv4 unicast",
                *(f"no {each}" for each in FLOOD),
            )(lab),
            lab["r2"].shell("ip route del blackhole 198.19.0.0/16 proto bgp"),
            configure(
                "r1", "router bgp 65001", "address-family ipv4 unicast", "no neighbor 10.87.12.2 maximum-prefix 10"
            )(lab),
            lab["r1"].vtysh("clear ip bgp 10.87.12.2"),
        ),
        4,
    ),
    SmallFault(
        "bgp_blackhole_community_leak",
        "r1",
        configure("r1", "ip prefix-list LEAK seq 5 permit 198.51.100.0/24", *LEAK),
        frozenset({"r1 bgp_communities", "r1 bgp_policy"}),
        configure("r1", "no route-map OUT permit 5", "no ip prefix-list LEAK seq 5 permit 198.51.100.0/24"),
        2,
    ),
    SmallFault(
        "bgp_rpki_invalid_route_leak",
        "r1",
        configure("r1", "route-map OUT deny 10"),
        frozenset({"r1 bgp_policy"}),
        configure("r1", "route-map OUT permit 10"),
        2,
    ),
    SmallFault(
        "ospf_area_misconfiguration",
        "r2",
        restart("r2", lambda text: text.replace("area 0", "area 66")),
        frozenset({"r2 ospf_areas"}),
        restart("r2", lambda text: text.replace("area 66", "area 0")),
        10,
    ),
    SmallFault(
        "ospf_neighbor_missing",
        "r1",
        restart(
            "r1",
            lambda text: "\n".join(
                f"!{line}" if line.startswith(" network 10.") else line for line in text.split("\n")
            ),
        ),
        frozenset({"r1 ospf_networks"}),
        restart(
            "r1",
            lambda text: "\n".join(
                line.removeprefix("!") if line.startswith("! network") else line for line in text.split("\n")
            ),
        ),
        10,
    ),
    SmallFault(
        "ospf timers",
        "r1",
        configure("r1", "interface eth1", "ip ospf hello-interval 7"),
        frozenset({"r1 ospf_timers"}),
        configure("r1", "interface eth1", "ip ospf hello-interval 2"),
    ),
    SmallFault(
        "isis metric",
        "r1",
        configure("r1", "interface eth2", "isis metric 99"),
        frozenset({"r1 isis_config"}),
        configure("r1", "interface eth2", "no isis metric 99"),
    ),
    SmallFault(
        "wrong remote-as",
        "r1",
        configure("r1", "router bgp 65001", "neighbor 10.87.12.2 remote-as 65099"),
        frozenset({"r1 bgp_neighbors"}),
        configure("r1", "router bgp 65001", "neighbor 10.87.12.2 remote-as 65002"),
        2,
    ),
    SmallFault(
        "host_static_blackhole",
        "r2",
        shell("r2", "ip route replace blackhole 10.87.1.10/32"),
        frozenset({"r2 blackhole_routes"}),
        blackhole_undo,
    ),
    SmallFault(
        "a blackhole of FRR",
        "r2",
        configure("r2", "ip route 10.87.1.10/32 Null0"),
        frozenset({"r2 blackhole_routes"}),
        configure("r2", "no ip route 10.87.1.10/32 Null0"),
    ),
    SmallFault(
        "device_forwarding_packet_corruption",
        "r2",
        shell("r2", "tc qdisc add dev eth1 clsact"),
        frozenset({"r2:eth1 shaping"}),
        shell("r2", "tc qdisc del dev eth1 clsact"),
    ),
    SmallFault(
        "shaped",
        "r2",
        shell("r2", "tc qdisc replace dev eth1 root tbf rate 2mbit burst 8kb latency 200ms"),
        frozenset({"r2:eth1 shaping"}),
        shell("r2", "tc qdisc del dev eth1 root"),
    ),
    SmallFault(
        "dhcp_missing_subnet",
        "s1",
        renewed(
            write("/etc/dhcp/dhcpd.conf", DHCPD.replace(DHCPD[DHCPD.index("subnet 10.87.1.0") :], ""), "dhcpd", "dhcpd")
        ),
        frozenset({"dhcp/s1 subnets"}),
        renewed(write("/etc/dhcp/dhcpd.conf", DHCPD, "dhcpd", "dhcpd")),
    ),
    SmallFault(
        "dhcp_service_down",
        "s1",
        lambda lab: lab["s1"].end("dhcpd", "KILL"),
        frozenset({"dhcp/s1 running"}),
        renewed(started("dhcpd")),
        70,
    ),
    SmallFault(
        "dhcp_spoofed_dns",
        "s1",
        renewed(
            write("/etc/dhcp/dhcpd.conf", DHCPD.replace("servers 10.87.2.10", "servers 192.0.2.1"), "dhcpd", "dhcpd")
        ),
        frozenset({"dhcp/s1 option_dns"}),
        renewed(write("/etc/dhcp/dhcpd.conf", DHCPD, "dhcpd", "dhcpd")),
    ),
    SmallFault(
        "dhcp_spoofed_gateway",
        "s1",
        renewed(
            write("/etc/dhcp/dhcpd.conf", DHCPD.replace("routers 10.87.2.1;", "routers 10.87.2.254;"), "dhcpd", "dhcpd")
        ),
        frozenset({"dhcp/s1 option_router"}),
        renewed(write("/etc/dhcp/dhcpd.conf", DHCPD, "dhcpd", "dhcpd")),
    ),
    SmallFault(
        "dhcp_spoofed_subnet",
        "s1",
        renewed(
            write(
                "/etc/dhcp/dhcpd.conf",
                DHCPD.replace(
                    "option routers 10.87.2.1;", "option routers 10.87.2.1; option subnet-mask 255.255.255.252;"
                ),
                "dhcpd",
                "dhcpd",
            )
        ),
        frozenset({"dhcp/s1 option_mask"}),
        renewed(write("/etc/dhcp/dhcpd.conf", DHCPD, "dhcpd", "dhcpd")),
    ),
    SmallFault(
        "dns_service_down",
        "s1",
        lambda lab: lab["s1"].end("named"),
        frozenset({"dns/s1 running"}),
        started("named"),
        1,
    ),
    SmallFault(
        "dns_record_error",
        "s1",
        write(
            "/etc/bind/db.example.lab",
            ZONE.replace("web0 IN A 10.87.2.10", "web0 IN A 10.87.2.99").replace("2024010101", "2024010102"),
            "named",
            "named",
        ),
        frozenset({"dns/s1 records"}),
        write("/etc/bind/db.example.lab", ZONE, "named", "named"),
    ),
    SmallFault(
        "named configured otherwise",
        "s1",
        write("/etc/bind/named.conf", NAMED.replace("recursion no", "recursion yes"), "named", "named"),
        frozenset({"dns/s1 configuration"}),
        write("/etc/bind/named.conf", NAMED, "named", "named"),
    ),
    SmallFault(
        "http service down",
        "s1",
        lambda lab: lab["s1"].end("nginx", "KILL"),
        frozenset({"http/s1 running"}),
        started("nginx"),
    ),
    SmallFault(
        "host_incorrect_dns",
        "h1",
        lambda lab: lab["h1"].write("/etc/resolv.conf", "nameserver 8.8.8.8\n"),
        frozenset({"h1 resolver"}),
        lambda lab: lab["h1"].write("/etc/resolv.conf", "search example.lab\nnameserver 10.87.2.10\n"),
    ),
    SmallFault(
        "wrong entry of hosts",
        "h1",
        shell("h1", "echo 10.9.9.9 web0 >> /etc/hosts"),
        frozenset({"h1 hosts_file"}),
        shell("h1", "sed -e '/^10.9.9.9/d' /etc/hosts > /run/h; cat /run/h > /etc/hosts"),
    ),
    SmallFault(
        "host_incorrect_gateway",
        "h1",
        shell("h1", "ip route replace default via 10.87.1.254"),
        frozenset({"h1 default_route"}),
        shell("h1", "ip route replace default via 10.87.1.1"),
    ),
    SmallFault(
        "wrong gateway of a client with a lease",
        "c1",
        shell("c1", "ip route replace default via 10.87.2.254"),
        frozenset({"c1 default_route"}),
        shell("c1", "ip route replace default via 10.87.2.1"),
    ),
    SmallFault(
        "host_incorrect_ip",
        "h1",
        shell("h1", "ip addr del 10.87.1.10/24 dev eth0; ip addr add 10.87.1.77/24 dev eth0"),
        frozenset({"h1:eth0 address"}),
        shell(
            "h1",
            "ip addr del 10.87.1.77/24 dev eth0; ip addr add 10.87.1.10/24 dev eth0; "
            "ip route add default via 10.87.1.1",
        ),
    ),
    SmallFault(
        "host_incorrect_netmask",
        "h1",
        shell("h1", "ip addr del 10.87.1.10/24 dev eth0; ip addr add 10.87.1.10/28 dev eth0"),
        frozenset({"h1:eth0 prefix_length"}),
        shell(
            "h1",
            "ip addr del 10.87.1.10/28 dev eth0; ip addr add 10.87.1.10/24 dev eth0; "
            "ip route add default via 10.87.1.1",
        ),
    ),
    SmallFault(
        "host_missing_ip",
        "h1",
        shell("h1", "ip addr flush dev eth0"),
        frozenset({"h1:eth0 address"}),
        shell("h1", "ip addr add 10.87.1.10/24 dev eth0; ip route add default via 10.87.1.1"),
    ),
    SmallFault(
        "arp_cache_poisoning",
        "h1",
        shell("h1", "ip neigh replace 10.87.1.1 lladdr 02:00:00:00:00:66 dev eth0 nud permanent"),
        frozenset({"h1 permanent_neighbors"}),
        shell("h1", "ip neigh del 10.87.1.1 dev eth0"),
    ),
    SmallFault(
        "no forwarding",
        "r2",
        shell("r2", "sysctl -qw net.ipv4.ip_forward=0"),
        frozenset({"r2 forwarding"}),
        shell("r2", "sysctl -qw net.ipv4.ip_forward=1"),
    ),
    SmallFault(
        "tcp_receive_window_limited",
        "h1",
        shell("h1", "sysctl -qw 'net.ipv4.tcp_rmem=4096 4096 4096'"),
        frozenset({"h1 kernel_settings"}),
        shell("h1", "sysctl -qw 'net.ipv4.tcp_rmem=4096 131072 33554432'"),
    ),
    SmallFault(
        "a policy rule",
        "r2",
        shell("r2", "ip rule add from 10.87.1.0/24 prohibit priority 50"),
        frozenset({"r2 policy_rules"}),
        shell("r2", "ip rule del priority 50"),
    ),
    SmallFault("receiver_resource_contention", "h1", stress, frozenset({"h1 processes"}), calm),
)


def settle(lab: SmallLab) -> None:
    """Wait until the small lab is as it was."""
    time.sleep(0.2)
    wait_for(lab.converged, 60, "the small lab does not come back")
