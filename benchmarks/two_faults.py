"""Two faults at once, anywhere in the network: whether both roots are named, and their anomalies kept apart.

python -m benchmarks.two_faults [--cases N] [--world FILE] [--without INGREDIENT]

Each case has a seed of its own, which draws two kinds of fault, two elements, and up to two seconds between their
starts. A root is named if an action was begun for a cause at its place, of its kind, while it was live.

A case is run three times: with both faults, and with each alone. An anomaly belongs to the fault that raises its metric
at its element when it is alone. Anomalies that both or neither raise have no owner and are left out. Groupings are
compared by the adjusted Rand index (Hubert and Arabie, 1985): 1 if the same, 0 if no better than chance.

The peer is DBSCAN on the time and the hops between anomalies, as some network managers group alarms. Its radius and
its seconds for a hop are the best of a grid on these very cases, which favours it. --without is the ablation: it
switches one ingredient of the correlator off from outside.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from unittest import mock

import numpy as np
from sklearn.cluster import DBSCAN
from sklearn.metrics import adjusted_rand_score

from benchmarks import switches
from benchmarks.rows import Row, finish, show
from network.simulator import DEFAULT, World
from network.simulator.world_file import read_world
from nms.simulate import Loop
from nms.worlds import desired_in, warm_up
from services.correlator.core.affinity import IncidentMatcher
from services.correlator.core.correlator import Correlator
from services.correlator.core.shared_causes import SharedCauses
from services.gateway.scoring.fault_scores import is_cause
from shared.domain.catalogue import FAULTS
from shared.domain.events import (
    Action,
    Anomaly,
    AnomalyRaised,
    Event,
    Fault,
    FaultEnded,
    FaultStarted,
    IncidentEvent,
    RemediationStarted,
)
from shared.domain.kinds import ElementKind, EndedBy, FaultKind, Resolution
from shared.domain.topology import Topology, default_topology

CASES = 400
APART_AT_MOST = 2.0
"""Seconds between the starts of the two faults."""
LASTS, SAMPLES = 60.0, 40
"""Seconds and samples that a run lasts after the second fault, whichever is longer."""
RADII, SECONDS_A_HOP = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0), (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""The grid of the peer: seconds, and the seconds that a hop counts as."""

WITHOUT: Mapping[str, tuple[object, str, object]] = {
    "shared causes": (SharedCauses, "one_fault_shows", switches.yes),
    "taking over": (Correlator, "_take_over", switches.empty),
    "parting": (IncidentMatcher, "outlasts", switches.empty),
}

PlannedFault = tuple[FaultKind, str, float]
"""A kind of fault, its target, and the seconds after which it starts."""


@dataclass(frozen=True)
class Groups:
    """The anomalies of a case that have an owner: who owns each, its incident, and its distances for the peer."""

    owners: Sequence[int]
    incidents: Sequence[str]
    seconds: np.ndarray
    hops: np.ndarray


@dataclass(frozen=True)
class CaseResult:
    """`named`, `ended`: whether that holds for both faults. `near`: they are a hop apart at most."""

    near: bool
    named: bool
    ended: bool
    needless: int
    without_owner: int
    groups: Groups


@dataclass
class Seen:
    """The anomalies of a run, and the incident that each is in at its end."""

    anomalies: list[Anomaly] = field(default_factory=list)
    incidents: dict[str, IncidentEvent] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    begun: list[Action] = field(default_factory=list)
    needless: int = 0

    def __call__(self, event: Event, time: float) -> None:
        if isinstance(event, AnomalyRaised):
            self.anomalies.append(event.anomaly)
        elif isinstance(event, IncidentEvent):
            self.incidents[event.incident.id] = event
        elif isinstance(event, FaultStarted | FaultEnded):
            self.faults[event.fault.id] = event.fault
        elif isinstance(event, RemediationStarted):
            self.begun.append(event.action)

    def names(self, topology: Topology, fault: Fault) -> bool:
        until = math.inf if fault.ended is None else fault.ended
        live = [action for action in self.begun if fault.started <= action.proposed <= until]
        causes = [action.cause for action in live if action.cause is not None]
        return any(is_cause(topology, cause.element, cause.kind, fault) for cause in causes)

    def keys(self) -> frozenset[tuple[str, str]]:
        return frozenset((anomaly.element, anomaly.metric) for anomaly in self.anomalies)

    def incident_of(self) -> dict[str, str]:
        kept = (e.incident for e in self.incidents.values() if e.incident.resolution is not Resolution.MERGED)
        return {member.anomaly.id: incident.id for incident in kept for member in incident.members}


def case(seed: int, world: World = DEFAULT) -> CaseResult:
    topology = default_topology()
    pair = drawn(topology, random.Random(f"two faults {seed}"))
    both = _run(topology, seed, world, pair)
    alone = [_run(topology, seed, world, [planned]).keys() for planned in pair]
    groups = _groups(topology, both, alone)
    return CaseResult(
        near=topology.distance(pair[0][1], pair[1][1]) <= 1,
        named=len(both.faults) == 2 and all(both.names(topology, fault) for fault in both.faults.values()),
        ended=len(both.faults) == 2 and all(f.ended_by is EndedBy.ACTION for f in both.faults.values()),
        needless=both.needless,
        without_owner=len(both.anomalies) - len(groups.owners),
        groups=groups,
    )


