"""Ranks the nodes by what their series leave unexplained, and says why in sentences.

Rules

1. A node counts by the best of its series; more series do not make a cause.
2. The fit of the first cause is its lead over the second, the less the fainter its evidence is. Confidence is the share
   of causes with that fit that were right; the other causes divide the rest by their scores.
3. Where no series speaks, there is no cause, and a sentence says what would tell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.rca.core.confidence import Calibration
from services.rca.core.series.calibration import LEARNT
from services.rca.core.series.departures import departures_of
from services.rca.core.series.episode import Episode
from services.rca.core.series.strength import WEIGHTS, SeriesEvidence, SeriesFinding, Weights
from services.rca.core.series.vocabulary import meaning_of
from shared.domain.units import figure

MOST = 10
FAINTEST = 0.05
"""The score of the first below which there is no cause; of windows without a fault, three quarters score more."""
UNSURE = 0.5
"""The confidence below which the diagnosis says what would tell more."""
MAX_SENTENCES = 3


@dataclass(frozen=True)
class Suspect:
    """`kind`: the trouble that the evidence shows, a row of the vocabulary or the metric's name. `score`: > 0, without
    an upper limit, comparable within one diagnosis. `evidence`: sentences.
    """

    node: str
    kind: str
    confidence: float
    score: float
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class SeriesDiagnosis:
    """At most `MOST` suspects, best first, a node at most once; none if nothing changed. `fit`: 0 to 1, of the first.

    `would_tell`: what further knowledge would decide, if no cause is likely.
    """

    suspects: tuple[Suspect, ...]
    fit: float
    would_tell: str | None


def diagnose_series(episode: Episode, weights: Weights = WEIGHTS, calibration: Calibration = LEARNT) -> SeriesDiagnosis:
    meanings = [meaning_of(key.metric) for key in episode.keys]
    evidence = SeriesEvidence(episode, meanings, departures_of(episode, meanings), weights)
    ranked = _by_node(evidence.findings())
    if not ranked or ranked[0][0].left < FAINTEST:
        return SeriesDiagnosis((), 0.0, _nothing_changed(episode))
    scores = [found[0].left for found in ranked]
    fit = fit_of(scores)
    first = calibration.confidence(fit)
    shares = [first, *((1.0 - first) * score / sum(scores[1:]) for score in scores[1:])]
    suspects = tuple(
        Suspect(
            found[0].key.node, found[0].meaning.kind, round(min(share, first), 4), score, _sentences(evidence, found)
        )
        for found, share, score in zip(ranked, shares, scores, strict=True)
    )
    return SeriesDiagnosis(suspects, fit, _undecided(suspects) if first < UNSURE else None)


def fit_of(scores: Sequence[float]) -> float:
    """Return the lead of the first score over the second, 0 to 1, the less the fainter the first is. Scores fall."""
    second = scores[1] if len(scores) > 1 else 0.0
    return (1.0 - second / scores[0]) * (1.0 - math.exp(-scores[0]))


def _by_node(findings: Sequence[SeriesFinding]) -> list[list[SeriesFinding]]:
    """Return the findings of each suspect, its best first, and the suspects by their best; equal ones by name."""
    nodes: dict[str, list[SeriesFinding]] = {}
    for finding in sorted(findings, key=lambda finding: (-finding.left, finding.key)):
        if finding.left > 0:
            nodes.setdefault(finding.key.node, []).append(finding)
    return list(nodes.values())[:MOST]


def _sentences(evidence: SeriesEvidence, found: Sequence[SeriesFinding]) -> tuple[str, ...]:
    sentences = [_moved(evidence, finding) for finding in found[:MAX_SENTENCES]]
    best = found[0]
    symptom = evidence.episode.symptom
    if symptom is not None and symptom != best.key and evidence.has_symptom:
        like = round(100 * float(evidence.similar[best.row]))
        sentences.append(f"the shape of {best.key.metric} is {like} % like that of {symptom.metric} of {symptom.node}")
    if best.explained_by:
        sentences.append(f"{best.explained_by}, on which it depends, explains a part of it")
    if passed := next((finding for finding in found if finding.waiting and not finding.explained_by), None):
        waiting = ", ".join(passed.waiting[:MAX_SENTENCES])
        sentences.append(f"explains {passed.key.metric} of what depends on it: {waiting}")
    return tuple(sentences)


def _moved(evidence: SeriesEvidence, finding: SeriesFinding) -> str:
    departures, row = evidence.departures, finding.row
    level, usual = figure(float(departures.level[row]), 2), figure(float(departures.usual[row]), 2)
    far = f"{figure(float(departures.spreads[row]), 0)} times its usual spread away"
    return f"{finding.key.metric} is {level} where {usual} is usual, {far}"


def _nothing_changed(episode: Episode) -> str:
    nodes = len({key.node for key in episode.keys})
    return (
        f"none of {len(episode.keys)} series of {nodes} nodes left its baseline for the worse in the window: check the "
        "window's times, or add metrics of what is missing, such as the load of hosts and the loss of links"
    )


def _undecided(suspects: Sequence[Suspect]) -> str:
    first = suspects[0]
    if len(suspects) == 1:
        return f"the evidence at {first.node} is faint: further metrics of it and of what depends on it would tell"
    both = f"{first.node} and {suspects[1].node} are about as likely"
    return f"{both}: further metrics of both, or which of them needs the other, would tell"
