"""Computes the metrics of all elements from their conditions. Demands load links; load causes queues and loss.

Utilisation is the carried load divided by the capacity of one direction, since demands are the same both ways. A node's
latency and loss are means over the demands through the node, weighted by their rates. So the symptoms of a fault spread
along paths and become weaker.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin

import numpy as np

from network.simulator.arrays import Bools, Floats, Ints, Keys, sums
from network.simulator.conditions import Conditions
from network.simulator.demands import Demands, plan_demands
from network.simulator.noise import Noise, Series, salted, uniform
from network.simulator.numbered import NumberedTopology
from network.simulator.routing import Routes
from network.simulator.world import DEFAULT, STUDENT_T, NoiseShape, Season, World
from shared.domain.kinds import NodeType
from shared.domain.telemetry import TICK_SECONDS

MIDDLE_OF_RISE = 9 / 24  # of a day: load is least at 3:00 and most at 15:00
DAYS_OF_A_WEEK, WORK_DAYS, EPOCH_DAY = 7, 5, 3  # 1970-01-01 was a Thursday
DEMAND_NOISE, MOST_OF_DEMAND = 0.05, 2.0  # noise makes a demand at most twice its mean

SHORTEST_LINK_MS, LONGEST_LINK_MS = 1.0, 5.0
LINK_DELAY_NOISE, LEAST_OF_DELAY = 0.04, 0.1
QUEUE_MS, FULL_QUEUE_MS = 0.4, 55.0
LINK_LOSS, LINK_LOSS_NOISE = 0.0003, 0.0001
MOST_LOSS = 0.999

CPU_BASE = {NodeType.ROUTER: 25.0, NodeType.SWITCH: 22.0, NodeType.SERVER: 27.0}
CPU_UNEVENNESS, CPU_BY_USE, CPU_NOISE = 8.0, 30.0, 1.4
CPU_LEAST, CPU_MOST = 1.0, 99.5
MEMORY_LEAST, MEMORY_MOST, MEMORY_NOISE = 35.0, 55.0, 0.5
MOST_USUAL_MEMORY = 95.0
WORK_MS, MOST_WORK_MS = 0.6, 15.0  # the delay in a node, which grows with its CPU usage
NODE_DELAY_NOISE = 0.15

_NODE_SALTS = (11, 12, 13)  # cpu, memory, latency
_LINK_SALTS = (21, 22)  # latency, loss
_DEMAND_SALT = 31
_CPU_OFFSET_SALT, _MEMORY_OFFSET_SALT, _LATENCY_OFFSET_SALT = 51, 52, 53


def swing(now: float, season: Season = DEFAULT.season) -> float:
    """Return the load at a time as a multiple of its mean."""
    day = season.day
    wave = 1 + season.amplitude * sin(2 * pi * (now % day / day - MIDDLE_OF_RISE))
    weekday = (now // day + EPOCH_DAY) % DAYS_OF_A_WEEK
    return wave if weekday < WORK_DAYS else wave * season.weekend


def drawn(limits: tuple[float, float], element_keys: Keys) -> Floats:
    """Return a number between the limits for each key."""
    return limits[0] + (limits[1] - limits[0]) * uniform(element_keys)


def noise_of(shape: NoiseShape, element_keys: Keys) -> Series:
    if shape.is_default:
        return Noise(element_keys)
    from network.simulator.shaped_noise import ShapedNoise

    period = max(1, round((shape.correlation or 0.0) / TICK_SECONDS))
    return ShapedNoise(element_keys, period, shape.df if shape.distribution == STUDENT_T else None)


@dataclass(frozen=True)
class TrafficSample:
    """The metrics at one tick, by the numbers of nodes and links; NaN if an element has no such value."""

    cpu: Floats
    memory: Floats
    node_latency: Floats
    node_loss: Floats
    throughput: Floats
    reachable: Bools
    utilization: Floats
    link_latency: Floats
    link_loss: Floats
    up: Bools
    enabled: Bools
    transitions: Floats


@dataclass(frozen=True)
class _Hops:
    demand_of_link: Ints
    link: Ints
    demand_of_node: Ints
    node: Ints

    @staticmethod
    def of(routes: Routes) -> _Hops:
        demand, place = np.nonzero(routes.links >= 0)
        demand_2, place_2 = np.nonzero(routes.nodes >= 0)
        return _Hops(demand, routes.links[demand, place], demand_2, routes.nodes[demand_2, place_2])


class Traffic:
    def __init__(self, numbered: NumberedTopology, load: float, world: World = DEFAULT) -> None:
        self._numbered, self.load, self._benign = numbered, load, world.benign
        self._season, self._noise_scale = world.season, world.noise.scale
        self._demands: Demands = plan_demands(numbered)
        self._routes, self.cost = self._demands.routes, np.ones(len(numbered.links), dtype=np.int64)
        self._hops = _Hops.of(self._routes)
        spread = uniform(salted(numbered.node_keys, 1))
        self._cpu_base = np.array([CPU_BASE[kind] for kind in numbered.types]) + CPU_UNEVENNESS * spread
        self._cpu_base += drawn(world.offsets.cpu_usage, salted(numbered.node_keys, _CPU_OFFSET_SALT))
        width = MEMORY_MOST - MEMORY_LEAST
        self.memory_base: Floats = MEMORY_LEAST + width * uniform(salted(numbered.node_keys, 2))
        self.memory_base += drawn(world.offsets.memory_usage, salted(numbered.node_keys, _MEMORY_OFFSET_SALT))
        np.clip(self.memory_base, 0.0, MOST_USUAL_MEMORY, out=self.memory_base)
        length = LONGEST_LINK_MS - SHORTEST_LINK_MS
        self._wire = SHORTEST_LINK_MS + length * uniform(salted(numbered.link_keys, 3))
        self._longer = drawn(world.offsets.latency, salted(numbered.link_keys, _LATENCY_OFFSET_SALT))
        self._ports_capacity = self._by_node(numbered.capacity)
        keys = [salted(numbered.node_keys, salt) for salt in _NODE_SALTS]
        keys += [salted(numbered.link_keys, salt) for salt in _LINK_SALTS] + [salted(self._demands.keys, _DEMAND_SALT)]
        self._noise = noise_of(world.noise, np.concatenate(keys))
        self._parts = np.cumsum([len(part) for part in keys])[:-1]

    def _by_node(self, by_link: Floats) -> Floats:
        ends, n = self._numbered.ends, len(self._numbered.nodes)
        return sums(ends[:, 0], by_link, n) + sums(ends[:, 1], by_link, n)

    def converge(self, cost: Ints) -> None:
        """Route all traffic again by the link costs `cost`. The next call of `measure` uses the new routes."""
        if np.array_equal(cost, self.cost):
            return
        self._routes = self._demands.router.reroute(self._routes, self.cost, cost)
        self.cost, self._hops = cost, _Hops.of(self._routes)

    def measure(self, tick: int, now: float, here: Conditions, transitions: Floats) -> TrafficSample:
        """`transitions`: how often the state of each link changed since the sample before."""
        cpu_noise, memory_noise, node_noise, delay_noise, loss_noise, demand_noise = np.split(
            self._noise_scale * self._noise.at(tick), self._parts
        )
        level = swing(now, self._season)
        rate = self._demands.rate * (self.load * level) * np.clip(1 + DEMAND_NOISE * demand_noise, 0, MOST_OF_DEMAND)
        cut, rate = self._cut(here, rate)
        surge = np.where(here.link_up, here.surge, 0.0)
        offered = sums(self._hops.link, rate[self._hops.demand_of_link], len(surge)) + surge
        offered += self._bursts(now, offered, here)
        links = self._links(offered, here, delay_noise, loss_noise)
        use = self._by_node(np.minimum(offered, self._numbered.capacity)) / np.maximum(1, self._ports_capacity)
        cpu = self._cpu_base + CPU_BY_USE * use + CPU_NOISE * cpu_noise + here.node_cpu
        cpu += self._benign.on_cpu(self._numbered.node_keys, now, cpu)
        cpu = np.clip(cpu, CPU_LEAST, CPU_MOST)
        memory = self.memory_base + 10 * (level - 1) + MEMORY_NOISE * memory_noise + here.node_memory
        memory += self._benign.on_memory(self._numbered.node_keys, now)
        work = np.minimum(MOST_WORK_MS, WORK_MS * cpu / (100 - cpu)) + here.node_delay
        latency, loss, carried = self._paths(rate, cut, surge, links, work)
        up, alive = here.link_up, here.node_up
        return TrafficSample(
            cpu=_where(alive, cpu),
            memory=_where(alive, np.clip(memory, 0, 99.9)),
            node_latency=_where(alive, np.maximum(0.1, latency + NODE_DELAY_NOISE * node_noise)),
            node_loss=_where(alive, 100 * loss),
            throughput=_where(alive, carried),
            reachable=alive,
            utilization=np.where(up, 100 * np.minimum(offered / self._numbered.capacity, here.capacity_share), 0.0),
            link_latency=_where(up, links.delay),
            link_loss=_where(up, 100 * links.loss),
            up=up,
            enabled=here.link_enabled,
            transitions=transitions,
        )

    def _bursts(self, now: float, offered: Floats, here: Conditions) -> Floats:
        """Return the benign load on each link, in Mbit/s; a link that is down has none."""
        capacity = self._numbered.capacity * here.capacity_share
        points = self._benign.on_links(self._numbered.link_keys, now, 100 * offered / capacity)
        return np.where(here.link_up, points / 100 * capacity, 0.0)

    def _cut(self, here: Conditions, rate: Floats) -> tuple[Floats, Floats]:
        """Return for each demand the traffic that is lost since its path is broken, and the traffic that is carried."""
        usable = self._routes.found
        if here.link_up.all() and here.node_up.all():
            return np.zeros_like(rate), np.where(usable, rate, 0.0)
        broken = np.bincount(self._hops.demand_of_link, ~here.link_up[self._hops.link], minlength=len(rate))
        broken += np.bincount(self._hops.demand_of_node, ~here.node_up[self._hops.node], minlength=len(rate))
        whole = usable & (broken == 0)
        return np.where(usable & ~whole, rate, 0.0), np.where(whole, rate, 0.0)

    def _links(self, offered: Floats, here: Conditions, delay_noise: Floats, loss_noise: Floats) -> _Links:
        use = offered / (self._numbered.capacity * here.capacity_share)
        queue = np.minimum(FULL_QUEUE_MS, QUEUE_MS * use / np.maximum(1e-6, 1 - use))
        queue[use >= 1] = FULL_QUEUE_MS
        past = 1 - 1 / np.maximum(1, use)
        quiet = np.maximum(0, LINK_LOSS + LINK_LOSS_NOISE * loss_noise)
        loss = 1 - (1 - past) * (1 - np.minimum(MOST_LOSS, here.link_loss)) * (1 - quiet)
        uneven = np.maximum(LEAST_OF_DELAY, 1 + LINK_DELAY_NOISE * delay_noise)
        wire, slow = self._longer + self._wire * uneven, here.link_delay * uneven
        return _Links(delay=wire + queue + slow, loss=np.minimum(MOST_LOSS, loss))

    def _paths(
        self, rate: Floats, cut: Floats, surge: Floats, links: _Links, work: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return for each node the mean latency and loss of its traffic, and the throughput that arrives."""
        hops, n, d = self._hops, len(self._numbered.nodes), len(rate)
        delay = sums(hops.demand_of_link, links.delay[hops.link], d)
        delay += sums(hops.demand_of_node, work[hops.node], d)
        lost = -np.expm1(sums(hops.demand_of_link, np.log1p(-links.loss)[hops.link], d))

        def through(by_demand: Floats) -> Floats:
            return sums(hops.node, by_demand[hops.demand_of_node], n)

        flow, waits, drops = through(rate), through(rate * delay), through(rate * lost)
        gone = through(cut) if cut.any() else np.zeros(n)
        for link in np.flatnonzero(surge):
            a, b = self._numbered.ends[link]
            for node in (a, b):  # the surge of a congested link has no other path
                flow[node] += surge[link]
                waits[node] += surge[link] * (links.delay[link] + work[a] + work[b])
                drops[node] += surge[link] * links.loss[link]
        busy = np.maximum(1e-9, flow)
        latency = np.where(flow > 0, waits / busy, work)
        loss = np.where(flow + gone > 0, (drops + gone) / (busy + gone), 0.0)
        return latency, loss, flow - drops


@dataclass(frozen=True)
class _Links:
    delay: Floats
    loss: Floats


def _where(known: Bools, values: Floats) -> Floats:
    return np.where(known, values, np.nan)
