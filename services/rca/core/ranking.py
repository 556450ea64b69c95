"""Ranks the candidates: by what they explain, less what they should show and do not, less what they leave unexplained.

Rules: the first cause is the one that explains best; next come those that explain what it leaves over, then the other
explanations of the same signs. The same incident gives the same diagnosis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.rca.core.confidence import Calibration
from services.rca.core.remedies import remedies
from services.rca.core.scene import Scene, Sign
from services.rca.core.signatures import LATENCY, Candidate, candidates, weight
from services.rca.core.words import evidence_of
from shared.domain.events import Cause, DiagnosisMade, Incident
from shared.domain.kinds import FaultKind
from shared.domain.topology import Topology

MAX_RANKED = 5
UNEXPLAINED_SHARE = 0.6
"""What a local sign that a candidate leaves unexplained takes away, as a share of its weight."""
ENOUGH = 3.0
"""Weight of signs at which the fit is 63 % of what it can become."""
MERE_SYMPTOM = 0.12
"""The fit of a candidate that has no local sign, at most."""


@dataclass(frozen=True)
class Ranked:
    """A candidate with its score (for the order) and its fit (0 to 1, for the confidence).

    `covered` are the local signs that it accounts for now: what is over accounts for nothing that still lasts.
    """

    candidate: Candidate
    covered: frozenset[tuple[str, str]]
    score: float
    fit: float


def diagnose(incident: Incident, topology: Topology, at: float, calibration: Calibration) -> DiagnosisMade:
    """Return the causes of an incident, best first."""
    scene = Scene.of(incident, topology, at)
    ranked = sorted((_rank(scene, candidate) for candidate in candidates(scene)), key=_order)
    causes = tuple(_cause(scene, one, calibration) for one in _by_cover(scene, ranked))
    return DiagnosisMade(incident_id=incident.id, revision=incident.revision, at=at, causes=causes)


def _rank(scene: Scene, candidate: Candidate) -> Ranked:
    explained = {sign.key: sign for sign in candidate.explained if not sign.carried}
    if candidate.moves_load:
        explained |= {sign.key: sign for sign in scene.load}
    gain = weight(explained.values())
    lost = UNEXPLAINED_SHARE * weight(sign for sign in scene.local if sign.key not in explained) + candidate.missing
    carried = weight(_carried_by(scene, candidate))
    fit = gain / (gain + lost) * (1 - math.exp(-(gain + carried) / ENOUGH)) if gain else 0.0
    if not any(not sign.carried for sign in candidate.marks):
        fit = min(MERE_SYMPTOM, weight(candidate.marks) * MERE_SYMPTOM)
    lasting = any(sign.open for sign in candidate.marks)
    covered = explained if lasting else {key for key, sign in explained.items() if not sign.open}
    return Ranked(candidate, frozenset(covered), gain + carried - lost, fit)


def _carried_by(scene: Scene, candidate: Candidate) -> list[Sign]:
    """Return the signs that the candidate's traffic can have carried."""
    if candidate.kind is FaultKind.HIGH_MEMORY:
        return []
    slow_only = candidate.kind in (FaultKind.HIGH_CPU, FaultKind.HIGH_LATENCY)
    return [sign for sign in scene.carried if sign.anomaly.metric == LATENCY or not slow_only]


def _order(ranked: Ranked) -> tuple[float, float, str, str]:
    """Sort key: best score, then the worst mark, then by name, so that ties are always broken alike."""
    worst = max(sign.anomaly.score for sign in ranked.candidate.marks)
    return (-round(ranked.score, 6), -worst, ranked.candidate.element, ranked.candidate.kind)


def _by_cover(scene: Scene, ranked: Sequence[Ranked]) -> list[Ranked]:
    """Return the first few: the best, then those that explain what is left over, then the other explanations."""
    chosen: list[Ranked] = []
    left = {sign.key: sign for sign in scene.local if sign.open}
    pool = list(ranked)
    while pool and len(chosen) < MAX_RANKED:
        best = pool[0] if not chosen else max(pool, key=lambda r: weight(left[k] for k in r.covered & left.keys()))
        if chosen and not best.covered & left.keys():
            break
        pool.remove(best)
        chosen.append(best)
        left = {key: sign for key, sign in left.items() if key not in best.covered}
    return (chosen + pool)[:MAX_RANKED]


def _cause(scene: Scene, ranked: Ranked, calibration: Calibration) -> Cause:
    candidate = ranked.candidate
    return Cause(
        element=candidate.element,
        kind=candidate.kind,
        confidence=round(calibration.confidence(ranked.fit), 4),
        fit=round(ranked.fit, 4),
        evidence=evidence_of(scene, candidate, ranked.covered),
        members=_members_at(candidate),
        actions=remedies(candidate.kind, candidate.element),
    )


def _members_at(candidate: Candidate) -> tuple[str, ...]:
    """Return the anomalies that a repair must clear: the cause's own marks, and the delay that its loss makes.

    Symptoms that traffic carries are left out: at the same place they may be another fault's.
    """
    late = [sign for sign in candidate.explained if candidate.kind is FaultKind.PACKET_LOSS]
    return tuple(dict.fromkeys(name for sign in (*candidate.marks, *late) for name in sign.ids))
