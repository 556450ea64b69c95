"""What the state of a device explains becomes one incident with one cause, is repaired, and is left alone as drift."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.domain.events import DiagnosisMade, Event, IncidentOpened, IncidentResolved, RemediationVerified
from shared.domain.kinds import ActionKind, NodeType
from shared.domain.topology import Link, Node, Topology
from tests.real.scripted import DeviceLoop, ScriptedDevices, State

ROUTERS, HOSTS = ("r1", "r2", "r3", "r4"), ("h1", "h2")
JOINS = (("r1", "r2"), ("r2", "r3"), ("r3", "r4"), ("r1", "r4"), ("r1", "h1"), ("r3", "h2"))
NET = Topology(
    nodes=tuple(Node(id=n, type=NodeType.ROUTER if n in ROUTERS else NodeType.SERVER) for n in (*ROUTERS, *HOSTS)),
    links=tuple(
        Link(source=a, target=b, capacity=1000, source_port=f"to-{b}", target_port=f"to-{a}") for a, b in JOINS
    ),
)
OSPF = tuple(f"ospf/{link.id}" for link in NET.links if "h" not in link.id)
BGP = ("bgp/r1--r2", "bgp/r1--r3", "bgp/r1--r4", "bgp/r2--r3")
STATES: tuple[State, ...] = (
    *((session, "established") for session in (*OSPF, *BGP)),
    *((path, "reaches") for path in ("h1->h2", "h2->h1")),
    ("dns/h2", "answers"),
    ("dns/h2", "correct"),
    ("h1", "resolves"),
    *((router, metric) for router in ROUTERS for metric in ("routes_complete", "routes_expected")),
)
EVIDENCE: tuple[State, ...] = (
    *(
        (node, metric)
        for node in (*ROUTERS, *HOSTS)
        for metric in ("filter_bgp", "filter_ospf", "filter_dns", "blackhole_routes", "routing_daemons", "bgp_networks")
    ),
    *((f"{a}:to-{b}", metric) for a, b in JOINS for metric in ("present", "mtu", "address")),
    *(("dns/h2", metric) for metric in ("running", "records")),
    ("h1", "resolver"),
)


def devices(repairs: dict[str, Callable[[ScriptedDevices, str], None]]) -> ScriptedDevices:
    found = ScriptedDevices(NET, STATES, EVIDENCE)
    found.actions = {ActionKind(name): (lambda target, do=do: do(found, target)) for name, do in repairs.items()}
    return found


def back(*, off: set[State], differing: set[State], after: float) -> Callable[[ScriptedDevices, str], None]:
    """The difference is gone at once, and what suffered is back some seconds later."""

    def repair(network: ScriptedDevices, target: str) -> None:
        network.differing -= differing
        network.after(after, lambda: network.off.difference_update(off))

    return repair


CASES = (
    # kind, element, evidence, what suffers at which second, playbook, seconds until it is back
    (
        "bgp_acl_block",
        "r1",
        "filter_bgp",
        [(b, "established", 3.0 * i) for i, b in enumerate(BGP[:3])],
        "remove_filter",
        5.0,
    ),
    (
        "frr_service_down",
        "r2",
        "routing_daemons",
        [
            (OSPF[0], "established", 0.0),
            (OSPF[1], "established", 0.5),
            (BGP[0], "established", 6.0),
            (BGP[3], "established", 6.0),
        ],
        "restart_routing",
        3.0,
    ),
    (
        "host_static_blackhole",
        "r2",
        "blackhole_routes",
        [("h1->h2", "reaches", 0.0), ("h2->h1", "reaches", 0.0)],
        "remove_route",
        0.2,
    ),
    (
        "dns_service_down",
        "dns/h2",
        "running",
        [("dns/h2", "answers", 0.0), ("h1", "resolves", 1.0)],
        "restart_service",
        1.0,
    ),
    (
        "dns_port_blocked",
        "h2",
        "filter_dns",
        [("dns/h2", "answers", 0.0), ("h1", "resolves", 1.0)],
        "remove_filter",
        0.2,
    ),
    ("dns_record_error", "dns/h2", "records", [("dns/h2", "correct", 0.0)], "restore_file", 1.0),
    ("host_incorrect_dns", "h1", "resolver", [("h1", "resolves", 0.0)], "restore_resolver", 0.2),
    (
        "link_detach",
        "r1:to-r2",
        "present",
        [("r1--r2", "up", 0.0), (OSPF[0], "established", 0.3)],
        "attach_interface",
        2.0,
    ),
    (
        "bgp_missing_route_advertisement",
        "r3",
        "bgp_networks",
        [(r, "routes_complete", 0.0) for r in ("r1", "r2", "r4")],
        "restore_routing_config",
        2.0,
    ),
)


@pytest.mark.parametrize(
    ("kind", "element", "metric", "suffers", "playbook", "seconds"), CASES, ids=[c[0] for c in CASES]
)
def test_a_difference_that_harms_is_named_repaired_and_verified(
    kind: str, element: str, metric: str, suffers: list[tuple[str, str, float]], playbook: str, seconds: float
) -> None:
    off: set[State] = {(other, state) for other, state, _ in suffers}
    network = devices({playbook: back(off=off, differing={(element, metric)}, after=seconds)})
    seen: list[tuple[float, Event]] = []
    loop = DeviceLoop(devices=network, seen=lambda event, time: seen.append((time, event)))
    loop.run(30)
    start = loop.now
    network.differing.add((element, metric))
    for other, state, after in suffers:
        network.after(after, lambda key=(other, state): network.off.add(key) if network.differing else None)
    loop.run(90)
    opened = [event for _, event in seen if isinstance(event, IncidentOpened)]
    first = [(time, event.causes[0]) for time, event in seen if isinstance(event, DiagnosisMade) and event.causes]
    named = [(round(time - start, 2), cause.kind, cause.element) for time, cause in first]
    assert len(opened) == 1, [(e.incident.id, [m.anomaly.id for m in e.incident.members]) for e in opened]
    assert named[-1][1:] == (kind, element), named
    assert network.executed == [(playbook, element)]
    verified = [time - start for time, event in seen if isinstance(event, RemediationVerified)]
    assert len(verified) == 1, [(round(t - start, 2), e) for t, e in seen][-12:]
    assert not loop.correlator.open_cases()


def test_the_session_over_a_link_fails_with_the_link() -> None:
    network = devices(
        {"enable_link": back(off={("r1--r2", "up"), (OSPF[0], "established")}, differing=set(), after=0.3)}
    )
    seen: list[Event] = []
    loop = DeviceLoop(devices=network, seen=lambda event, time: seen.append(event))
    loop.run(20)
    network.off.add((OSPF[0], "established"))
    network.after(0.3, lambda: network.off.add(("r1--r2", "up")))
    loop.run(30)
    assert len({event.incident.id for event in seen if isinstance(event, IncidentOpened)}) == 1
    assert network.executed == [("enable_link", "r1--r2")]
    assert not loop.correlator.open_cases()


def test_a_difference_that_harms_nobody_is_drift() -> None:
    network = devices({"remove_filter": back(off=set(), differing=set(), after=0)})
    seen: list[Event] = []
    loop = DeviceLoop(devices=network, seen=lambda event, time: seen.append(event))
    loop.run(20)
    network.differing |= {("r1", "filter_bgp"), ("dns/h2", "records")}
    loop.run(60)
    assert seen == [event for event in seen if event.subject.startswith("stability")]
    assert set(network.drift) == network.differing


def test_drift_is_not_blamed_for_a_failure_that_it_cannot_explain() -> None:
    network = devices({"remove_filter": back(off=set(), differing=set(), after=0)})
    seen: list[Event] = []
    loop = DeviceLoop(devices=network, seen=lambda event, time: seen.append(event))
    network.differing.add(("h2", "filter_dns"))
    loop.run(20)
    network.off |= {("r1--r2", "up"), (OSPF[0], "established")}
    loop.run(30)
    causes = {cause.kind for event in seen if isinstance(event, DiagnosisMade) for cause in event.causes}
    assert "link_down" in causes and "dns_port_blocked" not in causes
    assert network.executed == []


def test_evidence_that_is_read_later_joins_the_incidents_that_it_explains() -> None:
    off: set[State] = {(OSPF[0], "established"), (OSPF[1], "established")}
    network = devices({"remove_filter": back(off=off, differing={("r2", "filter_ospf")}, after=1.0)})
    seen: list[Event] = []
    loop = DeviceLoop(devices=network, seen=lambda event, time: seen.append(event))
    loop.run(20)
    network.off |= off
    network.after(0.6, lambda: network.differing.add(("r2", "filter_ospf")))
    loop.run(40)
    assert network.executed == [("remove_filter", "r2")]
    resolved = {event.incident.id: event.incident.resolution for event in seen if isinstance(event, IncidentResolved)}
    assert sorted(map(str, resolved.values())) == ["auto_resolved", "merged"]
