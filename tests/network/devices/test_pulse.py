"""The quick look at a device: what real FRR and iproute2 answer, what garbage answers, and what becomes of sessions."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from network.devices.pulse.reading import DevicePulse, InterfacePulse, NeighbourPulse, read_pulse
from network.devices.pulse.sessions import Sessions, link_states, owners_of
from shared.domain.kinds import NodeType
from shared.domain.topology import Link, Node, Topology

OSPF = """
{"neighbors":{"10.8.0.2":[{"priority":1,"state":"Full\\/-","nbrState":"Full\\/-","converged":"Full",
"address":"10.9.0.1","ifaceAddress":"10.9.0.1","ifaceName":"eth0:10.9.0.0"}],
"10.8.0.3":[{"nbrState":"Init/DROther","ifaceAddress":"10.9.0.3","ifaceName":"eth1:10.9.0.2"}]}}
"""
ISIS = """{"areas":[{"area":"X","circuits":[{"circuit":0},
{"circuit":2,"adj":"r2","interface":"eth0","level":2,"state":"Up","expires-in":"10s","snpa":"cec0.bbd2.069a"}]}]}"""
ISIS_10 = """{"areas":[{"area":"X","circuits":[{"circuit":2,"adj":"r2",
"interface":{"name":"eth0","state":"Initializing","level":2}}]}]}"""
BGP = """{"ipv4Unicast":{"routerId":"10.8.0.1","as":65001,"peers":{
"10.8.0.9":{"remoteAs":65009,"state":"Active"},"10.9.0.1":{"hostname":"{r2","remoteAs":65002,"state":"Established"}}}}"""
LINKS = """[{"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"operstate":"UNKNOWN"},
{"ifname":"eth0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"operstate":"UP",
"stats64":{"rx":{"bytes":10},"tx":{"bytes":20}}},
{"ifname":"eth1","flags":["NO-CARRIER","BROADCAST","UP"],"operstate":"DOWN"},
{"ifname":"eth2","flags":["BROADCAST"],"operstate":"DOWN"}]"""
PROMPTS = "r1# show ip ospf neighbor json\n{}\nr1# show isis neighbor json\n{}\nr1# show bgp summary json\n{}\nr1# \n"


def test_real_answers_are_read_between_the_prompts_of_a_shell() -> None:
    pulse = read_pulse(LINKS.encode(), PROMPTS.replace("{}", "%s").replace("%s", "{}").format(OSPF, ISIS, BGP).encode())
    assert pulse.missing == frozenset()
    assert pulse.interfaces["eth0"] == InterfacePulse(enabled=True, up=True, received=10, sent=20)
    assert [(i.enabled, i.up) for i in pulse.interfaces.values()] == [
        (True, True),
        (True, True),
        (True, False),
        (False, False),
    ]
    assert set(pulse.neighbours) == {
        NeighbourPulse("ospf", True, "eth0", "10.9.0.1"),
        NeighbourPulse("ospf", False, "eth1", "10.9.0.3"),
        NeighbourPulse("isis", True, "eth0"),
        NeighbourPulse("bgp", False, address="10.8.0.9"),
        NeighbourPulse("bgp", True, address="10.9.0.1"),
    }
    assert read_pulse(None, ISIS_10.encode()).neighbours == (NeighbourPulse("isis", False, "eth0"),)


def test_a_daemon_that_does_not_answer_is_missing_and_says_nothing() -> None:
    pulse = read_pulse(b"sh: ip: not found", f"% ospfd is not running\n{ISIS}\nbgpd is not running\n".encode())
    assert pulse.missing == {"interfaces", "ospf", "bgp"}
    assert read_pulse(None, None).missing == {"interfaces", "ospf", "isis", "bgp"}


@given(
    st.one_of(st.binary(max_size=200), st.builds(lambda cut: (OSPF + ISIS + BGP).encode()[:cut], st.integers(0, 900)))
)
def test_garbage_and_truncated_answers_are_missing_or_read(answer: bytes) -> None:
    whole = read_pulse(LINKS.encode(), (OSPF + ISIS + BGP).encode())
    assert set(read_pulse(answer, answer).neighbours) <= set(whole.neighbours)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "neighbors",
                        "areas",
                        "circuits",
                        "peers",
                        "ifname",
                        "flags",
                        "interface",
                        "state",
                        "ipv4Unicast",
                        "x",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_json_of_another_form_never_fails(value: object) -> None:
    read_pulse(json.dumps(value).encode(), json.dumps(value).encode())


NET = Topology(
    nodes=tuple(Node(id=name, type=NodeType.ROUTER) for name in ("r1", "r2", "r3")),
    links=(
        Link(source="r1", target="r2", capacity=1, source_port="eth0", target_port="eth0"),
        Link(source="r1", target="r3", capacity=1, source_port="eth1", target_port="eth1", parallel=True),
        Link(source="r1", target="r3", capacity=1, source_port="eth2", target_port="eth2", parallel=True),
    ),
)
OWNERS = owners_of(
    [("r1", "10.0.0.1/31"), ("r2", "10.0.0.2/31"), ("r3", "10.0.0.3/32"), ("r2", "10.9.9.9"), ("r3", "10.9.9.9")]
)


def up(protocol: str, interface: str = "", address: str = "", is_up: bool = True) -> NeighbourPulse:
    return NeighbourPulse(protocol, is_up, interface, address)


def test_a_session_is_established_if_every_end_that_was_read_says_so() -> None:
    sessions = Sessions(NET, OWNERS)
    both = {"r1": DevicePulse(neighbours=(up("ospf", "eth0"),)), "r2": DevicePulse(neighbours=(up("ospf", "eth0"),))}
    assert sessions.states(both) == {"ospf/r1--r2": True}
    assert sessions.states({**both, "r2": DevicePulse()}) == {"ospf/r1--r2": False}
    unread = DevicePulse(missing=frozenset({"ospf"}))
    assert sessions.states({**both, "r2": unread}) == {"ospf/r1--r2": True}
    assert sessions.states({"r1": unread}) == {}
    assert sessions.states({}) == {}


def test_a_neighbour_that_never_was_established_is_no_session_unless_bgp_has_it_configured() -> None:
    sessions = Sessions(NET, OWNERS)
    starting = (
        up("ospf", "eth0", is_up=False),
        up("bgp", address="10.0.0.3", is_up=False),
        up("bgp", address="10.9.9.9"),
    )
    assert sessions.states({"r1": DevicePulse(neighbours=starting)}) == {"bgp/r1--r3": False}


def test_sessions_over_parallel_links_differ_by_their_interfaces() -> None:
    sessions = Sessions(NET, OWNERS)
    neighbours = (up("isis", "eth1"), up("isis", "eth2"))
    pulses = {"r1": DevicePulse(neighbours=neighbours), "r3": DevicePulse(neighbours=neighbours)}
    assert set(sessions.states(pulses)) == {"isis/r1:eth1--r3:eth1", "isis/r1:eth2--r3:eth2"}
    pulses["r3"] = DevicePulse(neighbours=(up("isis", "eth1"),))
    assert sessions.states(pulses) == {"isis/r1:eth1--r3:eth1": True, "isis/r1:eth2--r3:eth2": False}


def test_an_interface_that_is_gone_is_down_and_an_end_that_was_not_read_says_nothing() -> None:
    good, off = InterfacePulse(True, True), InterfacePulse(False, False)
    states = {
        (link, metric): value
        for link, metric, value in link_states(NET, {"r1": DevicePulse({"eth0": good, "eth1": off})})
    }
    assert states["r1--r2", "up"] == 1 and states["r1:eth1--r3:eth1", "admin_up"] == 0
    assert states["r1:eth2--r3:eth2", "up"] == 0
    unread = DevicePulse(missing=frozenset({"interfaces"}))
    assert list(link_states(NET, {"r1": unread})) == []
