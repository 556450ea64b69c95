"""What differences mean, of states that are small enough to be written here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.devices.evidence.collecting import ServiceFiles
from network.devices.evidence.difference import as_text, compared, masked
from network.devices.evidence.meaning import evidence_of
from network.devices.evidence.metrics import METRICS_OF
from network.devices.evidence.normal.facts import UnreadableAnswer
from network.devices.evidence.normal.packet_filters import ruleset
from network.devices.evidence.normal.routing import configuration_facts
from network.devices.evidence.normal.statements import statements
from network.devices.evidence.normal.zones import zone_records
from network.devices.evidence.snapshot import DeviceSnapshot
from shared.domain.catalogue.device_metrics import DEVICE_ROWS
from shared.domain.catalogue.metrics import Role


def snapshot(facts: dict[str, str], *missing: str) -> DeviceSnapshot:
    return DeviceSnapshot("n", facts, frozenset(missing))


def filters(
    *rules: str, head: str = "", hook: str = "input", policy: str = "accept", family: str = "inet"
) -> dict[str, str]:
    base = f"type filter hook {hook} priority filter; policy {policy};"
    return ruleset("\n".join([f"table {family} t {{", head, "chain c {", base, *rules, "}", "}"]))


def differing(approved: dict[str, str], found: dict[str, str], *services: ServiceFiles) -> set[str]:
    evidence = evidence_of(snapshot(approved), snapshot(found), services)
    return {f"{each.point.element} {each.point.metric}".removeprefix("n ") for each in evidence.differing}


def test_the_vocabulary_is_that_of_the_catalogue() -> None:
    known = {(row.element, row.name) for row in DEVICE_ROWS if row.role is Role.EVIDENCE}
    assert known == {(kind, metric.value) for kind, metrics in METRICS_OF.items() for metric in metrics}


RULES = {
    "tcp dport 179 drop": "filter_bgp",
    "tcp sport 179 counter drop": "filter_bgp",
    "tcp dport bgp reject with tcp reset": "filter_bgp",
    "tcp dport 170-200 drop": "filter_bgp filter_other",
    "tcp dport { 179, 22 } drop": "filter_bgp filter_other",
    "tcp dport != 22 drop": "filter_bgp filter_dns filter_http filter_other",
    "meta l4proto tcp drop": "filter_bgp filter_dns filter_http filter_other",
    "meta l4proto { tcp, udp } th dport 53 drop": "filter_dns",
    "udp dport 53 drop": "filter_dns",
    'iifname "eth0" udp dport 67-68 drop': "filter_dhcp",
    "ip protocol ospf drop": "filter_ospf",
    "ip protocol 89 drop": "filter_ospf",
    "meta l4proto ospf drop": "filter_ospf",
    "ip protocol != ospf drop": "filter_bgp filter_dhcp filter_dns filter_http filter_icmp filter_other",
    "ip protocol icmp drop": "filter_icmp",
    "icmp type echo-request drop": "filter_icmp",
    "icmp type { echo-request, destination-unreachable } drop": "filter_fragmentation filter_icmp",
    "icmp type destination-unreachable icmp code frag-needed drop": "filter_fragmentation",
    "icmp type destination-unreachable icmp code host-unreachable drop": "filter_other",
    "icmp type redirect drop": "filter_other",
    "icmpv6 type packet-too-big drop": "filter_fragmentation",
    "ether type arp drop": "filter_arp",
    "ether daddr 01:80:c2:00:00:15 drop": "filter_isis",
    "ct state established ip saddr 10.0.0.1 tcp dport 80 limit rate over 5/second drop": "filter_http",
    "tcp dport vmap { 179 : drop, 22 : accept }": "filter_bgp",
    "tcp dport vmap { 179 : jump elsewhere, 22 : accept }": "",
    "ip daddr . tcp dport { 10.0.0.1 . 179 } drop": "filter_other",
    "ip saddr 10.0.0.1 drop": "filter_other",
    "drop": "filter_other",
    "ct state invalid drop": "filter_other",
    "ip saddr 10.0.0.1 reject with icmp type port-unreachable": "filter_other",
    "numgen random mod 100 < 10 drop": "filter_other",
    "tcp dport 179 accept": "",
    'counter log prefix "drop "': "",
    "ip ttl set 1": "filter_other",
    "tcp dport 179 counter": "",
    'tcp dport 22 accept comment "drop 179"': "",
}


@pytest.mark.parametrize("rule", RULES)
def test_what_a_rule_drops(rule: str) -> None:
    assert " ".join(sorted(differing(filters(), filters(rule)))) == RULES[rule]


def test_a_rule_is_explained_to_a_person() -> None:
    evidence = evidence_of(snapshot(filters()), snapshot(filters("tcp dport 179 drop")))
    assert [each.sentence for each in evidence.differing] == [
        "a rule in table inet t, chain c, drops TCP port 179 (BGP) (`tcp dport 179 drop`); "
        "the approved state has no such rule"
    ]


def test_filters_of_arp_and_of_ports() -> None:
    assert differing({}, filters("drop", family="arp")) == {"filter_arp"}
    base = 'type filter hook ingress devices = { "eth0", "eth1" } priority 0; policy accept;'
    port = f"table netdev t {{\nchain c {{\n{base}\nDO\n}}\n}}"
    dropped = ruleset(port.replace("DO", "numgen random mod 100 < 1 drop"))
    assert differing({}, dropped) == {"n:eth0 filter_port", "n:eth1 filter_port"}
    assert differing({}, ruleset(port.replace("DO", 'fwd to "tap0"'))) == {"n:eth0 shaping", "n:eth1 shaping"}


def test_a_chain_that_no_hook_reaches_drops_nothing() -> None:
    chain = "chain other {\ntcp dport 179 drop\n}"
    assert differing(filters(), filters(head=chain)) == set()
    assert differing(filters(), filters("jump other", head=chain)) == {"filter_bgp"}
    assert differing(filters("jump other", head="chain other {\n}"), filters("jump other", head=chain)) == {
        "filter_bgp"
    }


def test_jumps_in_a_circle_end() -> None:
    circle = "chain a {\njump b\n}\nchain b {\njump a\ntcp dport 179 drop\n}"
    assert differing(filters(), filters("jump a", head=circle)) == {"filter_bgp"}


def test_a_jump_narrows_the_rules_behind_it() -> None:
    assert differing(filters(), filters("tcp dport 179 jump deny", head="chain deny {\ndrop\n}")) == {"filter_bgp"}


def test_an_element_of_a_set_that_an_approved_rule_drops() -> None:
    rule = "tcp dport @ports drop"
    approved = filters(rule, head="set ports {\ntype inet_service\nelements = { 25 }\n}")
    found = filters(rule, head="set ports {\ntype inet_service\nelements = { 25, 179 }\n}")
    assert "filter_bgp" in differing(approved, found)


def test_a_chain_that_drops_by_default() -> None:
    assert differing(filters(), filters(policy="drop")) == {"filter_other"}
    rule = "tcp dport 179 accept"
    assert differing(filters(rule, policy="drop"), filters(policy="drop")) == {"filter_bgp"}


def test_an_inserted_rule_is_one_difference_and_a_changed_sequence_another() -> None:
    one, two, three = "tcp dport 22 accept", "tcp dport 25 accept", "tcp dport 179 drop"
    inserted = compared(snapshot(filters(one, two)), snapshot(filters(three, one, two)))
    assert [each.path for each in inserted] == ["nft/inet t/chain c/rule/tcp dport 179 drop"]
    swapped = compared(snapshot(filters(one, two)), snapshot(filters(two, one)))
    assert [(each.path, each.found) for each in swapped] == [("nft/inet t/chain c/sequence", f"{two} ; {one}")]
    assert differing(filters(one, two), filters(two, one)) == {"filter_other"}


@given(st.text(alphabet=st.sampled_from("acdeoprst {}@\"-:,.!=<>#179\\'"), max_size=80))
def test_no_text_of_a_rule_raises(rule: str) -> None:
    found = filters() | {f"nft/inet t/chain c/rule/{rule}": "1"}
    evidence_of(snapshot(filters()), snapshot(found))


BGP = """router bgp 65001
 neighbor 10.0.0.2 remote-as 65002
 neighbor 10.0.0.2 password hush-hush
 !
 address-family ipv4 unicast
  network 10.1.0.0/24
  neighbor 10.0.0.2 route-map OUT out
 exit-address-family
