"""Ranks the candidates by their scores.

Rules

1. The score of a candidate is the weight of the symptoms that it explains, less what it leaves unexplained or lacks
   (`terms`; the shares are learnt). If its required symptom has cleared,
   a candidate does not explain the symptoms that are still open.
2. The first cause has the best score. The next causes explain symptoms that the first leaves unexplained. Then come
   other explanations of the same symptoms.
3. The same incident, time and calibration give the same diagnosis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.rca.core.confidence import FLOOR, Calibration
from services.rca.core.explanations import evidence_of
from services.rca.core.incident_context import IncidentContext, Symptom
from services.rca.core.learnt import WEIGHTS
from services.rca.core.remedies import remedies
from services.rca.core.signatures import Candidate, Key, candidates, weight
from services.rca.core.terms import Terms
from shared.domain.catalogue import FAULTS
from shared.domain.events import Cause, DiagnosisMade, Incident
from shared.domain.topology import Topology

MAX_RANKED = 5
CONTRADICTED = 0.2
"""The largest fit of a candidate that the state of its element speaks against."""
CARRIED_ONLY = 0.12
"""The largest fit of a candidate without a local symptom."""


@dataclass(frozen=True)
class Ranked:
    """A candidate with its score (for the order) and its fit (0 to 1, for the confidence).

    `covered`: the local symptoms that the candidate explains now. If all symptoms of its signature have
    cleared, it explains no open symptom.
    """

    candidate: Candidate
    covered: frozenset[tuple[str, str]]
    terms: Terms
    score: float
    fit: float


def diagnose(incident: Incident, topology: Topology, at: float, calibration: Calibration) -> DiagnosisMade:
    context = IncidentContext.of(incident, topology, at)
    chosen, others = _by_cover(context, rank(context))
    causes = tuple(
        _cause(
            context, one, _confidence(one, calibration, number), _required_by(chosen, one), also=number < len(chosen)
        )
        for number, one in enumerate((*chosen, *others)[:MAX_RANKED])
    )
    return DiagnosisMade(incident_id=incident.id, revision=incident.revision, at=at, causes=causes)


def rank(context: IncidentContext) -> list[Ranked]:
    """Return all candidates, the best score first."""
    return sorted((_rank(context, candidate) for candidate in candidates(context)), key=_order)


def _rank(context: IncidentContext, candidate: Candidate) -> Ranked:
    explained = {symptom.key: symptom for symptom in candidate.explained if not symptom.carried}
    if candidate.moves_load:
        explained |= {symptom.key: symptom for symptom in context.load}
    if _is_over(candidate):
        explained = {key: symptom for key, symptom in explained.items() if not symptom.open}
    terms = Terms(
        gain=weight(explained.values()),
        carried=weight(_carried_by(context, candidate)),
        unexplained=weight(symptom for symptom in context.local if symptom.key not in explained),
        missing=candidate.missing,
    )
    lasting = any(symptom.open for symptom in candidate.own)
    covered = explained if lasting else {key for key, symptom in explained.items() if not symptom.open}
    score, fit = terms.score(WEIGHTS), limited(candidate, terms.fit(WEIGHTS))
    return Ranked(candidate, frozenset(covered), terms, score, fit)


def limited(candidate: Candidate, fit: float) -> float:
    if not any(not symptom.carried for symptom in candidate.own):
        fit = min(CARRIED_ONLY, weight(candidate.own) * CARRIED_ONLY)
    return min(fit, CONTRADICTED) if candidate.contradicted else fit


def _is_over(candidate: Candidate) -> bool:
    """Return whether the required symptom has cleared, of a fault that leaves no traffic to move back."""
    required = [symptom for symptom in candidate.own if symptom.key in candidate.required]
    return bool(required) and not FAULTS[candidate.kind].moves_traffic and not any(s.open for s in required)


def _carried_by(context: IncidentContext, candidate: Candidate) -> list[Symptom]:
    return [symptom for symptom in context.carried if symptom.role in FAULTS[candidate.kind].carries]


def _order(ranked: Ranked) -> tuple[float, float, str, str]:
    worst = max(symptom.anomaly.score for symptom in ranked.candidate.own)
    return (-round(ranked.score, 6), -worst, ranked.candidate.element, ranked.candidate.kind)


def _by_cover(context: IncidentContext, ranked: Sequence[Ranked]) -> tuple[list[Ranked], list[Ranked]]:
    """Return the best candidate and those that explain further symptoms; and the others. At most `MAX_RANKED` each."""
    chosen: list[Ranked] = []
    left = {symptom.key: symptom for symptom in context.local if symptom.open}
    pool = list(ranked)
    while pool and len(chosen) < MAX_RANKED:
        best = pool[0] if not chosen else max(pool, key=lambda r: weight(left[k] for k in r.covered & left.keys()))
        if chosen and not best.covered & left.keys():
            break
        pool.remove(best)
        chosen.append(best)
        left = {key: symptom for key, symptom in left.items() if key not in best.covered}
    return chosen, pool[:MAX_RANKED]


def _confidence(ranked: Ranked, calibration: Calibration, place: int) -> float:
    """`place`: 0 for the first cause. The calibration is of first causes: the others explain less, or what another
    explains better.
    """
    confidence = calibration.confidence(ranked.fit)
    return confidence if place == 0 else min(confidence, max(FLOOR, ranked.fit))


def _cause(context: IncidentContext, ranked: Ranked, confidence: float, apart: frozenset[Key], *, also: bool) -> Cause:
    candidate = ranked.candidate
    return Cause(
        element=candidate.element,
        kind=candidate.kind,
        confidence=round(confidence, 4),
        fit=round(ranked.fit, 4),
        also=also,
        evidence=evidence_of(context, candidate, ranked.covered),
        members=_members_at(candidate, apart),
        actions=remedies(candidate.kind, candidate.element),
    )


def _required_by(chosen: Sequence[Ranked], but: Ranked) -> frozenset[Key]:
    """Return the symptoms that the other causes are known by. They stay until those causes end."""
    others = (one.candidate for one in chosen if one is not but)
    return frozenset(key for candidate in others for key in candidate.required) - but.candidate.required


def _members_at(candidate: Candidate, apart: frozenset[Key]) -> tuple[str, ...]:
    """Other carried symptoms at the same element are not included, since another fault may cause them. `apart`: the
    symptoms of other causes.
    """
    cleared = (symptom for symptom in candidate.cleared if symptom.key not in apart)
    return tuple(dict.fromkeys(name for symptom in cleared for name in symptom.ids))
