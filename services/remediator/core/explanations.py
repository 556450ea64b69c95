"""What a repair's events say in words."""

from __future__ import annotations

from services.remediator.core.case import Choice

SHOWN = 3


def for_what(choice: Choice) -> str:
    """Return what a proposed action is for."""
    if choice.cause is None:
        return "advised by the stabilizer"
    return f"{choice.cause.kind} at {choice.cause.element}, confidence {choice.cause.confidence:.2f}"


def some(names: list[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