exit
route-map OUT deny 5
 match ip address prefix-list LEAK
exit
router ospf
 network 10.0.0.0/30 area 0
 network 10.1.0.0/24 area 0
exit
interface eth0
 ip ospf area 0
exit
ip route 10.9.0.0/16 10.0.0.2
"""
CONFIGURATIONS = {
    ("bgp 65001", "bgp 65601"): "bgp_asn",
    ("  network 10.1.0.0/24\n", ""): "bgp_networks",
    ("  network 10.1.0.0/24\n", "  network 10.1.0.0/24\n  network 198.18.0.0/24\n"): "bgp_extra_networks",
    ("remote-as 65002", "remote-as 65003"): "bgp_neighbors",
    ("hush-hush", "other"): "bgp_neighbors",
    ("route-map OUT deny 5", "route-map OUT permit 5"): "bgp_policy",
    (" match ip", " set community 65001:666\n match ip"): "bgp_communities",
    ("route-map OUT out", "route-map ALL out"): "bgp_policy",
    ("10.0.0.0/30 area 0", "10.0.0.0/30 area 66"): "ospf_areas",
    (" network 10.0.0.0/30 area 0\n", ""): "ospf_networks",
    (" ip ospf area 0", " ip ospf area 1"): "ospf_areas",
    (" ip ospf area 0", " ip ospf area 0\n ip ospf hello-interval 3"): "ospf_timers",
    (" ip ospf area 0", " ip ospf area 0\n ip ospf cost 3"): "routing_config",
    ("ip route 10.9.0.0/16 10.0.0.2", "ip route 10.9.0.0/16 10.0.0.3"): "static_routes",
    ("ip route 10.9.0.0/16 10.0.0.2", "ip route 10.9.0.0/16 Null0"): "blackhole_routes",
    ("interface eth0\n", "interface eth0\n shutdown\n"): "n:eth0 enabled",
    ("exit\nip route", "exit\nbgp community-list standard C seq 5 permit 65001:1\nip route"): "bgp_communities",
    ("  neighbor 10.0.0.2 route", "  neighbor 10.0.0.2 maximum-prefix 10\n  neighbor 10.0.0.2 route"): "bgp_limits",
    ("router ospf\n", "router ospf\n passive-interface eth0\n"): "ospf_networks",
    ("ip route", "router isis 1\n net 49.0001.0000.0000.0001.00\nexit\nip route"): "isis_config",
    ("ip route", "no ip forwarding\nip route"): "forwarding",
    ("ip route", "hostname other\nip route"): "routing_config",
}


@pytest.mark.parametrize("change", CONFIGURATIONS)
def test_what_a_line_of_the_configuration_means(change: tuple[str, str]) -> None:
    assert change[0] in BGP
    found = configuration_facts(BGP.replace(*change))
    evidence = evidence_of(snapshot(configuration_facts(BGP)), snapshot(found))
    assert {f"{e.point.element} {e.point.metric}".removeprefix("n ") for e in evidence.differing} == {
        CONFIGURATIONS[change]
    }
    assert evidence.unexplained == ()


def test_secrets_are_shown_to_nobody() -> None:
    found = configuration_facts(BGP.replace("hush-hush", "other-secret"))
    approved, now = snapshot(configuration_facts(BGP)), snapshot(found)
    shown = as_text("n", compared(approved, now)) + "".join(e.sentence for e in evidence_of(approved, now).differing)
    assert "***" in shown and "hush" not in shown and "other-secret" not in shown
    for line in (
        "ip ospf message-digest-key 1 md5 SECRET", "isis password md5 SECRET", "rocommunity SECRET default",
        'key "k" > secret "SECRET"', "key-string SECRET", "ip ospf authentication-key SECRET",
    ):  # fmt: skip
        assert "SECRET" not in masked(line), line
    assert masked("set community 65001:666 additive") == "set community 65001:666 additive"
    assert masked("bgp community-list standard C seq 5 permit 65001:1").endswith("65001:1")


def test_a_missing_part_has_no_state_and_no_difference() -> None:
    facts = {"link/eth0/admin": "up", "link/eth0/mtu": "1500", "hosts/10.0.0.1": "a"} | filters()
    found = DeviceSnapshot("n", {"link/eth0/admin": "up", "link/eth0/mtu": "1500"}, frozenset({"nft", "hosts"}))
    evidence = evidence_of(snapshot(facts), found)
    assert evidence.differing == ()
    metrics = {point.metric for point in evidence.states}
    assert "hosts_file" not in metrics and "filter_bgp" not in metrics and "filter_port" not in metrics
    assert set(evidence.states.values()) == {1}


def test_states_are_those_of_the_vocabulary() -> None:
    kinds = {"n": "node", "n:eth0": "interface", "dns/n": "service"}
    known = {(kind.value, metric) for kind, metrics in METRICS_OF.items() for metric in metrics}
    facts = configuration_facts(BGP) | filters() | {
        "link/eth0/admin": "up", "link/eth0/mtu": "1500", "process/named": "running", "process/bgpd": "running",
        "service/dns/record/z/web0 A": "10.0.0.1", "service/dhcp/subnet/10.0.0.0 netmask 255.0.0.0": "present",
    }  # fmt: skip
    services = (ServiceFiles("dns", ("/z",), "named"),)
    evidence = evidence_of(snapshot(facts), snapshot(facts), services)
    assert {(kinds[point.element], point.metric) for point in evidence.states} <= known
    assert {"bgp_asn", "ospf_areas", "records", "running", "filter_bgp", "present"} <= {
        p.metric for p in evidence.states
    }


LINK = {"link/eth0/admin": "up", "link/eth0/mtu": "1500", "address/eth0/10.0.0.2/24": "global"}
ROUTED = LINK | {"route/main/default": "via 10.0.0.1 dev eth0", "route/main/10.9.0.0/16": "via 10.0.0.1 dev eth0"}


def test_consequences_are_no_evidence_of_their_own() -> None:
    assert differing(ROUTED, {}) == {"n:eth0 present"}
    assert differing(ROUTED, LINK | {"link/eth0/admin": "down"}) == {"n:eth0 enabled"}
    without = {path: value for path, value in LINK.items() if not path.startswith("address")}
    assert differing(ROUTED, without) == {"n:eth0 address"}
    assert differing(ROUTED, without | {"address/eth0/10.0.0.2/30": "global"}) == {"n:eth0 prefix_length"}
    assert differing(ROUTED, LINK) == {"default_route", "static_routes"}


def test_a_service_that_does_not_listen() -> None:
    dns = ServiceFiles("dns", (), "named", ("udp 53",))
    facts = LINK | {"process/named": "running", "listen/udp 10.0.0.2:53": "named"}
    assert differing(facts, LINK, dns) == {"dns/n running"}
    assert differing(facts, LINK | {"process/named": "running"}, dns) == {"dns/n listening"}
    assert differing(facts, {**facts, "listen/udp 10.0.0.2:53": "other"}, dns) == {"dns/n listening"}


def test_zones_and_statements() -> None:
    zone = "$ORIGIN example.\n$TTL 1h\n@ IN SOA a b (1\n 2 3 ; c\n 4 5)\n  IN NS a\n"
    zone += 'web 60 IN A 10.0.0.1\nweb A 10.0.0.2\nt TXT "a;b"\n'
    facts = zone_records("dns", "z", zone)
    assert facts["service/dns/record/z/web.example. A"] == "10.0.0.1 ; 10.0.0.2"
    assert facts["service/dns/record/z/@.example. SOA"] == "a b 2 3 4 5"
    assert facts["service/dns/record/z/t.example. TXT"] == '"a;b"'
    found = list(statements('a { b "x;y"; c { } } # d;\n/* e; */ f // g\n;'))
    assert found == [(("a",), 'b "x;y"'), (("a",), "c"), ((), "f")]
    with pytest.raises(UnreadableAnswer):
        list(statements("a { b;"))
