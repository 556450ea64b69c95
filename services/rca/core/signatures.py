"""What each kind of fault looks like: for every element with symptoms, the candidates that could have made them.

Rules: a candidate says which local symptoms it explains, whether it explains load that took another way, and how much
of what it should show is missing. It is proposed only where its own primary symptom is there; symptoms that traffic
carries make weak candidates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.rca.core.incident_context import IncidentContext, Symptom
from shared.domain.kinds import FaultKind, LinkMetric, NodeMetric, Shape

NO_ANSWER_YET = 1.0
"""Seconds after the last of its links fell in which a node may still turn out to be dead."""
PARTS_MISSING = 1
"""Links of a node that may fail to show what all its ports should."""
MISSING_REACHABLE = 4.0
MISSING_LINK = 1.5
MISSING_HARM = 1.5
"""What it costs a candidate that something it should show is not there."""
LATENCY, LOSS = LinkMetric.LATENCY.value, LinkMetric.PACKET_LOSS.value


@dataclass(frozen=True)
class Candidate:
    """A possible cause: `own` are the symptoms it is named for, `explained` all local ones that it accounts for."""

    element: str
    kind: FaultKind
    own: tuple[Symptom, ...]
    explained: tuple[Symptom, ...]
    moves_load: bool = False
    missing: float = 0.0
    remark: str = ""


def candidates(context: IncidentContext) -> list[Candidate]:
    """Return everything that could have caused the symptoms of an incident."""
    found = [c for element in context.elements for c in _of_element(context, element)]
    nodes = sorted({end for element in context.elements for end in context.topology.ends(element)})
    found += [c for node in nodes for c in _of_ports(context, node)]
    return found or list(_of_carried(context))


def _of_element(context: IncidentContext, element: str) -> Iterator[Candidate]:
    if context.topology.is_link(element):
        yield from _cut(context, element)
        yield from _slow_or_lossy(context, element)
        yield from _crowded(context, element)
        return
    for metric, kind in ((NodeMetric.CPU_USAGE, FaultKind.HIGH_CPU), (NodeMetric.MEMORY_USAGE, FaultKind.HIGH_MEMORY)):
        if symptom := context.symptom(element, metric):
            yield Candidate(element, kind, (symptom,), (symptom,))


def _cut(context: IncidentContext, link: str) -> Iterator[Candidate]:
    if symptom := context.symptom(link, LinkMetric.UP):
        kind = FaultKind.LINK_FLAP if symptom.anomaly.shape is Shape.FLAP else FaultKind.LINK_DOWN
        explained = tuple(context.at_element(link))
        yield Candidate(link, kind, (symptom,), explained, moves_load=not context.topology.is_leaf(link))


def _slow_or_lossy(context: IncidentContext, link: str) -> Iterator[Candidate]:
    slow, lossy = context.symptom(link, LATENCY), context.symptom(link, LOSS)
    if slow:
        yield Candidate(link, FaultKind.HIGH_LATENCY, (slow,), (slow,))
    if lossy:  # what is lost is sent again, and comes late
        yield Candidate(link, FaultKind.PACKET_LOSS, (lossy,), _there(lossy, slow))


def _crowded(context: IncidentContext, link: str) -> Iterator[Candidate]:
    full = context.symptom(link, LinkMetric.UTILIZATION)
    if full is None:
        return
    harm = _there(context.symptom(link, LATENCY), context.symptom(link, LOSS))
    busy = context.having(tuple(sorted(context.topology.ends(link))), NodeMetric.CPU_USAGE)
    missing = 0.0 if harm else MISSING_HARM
    yield Candidate(link, FaultKind.CONGESTION, (full, *harm), (full, *harm, *busy), missing=missing)


def _of_ports(context: IncidentContext, node: str) -> Iterator[Candidate]:
    yield from _dead(context, node)
    links = context.links_of(node)
    if len(links) <= 1:  # that link and the node are one place
        return
    for metric, kind in ((LATENCY, FaultKind.HIGH_LATENCY), (LOSS, FaultKind.PACKET_LOSS)):
        own = context.having(links, metric)
        gaps = len(links) - len(own)
        if len(own) > 1 and gaps <= PARTS_MISSING:
            slow = context.having(links, LATENCY) if kind is FaultKind.PACKET_LOSS else []
            yield Candidate(
                node,
                kind,
                tuple(own),
                tuple(dict.fromkeys((*own, *slow))),
                missing=gaps * MISSING_LINK,
                remark=f"{len(own)} of its {len(links)} links show it",
            )


def _dead(context: IncidentContext, node: str) -> Iterator[Candidate]:
    silent, links = context.symptom(node, NodeMetric.REACHABLE), context.links_of(node)
    cut = [symptom for symptom in context.having(links, LinkMetric.UP) if symptom.anomaly.shape is not Shape.FLAP]
    explained = (*context.at_element(node), *(symptom for link in links for symptom in context.at_element(link)))
    local = tuple(symptom for symptom in explained if not symptom.carried)
    if silent and not silent.open:  # it answers again: a link that is down now is down by itself
        cut = [symptom for symptom in cut if not symptom.open]
    remark = f"{len(cut)} of its {len(links)} links are down" if cut else ""
    if silent:
        yield Candidate(node, FaultKind.NODE_DOWN, (silent, *cut), local, moves_load=len(links) > 1, remark=remark)
        return
    all_cut = len(cut) == len(links) > 1 and all(symptom.open for symptom in cut)
    if all_cut and context.at - max(symptom.anomaly.at for symptom in cut) < NO_ANSWER_YET:
        yield Candidate(node, FaultKind.NODE_DOWN, tuple(cut), local, True, MISSING_REACHABLE, remark)


def _of_carried(context: IncidentContext) -> Iterator[Candidate]:
    """Yield weak candidates at the nodes that suffer most: the remediator waits for something better."""
    for symptom in context.carried:
        kind = FaultKind.PACKET_LOSS if symptom.anomaly.metric == LOSS else FaultKind.HIGH_LATENCY
        yield Candidate(symptom.anomaly.element, kind, (symptom,), (symptom,), remark="carried there by traffic")


def _there(*symptoms: Symptom | None) -> tuple[Symptom, ...]:
    return tuple(symptom for symptom in symptoms if symptom is not None)


def weight(symptoms: Iterable[Symptom]) -> float:
    """Return what symptoms weigh together."""
    return sum(symptom.weight for symptom in symptoms)
