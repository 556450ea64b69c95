"""Routes demands on shortest paths by link cost. Rendezvous hashing chooses one of several equal paths.

1. The path of a demand depends on the link costs and on the key of the demand, not on earlier paths.
2. Among equal next links, the link with the highest score is chosen. So a failed link changes only the paths that used
   the link. `reroute` computes only the paths that may have changed, and has the same result as `routes`.
3. The distance of a node with few neighbours is derived from the distances of its neighbours.
4. A node with one link is a stub. Stubs are left out of the search and added to the paths afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from network.simulator.arrays import Bools, Ints, Keys
from network.simulator.noise import mix

CUT = 1 << 28  # the cost of a link that cannot be used
AT_ONCE = 500_000  # numbers in the largest temporary array
FEW = 4  # the most ports of a node whose distance is derived from its neighbours
FULL_BEYOND = 256  # if the costs of more links change, all demands are routed again


@dataclass(frozen=True)
class Routes:
    """The links and nodes on the path of each demand, one row for each demand; -1 fills up a row.

    `cost`: the cost of each path; CUT if a demand has no path.
    """

    links: Ints
    nodes: Ints
    cost: Ints

    @property
    def found(self) -> Bools:
        return np.asarray(self.cost < CUT)


class Router:
    def __init__(self, ends: Ints, node_count: int, link_keys: Keys, source: Ints, target: Ints, keys: Keys) -> None:
        self._link_keys, self._source, self._target, self._keys = link_keys, source, target, keys
        degree = np.bincount(ends.ravel(), minlength=node_count)
        self._attached, self._stub = _stubs(ends, degree, node_count)
        through = np.ones(len(ends), dtype=bool)
        through[self._stub[self._stub >= 0]] = False
        self._inner = np.flatnonzero(self._stub < 0)
        self._inner_number = np.full(node_count, -1, dtype=np.int64)
        self._inner_number[self._inner] = np.arange(len(self._inner))
        self._set_arcs(ends, np.flatnonzero(through))
        self._ends, self._through = ends, through

    def _set_arcs(self, ends: Ints, links: Ints) -> None:
        tail = self._inner_number[np.concatenate((ends[links, 0], ends[links, 1]))]
        head = self._inner_number[np.concatenate((ends[links, 1], ends[links, 0]))]
        order = np.argsort(tail, kind="stable")
        self._head, self._arc_link = head[order], np.concatenate((links, links))[order]
        self._degree = np.bincount(tail, minlength=len(self._inner))
        self._first = np.concatenate(([0], np.cumsum(self._degree)[:-1])).astype(np.int64)

    def routes(self, cost: Ints) -> Routes:
        return self._find(np.arange(len(self._source)), cost)

    def reroute(self, old: Routes, before: Ints, cost: Ints) -> Routes:
        """Return the routes for `cost`. Compute only paths that may differ from `old`, the routes for `before`."""
        changed = np.flatnonzero(before != cost)
        if not len(changed):
            return old
        if len(changed) > FULL_BEYOND:
            return self.routes(cost)
        moved = np.flatnonzero(self._may_move(old, changed, cost))
        return _patched(old, moved, self._find(moved, cost)) if len(moved) else old

    def _may_move(self, old: Routes, changed: Ints, cost: Ints) -> Bools:
        is_changed = np.zeros(len(cost) + 1, dtype=bool)  # the last value stands for -1, which fills up rows
        is_changed[changed] = True
        moves: Bools = np.any(is_changed[old.links], axis=1)
        stub_changed = is_changed[self._stub]
        moves |= stub_changed[self._source] | stub_changed[self._target]
        better = changed[self._through[changed] & (cost[changed] < CUT)]
        if not len(better):
            return moves
        a, b = self._attached[self._source], self._attached[self._target]
        a, b = self._inner_number[a], self._inner_number[b]
        corners, place = np.unique(self._inner_number[self._ends[better]], return_inverse=True)
        far, place = self._distances(corners, cost), place.reshape(-1, 2)
        for (u, v), price in zip(place, cost[better], strict=True):
            via = np.minimum(far[a, u] + far[b, v], far[a, v] + far[b, u]) + price
            moves |= (via <= old.cost) & (via < CUT)
        return moves

    def _distances(self, goals: Ints, cost: Ints) -> Ints:
        """Return the path cost from each inner node (not a stub) to each goal, by relaxing all arcs at once."""
        far = np.full((len(self._inner), len(goals)), CUT, dtype=np.int64)
        far[goals, np.arange(len(goals))] = 0
        price = cost[self._arc_link][:, None]
        some = np.flatnonzero(self._degree)
        while len(some):
            step = np.minimum(np.minimum.reduceat(far[self._head] + price, self._first[some], axis=0), far[some])
            if np.array_equal(step, far[some]):
                break
            far[some] = step
        return far

    def _is_derived(self, goals: Ints) -> Bools:
        degree = self._degree[goals]
        return np.asarray((degree > 0) & (degree <= FEW))

    def _landmarks(self, goals: Ints) -> Ints:
        """Return the nodes to which distances are computed: the neighbours of a goal with few ports, or the goal."""
        derived = self._is_derived(goals)
        _, arc = self._arcs(goals[derived])
        return np.unique(np.concatenate((goals[~derived], self._head[arc])))

    def _derived(self, goals: Ints, near: Ints, landmarks: Ints, cost: Ints) -> Ints:
        """Return the path cost from each inner node to each goal; to a goal with few ports by way of its neighbours."""
        derived = self._is_derived(goals)
        who, arc = self._arcs(goals)
        keep = derived[who]
        alone = np.flatnonzero(~derived)
        who = np.concatenate((who[keep], alone))
        head = np.concatenate((self._head[arc[keep]], goals[alone]))
        price = np.concatenate((cost[self._arc_link[arc[keep]]], np.zeros(len(alone), dtype=np.int64)))
        order = np.argsort(who, kind="stable")
        first = np.searchsorted(who[order], np.arange(len(goals)))
        steps = landmarks[:, np.searchsorted(near, head[order])] + price[order]
        far = np.minimum(np.minimum.reduceat(steps, first, axis=1), CUT)
        far[goals, np.arange(len(goals))] = 0
        return far

    def _arcs(self, nodes: Ints) -> tuple[Ints, Ints]:
        """Return the outgoing arcs of `nodes` as two arrays: the index of their node in `nodes`, and their numbers."""
        degree = self._degree[nodes]
        who = np.repeat(np.arange(len(nodes)), degree)
        begin = np.cumsum(degree) - degree
        return who, np.arange(len(who)) - begin[who] + self._first[nodes][who]

    def _find(self, demands: Ints, cost: Ints) -> Routes:
        goals = self._inner_number[self._attached[self._target[demands]]]
        demands = demands[np.argsort(goals, kind="stable")]
        goals = self._inner_number[self._attached[self._target[demands]]]
        distinct, column = np.unique(goals, return_inverse=True)
        width = max(1, AT_ONCE // max(1, len(self._head)))
        near = self._landmarks(distinct)
        landmarks = self._distances(near, cost) if len(near) < len(distinct) else None
        parts = []
        for start in range(0, len(distinct), width):
            lot, some = (column >= start) & (column < start + width), distinct[start : start + width]
            far = self._distances(some, cost) if landmarks is None else self._derived(some, near, landmarks, cost)
            parts.append(self._walk(demands[lot], column[lot] - start, far, cost))
        return _in_order(demands, parts)

    def _walk(self, demands: Ints, column: Ints, far: Ints, cost: Ints) -> Routes:
        source, target = self._source[demands], self._target[demands]
        here = self._inner_number[self._attached[source]]
        goal = self._inner_number[self._attached[target]]
        total = far[here, column]
        for stub in (self._stub[source], self._stub[target]):
            total = np.where((stub >= 0) & (cost[stub] >= CUT), CUT, total) if len(cost) else total
        found = total < CUT
        links = [np.where(found, self._stub[source], -1)]
        nodes = [np.where(found & (self._stub[source] >= 0), source, -1), np.where(found, self._inner[here], -1)]
        going = np.flatnonzero(found & (here != goal))
        while len(going):
            arc = self._choose(here[going], column[going], self._keys[demands[going]], far, cost)
            here[going] = self._head[arc]
            links.append(_spread(len(demands), going, self._arc_link[arc]))
            nodes.append(_spread(len(demands), going, self._inner[here[going]]))
            going = going[here[going] != goal[going]]
        links.append(np.where(found, self._stub[target], -1))
        nodes.append(np.where(found & (self._stub[target] >= 0), target, -1))
        return Routes(np.stack(links, axis=1), np.stack(nodes, axis=1), np.where(found, total, CUT))

    def _choose(self, here: Ints, column: Ints, keys: Keys, far: Ints, cost: Ints) -> Ints:
        who, arc = self._arcs(here)
        link = self._arc_link[arc]
        fits = far[self._head[arc], column[who]] + cost[link] == far[here, column][who]
        who, arc, link = who[fits], arc[fits], link[fits]
        score = mix(keys[who] ^ self._link_keys[link])
        order = np.lexsort((score, who))
        last = np.append(who[order][1:] != who[order][:-1], True)
        return np.asarray(arc[order][last])


def _stubs(ends: Ints, degree: Ints, node_count: int) -> tuple[Ints, Ints]:
    attached, stub = np.arange(node_count), np.full(node_count, -1, dtype=np.int64)
    for one, other in ((0, 1), (1, 0)):
        mine = np.flatnonzero((degree[ends[:, one]] == 1) & (degree[ends[:, other]] > 1))
        attached[ends[mine, one]], stub[ends[mine, one]] = ends[mine, other], mine
    return attached, stub


def _spread(size: int, places: Ints, values: Ints) -> Ints:
    column = np.full(size, -1, dtype=np.int64)
    column[places] = values
    return column


def _widened(rows: Ints, width: int) -> Ints:
    return np.pad(rows, ((0, 0), (0, width - rows.shape[1])), constant_values=-1)


def _in_order(demands: Ints, parts: list[Routes]) -> Routes:
    if not parts:
        return Routes(np.zeros((0, 1), dtype=np.int64), np.zeros((0, 1), dtype=np.int64), np.zeros(0, dtype=np.int64))
    widest = max(part.links.shape[1] for part in parts)
    order = np.argsort(demands, kind="stable")
    return Routes(
        np.concatenate([_widened(part.links, widest) for part in parts])[order],
        np.concatenate([_widened(part.nodes, widest + 1) for part in parts])[order],
        np.concatenate([part.cost for part in parts])[order],
    )


def _patched(old: Routes, moved: Ints, new: Routes) -> Routes:
    widest = max(old.links.shape[1], new.links.shape[1])
    links, nodes, cost = _widened(old.links, widest), _widened(old.nodes, widest + 1), old.cost.copy()
    links[moved], nodes[moved], cost[moved] = _widened(new.links, widest), _widened(new.nodes, widest + 1), new.cost
    return Routes(links, nodes, cost)
