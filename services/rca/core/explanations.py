"""The sentences of a diagnosis: what was seen, with figures, and what it explains."""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType

from services.rca.core.incident_context import IncidentContext, Symptom
from services.rca.core.signatures import Candidate
from shared.domain.kinds import LinkMetric, NodeMetric, Shape
from shared.domain.units import figure

MAX_SENTENCES = 8
MAX_NAMES = 5
UNITS = MappingProxyType(
    {
        NodeMetric.CPU_USAGE.value: "%",
        NodeMetric.MEMORY_USAGE.value: "%",
        NodeMetric.LATENCY.value: "ms",
        NodeMetric.PACKET_LOSS.value: "%",
        LinkMetric.UTILIZATION.value: "%",
    }
)


def evidence_of(
    context: IncidentContext, candidate: Candidate, covered: Collection[tuple[str, str]]
) -> tuple[str, ...]:
    """Return what speaks for a candidate, and what it leaves unexplained."""
    sentences = [_seen(symptom) for symptom in candidate.own[: MAX_SENTENCES - 3]]
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


def _seen(symptom: Symptom) -> str:
    anomaly = symptom.anomaly
    over = "" if symptom.open else " (clear by now)"
    if anomaly.metric == NodeMetric.REACHABLE:
        return f"{anomaly.element} does not answer{over}"
    if anomaly.metric == LinkMetric.UP:
        word = "goes down and up in turn" if anomaly.shape is Shape.FLAP else "is down"
        return f"{anomaly.element} {word}{over}"
    unit = UNITS.get(anomaly.metric, "")
    grows = ", growing steadily" if anomaly.shape is Shape.RAMP else ""
    figures = f"{figure(anomaly.value)} {unit} where {figure(anomaly.expected)} {unit} is expected"
    return f"{anomaly.metric} of {anomaly.element} is {figures} (limit {figure(anomaly.threshold)}){grows}{over}"
