"""The conditions of each element at one tick: the effects of faults, running actions and finished actions.

A built-in fault changes conditions, never metrics; `traffic` computes the metrics from the conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import floor
from types import MappingProxyType

import msgspec
import numpy as np

from network.simulator.arrays import Bools, Floats, Ints
from network.simulator.numbered import NumberedTopology
from network.simulator.routing import CUT
from network.simulator.world import DEFAULT, Actions, Faults, World
from shared.domain.events import Fault
from shared.domain.kinds import ActionKind, FaultKind
from shared.domain.telemetry import TICK_SECONDS

CPU_AT_LEAST, CPU_BY_STRENGTH = 45.0, 15.0
LEAK_SECONDS = 30.0  # from the onset to almost LEAK_LIMIT at full strength; a weaker leak takes longer
LEAK_LIMIT = 80.0
LEAK_MARGIN = 2.5  # points of % below LEAK_LIMIT after LEAK_SECONDS, so that noise does not cross it early
MEMORY_FULL = 99.0
WEAKEST = 0.01
SLOW_PORT_MS = 120.0
LOSSY_PORT = 0.08
RETRANSMISSION_MS = 150.0  # delay added if all packets are lost; in proportion for less loss
SURGE_AT_LEAST, SURGE_BY_STRENGTH = 0.75, 0.75  # of the link's capacity
FLAP_TICKS = 4  # a flapping link is down for half of so many ticks, then up for the other half

RESTART_CPU, RESTART_MS = 8.0, 2.0
COLD_CACHE_MS, COLD_CACHE_SECONDS = 3.0, 5.0
RESET_LOSS = 0.06
RATE_LIMIT, RATE_LIMIT_SECONDS = 0.3, 10.0
AVOIDED_COST = 8
ONE_TICK = TICK_SECONDS
UNTIL_UNDONE = 1e12


class SideEffect(msgspec.Struct, frozen=True):
    """An effect of an action beside the end of faults. `running`: while the action runs."""

    action_id: str
    kind: ActionKind
    target: str
    since: float
    until: float
    running: bool


@dataclass(frozen=True)
class Conditions:
    node_up: Bools
    link_up: Bools
    link_enabled: Bools
    node_cpu: Floats
    node_memory: Floats
    node_delay: Floats
    link_delay: Floats
    link_loss: Floats
    surge: Floats
    capacity_share: Floats  # the share of a link's capacity that can be used
    cost: Ints


def conditions(
    numbered: NumberedTopology,
    memory: Floats,
    faults: Iterable[Fault],
    effects: Iterable[SideEffect],
    now: float,
    origin: float,
    world: World = DEFAULT,
) -> Conditions:
    """`memory`: the memory usage of each node without a leak."""
    n, m = len(numbered.nodes), len(numbered.links)
    here = Conditions(
        node_up=np.ones(n, dtype=bool),
        link_up=np.ones(m, dtype=bool),
        link_enabled=np.ones(m, dtype=bool),
        node_cpu=np.zeros(n),
        node_memory=np.zeros(n),
        node_delay=np.zeros(n),
        link_delay=np.zeros(m),
        link_loss=np.zeros(m),
        surge=np.zeros(m),
        capacity_share=np.ones(m),
        cost=np.ones(m, dtype=np.int64),
    )
    moment = _Moment(memory, now, origin, world.faults)
    for fault in faults:
        CAUSES.get(fault.kind, _unchanged)(here, numbered, fault, moment)
    for effect in effects:
        if effect.since <= now < effect.until:
            _EFFECTS.get(effect.kind, _nothing)(here, numbered, effect, world.actions)
    if not here.node_up.all():
        here.link_up[~here.node_up[numbered.ends].all(axis=1)] = False
    here.cost[~here.link_up] = CUT
    return here


@dataclass(frozen=True)
class _Moment:
    """`memory`: the memory usage of each node without a leak. `world`: how the world's faults differ."""

    memory: Floats
    now: float
    origin: float
    world: Faults

    def ticks_since(self, onset: float) -> int:
        first = floor((onset - self.origin) / TICK_SECONDS + 1e-6) + 1
        return round((self.now - self.origin) / TICK_SECONDS) - first

    def strength(self, fault: Fault) -> float:
        return fault.strength if self.world.strength is None else _between(self.world.strength, fault.strength)


