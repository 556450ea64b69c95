"""Whether a fault is there, with the proof or with what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Landed:
    """`proof`: what was seen, in one sentence."""

    proof: str


@dataclass(frozen=True)
class NotLanded:
    """`reason`: what is missing, or why the fault cannot be made here; one sentence with the remedy if there is one."""

    reason: str


def all_of(results: Iterable[Landed | NotLanded]) -> Landed | NotLanded:
    """Return one result for several: the first that failed, or all proofs together."""
    proofs = []
    for result in results:
        if isinstance(result, NotLanded):
            return result
        proofs.append(result.proof)
    return Landed("; ".join(dict.fromkeys(proofs)))
