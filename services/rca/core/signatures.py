"""Finds the candidates: for each element with symptoms, the kinds of fault whose signature the symptoms match.

Rules

1. A candidate lists the local symptoms that it explains, states whether it explains rerouted load, and has a cost for
   the symptoms that it should show and does not.
2. A candidate needs the required symptom of its signature.
3. If there is no candidate, carried symptoms give candidates with a low fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from services.rca.core.incident_context import IncidentContext, Symptom
from shared.domain.catalogue import (
    FAULTS,
    METRICS,
    FaultSpec,
    Role,
    Signature,
    SymptomPlace,
    SymptomSpec,
    signatures_at,
)
from shared.domain.elements import kind_of, places_of, shows_at
from shared.domain.kinds import ElementKind, FaultKind

MISSING_LINK = 1.5
MISSING_EXPECTED = 1.5
"""The costs of a symptom that a candidate should show and does not, in units of weight."""

Key: TypeAlias = tuple[str, str]
"""An element and one of its metrics."""


@dataclass(frozen=True)
class Candidate:
    """`own`: the symptoms that match the signature. `explained`: all that it explains, except rerouted load."""

    element: str
    kind: FaultKind
    own: tuple[Symptom, ...]
    explained: tuple[Symptom, ...]
    cleared: tuple[Symptom, ...]
    """The symptoms that a repair has to clear."""
    moves_load: bool = False
    missing: float = 0.0
    remark: str = ""
    required: frozenset[Key] = frozenset()
    """The symptoms that the kind of fault always shows."""
    contradicted: bool = False
    """The state of the element speaks against the candidate: it is named only for want of a better one."""


def candidates(context: IncidentContext) -> list[Candidate]:
    ends = (end for element in context.elements for end in context.topology.ends(element))
    places = sorted({*context.elements, *ends})
    found = [
        candidate
        for element in places
        for spec, signature in signatures_at(kind_of(context.topology, element))
        if signature.required.metric in context.metrics
        and signature.is_of(element)
        and (candidate := _candidate(context, element, spec, signature)) is not None
    ]
    return found or list(_of_carried(context))


def _candidate(context: IncidentContext, element: str, spec: FaultSpec, signature: Signature) -> Candidate | None:
    required = _symptoms(context, element, signature.required)
    if not required:
        return None
    missing, remark = 0.0, ""
    if signature.required.place is SymptomPlace.LINKS:
        links = context.links_of(element)
        gaps = len(links) - len(required)
        if len(required) < 2 or gaps > signature.may_miss:  # a fault of one link is a candidate at the link
            return None
        missing, remark = gaps * MISSING_LINK, f"{len(required)} of its {len(links)} links show it"
    contradicted = signature.required.disabled and any(symptom.anomaly.enabled for symptom in required)
    if contradicted:
        remark = "but its configuration has it enabled"
    lasts = any(symptom.open for symptom in required)
    expected = [
        symptom
        for wanted in signature.expected
        for symptom in _symptoms(context, element, wanted)
        # A symptom of another element that lasts longer than the required symptom has another cause.
        if wanted.place is SymptomPlace.SELF or lasts or not symptom.open
    ]
    if signature.needs_expected and not expected:
        missing += MISSING_EXPECTED
    candidate = _built(context, element, spec, signature, (*required, *expected), missing, remark)
    return replace(candidate, contradicted=contradicted, required=frozenset(symptom.key for symptom in required))


def _built(
    context: IncidentContext,
    element: str,
    spec: FaultSpec,
    signature: Signature,
    own: tuple[Symptom, ...],
    missing: float,
    remark: str,
) -> Candidate:
    if signature.explains_all:
        places = (element, *context.links_of(element), *context.belonging_to(element))
        local = (symptom for place in places for symptom in context.at_element(place) if not symptom.carried)
        # A changed configuration is a cause, never a symptom.
        explained = [symptom for symptom in local if symptom.role is not Role.EVIDENCE or symptom in own]
    else:
        further = (
            symptom
            for wanted in signature.explains
            for symptom in _symptoms(context, element, wanted)
            if wanted.for_each is None or _is_proportionate(context, symptom, own, wanted.for_each)
        )
        explained = list(dict.fromkeys((*own, *further)))
    return Candidate(
        element,
        spec.kind,
        own,
        tuple(explained),
        tuple(dict.fromkeys((*own, *explained))) if signature.clears_explained else own,
        moves_load=spec.moves_traffic and not context.topology.is_leaf(element),
        missing=missing,
        remark=remark or _remark(context, element, own),
    )


def _is_proportionate(context: IncidentContext, symptom: Symptom, own: Sequence[Symptom], for_each: float) -> bool:
    """Return whether the required symptom at the same element is large enough to explain a symptom."""
    cause = next((one for one in own if one.anomaly.element == symptom.anomaly.element), None)
    if cause is None:
        return True
    explained, rose = cause.anomaly.value * for_each, symptom.anomaly.value - symptom.anomaly.expected
    return rose <= explained


def _remark(context: IncidentContext, element: str, own: tuple[Symptom, ...]) -> str:
    links = context.links_of(element)
    off = [symptom for symptom in own if symptom.anomaly.element in links]
    state = METRICS[ElementKind.LINK, off[0].anomaly.metric].state if off else None
    return f"{len(off)} of its {len(links)} links {state.says_many_off}" if state else ""


def _symptoms(context: IncidentContext, element: str, wanted: SymptomSpec) -> list[Symptom]:
    places = places_of(context.topology, element, wanted.place)
    if places is None:  # the topology does not list the sessions, services and paths: only those with symptoms count
        every = context.with_metric(wanted.metric)
        places = tuple(other for other in every if shows_at(context.topology, element, wanted.place, other))
    found = context.having(places, wanted.metric)
    return [symptom for symptom in found if wanted.has_shape(symptom.anomaly.shape)]


def _of_carried(context: IncidentContext) -> Iterator[Candidate]:
    """Yield candidates with a low fit at the nodes with carried symptoms. The remediator waits for better ones."""
    for symptom in context.carried:
        role, of = symptom.role, (symptom,)
        kinds = (kind for kind, spec in FAULTS.items() if spec.of_ports and _link_role(spec) is role)
        if (kind := next(kinds, None)) is not None:
            yield Candidate(symptom.anomaly.element, kind, of, of, of, remark="carried there by traffic")


def _link_role(spec: FaultSpec) -> Role | None:
    of_link = (s for s in spec.signatures if s.element is ElementKind.LINK)
    return next((METRICS[ElementKind.LINK, s.required.metric].role for s in of_link), None)


def weight(symptoms: Iterable[Symptom]) -> float:
    return sum(symptom.weight for symptom in symptoms)
