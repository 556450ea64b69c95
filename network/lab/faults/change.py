"""One step of a fault: what it does, and how to undo it. Stored in the journal before it is made."""

from __future__ import annotations

import msgspec

from network.lab.faults.access import LabAccess
from network.lab.faults.proof import Landed, NotLanded


class FaultChange(msgspec.Struct, frozen=True, tag_field="change"):
    """A value that holds everything: another process can undo it from the stored text alone."""

    @property
    def touches(self) -> frozenset[str]:
        """What it changes, as paths such as `node/r1/interface/eth0`.

        Two faults must not touch the same thing, nor a part of it: the second would store the first as what was there.
        """
        raise NotImplementedError

    def apply(self, lab: LabAccess) -> str:
        """Make the change. Return why it failed; empty if it worked."""
        raise NotImplementedError

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        """Look whether it is there."""
        raise NotImplementedError

    def undo(self, lab: LabAccess) -> str:
        """Restore what was there before, whether or not it was made. Return what could not be restored, else empty."""
        raise NotImplementedError


def collide(one: frozenset[str], other: frozenset[str]) -> str:
    """Return a thing that both change; empty if there is none. Pure."""
    for left in sorted(one):
        for right in sorted(other):
            if f"{left}/".startswith(f"{right}/") or f"{right}/".startswith(f"{left}/"):
                return max(left, right, key=len)
    return ""
