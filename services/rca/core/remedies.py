"""The actions that fit each kind of fault, best first; the last resort of a port fault is to lead traffic around it."""

from __future__ import annotations

from shared.domain.catalogue import FAULTS
from shared.domain.events import Proposal
from shared.domain.kinds import FaultKind


def remedies(kind: FaultKind, element: str) -> tuple[Proposal, ...]:
    """Return what to do against a fault of this kind at this element, in the order in which to try it."""
    return tuple(Proposal(action=action, target=element) for action in FAULTS[kind].playbooks)
