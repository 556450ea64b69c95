"""The state of a node as facts: what its programs print, and which difference of two states is worse."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from network.lab.plan import LabFile, LabPlan, LabProgram, LabRole
from nms.nika.golden import MOST_SHOWN, LabLook, NodeLook, facts_of, looks_of, worse
from tests.nms.nika.plans import node

ADDRESSES = [
    {
        "ifname": "eth0",
        "flags": ["BROADCAST", "UP", "LOWER_UP"],
        "mtu": 1500,
        "addr_info": [
            {"family": "inet", "local": "10.0.0.1", "prefixlen": 31},
            {"family": "inet6", "local": "fe80::1", "prefixlen": 64},
        ],
    },
    {"ifname": "eth1", "flags": ["BROADCAST"], "mtu": 500, "addr_info": []},
]
ROUTES = [
    {"dst": "default", "gateway": "10.0.0.0"},
    {"type": "blackhole", "dst": "10.9.0.0/30", "dev": "lo"},
    {"dst": "10.0.0.0/31", "dev": "eth0", "protocol": "kernel"},
    {"dst": "10.0.0.8/31", "nhid": 20, "nexthops": [{"gateway": "10.0.0.5"}], "protocol": "isis"},
]
RULE = {"family": "inet", "table": "filter", "chain": "input", "handle": 7, "expr": [{"counter": {"packets": 3}}]}
FILTERS = {"nftables": [{"metainfo": {"version": "1.0.6"}}, {"table": {"name": "filter"}}, {"rule": RULE}]}
ISIS = {
    "areas": [
        {
            "circuits": [
                {"circuit": 2, "adj": "b", "interface": "eth0", "state": "Up", "expires-in": "28s"},
                {"circuit": 3, "adj": "c", "interface": "eth1", "state": "Initializing"},
                {"circuit": 0},
            ]
        }
    ]
}
OSPF = {
    "neighbors": {
        "10.0.0.2": [{"nbrState": "Full/DR", "upTime": "21s", "ifaceName": "eth0:10.0.0.1"}],
        "10.0.0.3": [{"nbrState": "Init/DROther", "ifaceName": "eth1:10.0.0.9"}],
    }
}
BGP = {
    "ipv4Unicast": {
        "peers": {
            "10.0.0.0": {"state": "Established", "pfxRcd": 2, "peerUptime": "00:01:00"},
            "10.0.0.4": {"state": "Idle (PfxCt)", "pfxRcd": 0},
        }
    }
}
CONFIG = """Building configuration...

Current configuration:
!
frr version 8.4.4
hostname a
!
router bgp 65000
 neighbor 10.0.0.0 remote-as 65001
 !
 address-family ipv4 unicast
  network 10.0.0.0/24
 exit-address-family
exit
!
end
"""


@pytest.mark.parametrize(
    ("look", "text", "facts"),
    [
        (
            LabLook.ADDRESSES,
            json.dumps(ADDRESSES),
            {"interface eth0 mtu 1500 enabled running", "address 10.0.0.1/31 on eth0", "interface eth1 mtu 500"},
        ),
        (LabLook.ROUTES, json.dumps(ROUTES), {"route default via 10.0.0.0", "route blackhole 10.9.0.0/30", "2 routes"}),
        (
            LabLook.QUEUES,
            json.dumps([{"kind": "noqueue", "dev": "lo"}, {"kind": "tbf", "dev": "eth0"}]),
            {"queue tbf on eth0"},
        ),
        (LabLook.FILES, "0123456789abcdef  /etc/hosts\n", {"file /etc/hosts 0123456789ab"}),
        (LabLook.RESOLVER, "# made\nsearch x\nnameserver 10.0.0.2\n", {"nameserver 10.0.0.2"}),
        (LabLook.ISIS, json.dumps(ISIS), {"adjacency isis b on eth0"}),
        (LabLook.OSPF, json.dumps(OSPF), {"adjacency ospf 10.0.0.2 on eth0"}),
        (LabLook.BGP, json.dumps(BGP), {"session bgp 10.0.0.0 ipv4Unicast, 2 prefixes"}),
        (LabLook.BGP, "{}", set()),
        (
            LabLook.CONFIG,
            CONFIG,
            {
                "config hostname a",
                "config router bgp 65000",
                "config router bgp 65000: neighbor 10.0.0.0 remote-as 65001",
                "config router bgp 65000: address-family ipv4 unicast",
                "config router bgp 65000: network 10.0.0.0/24",
            },
        ),
        *(
            (look, "% ospfd is not running", {f"{look}: unreadable"})
            for look in (LabLook.OSPF, LabLook.ISIS, LabLook.ROUTES)
        ),
    ],
)
def test_the_output_of_a_program_becomes_facts(look: LabLook, text: str, facts: set[str]) -> None:
    assert facts_of(look, text) == facts


def test_a_rule_is_the_same_while_it_counts() -> None:
    counted = {"nftables": [{"rule": {**RULE, "handle": 9, "expr": [{"counter": {"packets": 88}}]}}]}
    assert facts_of(LabLook.FILTERS, json.dumps(FILTERS)) == facts_of(LabLook.FILTERS, json.dumps(counted))
    assert len(facts_of(LabLook.FILTERS, json.dumps(FILTERS))) == 1


def test_what_is_lost_or_new_or_silent_is_worse() -> None:
    a, b = NodeLook("a", LabLook.OSPF, ("x",)), NodeLook("b", LabLook.FILTERS, ("x",))
    healthy = {a: frozenset({"adjacency ospf 1 on eth0"}), b: frozenset[str]()}
    assert worse(healthy, healthy) == ()
    assert worse(healthy, {a: frozenset[str](), b: frozenset({"filter rule x"})}) == (
        "a: lost: adjacency ospf 1 on eth0",
        "b: new: filter rule x",
    )
    assert worse(healthy, {a: healthy[a]}) == ("b: filters cannot be read",)
    assert worse(dict.fromkeys(healthy, frozenset(map(str, range(MOST_SHOWN)))), healthy)[-1] == (
        f"and {MOST_SHOWN + 1} more differences"
    )


def test_a_node_is_asked_what_it_has() -> None:
    router = replace(
        node("a", LabRole.ROUTER, 1),
        programs=tuple(LabProgram(name, (name,), name) for name in ("zebra", "ospfd")),
        files=(LabFile("/etc/frr/daemons", "x"), LabFile("/etc/frr/frr.conf", "y"), LabFile("/var/lib/x", "z")),
    )
    looks = {each.look: each.argv for each in looks_of(LabPlan("small", (router,), ()))}
    assert {LabLook.OSPF, LabLook.CONFIG} <= looks.keys()
    assert {LabLook.BGP, LabLook.ISIS}.isdisjoint(looks)
    assert looks[LabLook.FILES] == ("sha256sum", "/etc/frr/daemons")
    assert LabLook.CONFIG not in {each.look for each in looks_of(LabPlan("small", (node("pc", LabRole.HOST, 1),), ()))}
