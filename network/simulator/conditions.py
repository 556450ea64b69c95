"""The conditions of each element at one tick: the effects of faults, running actions and finished actions.

A built-in fault changes conditions, never metrics; `traffic` computes the metrics from the conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import floor
from types import MappingProxyType

import msgspec
import numpy as np

from network.simulator.arrays import Bools, Floats, Ints
from network.simulator.numbered import NumberedTopology
from network.simulator.routing import CUT
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
) -> Conditions:
    """`memory`: the memory usage of each node without a leak."""
    n, m = len(numbered.nodes), len(numbered.links)
    here = Conditions(
        node_up=np.ones(n, dtype=bool),
        link_up=np.ones(m, dtype=bool),
        node_cpu=np.zeros(n),
        node_memory=np.zeros(n),
        node_delay=np.zeros(n),
        link_delay=np.zeros(m),
        link_loss=np.zeros(m),
        surge=np.zeros(m),
        capacity_share=np.ones(m),
        cost=np.ones(m, dtype=np.int64),
    )
    for fault in faults:
        CAUSES.get(fault.kind, _unchanged)(here, numbered, fault, _Moment(memory, now, origin))
    for effect in effects:
        if effect.since <= now < effect.until:
            _EFFECTS.get(effect.kind, _nothing)(here, numbered, effect)
    if not here.node_up.all():
        here.link_up[~here.node_up[numbered.ends].all(axis=1)] = False
    here.cost[~here.link_up] = CUT
    return here


@dataclass(frozen=True)
class _Moment:
    memory: Floats
    now: float
    origin: float

    def ticks_since(self, onset: float) -> int:
        first = floor((onset - self.origin) / TICK_SECONDS + 1e-6) + 1
        return round((self.now - self.origin) / TICK_SECONDS) - first


def _high_cpu(here: Conditions, numbered: NumberedTopology, fault: Fault, _: _Moment) -> None:
    here.node_cpu[numbered.node_number[fault.target]] += CPU_AT_LEAST + CPU_BY_STRENGTH * fault.strength


def _high_memory(here: Conditions, numbered: NumberedTopology, fault: Fault, moment: _Moment) -> None:
    node = numbered.node_number[fault.target]
    base = moment.memory[node]
    slope = (LEAK_LIMIT - LEAK_MARGIN - base) * max(WEAKEST, fault.strength) / LEAK_SECONDS
    here.node_memory[node] = min(MEMORY_FULL - base, slope * (moment.now - fault.started))


def _high_latency(here: Conditions, numbered: NumberedTopology, fault: Fault, _: _Moment) -> None:
    here.link_delay[numbered.ports(fault.target)] += SLOW_PORT_MS * fault.strength**2


def _packet_loss(here: Conditions, numbered: NumberedTopology, fault: Fault, _: _Moment) -> None:
    ports = numbered.ports(fault.target)
    here.link_loss[ports] += LOSSY_PORT * fault.strength
    here.link_delay[ports] += RETRANSMISSION_MS * LOSSY_PORT * fault.strength


def _node_down(here: Conditions, numbered: NumberedTopology, fault: Fault, _: _Moment) -> None:
    here.node_up[numbered.node_number[fault.target]] = False


def _link_down(here: Conditions, numbered: NumberedTopology, fault: Fault, _: _Moment) -> None:
    here.link_up[numbered.link_number[fault.target]] = False


def _link_flap(here: Conditions, numbered: NumberedTopology, fault: Fault, moment: _Moment) -> None:
    if moment.ticks_since(fault.started) % FLAP_TICKS < FLAP_TICKS // 2:
        here.link_up[numbered.link_number[fault.target]] = False


def _congestion(here: Conditions, numbered: NumberedTopology, fault: Fault, _: _Moment) -> None:
    link = numbered.link_number[fault.target]
    here.surge[link] += numbered.capacity[link] * (SURGE_AT_LEAST + SURGE_BY_STRENGTH * fault.strength)


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


def _restarting(here: Conditions, numbered: NumberedTopology, effect: SideEffect) -> None:
    if effect.running:
        node = numbered.node_number[effect.target]
        here.node_cpu[node] += RESTART_CPU
        here.node_delay[node] += RESTART_MS


def _cold_cache(here: Conditions, numbered: NumberedTopology, effect: SideEffect) -> None:
    if not effect.running:
        here.node_delay[numbered.node_number[effect.target]] += COLD_CACHE_MS


def _resetting(here: Conditions, numbered: NumberedTopology, effect: SideEffect) -> None:
    if not effect.running:
        here.link_loss[numbered.ports(effect.target)] += RESET_LOSS


def _rebooting(here: Conditions, numbered: NumberedTopology, effect: SideEffect) -> None:
    if effect.running:
        here.node_up[numbered.node_number[effect.target]] = False


def _limited(here: Conditions, numbered: NumberedTopology, effect: SideEffect) -> None:
    if not effect.running:
        here.capacity_share[numbered.link_number[effect.target]] = 1 - RATE_LIMIT


def _avoided(here: Conditions, numbered: NumberedTopology, effect: SideEffect) -> None:
    if not effect.running:
        here.cost[numbered.ports(effect.target)] = AVOIDED_COST


def _nothing(_here: Conditions, _numbered: NumberedTopology, _effect: SideEffect) -> None:
    return


_EFFECTS: Mapping[ActionKind, Callable[[Conditions, NumberedTopology, SideEffect], None]] = MappingProxyType(
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
