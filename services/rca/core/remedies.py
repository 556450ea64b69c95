"""The actions that fit each kind of fault, in the order of the catalogue's playbooks: the best first."""

from __future__ import annotations

from shared.domain.catalogue import FAULTS
from shared.domain.events import Proposal
from shared.domain.kinds import FaultKind


def remedies(kind: FaultKind, element: str) -> tuple[Proposal, ...]:
    return tuple(Proposal(action=action, target=element) for action in FAULTS[kind].playbooks)
