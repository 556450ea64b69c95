"""Causes of the product become pairs of NIKA, resources become elements, and what is unknown is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.nika.mapping import KINDS, PLACES, LoopCause, element_of, kinds_of, pairs_of
from nms.nika.ontology import FAULT_IDS
from nms.nika.resources import NikaPair, link, node, refusal_of, resource_of_id, resources_of
from shared.domain.catalogue import FAULTS
from shared.domain.catalogue.device_faults import DEVICE_FAULTS
from shared.domain.kinds import ElementKind
from tests.nms.nika.plans import plan

PLAN = plan()
SEGMENT = "balancer:eth0--c:eth1--dns_pod0:eth0--web:eth0"


def translated(element: str, kind: str) -> list[str]:
    return [f"{pair.resource.id} {pair.fault}" for pair in pairs_of(PLAN, [LoopCause(element, kind)]).pairs]


@pytest.mark.parametrize(
    ("element", "kind", "pairs"),
    [
        ("a", "ospf_acl_block", ["node/a ospf_acl_block"]),
        ("dns/dns_pod0", "dns_service_down", ["node/dns_pod0 dns_service_down"]),
        ("dns/dns_pod0", "dns_lookup_latency", ["interface/dns_pod0/eth0 dns_lookup_latency"]),
        ("dns_pod0", "high_latency", ["interface/dns_pod0/eth0 dns_lookup_latency"]),
        ("a:eth0", "link_detach", ["interface/a/eth0 link_detach"]),
        ("a:eth1", "link_down", ["link/a:eth1--b:eth1 link_down"]),
        ("b--c", "link_flap", ["link/b:eth2--c:eth0 link_flap"]),
        ("b:eth1--a:eth1", "link_flap", ["link/a:eth1--b:eth1 link_flap"]),
        ("b--c", "mtu_mismatch", ["interface/b/eth2 mtu_mismatch", "interface/c/eth0 mtu_mismatch"]),
        ("b--c", "packet_loss", ["link/b:eth2--c:eth0 link_packet_corruption"]),
        ("b:eth2", "packet_loss", ["interface/b/eth2 silent_egress_packet_loss"]),
        ("b--c", "congestion", ["link/b:eth2--c:eth0 link_capacity_bottleneck"]),
        ("bgp/a--b", "bgp_max_prefix_exceeded", [f"node/{one} bgp_max_prefix_exceeded" for one in "ab"]),
        ("ospf/b--c", "link_down", ["link/b:eth2--c:eth0 link_down"]),
        ("ospf/a:eth0--b:eth0", "link_down", ["link/a:eth0--b:eth0 link_down"]),
        ("dns_pod0:eth0", "interface_shaping", ["interface/dns_pod0/eth0 dns_lookup_latency"]),
        ("b:eth2", "interface_shaping", ["link/b:eth2--c:eth0 link_capacity_bottleneck"]),
        ("pc", "high_cpu", ["node/pc receiver_resource_contention"]),
        ("web", "high_cpu", ["node/web sender_resource_contention"]),
        ("balancer", "high_cpu", ["node/balancer load_balancer_overload"]),
        ("pc", "link_down", ["link/a:eth2--pc:eth0 link_down"]),
        (SEGMENT, "link_packet_corruption", [f"link/{SEGMENT} link_packet_corruption"]),
    ],
)
def test_a_cause_becomes_pairs(element: str, kind: str, pairs: list[str]) -> None:
    assert translated(element, kind) == pairs


@pytest.mark.parametrize(
    ("element", "kind", "says"),
    [
        ("nobody", "link_down", "the plan has no such element"),
        ("a:eth9", "link_down", "the plan has no such element"),
        ("a--b", "link_down", "the plan has no such element"),  # two parallel links have this name
        ("a", "node_down", "no fault id is a node that is off"),
        ("a", "high_memory", "no fault id is about memory"),
        ("b--c", "high_latency", "no fault id is delay elsewhere"),
        ("a", "sunspots", "NIKA has no such fault id"),
        ("a", "link_down", "no link is certain for it"),  # it has three
        ("bgp/a--b", "link_down", "no link is certain for it"),
        ("a->pc", "link_down", "a path is no cause"),
    ],
)
def test_where_nothing_is_certain_nothing_is_guessed(element: str, kind: str, says: str) -> None:
    found = pairs_of(PLAN, [LoopCause(element, kind)])
    assert found.pairs == ()
    assert found.left_out[0].startswith(f"{kind} at {element}: ")
    assert says in found.left_out[0]


def test_causes_are_joined_without_duplicates() -> None:
    causes = [LoopCause("a", "bgp_acl_block"), LoopCause("bgp/a--b", "bgp_acl_block"), LoopCause("x", "high_cpu")]
    found = pairs_of(PLAN, causes)
    assert [str(pair) for pair in found.pairs] == ["bgp_acl_block at node/a", "bgp_acl_block at node/b"]
    assert len(found.left_out) == 1


@given(st.sampled_from(sorted(resources_of(PLAN))))
def test_every_resource_has_an_element_that_leads_back(resource: object) -> None:
    faults = {"node": "ospf_acl_block", "interface": "link_detach", "link": "link_down"}
    element = element_of(PLAN, resource)  # type: ignore[arg-type]
    assert element is not None
    fault = faults[resource.kind]  # type: ignore[attr-defined]
    assert pairs_of(PLAN, [LoopCause(element, fault)]).pairs == (NikaPair(resource, fault),)  # type: ignore[arg-type]
    assert resource_of_id(resource.id) == resource  # type: ignore[attr-defined]


def test_parallel_links_have_names_of_their_own() -> None:
    assert element_of(PLAN, link("a:eth0--b:eth0")) == "a:eth0--b:eth0"
    assert element_of(PLAN, link("b:eth2--c:eth0")) == "b--c"
    assert element_of(PLAN, link("b:eth0--c:eth0")) is None


def test_the_resources_are_those_of_the_plan() -> None:
    ids = {resource.id for resource in resources_of(PLAN)}
    assert {"node/a", "interface/b/eth2", "link/a:eth1--b:eth1", f"link/{SEGMENT}"} <= ids
    assert len(ids) == 7 + 12 + 5


@pytest.mark.parametrize("text", ["", "node", "node/", "interface/a", "link/", "port/a/b", "k8s/Service/x", "node/a/b"])
def test_a_text_that_is_no_id_is_no_resource(text: str) -> None:
    assert resource_of_id(text) is None


def test_an_unknown_resource_or_fault_is_refused() -> None:
    known = resources_of(PLAN)
    assert refusal_of([NikaPair(node("a"), "link_down")], known) == ""
    assert refusal_of([NikaPair(node("dns_pod1"), "link_down")], known).endswith("did you mean node/dns_pod0?")
    assert "'link_dwn' is no fault id of NIKA; did you mean link_down?" in refusal_of(
        [NikaPair(node("a"), "link_dwn")], known
    )


def test_the_tables_are_complete_and_give_their_reasons() -> None:
    assert {row.fault for row in KINDS} - {""} <= FAULT_IDS.keys()
    assert all(row.reason for row in (*KINDS, *PLACES.values()))
    elements = set(ElementKind) - {ElementKind.PATH}
    assert set(PLACES) == {(element, kind) for element in elements for kind in ("node", "interface", "link")}
    built_in = {*map(str, FAULTS), *(spec.name for spec in DEVICE_FAULTS)}
    assert built_in <= {row.kind for row in KINDS} | FAULT_IDS.keys(), "a kind of the catalogue has no row"


def test_a_fault_id_has_the_kinds_that_lead_to_it() -> None:
    assert kinds_of("link_packet_corruption") == ("link_packet_corruption", "packet_loss")
    assert kinds_of("dns_service_down") == ("dns_service_down",)
