"""YAML inventories are read as an engineer means them."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.domain.kinds import NodeType
from shared.domain.topology import Topology
from shared.topologies import leaf_spine, read_topology
from shared.topologies.capacity import DEFAULT_CAPACITY
from shared.topologies.inventory import read_inventory
from shared.topologies.ranges import expand

ROUTER, SWITCH, SERVER = NodeType.ROUTER, NodeType.SWITCH, NodeType.SERVER
EXAMPLE = Path(__file__).parent / "topologies" / "inventory.yaml"


def network(text: str) -> Topology:
    return read_inventory(text.encode()).topology()


def types(topology: Topology) -> dict[str, NodeType]:
    return {node.id: node.type for node in topology.nodes}


def capacities(topology: Topology) -> dict[str, float]:
    return {link.id: link.capacity for link in topology.links}


def test_an_inventory_with_all_features_is_read() -> None:
    read = read_topology(EXAMPLE)
    assert types(read) == {
        "core-1": ROUTER, "core-2": ROUTER, "fw-1": ROUTER, "oslo-sw-1": SWITCH, "oslo-sw-2": SWITCH,
        "bergen-sw-1": SWITCH, "web-1": SERVER, "web-2": SERVER, "db-1": SERVER, "backup": SERVER,
    }  # fmt: skip
    assert capacities(read) == {
        "core-1--core-2": 100_000.0, "core-1--fw-1": 10_000.0,
        "core-1--oslo-sw-1": 40_000.0, "core-1--oslo-sw-2": 40_000.0,
        "core-2--oslo-sw-1": 40_000.0, "core-2--oslo-sw-2": 40_000.0,
        "bergen-sw-1--core-1": 10_000.0, "bergen-sw-1--core-2": 2_500.0,
        "oslo-sw-1--web-1": 1_000.0, "oslo-sw-1--web-2": 1_000.0, "db-1--oslo-sw-2": 2_000.0,
        "backup--bergen-sw-1": 400.0,
    }  # fmt: skip


def test_a_shape_can_be_written_in_a_few_lines() -> None:
    written = network(
        """
        groups:
          fabric: {capacity: 10G, links: ["spine-[1-2]--leaf-[1-4]"]}
        nodes:
          spine-[1-2]: spine
          leaf-[1-4]: leaf
          server-[1-4]-[1-8]: server
        links:
          - leaf-1--server-1-[1-8]
          - leaf-2--server-2-[1-8]
          - leaf-3--server-3-[1-8]
          - leaf-4--server-4-[1-8]
        """
    )
    made = leaf_spine(2, 4, 8)
    assert types(written) == types(made)
    assert capacities(written) == capacities(made)


def test_the_same_range_on_both_sides_is_a_mesh() -> None:
    read = network("nodes: ['r[1-4]']\nlinks: ['r[1-4]--r[1-4]']")
    assert capacities(read) == dict.fromkeys(
        ("r1--r2", "r1--r3", "r1--r4", "r2--r3", "r2--r4", "r3--r4"), DEFAULT_CAPACITY
    )


@pytest.mark.parametrize(
    "link",
    ["a--b: 10G", "a--b: {capacity: 10G}", "- [a, b, 10G]", "- {source: a, target: b, capacity: 10G}", "b--a: 10000"],
)
def test_a_link_can_be_written_in_many_ways(link: str) -> None:
    assert capacities(network(f"nodes: [a, b]\nlinks:\n  {link}\n")) == {"a--b": 10_000.0}


@pytest.mark.parametrize(
    "node",
    ["a: core", "a: {role: Core}", "a: {type: router}", "- {id: a, role: backbone}", "- {name: a, group: g}",
     "- {name: a, site: g}"],
)  # fmt: skip
def test_a_role_can_be_written_in_many_ways(node: str) -> None:
    assert types(network(f"groups: {{g: {{role: router}}}}\nnodes:\n  {node}\n")) == {"a": ROUTER}


def test_defaults_apply_unless_something_more_specific_is_set() -> None:
    read = network(
        """
        defaults: {role: switch, capacity: 1G}
        sites:
          oslo: {role: host, capacity: 100M, nodes: [a, {id: b, role: core}], links: [a--b, [a, c, 10G]]}
        nodes: [c]
        links: [b--c]
        """
    )
    assert types(read) == {"c": SWITCH, "a": SERVER, "b": ROUTER}
    assert capacities(read) == {"a--b": 100.0, "a--c": 10_000.0, "b--c": 1_000.0}


def test_a_node_without_a_role_gets_one_by_its_links() -> None:
    assert types(network("nodes: [hub, a, b, c]\nlinks: [hub--a, hub--b, hub--c]")) == {
        "hub": ROUTER, "a": SERVER, "b": SERVER, "c": SERVER,
    }  # fmt: skip


def test_scalars_are_read_as_text() -> None:
    """The country code NO is not false, and 010 is not 8."""
    assert set(types(network("nodes: [no, on, 1e3, 010, 12:30, null-1, 'null', Łódź]"))) == {
        "no", "on", "1e3", "010", "12:30", "null-1", "null", "Łódź",
    }  # fmt: skip


def test_parallel_links_are_one_with_the_sum_of_their_capacities() -> None:
    assert capacities(network("nodes: [a, b]\nlinks: [[a, b, 10G], [b, a, 10G]]")) == {"a--b": 20_000.0}


def test_an_alias_is_resolved() -> None:
    assert types(network("groups: {x: &leaf {role: leaf}, y: *leaf}\nnodes:\n  a: {group: x}\n  b: {group: y}\n")) == {
        "a": SWITCH, "b": SWITCH,
    }  # fmt: skip


def test_nested_aliases_in_info_are_not_expanded() -> None:
    lines = ["info:", "  a0: &a0 [ha, ha]", *(f"  a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 99))]
    assert types(network("\n".join([*lines, "nodes: [a]"]))) == {"a": SERVER}


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("a", ["a"]),
        ("a-[1-3]", ["a-1", "a-2", "a-3"]),
        ("a-[08-11]", ["a-08", "a-09", "a-10", "a-11"]),
        ("[1-2]x[1-2]", ["1x1", "1x2", "2x1", "2x2"]),
        ("a[7-7]", ["a7"]),
    ],
)
def test_ranges_are_expanded(name: str, names: list[str]) -> None:
    assert list(expand(name, 1)) == names


def test_a_large_inventory_is_read_in_time() -> None:
    rows = [f"  - [n{i}, n{i + 1}]" for i in range(1, 9_999)]
    read = network("nodes:\n  n[1-10000]: switch\nlinks:\n" + "\n".join(rows))
    assert (len(read.nodes), len(read.links)) == (10_000, 9_998)
