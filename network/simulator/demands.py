"""The traffic demands: which nodes exchange traffic, and how much.

Servers exchange traffic with servers. Switches and routers stand for the users and other networks behind them: they
exchange traffic with their own kind, which fills links that the servers alone would leave idle. A link that is still
idle gets a demand between its two ends. The rates fit a planned network: each demand grows until a link on its path
reaches the planned utilisation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from network.simulator.arrays import Bools, Floats, Ints, Keys, sums
from network.simulator.noise import key, mix, salted, uniform
from network.simulator.numbered import NumberedTopology
from network.simulator.routing import Router, Routes
from shared.domain.kinds import NodeType

ALL_PAIRS_UP_TO = 16
PEERS = 6
PLANNED_USE = 0.33  # share of a link's capacity that demands fill, with all links up and at mean load
UNEVENNESS = 0.2  # largest deviation of a demand's rate from the plan, as a share
PLANNING_ROUNDS = 16
FULL = 0.001  # share of a link's planned load; with less left to fill, the link counts as filled
IDLE = 0.01  # share of a link's planned load; with less in use, the link counts as idle


@dataclass(frozen=True)
class Demands:
    """Demands between pairs of nodes, the same both ways.

    `rate`: Mbit/s in each direction, before the daily swing, noise and the load setting are applied.
    """

    source: Ints
    target: Ints
    keys: Keys
    rate: Floats
    router: Router
    routes: Routes


def plan_demands(numbered: NumberedTopology) -> Demands:
    pairs = [pair for kind in NodeType for pair in _pairs(numbered, kind)]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    room = numbered.capacity * PLANNED_USE
    demands = _planned(numbered, table, room)
    if len(idle := np.flatnonzero(_use(demands, len(room)) < IDLE * room)):
        demands = _planned(numbered, np.concatenate([table, numbered.ends[idle]]), room)
    return replace(demands, rate=demands.rate * (1 + UNEVENNESS * (2 * uniform(demands.keys) - 1)))


def _planned(numbered: NumberedTopology, pairs: Ints, room: Floats) -> Demands:
    source, target = pairs[:, 0], pairs[:, 1]
    demand_keys = mix(numbered.node_keys[source] + salted(numbered.node_keys[target], key("demand")))
    router = Router(numbered.ends, len(numbered.nodes), numbered.link_keys, source, target, demand_keys)
    routes = router.routes(np.ones(len(numbered.links), dtype=np.int64))
    return Demands(source, target, demand_keys, _fill(routes, room), router, routes)


def _use(demands: Demands, links: int) -> Floats:
    of_hop, hop = np.nonzero(demands.routes.links >= 0)
    return sums(demands.routes.links[of_hop, hop], demands.rate[of_hop], links)


def _pairs(numbered: NumberedTopology, kind: NodeType) -> list[tuple[int, int]]:
    members = [numbered.node_number[node.id] for node in numbered.topology.nodes if node.type is kind]
    if len(members) <= ALL_PAIRS_UP_TO:
        return list(combinations(members, 2))
    own = numbered.node_keys[members]
    chosen: set[tuple[int, int]] = set()
    for peer in range(PEERS):
        places = (salted(own, peer + 1) % np.uint64(len(members))).astype(np.int64)
        chosen.update((min(i, j), max(i, j)) for i, j in enumerate(places.tolist()) if i != j)
    return [(members[i], members[j]) for i, j in sorted(chosen)]


def _fill(routes: Routes, room: Floats) -> Floats:
    """Return a rate for each demand: it grows until a link on its path carries nearly `room` Mbit/s, never more."""
    rate = np.zeros(len(routes.cost))
    of_hop, hop = np.nonzero(routes.links >= 0)
    link = routes.links[of_hop, hop]
    if not len(link):
        return rate
    grows = routes.found
    for _ in range(PLANNING_ROUNDS):
        slack = room - sums(link, rate[of_hop], len(room))
        grows = grows & ~_touching(slack < FULL * room, of_hop, link, len(rate))
        users = np.maximum(1, sums(link, grows[of_hop].astype(np.float64), len(room)))
        grow = np.full(len(rate), np.inf)
        np.minimum.at(grow, of_hop, (slack / users)[link])
        rate += np.where(grows & np.isfinite(grow), grow, 0)
    return rate


def _touching(links: Bools, of_hop: Ints, link: Ints, demands: int) -> Bools:
    crossed = np.zeros(demands, dtype=bool)
    crossed[of_hop[links[link]]] = True
    return crossed
