"""The evidence of a cause in sentences: the symptoms with their values, and what the cause explains."""

from __future__ import annotations

from collections.abc import Collection

from services.rca.core.incident_context import IncidentContext, Symptom
from services.rca.core.signatures import Candidate
from shared.domain.elements import spec_of
from shared.domain.kinds import Shape
from shared.domain.units import figure

MAX_SENTENCES = 8
MAX_NAMES = 5


def evidence_of(
    context: IncidentContext, candidate: Candidate, covered: Collection[tuple[str, str]]
) -> tuple[str, ...]:
    sentences = [_sentence(context, symptom) for symptom in candidate.own[: MAX_SENTENCES - 3]]
    if candidate.remark:
        sentences.append(candidate.remark)
    elsewhere = [symptom for symptom in context.local if symptom.key in covered and symptom not in candidate.own]
    if elsewhere or context.carried:
        carried = len(context.carried)
        sentences.append(f"explains {len(elsewhere)} further local symptoms; {carried} are carried by traffic")
    left = sorted({symptom.anomaly.element for symptom in context.local if symptom.key not in covered and symptom.open})
    if left:
        more = ", ..." if len(left) > MAX_NAMES else ""
        sentences.append(f"leaves unexplained what is seen at {', '.join(left[:MAX_NAMES])}{more}")
    return tuple(sentences)


def _sentence(context: IncidentContext, symptom: Symptom) -> str:
    anomaly, spec = symptom.anomaly, spec_of(context.topology, symptom.anomaly)
    over = "" if symptom.open else " (clear by now)"
    if spec and spec.state:
        word = "goes down and up in turn" if anomaly.shape is Shape.FLAP else spec.state.says_off
        return f"{anomaly.element} {word}{over}"
    unit = spec.unit if spec else ""
    grows = ", growing steadily" if anomaly.shape is Shape.RAMP else ""
    value, expected = (f"{figure(number)} {unit}".rstrip() for number in (anomaly.value, anomaly.expected))
    figures = f"{value} where {expected} is expected"
    return f"{anomaly.metric} of {anomaly.element} is {figures} (limit {figure(anomaly.threshold)}){grows}{over}"
