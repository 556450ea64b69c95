"""Routes are shortest, use all equal paths, and do not depend on how they were computed."""

from itertools import pairwise

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from network.simulator.demands import Demands, plan_demands
from network.simulator.numbered import NumberedTopology
from network.simulator.routing import CUT
from shared.domain.topology import Link, Node, NodeType, Topology, default_topology, tiered_topology

WORLD = NumberedTopology(tiered_topology(cores=4, edges=7, servers=12), seed=1, partitions=4)
DEMANDS: Demands = plan_demands(WORLD)
LINKS = len(WORLD.links)


def _graph(cost: np.ndarray) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(len(WORLD.nodes)))
    for (a, b), price in zip(WORLD.ends.tolist(), cost.tolist(), strict=True):
        if price < CUT:
            graph.add_edge(a, b, weight=price)
    return graph


costs = st.lists(st.sampled_from([1, 1, 1, 8, CUT]), min_size=LINKS, max_size=LINKS).map(
    lambda row: np.array(row, dtype=np.int64)
)
changes = st.lists(st.tuples(st.integers(0, LINKS - 1), st.sampled_from([1, 8, CUT])), min_size=1, max_size=6)


@given(costs)
@settings(max_examples=25, deadline=None)
def test_paths_are_complete_and_shortest(cost: np.ndarray) -> None:
    routes, graph = DEMANDS.router.routes(cost), _graph(cost)
    for i in range(len(DEMANDS.source)):
        source, target = int(DEMANDS.source[i]), int(DEMANDS.target[i])
        links = [x for x in routes.links[i].tolist() if x >= 0]
        if not nx.has_path(graph, source, target):
            assert routes.cost[i] == CUT and not links
            continue
        nodes = [x for x in routes.nodes[i].tolist() if x >= 0]
        assert nodes[0] == source and nodes[-1] == target
        assert [set(WORLD.ends[link]) for link in links] == [set(pair) for pair in pairwise(nodes)]
        assert sum(cost[links]) == nx.shortest_path_length(graph, source, target, weight="weight")


@given(costs, st.lists(changes, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_rerouting_step_by_step_agrees_with_full_routing(cost: np.ndarray, steps: list[list[tuple[int, int]]]) -> None:
    routes = DEMANDS.router.routes(cost)
    for step in steps:
        after = cost.copy()
        for link, price in step:
            after[link] = price
        routes, cost = DEMANDS.router.reroute(routes, cost, after), after
        full = DEMANDS.router.routes(cost)
        assert np.array_equal(routes.found, full.found)
        for i in range(len(DEMANDS.source)):
            assert [x for x in routes.links[i] if x >= 0] == [x for x in full.links[i] if x >= 0]
            assert [x for x in routes.nodes[i] if x >= 0] == [x for x in full.nodes[i] if x >= 0]


def test_all_equal_paths_are_used() -> None:
    """Each edge switch has two uplinks; both have demands."""
    uplinks = [i for i, name in enumerate(WORLD.links) if "core" in name and "edge" in name]
    users = np.bincount(DEMANDS.routes.links[DEMANDS.routes.links >= 0], minlength=LINKS)
    assert all(users[i] > 0 for i in uplinks)


def test_links_of_the_default_network_are_planned_to_about_a_third() -> None:
    numbered = NumberedTopology(default_topology(), seed=1, partitions=4)
    demands = plan_demands(numbered)
    of_hop, place = np.nonzero(demands.routes.links >= 0)
    load = np.bincount(demands.routes.links[of_hop, place], demands.rate[of_hop], minlength=len(numbered.links))
    use = load / numbered.capacity
    assert use.min() > 0.15 and use.max() < 0.45
    assert 0.28 < use.mean() < 0.38


def test_special_networks_are_routed() -> None:
    """One node, two nodes, a star, two islands: a missing path is not an error."""
    for names, pairs in (("a", []), ("ab", ["ab"]), ("abcd", ["ab", "ac", "ad"]), ("abcd", ["ab", "cd"])):
        nodes = tuple(Node(id=name, type=NodeType.SERVER) for name in names)
        links = tuple(Link(source=p[0], target=p[1], capacity=10) for p in pairs)
        demands = plan_demands(NumberedTopology(Topology(nodes=nodes, links=links), seed=1, partitions=4))
        assert len(demands.source) == len(names) * (len(names) - 1) // 2
        assert demands.routes.found.any() == bool(pairs)
