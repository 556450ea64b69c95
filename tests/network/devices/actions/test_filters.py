"""The playbooks of packet filters, each against the fault that it repairs, with texts that try to become commands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from network.devices.actions.live import filters_of
from network.devices.actions.plans import DevicePlan
from network.devices.evidence.snapshot import DeviceSnapshot, joined
from tests.network.devices.actions.cases import (
    Difference,
    carried_out,
    evident,
    planned,
    read,
    refused,
    repair,
    request,
    taken_back,
)
from tests.network.devices.actions.nodes import Node

BASE = """
nft flush ruleset
nft add table inet guard
nft 'add chain inet guard input { type filter hook input priority 0 ; policy accept ; }'
nft 'add set inet guard trusted { type ipv4_addr ; flags interval ; elements = { 10.0.0.0/24 } }'
nft add rule inet guard input tcp dport 22 accept
nft add rule inet guard input ip saddr @trusted accept
nft add rule inet guard input tcp dport 23 drop
"""
Approved = tuple[DeviceSnapshot, list[str]]


def ruleset(node: Node) -> list[str]:
    return node.run("nft", "-s", "list", "ruleset").splitlines()


@pytest.fixture
async def approved(node: Node) -> AsyncIterator[Approved]:
    """The evidence of the approved state, and the rules."""
    node.sh(BASE)
    yield await read(node), ruleset(node)
    node.run("nft", "flush", "ruleset")


def rule(text: str) -> Difference:
    return (joined("nft", "inet guard", "chain input", "rule", text), None, "1")


async def repaired(node: Node, approved: Approved, *shown: str, **fields: Any) -> DevicePlan:
    asked = await evident(node, "remove_filter", "a-near", approved[0], **fields)
    return await repair(node, asked, ruleset, approved[1], *shown)


async def test_a_table_that_nobody_approved_goes_and_comes_back(node: Node, approved: Approved) -> None:
    node.sh("""
nft add table inet filter
nft 'add chain inet filter input { type filter hook input priority 0 ; policy drop ; }'
nft add chain inet filter helper
nft 'add set inet filter blocked { type ipv4_addr ; flags interval ; elements = { 10.7.0.0/16, 10.8.0.1 } }'
nft 'add map inet filter ways { type inet_service : verdict ; elements = { 179 : drop, 22 : jump helper } }'
nft add rule inet filter input tcp dport vmap @ways
nft add rule inet filter helper ip saddr @blocked limit rate 3/second counter drop
nft add rule inet filter input meta mark 7 log prefix '"x; y"' jump helper
""")
    plan = await repaired(node, approved, "delete table inet filter")
    assert plan.commands == ("delete table inet filter",)


@pytest.mark.parametrize("family", ["arp", "ip", "netdev"])
async def test_a_table_of_another_family(node: Node, approved: Approved, family: str) -> None:
    hook = (
        "type filter hook ingress device eth0 priority 0" if family == "netdev" else "type filter hook input priority 0"
    )
    node.sh(f"nft add table {family} filter; nft 'add chain {family} filter input {{ {hook} ; }}'")
    node.sh(f"nft 'add rule {family} filter input {'numgen random mod 100 < 10 ' * (family == 'netdev')}drop'")
    await repaired(node, approved)


@pytest.mark.parametrize("where", ["insert", "add", "middle", "twice"])
async def test_a_rule_goes_by_its_handle_and_comes_back_to_its_place(
    node: Node, approved: Approved, where: str
) -> None:
    if where == "middle":
        node.run("nft", "add", "rule", "inet", "guard", "input", "index", "1", "tcp", "dport", "179", "drop")
    else:
        node.run(
            "nft",
            "insert" if where != "add" else "add",
            "rule",
            "inet",
            "guard",
            "input",
            "tcp",
            "dport",
            "179",
            "drop",
        )
    if where == "twice":
        node.run("nft", "add", "rule", "inet", "guard", "input", "tcp", "dport", "179", "drop")
    plan = await repaired(node, approved, "handle", "tcp dport 179 drop")
    assert len(plan.steps) == 1, "all goes in one transaction"


async def test_many_rules_of_one_chain_come_back_to_their_places(node: Node, approved: Approved) -> None:
    for place, port in ((0, 1), (1, 2), (3, 3), (5, 4)):
        node.run(
            "nft", "insert", "rule", "inet", "guard", "input", "index", str(place), "udp", "dport", str(port), "drop"
        )
    node.run("nft", "add", "rule", "inet", "guard", "input", "udp", "dport", "5", "drop")
    await repaired(node, approved)


@pytest.mark.parametrize(
    "comment",
    ["a; flush ruleset # handle 2", "$(reboot)`reboot`", "' ; touch /run/owned #", "tcp dport 22 accept # handle 2"],
)
async def test_a_comment_stays_a_comment(node: Node, approved: Approved, comment: str) -> None:
    text = f'tcp dport 179 drop comment "{comment}"'
    node.run("nft", f"add rule inet guard input {text}")
    await repaired(node, approved, comment)
    assert "No such file" in node.sh("ls /run/owned", check=False)


async def test_a_comment_of_several_lines_hides_no_rule(node: Node, approved: Approved) -> None:
    """It could look like another rule, so the rules of its chain cannot be identified."""
    forged = 'tcp dport 179 drop comment "x\n\t\ttcp dport 99 accept # handle 2\n\t\t"'
    node.run("nft", f"add rule inet guard input {forged}")
    reason = await refused(node, await evident(node, "remove_filter", "a-near", approved[0]))
    assert "cannot be identified" in reason or "could not be read" in reason


async def test_a_chain_and_an_element_and_a_policy(node: Node, approved: Approved) -> None:
    node.sh("""
