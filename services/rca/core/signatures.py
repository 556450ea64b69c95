"""What each kind of fault looks like: for every element with signs, the candidates that could have made them.

Rules: a candidate says which local signs it explains, whether it explains load that took another way, and how much of
what it should show is missing. It is proposed only where its own mark is there; symptoms that traffic carries make weak candidates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.rca.core.scene import Scene, Sign
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
    """A possible cause. `marks` are its own signs, `explained` all local signs at its place that it accounts for."""

    element: str
    kind: FaultKind
    marks: tuple[Sign, ...]
    explained: tuple[Sign, ...]
    moves_load: bool = False
    missing: float = 0.0
    remark: str = ""


def candidates(scene: Scene) -> list[Candidate]:
    """Return everything that could have caused the scene."""
    found = [c for element in scene.elements for c in _of_element(scene, element)]
    nodes = sorted({end for element in scene.elements for end in scene.topology.ends(element)})
    found += [c for node in nodes for c in _of_ports(scene, node)]
    return found or list(_of_carried(scene))


def _of_element(scene: Scene, element: str) -> Iterator[Candidate]:
    if scene.topology.is_link(element):
        yield from _cut(scene, element)
        yield from _slow_or_lossy(scene, element)
        yield from _crowded(scene, element)
        return
    for metric, kind in ((NodeMetric.CPU_USAGE, FaultKind.HIGH_CPU), (NodeMetric.MEMORY_USAGE, FaultKind.HIGH_MEMORY)):
        if sign := scene.sign(element, metric):
            yield Candidate(element, kind, (sign,), (sign,))


def _cut(scene: Scene, link: str) -> Iterator[Candidate]:
    if sign := scene.sign(link, LinkMetric.UP):
        kind = FaultKind.LINK_FLAP if sign.anomaly.shape is Shape.FLAP else FaultKind.LINK_DOWN
        explained = tuple(scene.at_element(link))
        yield Candidate(link, kind, (sign,), explained, moves_load=not scene.is_leaf(link))


def _slow_or_lossy(scene: Scene, link: str) -> Iterator[Candidate]:
    slow, lossy = scene.sign(link, LATENCY), scene.sign(link, LOSS)
    if slow:
        yield Candidate(link, FaultKind.HIGH_LATENCY, (slow,), (slow,))
    if lossy:  # what is lost is sent again, and comes late
        yield Candidate(link, FaultKind.PACKET_LOSS, (lossy,), _there(lossy, slow))


def _crowded(scene: Scene, link: str) -> Iterator[Candidate]:
    full = scene.sign(link, LinkMetric.UTILIZATION)
    if full is None:
        return
    harm = _there(scene.sign(link, LATENCY), scene.sign(link, LOSS))
    busy = scene.having(tuple(sorted(scene.topology.ends(link))), NodeMetric.CPU_USAGE)
    missing = 0.0 if harm else MISSING_HARM
    yield Candidate(link, FaultKind.CONGESTION, (full, *harm), (full, *harm, *busy), missing=missing)


def _of_ports(scene: Scene, node: str) -> Iterator[Candidate]:
    yield from _dead(scene, node)
    links = scene.links_of(node)
    if len(links) <= 1:  # that link and the node are one place
        return
    for metric, kind in ((LATENCY, FaultKind.HIGH_LATENCY), (LOSS, FaultKind.PACKET_LOSS)):
        marks = scene.having(links, metric)
        gaps = len(links) - len(marks)
        if len(marks) > 1 and gaps <= PARTS_MISSING:
            slow = scene.having(links, LATENCY) if kind is FaultKind.PACKET_LOSS else []
            yield Candidate(
                node,
                kind,
                tuple(marks),
                tuple(dict.fromkeys((*marks, *slow))),
                missing=gaps * MISSING_LINK,
                remark=f"{len(marks)} of its {len(links)} links show it",
            )


def _dead(scene: Scene, node: str) -> Iterator[Candidate]:
    silent, links = scene.sign(node, NodeMetric.REACHABLE), scene.links_of(node)
    cut = [sign for sign in scene.having(links, LinkMetric.UP) if sign.anomaly.shape is not Shape.FLAP]
    explained = (*scene.at_element(node), *(sign for link in links for sign in scene.at_element(link)))
    local = tuple(sign for sign in explained if not sign.carried)
    if silent and not silent.open:  # it answers again: a link that is down now is down by itself
        cut = [sign for sign in cut if not sign.open]
    remark = f"{len(cut)} of its {len(links)} links are down" if cut else ""
    if silent:
        yield Candidate(node, FaultKind.NODE_DOWN, (silent, *cut), local, moves_load=len(links) > 1, remark=remark)
        return
    all_cut = len(cut) == len(links) > 1 and all(sign.open for sign in cut)
    if all_cut and scene.at - max(sign.anomaly.at for sign in cut) < NO_ANSWER_YET:
        yield Candidate(node, FaultKind.NODE_DOWN, tuple(cut), local, True, MISSING_REACHABLE, remark)


def _of_carried(scene: Scene) -> Iterator[Candidate]:
    """Yield weak candidates at the nodes that suffer most: the remediator waits for something better."""
    for sign in scene.carried:
        kind = FaultKind.PACKET_LOSS if sign.anomaly.metric == LOSS else FaultKind.HIGH_LATENCY
        yield Candidate(sign.anomaly.element, kind, (sign,), (sign,), remark="carried there by traffic")


def _there(*signs: Sign | None) -> tuple[Sign, ...]:
    return tuple(sign for sign in signs if sign is not None)


def weight(signs: Iterable[Sign]) -> float:
    """Return what signs weigh together."""
    return sum(sign.weight for sign in signs)
