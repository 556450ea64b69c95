"""Texts for the events of a repair."""

from __future__ import annotations

from services.remediator.core.case import Choice

SHOWN = 3


def for_what(choice: Choice) -> str:
    if choice.cause is None:
        return "advised by the stabilizer"
    return f"{choice.cause.kind} at {choice.cause.element}, confidence {choice.cause.confidence:.2f}"


def some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