def _between(limits: tuple[float, float], share: float) -> float:
    return limits[0] + (limits[1] - limits[0]) * share


def _high_cpu(here: Conditions, numbered: NumberedTopology, fault: Fault, moment: _Moment) -> None:
    add = moment.world.high_cpu.add if moment.world.high_cpu else (CPU_AT_LEAST, CPU_AT_LEAST + CPU_BY_STRENGTH)
    here.node_cpu[numbered.node_number[fault.target]] += _between(add, moment.strength(fault))


def _high_memory(here: Conditions, numbered: NumberedTopology, fault: Fault, moment: _Moment) -> None:
    node = numbered.node_number[fault.target]
    base = moment.memory[node]
    limit = max(LEAK_LIMIT, (base + 100) / 2 + LEAK_MARGIN)
    lasts = moment.world.high_memory.seconds if moment.world.high_memory else LEAK_SECONDS
    slope = (limit - LEAK_MARGIN - base) * max(WEAKEST, moment.strength(fault)) / lasts
    here.node_memory[node] = min(MEMORY_FULL - base, slope * (moment.now - fault.started))


def _high_latency(here: Conditions, numbered: NumberedTopology, fault: Fault, moment: _Moment) -> None:
    slow, strength = moment.world.high_latency, moment.strength(fault)
    here.link_delay[numbered.ports(fault.target)] += _between(slow.ms, strength) if slow else SLOW_PORT_MS * strength**2


def _packet_loss(here: Conditions, numbered: NumberedTopology, fault: Fault, moment: _Moment) -> None:
    lossy, strength = moment.world.packet_loss, moment.strength(fault)
    loss = _between(lossy.percent, strength) / 100 if lossy else LOSSY_PORT * strength
    ports = numbered.ports(fault.target)
    here.link_loss[ports] += loss
    here.link_delay[ports] += RETRANSMISSION_MS * loss


def _node_down(here: Conditions, numbered: NumberedTopology, fault: Fault, _: _Moment) -> None:
    here.node_up[numbered.node_number[fault.target]] = False


def _link_down(here: Conditions, numbered: NumberedTopology, fault: Fault, _: _Moment) -> None:
    link = numbered.link_number[fault.target]
    here.link_up[link] = here.link_enabled[link] = False


def _link_flap(here: Conditions, numbered: NumberedTopology, fault: Fault, moment: _Moment) -> None:
    if _flaps_down(moment.ticks_since(fault.started), moment.world):
        here.link_up[numbered.link_number[fault.target]] = False


def _flaps_down(ticks: int, world: Faults) -> bool:
    """`ticks`: since the onset of the fault; negative before it."""
    period = round(world.link_flap.period / TICK_SECONDS) if world.link_flap else FLAP_TICKS
    return ticks >= 0 and ticks % period < period // 2


def flips(faults: Iterable[Fault], now: float, steps: int, origin: float, world: Faults) -> dict[str, int]:
    """Return how often each flapping link went down or came up in the last steps of the simulator."""
    moment, counts = _Moment(np.zeros(0), now, origin, world), dict[str, int]()
    for fault in faults:
        if fault.kind is FaultKind.LINK_FLAP:
            since = moment.ticks_since(fault.started)
            down = [_flaps_down(ticks, world) for ticks in range(since - steps, since + 1)]
            counts[fault.target] = counts.get(fault.target, 0) + sum(a != b for a, b in pairwise(down))
    return counts


