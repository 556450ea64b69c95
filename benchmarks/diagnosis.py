"""Ranks the causes of labelled outages, with three peers in the same run.

python -m benchmarks.diagnosis CASES [--calibrate]

CASES is a folder of case folders, each with the answer in `truth.json`, as `diagnosis.md` beside this file says. It
prints the product, the same without symptoms and noticed late, its weights tuned on one half and scored on the other,
what each weight is worth, and made-up outages of a shop. --calibrate writes the confidence of the product from these.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.isotonic import IsotonicRegression

from benchmarks import reliability
from benchmarks.diagnosis_peers import max_z, robust_max, traversal
from benchmarks.reliability import Claim, as_source
from benchmarks.rows import Row, finish
from benchmarks.shop import LATE, outage
from nms.backtest.cases import read_case
from services.rca.core.confidence import Calibration
from services.rca.core.series import Episode, diagnose_series
from services.rca.core.series.calibration import LEARNT
from services.rca.core.series.strength import WEIGHTS, Weights

WRITTEN = Path(__file__).parents[1] / "services" / "rca" / "core" / "series" / "calibration.py"
GRID: Mapping[str, Sequence[float]] = {
    "cover": (0.5, 0.75, 1.0),
    "noticed": (0.4, 0.6, 0.8),
    "step": (0.0, 0.1, 0.3),
    "other_metric": (0.2, 0.4, 0.6),
}
WITHOUT: Mapping[str, Weights] = {
    "the share of the harm": replace(WEIGHTS, cover=0.0),
    "less for where it was noticed": replace(WEIGHTS, noticed=0.0),
    "drift of resources": replace(WEIGHTS, drift=0.0),
    "the step beside the symptom's shape": replace(WEIGHTS, step=0.0),
    "the symptom's shape": replace(WEIGHTS, step=1.0),
    "less for other metrics": replace(WEIGHTS, other_metric=1.0),
    "less for demand": replace(WEIGHTS, demand=1.0),
    "less for nodes out of reach": replace(WEIGHTS, unreached=1.0),
}
LATE_SHARES, LATE_ROWS = (0.2, 0.4), (30, 60)
MADE = 200
"""Made-up outages of each form."""
LEAST_OF_A_LEVEL = 20
"""Outcomes below which a level of the confidence is joined with the next."""


@dataclass(frozen=True)
class Labelled:
    name: str
    episode: Episode
    node: str | None
    """The true cause; None on a quiet day, on which no cause is right."""


Ranking = Callable[[Episode], Sequence[str]]


def product(episode: Episode, weights: Weights = WEIGHTS) -> list[str]:
    return [suspect.node for suspect in diagnose_series(episode, weights).suspects]


def ranks(cases: Sequence[Labelled], ranking: Ranking) -> list[float]:
    """Return the place of each true cause, from 1; infinite if it is not named."""
    found = []
    for case in cases:
        named = list(ranking(case.episode))
        found.append(named.index(case.node) + 1.0 if case.node in named else float("inf"))
    return found


def share(places: Sequence[float], first: int) -> float:
    return sum(place <= first for place in places) / len(places)


def line(what: str, places: Sequence[float]) -> str:
    mean = sum(share(places, first) for first in range(1, 6)) / 5
    return f"  {what:<44} AC@1 {share(places, 1):.3f}   AC@3 {share(places, 3):.3f}   Avg@5 {mean:.3f}"


def read(folder: Path) -> list[Labelled]:
    cases = []
    for case in sorted(path for path in folder.iterdir() if path.is_dir()):
        truth = json.loads((case / "truth.json").read_text())
        cases.append(Labelled(case.name, read_case(case), truth["node"]))
    return cases


def unseen(cases: Iterable[Labelled]) -> list[Labelled]:
    return [replace(case, episode=replace(case.episode, symptom=None)) for case in cases]


def late(cases: Iterable[Labelled], rows: Callable[[int], int]) -> list[Labelled]:
    """Begin each window by `rows` of its own rows later, where at least half of it is left; the others are left out."""
    found = []
    for case in cases:
        times = case.episode.times[case.episode.window]
        if 0 < (lost := rows(len(times))) <= len(times) / 2:
            found.append(replace(case, episode=replace(case.episode, begin=float(times[lost]))))
    return found


def made(symptom: bool, fault: float = 1.0, first: int = 0, late: int | None = None) -> list[Labelled]:
    outages = [outage(seed, symptom=symptom, fault=fault, late=late) for seed in range(first, first + MADE)]
    return [Labelled(each.kind, each.episode, each.culprit if fault else None) for each in outages]


def halves(cases: Sequence[Labelled]) -> list[float]:
    """Return the places of all cases, each by the weights that are the best for the other half."""
    grid = [replace(WEIGHTS, **dict(zip(GRID, values, strict=True))) for values in itertools.product(*GRID.values())]
    places = np.array([ranks(cases, lambda episode, tried=tried: product(episode, tried)) for tried in grid])
    found = np.empty(len(cases))
    for mine in (0, 1):
        learnt = places[:, 1 - mine :: 2]
        best = max(range(len(grid)), key=lambda at: ((learnt[at] == 1).mean(), (learnt[at] <= 3).mean(), -at))
        found[mine::2] = places[best, mine::2]
    return [float(place) for place in found]


def expected_error(claims: Sequence[tuple[float, bool]]) -> float:
    """`claims`: confidences, and whether they came true."""
    return reliability.expected_error([Claim(confidence, right) for confidence, right in claims])


def outcomes(cases: Iterable[Labelled]) -> list[tuple[float, bool]]:
    """Return the fit of each first cause, and whether it was right."""
    found = []
    for case in cases:
        diagnosis = diagnose_series(case.episode)
        if diagnosis.suspects:
            found.append((diagnosis.fit, diagnosis.suspects[0].node == case.node))
    return found


def learn(pairs: Sequence[tuple[float, bool]]) -> Calibration:
    """Return a rising map from fit to the share that was right: isotonic regression, a point for each of its levels."""
    fits, right = np.array([fit for fit, _ in pairs]), np.array([float(good) for _, good in pairs])
    shares = IsotonicRegression().fit(fits, right).predict(fits)
    points: list[tuple[float, float]] = []
    kept: list[float] = []
    for level in np.unique(shares):
        kept += list(fits[shares == level])
        if len(kept) >= LEAST_OF_A_LEVEL or not points:
            points.append((float(np.mean(kept)), float(shares[np.isin(fits, kept)].mean())))
            kept = []
    return Calibration(
        tuple(round(fit, 4) for fit, _ in points), tuple(round(part, 4) for _, part in points), len(pairs)
    )


def pool(cases: Sequence[Labelled]) -> list[Labelled]:
    """Return outages of all forms, and a tenth of quiet days: what the confidence is learnt from."""
    return [
        *cases,
        *unseen(cases),
        *(one for part in LATE_SHARES for one in late(cases, lambda rows, part=part: round(part * rows))),
        *made(True, first=MADE),
        *made(False, first=MADE),
        *made(True, 0.5, first=2 * MADE),
        *made(False, 0.5, first=2 * MADE),
        *made(True, 0.0, first=3 * MADE)[: MADE // 4],
        *made(False, 0.0, first=3 * MADE)[: MADE // 4],
    ]


def calibrate(cases: Sequence[Labelled]) -> None:
    pairs = outcomes(pool(cases))
    learnt = [learn(pairs[1 - mine :: 2]) for mine in (0, 1)]
    crossed = [(learnt[at % 2].confidence(fit), right) for at, (fit, right) in enumerate(pairs)]
    print(f"{len(pairs)} outcomes; calibration error across halves {expected_error(crossed):.3f}")
    whole = learn(pairs)
    text = WRITTEN.read_text()
    head = text[: text.index("LEARNT = ")]
    WRITTEN.write_text(f"{head}LEARNT = {as_source(whole)}")
    print(f"written to {WRITTEN}")


def table(cases: Sequence[Labelled]) -> tuple[list[float], list[float]]:
    """Print all rankings; return the places of the product, and those across halves."""
    places, across = ranks(cases, product), halves(cases)
    print(f"{len(cases)} cases")
    for what, found in (("the product", places), ("tuned on one half, scored on the other", across)):
        print(line(what, found))
    for peer in (traversal, robust_max, max_z):
        print(line(f"peer: {peer.__name__}", ranks(cases, peer)))
    print(line("without a symptom", ranks(unseen(cases), product)))
    for part in LATE_SHARES:
        print(
            line(
                f"noticed late by {part:.0%} of the window", ranks(late(cases, lambda n, p=part: round(p * n)), product)
            )
        )
    for lost in LATE_ROWS:
        if some := late(cases, lambda n, lost=lost: lost):
            print(line(f"noticed {lost} rows late, {len(some)} cases", ranks(some, product)))
    print("\nwithout an ingredient: all cases, and 200 made-up ones without and with a symptom, half as strong")
    faint = {symptom: made(symptom, 0.5) for symptom in (False, True)}
    for what, weights in {"nothing": WEIGHTS, **WITHOUT}.items():
        tried = [ranks(each, lambda e, w=weights: product(e, w)) for each in (cases, faint[False], faint[True])]
        print(f"  {what:<44}" + "".join(f"{share(each, 1):>8.3f}" for each in tried))
    return places, across


def made_up() -> Iterable[Row]:
    print("\nmade-up outages of a shop")
    for symptom, fault in itertools.product((True, False), (1.0, 0.5)):
        what = f"{'with' if symptom else 'without'} a symptom, strength {fault:g}"
        cases = made(symptom, fault)
        found = ranks(cases, product)
        print(line(what, found))
        for peer in (robust_max, max_z):
            print(line(f"  peer: {peer.__name__}", ranks(cases, peer)))
        yield Row(f"shop, {what}: AC@1", share(found, 1), 0.95, False)
    for symptom, rows in itertools.product((True, False), LATE):
        what = f"{'with' if symptom else 'without'} a symptom, noticed {rows} rows late"
        found = ranks(made(symptom, late=rows), product)
        print(line(what, found))
        yield Row(f"shop, {what}: AC@1", share(found, 1), 0.95, False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, metavar="CASES")
    parser.add_argument("--calibrate", action="store_true")
    given = parser.parse_args()
    if not given.cases.is_dir():
        parser.error(f"{given.cases} is no folder; benchmarks/diagnosis.md says where public cases are")
    cases = read(given.cases)
    if given.calibrate:
        calibrate(cases)
        return 0
    places, across = table(cases)
    rows = [
        Row("cases: AC@1", share(places, 1), 0.80, False),
        Row("cases: AC@3", share(places, 3), 0.92, False),
        Row("cases, across halves: AC@1", share(across, 1), 0.70, False),
        Row("cases, across halves: AC@3", share(across, 3), 0.88, False),
        Row("cases: milliseconds, p95", p95(cases), 100.0, True, "ms"),
        Row("cases: expected calibration error", error_of(cases), None),
        Row("cases without a symptom: expected calibration error", error_of(unseen(cases)), None),
        *made_up(),
        Row("shop, both forms: expected calibration error", error_of([*made(True), *made(False, 0.5)]), 0.05),
    ]
    return finish("Diagnosis from recorded series", "diagnosis", rows)


def error_of(cases: Iterable[Labelled]) -> float:
    return expected_error([(LEARNT.confidence(fit), right) for fit, right in outcomes(cases)])


def p95(cases: Sequence[Labelled]) -> float:
    took = []
    for case in cases:
        began = time.perf_counter()
        diagnose_series(case.episode)
        took.append(1000 * (time.perf_counter() - began))
    return float(np.quantile(took, 0.95))


if __name__ == "__main__":
    sys.exit(main())