def drawn(topology: Topology, rng: random.Random) -> list[PlannedFault]:
    """Return two faults at different elements. The second starts up to APART_AT_MOST seconds after the first."""
    pair: list[PlannedFault] = []
    while len(pair) < 2:
        kind = rng.choice(sorted(FAULTS))
        targets = [
            *(topology.node_by_id if ElementKind.NODE in FAULTS[kind].targets else ()),
            *(topology.link_by_id if ElementKind.LINK in FAULTS[kind].targets else ()),
        ]
        target = rng.choice(sorted(targets))
        if all(target != other for _, other, _ in pair):
            pair.append((kind, target, round(rng.uniform(0, APART_AT_MOST), 2) * len(pair)))
    return pair


def _run(topology: Topology, seed: int, world: World, faults: Iterable[PlannedFault]) -> Seen:
    seen = Seen()
    desired = desired_in(world, 0)
    loop = Loop(topology, seed, desired, world=world, seen=seen)
    loop.run(warm_up(world))
    seen.anomalies.clear()
    began = loop.now
    for kind, target, after in faults:
        loop.run(began + after - loop.now)
        loop.inject(kind, target, ttl=desired.ttl * 10)
    loop.run(began + APART_AT_MOST + max(LASTS, SAMPLES * loop.network.interval) - loop.now)
    seen.needless = loop.scorecard.report().needless_actions
    return seen


def _groups(topology: Topology, both: Seen, alone: Sequence[frozenset[tuple[str, str]]]) -> Groups:
    incident_of = both.incident_of()
    owned: list[tuple[Anomaly, int]] = []
    for anomaly in both.anomalies:
        owners = [number for number, keys in enumerate(alone) if (anomaly.element, anomaly.metric) in keys]
        if len(owners) == 1 and anomaly.id in incident_of:
            owned.append((anomaly, owners[0]))
    onsets = np.array([anomaly.since for anomaly, _ in owned])
    places = [anomaly.element for anomaly, _ in owned]
    hops = np.array([[topology.distance(one, other) for other in places] for one in places], float)
    return Groups(
        [owner for _, owner in owned],
        [incident_of[anomaly.id] for anomaly, _ in owned],
        np.abs(onsets[:, None] - onsets[None, :]),
        hops.reshape(len(owned), len(owned)),
    )


def measure(results: Sequence[CaseResult]) -> list[Row]:
    grouped = [result.groups for result in results if len(set(result.groups.owners)) == 2]
    ours = [adjusted_rand_score(groups.owners, groups.incidents) for groups in grouped]
    peer, radius, hop = max((_peer(grouped, radius, hop), radius, hop) for radius, hop in product(RADII, SECONDS_A_HOP))
    near = [result for result in results if result.near]
    return [
        Row("two faults: both roots named, place and kind", _share(r.named for r in results), 90, False, "%"),
        Row("two faults: both ended by an action", _share(r.ended for r in results), unit="%"),
        Row(f"two faults at most a hop apart ({len(near)}): both roots named", _share(r.named for r in near), unit="%"),
        Row("needless actions", sum(r.needless for r in results)),
        Row("grouping of anomalies: adjusted Rand, mean of cases", float(np.mean(ours)), 0.9, False),
        Row(f"DBSCAN, {radius:g} s, {hop:g} s a hop: adjusted Rand, mean", peer),
        Row("cases in which both faults own an anomaly", len(grouped)),
        Row("anomalies without one owner, left out", sum(result.without_owner for result in results)),
    ]


def switch_off(ingredient: str | None) -> None:
    if ingredient is not None:
        target, name, instead = WITHOUT[ingredient]
        mock.patch.object(target, name, instead).start()


def _share(of: Iterable[bool]) -> float:
    counted = list(of)
    return 100 * sum(counted) / max(1, len(counted))


def _peer(grouped: Sequence[Groups], radius: float, hop: float) -> float:
    model = DBSCAN(eps=radius, min_samples=1, metric="precomputed")
    return float(np.mean([adjusted_rand_score(g.owners, model.fit_predict(g.seconds + hop * g.hops)) for g in grouped]))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--world", type=Path, help="a world file; without it, the default world")
    parser.add_argument("--without", choices=WITHOUT, help="an ingredient to switch off")
    given = parser.parse_args(arguments)
    world = read_world(given.world) if given.world else DEFAULT
    with ProcessPoolExecutor(os.cpu_count(), initializer=switch_off, initargs=(given.without,)) as pool:
        results = list(pool.map(partial(case, world=world), range(given.cases), chunksize=4))
    if given.without is not None:
        show(f"Two faults at once, without {given.without}", measure(results))
        return 0
    return finish("Two faults at once", "two_faults", measure(results))


if __name__ == "__main__":
    sys.exit(main())