def _congestion(here: Conditions, numbered: NumberedTopology, fault: Fault, moment: _Moment) -> None:
    link, surge, strength = numbered.link_number[fault.target], moment.world.congestion, moment.strength(fault)
    share = _between(surge.add, strength) / 100 if surge else SURGE_AT_LEAST + SURGE_BY_STRENGTH * strength
    here.surge[link] += numbered.capacity[link] * share


def _unchanged(_here: Conditions, _numbered: NumberedTopology, _fault: Fault, _: _Moment) -> None:
    """Change nothing: faults that a catalogue file adds change only metrics, in the module `added`."""


CAUSES: Mapping[FaultKind, Callable[[Conditions, NumberedTopology, Fault, _Moment], None]] = MappingProxyType(
    {
        FaultKind.HIGH_CPU: _high_cpu,
        FaultKind.HIGH_MEMORY: _high_memory,
        FaultKind.HIGH_LATENCY: _high_latency,
        FaultKind.PACKET_LOSS: _packet_loss,
        FaultKind.NODE_DOWN: _node_down,
        FaultKind.LINK_DOWN: _link_down,
        FaultKind.LINK_FLAP: _link_flap,
        FaultKind.CONGESTION: _congestion,
    }
)


def _restarting(here: Conditions, numbered: NumberedTopology, effect: SideEffect, _: Actions) -> None:
    if effect.running:
        node = numbered.node_number[effect.target]
        here.node_cpu[node] += RESTART_CPU
        here.node_delay[node] += RESTART_MS


def _cold_cache(here: Conditions, numbered: NumberedTopology, effect: SideEffect, _: Actions) -> None:
    if not effect.running:
        here.node_delay[numbered.node_number[effect.target]] += COLD_CACHE_MS


def _resetting(here: Conditions, numbered: NumberedTopology, effect: SideEffect, _: Actions) -> None:
    if not effect.running:
        here.link_loss[numbered.ports(effect.target)] += RESET_LOSS


def _rebooting(here: Conditions, numbered: NumberedTopology, effect: SideEffect, _: Actions) -> None:
    if effect.running:
        here.node_up[numbered.node_number[effect.target]] = False


def _limited(here: Conditions, numbered: NumberedTopology, effect: SideEffect, actions: Actions) -> None:
    if not effect.running:
        share = actions.rate_limit.share if actions.rate_limit else 1 - RATE_LIMIT
        here.capacity_share[numbered.link_number[effect.target]] = share


def _avoided(here: Conditions, numbered: NumberedTopology, effect: SideEffect, _: Actions) -> None:
    if not effect.running:
        here.cost[numbered.ports(effect.target)] = AVOIDED_COST


def _nothing(_here: Conditions, _numbered: NumberedTopology, _effect: SideEffect, _: Actions) -> None:
    return


_EFFECTS: Mapping[ActionKind, Callable[[Conditions, NumberedTopology, SideEffect, Actions], None]] = MappingProxyType(
    {
        ActionKind.RESTART_PROCESS: _restarting,
        ActionKind.CLEAR_CACHE: _cold_cache,
        ActionKind.RESET_INTERFACE: _resetting,
        ActionKind.REBOOT_NODE: _rebooting,
        ActionKind.ENABLE_LINK: _nothing,
        ActionKind.RATE_LIMIT: _limited,
        ActionKind.OPTIMIZE_ROUTING: _avoided,
    }
)
# Kind of action -> seconds for which its side effect lasts after the action took effect.
LASTS: Mapping[ActionKind, float] = MappingProxyType(
    {
        ActionKind.CLEAR_CACHE: COLD_CACHE_SECONDS,
        ActionKind.RESET_INTERFACE: ONE_TICK,
        ActionKind.RATE_LIMIT: RATE_LIMIT_SECONDS,
        ActionKind.OPTIMIZE_ROUTING: UNTIL_UNDONE,
    }
)
