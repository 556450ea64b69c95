"""Tells drift from evidence: a difference from the approved state counts as evidence only while it harms. Pure.

Rule: a difference harms while a state that it can explain is 0: at the places that the signatures of the catalogue
name, or anywhere, if traffic carries the symptom. What can explain what is written in the catalogue and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable

from network.devices.board import Board
from shared.domain.catalogue import METRICS
from shared.domain.elements import explained_by, kind_of, shows_at


def suffering(board: Board, element: str, metric: str, now: float) -> tuple[str, str] | None:
    """Return an element and its state that is 0 and that a difference at `element` can explain; None: there is none."""
    for symptom in explained_by(board.topology, element, metric):
        for other in board.off(symptom.element, symptom.metric, now):
            if symptom.place is None or shows_at(board.topology, element, symptom.place, other):
                return other, symptom.metric
    return None


def says(board: Board, element: str, metric: str) -> str:
    """Return what a state of 0 means, such as `dns/web-1 does not answer`."""
    spec = METRICS[kind_of(board.topology, element), metric]
    return f"{element} {spec.state.says_off if spec.state else 'is off'}"


def publish_evidence(
    board: Board, differing: Iterable[tuple[str, str]], read: Iterable[tuple[str, str]], now: float, every: float
) -> list[tuple[str, str]]:
    """Put the evidence metrics that were read on the board; return the differences that harm nobody: drift.

    `read`: all evidence that the state of a device gives, as pairs of an element and a metric. `differing`: those that
    differ from the approved state. `every`: seconds in which the state is read again.
    """
    off = set(differing)
    drift: list[tuple[str, str]] = []
    for element, metric in read:
        harms = (element, metric) in off and suffering(board, element, metric, now) is not None
        if (element, metric) in off and not harms:
            drift.append((element, metric))
        board.put(element, metric, 0.0 if harms else 1.0, now, every)
    return drift
