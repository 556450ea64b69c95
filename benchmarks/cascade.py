"""Prints how often a dying core router under load is one incident with the right root, and two distant faults are two.

Each run has a seed of its own; the loop runs in memory, with the same cores as the processes.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence

from benchmarks.rows import Row, finish
from nms.simulate import Loop
from services.gateway.scoring.fault_scores import right_place
from shared.domain.events import Event, Fault, IncidentEvent, RemediationStarted
from shared.domain.kinds import EndedBy, FaultKind, Resolution
from shared.domain.topology import Topology, default_topology
from shared.testing import LINK_FAULTS, NODE_FAULTS

RUNS = 100
LOAD = 1.6
WARM_UP = 40.0
HEALED_WITHIN = 20.0
LEAK_SHOWS_WITHIN = 40.0
HOPS_APART = 3


class IncidentRecorder:
    def __init__(self) -> None:
        self.incidents: dict[str, IncidentEvent] = {}
        self.started: list[RemediationStarted] = []

    def __call__(self, event: Event, time: float) -> None:
        if isinstance(event, IncidentEvent):
            self.incidents[event.incident.id] = event
        elif isinstance(event, RemediationStarted):
            self.started.append(event)

    def counted(self) -> list[IncidentEvent]:
        return [e for e in self.incidents.values() if e.incident.resolution is not Resolution.MERGED]


def cascade(seed: int, load: float = LOAD) -> bool:
    """Kill a core router under load; return whether that was one incident, its root ranked first, and repaired."""
    recorder = IncidentRecorder()
    loop = Loop(seed=seed, load=load, seen=recorder)
    loop.run(WARM_UP)
    victim = f"core-router-{1 + seed % 3}"
    loop.inject(FaultKind.NODE_DOWN, victim, ttl=3600)
    loop.run(HEALED_WITHIN)
    causes = [e.action.cause for e in recorder.started[:1]]
    right = [c is not None and c.element == victim and c.kind is FaultKind.NODE_DOWN for c in causes] == [True]
    healed = [fault.ended_by for fault in loop.network.faults()] == [EndedBy.ACTION]
    return len(recorder.counted()) == 1 and right and healed


def two_faults(seed: int) -> bool:
    """Inject two faults three or more hops apart within a second; return whether they were two incidents.

    Two means: no third one, and each fault was named by one of its own.
    """
    recorder = IncidentRecorder()
    topology = default_topology()
    loop = Loop(topology, seed=seed, seen=recorder)
    loop.run(WARM_UP)
    (kind, target), (other_kind, other) = far_pair(topology, random.Random(seed))
    loop.inject(kind, target, ttl=3600)
    loop.run(0.25 * (seed % 5))
    loop.inject(other_kind, other, ttl=3600)
    leak = FaultKind.HIGH_MEMORY in (kind, other_kind)
    loop.run(LEAK_SHOWS_WITHIN if leak else HEALED_WITHIN)
    faults = loop.network.faults()
    named = [{e.action.incident_id for e in recorder.started if _names(topology, e, fault)} for fault in faults]
    return len(recorder.counted()) == len(named) and all(len(ids) == 1 for ids in named) and named[0] != named[1]


def _names(topology: Topology, started: RemediationStarted, fault: Fault) -> bool:
    return started.action.cause is not None and right_place(topology, started.action.cause.element, fault)


def far_pair(topology: Topology, rng: random.Random) -> Sequence[tuple[FaultKind, str]]:
    while True:
        pair = [_any_fault(topology, rng) for _ in range(2)]
        if topology.distance(pair[0][1], pair[1][1]) >= HOPS_APART:
            return pair


def _any_fault(topology: Topology, rng: random.Random) -> tuple[FaultKind, str]:
    kind = rng.choice(list(FaultKind))
    targets = [
        *(topology.node_by_id if kind in NODE_FAULTS else ()),
        *(topology.link_by_id if kind in LINK_FAULTS else ()),
    ]
    return kind, rng.choice(targets)


def measure(runs: int) -> list[Row]:
    return [
        Row(
            "cascade: one incident, right root first, repaired",
            100 * sum(map(cascade, range(runs))) / runs,
            95,
            False,
            "%",
        ),
        Row(
            "two faults three hops apart: two incidents", 100 * sum(map(two_faults, range(runs))) / runs, 90, False, "%"
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    return finish("Cascades", "cascade", measure(parser.parse_args().runs))


if __name__ == "__main__":
    sys.exit(main())
