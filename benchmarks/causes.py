"""What rca learns of faults in perturbed worlds: the weights of its terms and its confidence, and how well they hold.

python -m benchmarks.causes [--learn] [--faults N] [--seed S]

The loop runs in each world of `world_files/` and in worlds that are drawn at random, with one fault and with three
faults at once. Of each diagnosis, all candidates are kept, with their terms and whether they were right: a fault of
that kind was live at that place, or had just ended. Each incident counts 1, however often it was diagnosed.

A confidence says how likely a cause is if the incident has one; that harm is done is for the remediator to prove. So
incidents of no fault are not learnt from; their error is a row of its own.

Cross-validation: what is learnt of all worlds but one is judged in that one. The drawn worlds are never learnt from.
--learn writes `services/rca/core/learnt.py` and the reliability diagram of the documents.

The weights are those of a conditional logit (McFadden, 1973) over the candidates of a diagnosis, held near the weights
that were in use before; they are taken only if they name more roots in the worlds left out. The confidence is an
isotonic regression; its error is that of Naeini et al. (2015), in ten bins.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

from benchmarks.reliability import Claim, as_source, diagram, expected_error
from benchmarks.rows import Row, finish
from network.simulator import World
from network.simulator.world_file import read_world
from nms.simulate import Loop
from nms.worlds import desired_in, run_campaign
from services.gateway.scoring.fault_scores import belongs, is_cause
from services.gateway.scoring.windows import ScoreWindows
from services.rca.core.confidence import Calibration
from services.rca.core.incident_context import IncidentContext
from services.rca.core.learnt import WEIGHTS
from services.rca.core.ranking import Ranked, limited, rank
from services.rca.core.terms import TermWeights
from shared.domain.events import (
    DiagnosisMade,
    Event,
    Fault,
    FaultEnded,
    FaultStarted,
    Incident,
    IncidentEvent,
    RemediationStarted,
)
from shared.domain.topology import default_topology

HERE = Path(__file__).parent
WORLDS = HERE / "world_files"
WRITTEN = HERE.parent / "services" / "rca" / "core" / "learnt.py"
DIAGRAM = HERE.parent / "docs" / "images" / "reliability.svg"
FRESH, DRAWN = "drawn", 8
"""Worlds that are drawn at random."""
AT_ONCE = (1, 3)
ENDED_LATELY, SAMPLES_LATELY = 10.0, 5
"""Seconds and samples, whichever are longer, in which a fault that has ended is still the cause of what is clearing."""
HELD = 3.0
"""How strongly the weights are held near those in use, in incidents."""
LEAST_OF_A_LEVEL = 1.0
"""The least incidents of a level of confidence."""


@dataclass(frozen=True)
class Option:
    ranked: Ranked
    right: bool

    def fit(self, weights: TermWeights) -> float:
        return limited(self.ranked.candidate, self.ranked.terms.fit(weights))

    @property
    def terms(self) -> tuple[float, float, float, float]:
        of = self.ranked.terms
        return of.gain, of.carried, -of.unexplained, -of.missing


@dataclass(frozen=True)
class Judged:
    """One diagnosis. `share`: what it counts, so that all diagnoses of an incident count 1. `of_fault`: whether the
    incident is about a fault, by the ground truth and whatever was diagnosed.
    """

    options: Sequence[Option]
    share: float
    of_fault: bool

    def first(self, weights: TermWeights) -> Option:
        return max(self.options, key=lambda option: option.ranked.terms.score(weights))

    def claim(self, weights: TermWeights, calibration: Calibration) -> Claim:
        first = self.first(weights)
        return Claim(calibration.confidence(first.fit(weights)), first.right, self.share)


@dataclass
class Recorder:
    """`lately`: see ENDED_LATELY."""

    lately: float
    windows: ScoreWindows
    faults: dict[str, Fault] = field(default_factory=dict)
    incidents: dict[str, IncidentEvent] = field(default_factory=dict)
    found: dict[str, list[list[Option]]] = field(default_factory=dict)
    acted: list[tuple[float, bool]] = field(default_factory=list)
    """The fit of each cause that an action was begun against, and whether it was right."""

    def __call__(self, event: Event, time: float) -> None:
        if isinstance(event, FaultStarted | FaultEnded):
            self.faults[event.fault.id] = event.fault
        elif isinstance(event, IncidentEvent):
            self.incidents[event.incident.id] = event
        elif isinstance(event, DiagnosisMade):
            self._diagnosed(event, time)
        elif isinstance(event, RemediationStarted) and (cause := event.action.cause) is not None:
            right = any(is_cause(default_topology(), cause.element, cause.kind, fault) for fault in self._live(time))
            self.acted.append((cause.fit, right))

    def _live(self, time: float) -> list[Fault]:
        return [f for f in self.faults.values() if f.ended is None or f.ended >= time - self.lately]

    def _diagnosed(self, event: DiagnosisMade, time: float) -> None:
        topology = default_topology()
        incident = self.incidents[event.incident_id].incident
        if incident.revision != event.revision:
            return
        live = self._live(time)
        options = [
            Option(one, any(is_cause(topology, one.candidate.element, one.candidate.kind, fault) for fault in live))
            for one in rank(IncidentContext.of(incident, topology, time))
        ]
        if options:
            self.found.setdefault(event.incident_id, []).append(options)

    def judged(self) -> list[Judged]:
        return [
            Judged(options, 1 / len(many), self._of_fault(self.incidents[name].incident))
            for name, many in self.found.items()
            for options in many
        ]

    def _of_fault(self, incident: Incident) -> bool:
        return any(belongs(default_topology(), incident, f, windows=self.windows) for f in self.faults.values())


@dataclass(frozen=True)
class WorldRun:
    judged: Sequence[Judged]
    acted: Sequence[tuple[float, bool]]

    @property
    def of_faults(self) -> list[Judged]:
        return [each for each in self.judged if each.of_fault]


def drawn_world(number: int) -> World:
    """Return a world that differs from the default one in several ways at once."""
    rng = random.Random(f"drawn world {number}")
    interval = rng.choice([0.25, 0.25, 0.5, 1.0, 2.0, 10.0])
    student = {"distribution": "student-t", "df": rng.choice([3, 4, 6])} if rng.random() < 0.5 else {}
    return World.model_validate(
        {
            "sampling": {"interval": interval, "missing": round(rng.uniform(0, 0.1), 3)},
            "noise": {"scale": round(rng.uniform(0.5, 5), 2), "correlation": rng.choice([0, 2, 6]), **student},
            "offsets": {"cpu_usage": [-5, rng.uniform(0, 25)], "latency": [0, rng.uniform(0, 40)]},
            "benign": {"link_bursts": {"per_hour": rng.choice([5, 30]), "add": [20, 45], "seconds": [10, 60]}},
            "faults": {
                "duration": 60 if interval < 5 else 400,
                "high_latency": {"ms": [rng.uniform(3, 15), rng.uniform(20, 80)]},
                "packet_loss": {"percent": [rng.uniform(0.8, 2), rng.uniform(3, 10)]},
                "link_flap": {"period": max(1.0, 4 * interval) if interval < 5 else 60.0},
            },
        }
    )


def worlds() -> Mapping[str, World]:
    files = sorted(file for file in WORLDS.glob("*.yaml") if file.stem != "musts")
    return {**{f.stem: read_world(f) for f in files}, **{f"{FRESH} {n}": drawn_world(n) for n in range(DRAWN)}}


def run(world: World, faults: int, seed: int) -> WorldRun:
    runs = [_run(world, faults, seed, at_once) for at_once in AT_ONCE]
    return WorldRun([each for one in runs for each in one.judged()], [each for one in runs for each in one.acted])


def _run(world: World, faults: int, seed: int, at_once: int) -> Recorder:
    desired = desired_in(world, faults).model_copy(update={"at_once": at_once})
    interval = world.sampling.interval
    recorder = Recorder(max(ENDED_LATELY, SAMPLES_LATELY * interval), ScoreWindows(interval))
    loop = Loop(default_topology(), seed, desired, world=world, seen=recorder)
    run_campaign(loop, faults)
    return recorder


def learn_weights(judged: Sequence[Judged]) -> TermWeights:
    """Return the weights under which the right candidates are most likely the first. Diagnoses without a right or
    without a wrong candidate teach nothing.
    """
    usable = [each for each in judged if 0 < sum(option.right for option in each.options) < len(each.options)]
    terms = [np.array([option.terms for option in each.options]) for each in usable]
    right = [np.array([option.right for option in each.options]) for each in usable]
    start = np.array([1.0, WEIGHTS.carried, WEIGHTS.unexplained, WEIGHTS.missing])

    def loss(weights: np.ndarray) -> float:
        total = HELD * float(((weights[1:] / max(weights[0], 1e-9) - start[1:]) ** 2).sum())
        for one, good, each in zip(terms, right, usable, strict=True):
            values = one @ weights
            total += each.share * float(np.logaddexp.reduce(values) - np.logaddexp.reduce(values[good]))
        return total

    found = minimize(loss, start, bounds=[(0.05, 20.0), (0.0, 20.0), (0.0, 20.0), (0.0, 20.0)], method="L-BFGS-B").x
    carried, unexplained, missing = (round(float(each / found[0]), 2) for each in found[1:])
    return TermWeights(carried, unexplained, missing)


def learn_confidence(judged: Sequence[Judged], weights: TermWeights) -> Calibration:
    firsts = [each.first(weights) for each in judged]
    fits = np.array([first.fit(weights) for first in firsts])
    right = np.array([float(first.right) for first in firsts])
    shares = np.array([each.share for each in judged])
    rising = IsotonicRegression(out_of_bounds="clip").fit(fits, right, sample_weight=shares).predict(fits)
    points: list[tuple[float, float]] = []
    kept = np.zeros(len(fits), bool)
    for level in np.unique(rising):
        kept |= rising == level
        if shares[kept].sum() >= LEAST_OF_A_LEVEL or level == rising.max():
            share = float(np.average(right[kept], weights=shares[kept]))
            points += [(float(fits[kept].min()), share), (float(fits[kept].max()), share)]
            kept = np.zeros(len(fits), bool)
    fit, confidence = zip(*points, strict=True)
    return Calibration(
        tuple(round(float(each), 4) for each in np.maximum.accumulate(fit)),
        tuple(round(float(each), 4) for each in np.maximum.accumulate(confidence)),
        round(float(shares.sum())),
    )


def right_share(judged: Iterable[Judged], weights: TermWeights) -> float:
    """Return the share of incidents whose first cause is right, of those in which some candidate is."""
    usable = [each for each in judged if any(option.right for option in each.options)]
    return sum(each.share for each in usable if each.first(weights).right) / max(
        1e-9, sum(each.share for each in usable)
    )


def left_out(known: Mapping[str, Sequence[Judged]], *, weights: TermWeights | None) -> tuple[float, list[Claim]]:
    """Return the share of right first causes, and all claims, each world judged by what was learnt of the others.

    `weights`: those to use; None: they are learnt too.
    """
    claims, right = list[Claim](), list[float]()
    for name, judged in known.items():
        others = [each for other, many in known.items() if other != name for each in many]
        used = weights or learn_weights(others)
        calibration = learn_confidence(others, used)
        claims += [each.claim(used, calibration) for each in judged]
        right.append(right_share(judged, used))
    return sum(right) / len(right), claims


def write(weights: TermWeights, calibration: Calibration) -> None:
    text = WRITTEN.read_text()
    head = text[: text.index("WEIGHTS = ")]
    of_terms = (f"{name}={getattr(weights, name)}" for name in ("carried", "unexplained", "missing"))
    body = f"WEIGHTS = TermWeights({', '.join(of_terms)})\n"
    WRITTEN.write_text(f"{head}{body}PRIOR = {as_source(calibration)}")
    print(f"written to {WRITTEN}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learn", action="store_true")
    parser.add_argument("--faults", type=int, default=24)
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args(arguments)
    named = worlds()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        work = partial(run, faults=given.faults, seed=given.seed)
        found = dict(zip(named, pool.map(work, named.values()), strict=True))
    known = {name: one.of_faults for name, one in found.items() if not name.startswith(FRESH)}
    fresh = [one for name, one in found.items() if name.startswith(FRESH)]
    rows, weights, calibration, claims = measured(known, fresh)
    if given.learn:
        write(weights, calibration)
        DIAGRAM.write_text(diagram(claims, "First causes in worlds that nothing was learnt from"))
    return finish("Causes", "causes", rows)


def measured(
    known: Mapping[str, Sequence[Judged]], fresh: Sequence[WorldRun]
) -> tuple[list[Row], TermWeights, Calibration, list[Claim]]:
    """Return the rows, what is to be used, and the claims in the drawn worlds."""
    in_use, claims_in_use = left_out(known, weights=WEIGHTS)
    learnt, claims_learnt = left_out(known, weights=None)
    everything = [each for judged in known.values() for each in judged]
    weights, claims = (learn_weights(everything), claims_learnt) if learnt > in_use else (WEIGHTS, claims_in_use)
    calibration = learn_confidence(everything, weights)
    real = [each for one in fresh for each in one.of_faults]
    drawn = [each.claim(weights, calibration) for each in real]
    acted = [Claim(calibration.confidence(fit), right) for one in fresh for fit, right in one.acted]
    with_false = [each.claim(weights, calibration) for one in fresh for each in one.judged]
    rows = [
        Row("first cause right, worlds left out: weights in use", 100 * in_use, unit="%"),
        Row("first cause right, worlds left out: weights learnt of the others", 100 * learnt, unit="%"),
        Row("calibration error, worlds left out", expected_error(claims), 0.05),
        Row("calibration error, drawn worlds", expected_error(drawn), 0.05),
        Row("calibration error, drawn worlds: causes that were acted on", expected_error(acted), 0.05),
        Row("calibration error, drawn worlds: incidents of no fault as well", expected_error(with_false)),
        Row("first cause right, drawn worlds", 100 * right_share(real, weights), unit="%"),
        Row("incidents learnt from", round(sum(each.share for each in everything))),
        Row("incidents in drawn worlds", round(sum(each.share for each in real))),
    ]
    return rows, weights, calibration, drawn


if __name__ == "__main__":
    sys.exit(main())
