"""Defines the scenarios, and plans a run: its world, its faults with their places and times, and its length. Pure.

Rules

1. A plan depends on the scenario, the network, the world, the seed and the number of the run alone.
2. The onset of the first fault is drawn, and the length of a run is not: so neither tells where a fault is.
3. What a scenario needs of a world counts only where the world is silent: a world's own faults and load are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from network.simulator import World
from network.simulator.benign import Benign
from network.simulator.shapes import BUSY, LEAK_SECONDS, SLOW_LEAK, WEAK
from network.simulator.world import Faults
from nms.corpus.choices import Scenario
from nms.simulate import ALL_STRENGTHS
from nms.worlds import warm_up
from services.injector.core import STRONGEST, WEAKEST
from shared.domain.catalogue import FAULTS, FaultSpec, Harm
from shared.domain.errors import SettingError
from shared.domain.kinds import ElementKind, FaultKind, NodeType
from shared.domain.targets import fitting
from shared.domain.telemetry import TICK_SECONDS
from shared.domain.topology import Topology

SMALL, MIDDLE = 50, 500
"""Up to so many nodes, a network is sampled every `TICK_SECONDS`, or every `MIDDLE_INTERVAL`."""
MIDDLE_INTERVAL, LARGE_INTERVAL = 1.0, 5.0
ONSET_SECONDS, ONSET_SAMPLES = 30.0, 20
"""The first fault begins within this time after the warm-up. Of each such pair, the longer one counts."""
FAULT_SECONDS, FAULT_SAMPLES = 60.0, 24
"""A fault that nobody repairs ends by itself after this time, unless the world says another."""
DRAIN_SECONDS, DRAIN_SAMPLES = 75.0, 20
"""A run goes on for this time after the last moment at which a fault can end."""
QUIET_SECONDS, QUIET_SAMPLES = 400.0, 80
"""The length of a run without faults after its warm-up."""
APART_SAMPLES = 4
"""The second of two faults begins at most so many samples after the first."""
HOPS_APART = 3
MAX_TRIES = 1000
CASCADE_LOAD = 1.6
AS_USUAL = Faults()


@dataclass(frozen=True)
class ScenarioSpec:
    """`says`: one sentence for the datasheet. `of`: which kinds of fault; None: those of the world, else all.
    `load`: times the traffic of a normal day. `routers`: only routers are targets. `in_force` and `busy`: the shape of
    faults and the benign load, where the world is silent.
    """

    says: str
    faults: int = 1
    of: Callable[[FaultSpec], bool] | None = None
    load: float = 1.0
    routers: bool = False
    in_force: Faults = AS_USUAL
    busy: Benign | None = None


SCENARIOS: Mapping[Scenario, ScenarioSpec] = MappingProxyType(
    {
        Scenario.SINGLE: ScenarioSpec("One fault of any kind, at any element that can have it."),
        Scenario.DOUBLE: ScenarioSpec(
            f"Two faults at almost the same time, at elements {HOPS_APART} or more hops apart.", faults=2
        ),
        Scenario.CASCADE: ScenarioSpec(
            f"A router goes down under {CASCADE_LOAD:g} times the usual load; its traffic moves to other links.",
            of=lambda fault: fault.harm is Harm.OFF and fault.targets == {ElementKind.NODE},
            load=CASCADE_LOAD,
            routers=True,
        ),
        Scenario.FLAP: ScenarioSpec("One link goes down and comes up again and again.", of=lambda fault: fault.flaps),
        Scenario.GRAY: ScenarioSpec(
            "One element loses few packets or is a little slow; everything is up.",
            of=lambda fault: fault.harm in (Harm.LATE, Harm.LOST),
            in_force=WEAK,
        ),
        Scenario.LEAK: ScenarioSpec(
            f"The memory of one node fills over {LEAK_SECONDS:g} s or more.",
            of=lambda fault: fault.slow,
            in_force=SLOW_LEAK,
        ),
        Scenario.BENIGN: ScenarioSpec(
            "No fault: bursts on links, jobs on nodes, memory that fills and is freed.", faults=0, busy=BUSY
        ),
        Scenario.NONE: ScenarioSpec("No fault, and no more load than the world has.", faults=0),
    }
)


@dataclass(frozen=True)
class PlannedFault:
    """`after`: seconds from the end of the warm-up. `lasts`: seconds after which it ends by itself."""

    kind: FaultKind
    element: str
    strength: float
    after: float
    lasts: float


@dataclass(frozen=True)
class RunPlan:
    """`warm_up`: seconds at the start, without faults. `seconds`: of the rest."""

    world: World
    load: float
    network_seed: int
    warm_up: float
    seconds: float
    faults: tuple[PlannedFault, ...]


def plan(scenario: Scenario, topology: Topology, world: World, group: str, seed: int, run: int) -> RunPlan:
    """`group`: the name that the runs of one scenario, size and world have in common. Raises SettingError."""
    spec, here = SCENARIOS[scenario], world_of(scenario, world, len(topology.nodes))
    chance = Random(f"{seed}/{group}/{run}")
    network_seed = chance.getrandbits(32)
    interval = here.sampling.interval
    if spec.faults == 0:
        quiet = max(QUIET_SECONDS, QUIET_SAMPLES * interval)
        return RunPlan(here, spec.load, network_seed, warm_up(here), quiet, ())
    kinds = _kinds(spec, here, topology, group, seed)
    chosen = _chosen(spec, topology, kinds, kinds[(run - 1) % len(kinds)], chance)
    onset, apart = max(ONSET_SECONDS, ONSET_SAMPLES * interval), APART_SAMPLES * interval
    lasts = here.faults.duration or max(FAULT_SECONDS, FAULT_SAMPLES * interval)
    strengths = (WEAKEST, STRONGEST) if here.faults.strength is None else ALL_STRENGTHS
    begins = chance.uniform(0.0, onset)
    faults = tuple(
        PlannedFault(
            kind=kind,
            element=place,
            strength=round(chance.uniform(*strengths), 3),
            after=begins if number == 0 else begins + chance.uniform(0.0, apart),
            lasts=lasts,
        )
        for number, (kind, place) in enumerate(chosen)
    )
    longest = onset + (apart if spec.faults > 1 else 0.0) + lasts + max(DRAIN_SECONDS, DRAIN_SAMPLES * interval)
    return RunPlan(here, spec.load, network_seed, warm_up(here), longest, faults)


def world_of(scenario: Scenario, world: World, nodes: int) -> World:
    """Return the world of a run: the given one, with what the size of the network and the scenario add to it."""
    spec, faults, sampling = SCENARIOS[scenario], world.faults, world.sampling
    if "interval" not in sampling.model_fields_set:
        sampling = sampling.model_copy(update={"interval": interval_of(nodes)})
    added = {
        name: getattr(spec.in_force, name) for name in spec.in_force.model_fields_set if getattr(faults, name) is None
    }
    benign = world.benign
    if spec.busy is not None and benign == Benign():
        benign = spec.busy
    return world.model_copy(update={"sampling": sampling, "faults": faults.model_copy(update=added), "benign": benign})


def interval_of(nodes: int) -> float:
    """Return the seconds between two samples of a network, if the world does not say them."""
    return TICK_SECONDS if nodes <= SMALL else MIDDLE_INTERVAL if nodes <= MIDDLE else LARGE_INTERVAL


def _kinds(spec: ScenarioSpec, world: World, topology: Topology, group: str, seed: int) -> Sequence[FaultKind]:
    """Return the possible kinds in an order of their own for each group, so that its runs take turns."""
    named = tuple(FAULTS) if spec.of else world.faults.kinds or tuple(FAULTS)
    named = tuple(kind for kind in named if spec.of is None or spec.of(FAULTS[kind]))
    possible = [kind for kind in named if _elements(spec, topology, kind)]
    if not possible:
        raise SettingError(f"{group}: no element of this network can have such a fault; give --nodes 16 or more")
    Random(f"{seed}/{group}/kinds").shuffle(possible)
    return possible


def _elements(spec: ScenarioSpec, topology: Topology, kind: FaultKind) -> list[str]:
    found = fitting(topology, kind)
    if not spec.routers:
        return found
    return [name for name in found if name in topology.node_by_id and _is_router(topology, name)]


def _is_router(topology: Topology, node: str) -> bool:
    return topology.node_by_id[node].type is NodeType.ROUTER


def _chosen(
    spec: ScenarioSpec, topology: Topology, kinds: Sequence[FaultKind], first: FaultKind, chance: Random
) -> list[tuple[FaultKind, str]]:
    """Return kinds and elements, of which each is `HOPS_APART` or more from the others. Raises SettingError."""
    for _ in range(MAX_TRIES):
        wanted = [first, *(chance.choice(kinds) for _ in range(spec.faults - 1))]
        places = [chance.choice(_elements(spec, topology, kind)) for kind in wanted]
        pairs = ((one, other) for number, one in enumerate(places) for other in places[:number])
        if all(topology.distance(one, other) >= HOPS_APART for one, other in pairs):
            return list(zip(wanted, places, strict=True))
    raise SettingError(
        f"this network has no two elements that are {HOPS_APART} hops apart: leave out --scenario double, "
        "or give --nodes 16 or more"
    )