nft 'add chain inet guard forward { type filter hook forward priority 0 ; policy accept ; }'
nft add rule inet guard forward ip protocol ospf drop
nft 'add element inet guard trusted { 10.66.0.0/16 }'
nft 'add chain inet guard input { policy drop ; }'
nft 'add set inet guard more { type ipv4_addr ; elements = { 10.6.0.1 } }'
""")
    await repaired(node, approved, "policy accept", "delete element", "delete set inet guard more")


async def test_only_the_paths_of_the_evidence_are_removed(node: Node, approved: Approved) -> None:
    node.run("nft", "add", "rule", "inet", "guard", "input", "tcp", "dport", "179", "drop")
    node.run("nft", "add", "rule", "inet", "guard", "input", "udp", "dport", "53", "drop")
    asked = await evident(node, "remove_filter", "a-near", approved[0], paths=(rule("tcp dport 179 drop")[0],))
    wanted = [*approved[1][:-2], "\t\tudp dport 53 drop", *approved[1][-2:]]
    await repair(node, asked, ruleset, wanted)


async def test_rules_that_changed_places_stay(node: Node, approved: Approved) -> None:
    node.sh("nft delete rule inet guard input handle $(nft -a list ruleset | sed -n 's/.*dport 22 .*handle //p')")
    node.run("nft", "add", "rule", "inet", "guard", "input", "tcp", "dport", "22", "accept")
    assert "nobody approved" in await refused(node, await evident(node, "remove_filter", "a-near", approved[0]))


async def test_what_is_gone_or_unknown_is_refused(node: Node, approved: Approved) -> None:
    facts = {"nft/inet guard": "table", "nft/inet guard/chain input": "regular"}
    reason = await refused(node, request("remove_filter", "a-near", rule("tcp dport 1 drop"), facts=facts))
    assert "not there any more" in reason
    assert "nobody approved" in await refused(node, await evident(node, "remove_filter", "a-near", approved[0]))
    missing = frozenset({"nft"})
    assert "could not be read" in await refused(node, request("remove_filter", "a-near", rule("x"), missing=missing))


@pytest.mark.parametrize("rate", ["", "20/second"])
async def test_limit_source(pair: tuple[Node, Node], approved: Approved, rate: str) -> None:
    near, far = pair
    near.run("ip", "address", "replace", "10.0.0.2/24", "dev", "eth0")
    far.run("ip", "address", "replace", "10.0.0.9/24", "dev", "eth0")
    far.run("ip", "address", "replace", "10.0.0.8/24", "dev", "eth0")
    arguments = {"source": "10.0.0.9", "rate": rate}
    plan = await planned(near, request("limit_source", "a-near", arguments=arguments))
    answered = "1 received" if not rate else "40 received"
    assert " 0% packet loss" in far.run("ping", "-c", "1", "-W", "1", "-I", "10.0.0.9", "10.0.0.2")
    await carried_out(near, plan)
    lost = far.run("ping", "-q", "-c", "40", "-i", "0.01", "-W", "1", "-I", "10.0.0.9", "10.0.0.2", check=False)
    assert (answered not in lost) and ((" 100% packet loss" in lost) == (not rate)), lost
    assert " 0% packet loss" in far.run("ping", "-c", "1", "-W", "1", "-I", "10.0.0.8", "10.0.0.2")
    await taken_back(near, plan)
    assert ruleset(near) == approved[1]


@pytest.mark.parametrize("source", ["172.29.90.1", "172.29.90.2", "10.0.0.0/8", "1.2.3.4; flush ruleset", ""])
async def test_a_source_that_must_not_be_limited(node: Node, source: str) -> None:
    arguments = {"source": source}
    reason = await refused(node, request("limit_source", "a-near", arguments=arguments))
    assert "managed" in reason or "no address" in reason


def test_an_answer_that_is_no_json_is_no_filter() -> None:
    assert filters_of("", "") is None
    assert filters_of("[]", "") is None
    assert filters_of('{"nftables": [{"rule": {}}]}', "") is None
