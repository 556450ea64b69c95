"""Tells drift from evidence: a difference from the approved state counts as evidence only while it harms. Pure.

Rule: a difference harms while a state that it can explain is 0: at the places that the signatures of the catalogue
name, or anywhere, if traffic carries the symptom. What can explain what is written in the catalogue and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable

from network.devices.board import Board
from shared.domain.elements import suffering


def harms(board: Board, element: str, metric: str, now: float) -> bool:
    """Return whether something is out of service that a difference at `element` can explain."""
    found = suffering(board.topology, element, metric, lambda kind, state: board.off(kind, state, now))
    return next(found, None) is not None


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
        differs = (element, metric) in off
        is_evidence = differs and harms(board, element, metric, now)
        if differs and not is_evidence:
            drift.append((element, metric))
        board.put(element, metric, 0.0 if is_evidence else 1.0, now, every)
    return drift
