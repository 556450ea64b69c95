"""Whether an action helped, as far as that can be known: it did, it did not, or nobody can say yet.

Rules: an action helped where all members of its cause cleared after it took effect. It did not help where they did not
in time and the remediator itself still sees the harm. Where it does not see the harm, or sees nothing, the detector may
be away: that is no failure, and the outcome is waited for, up to a limit. Harm that was gone for a while after the
effect and is there again may be another fault, and of an element that is off nobody can see what became of its harm:
that excuses an action once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from services.remediator.core.explanations import some
from services.remediator.core.waits import Waits
from services.remediator.gate import NOBODY_LOOKED, Finding, Proof
from shared.domain.events import Action
from shared.domain.kinds import ActionState

SEEN_WITHIN = 30.0
"""Seconds of wall time for which an outcome is waited for that cannot be seen: a service is back within them."""
LOOK_AGAIN = 0.25


@dataclass(frozen=True)
class RepairOutcome:
    """How an action ended; `told` is what a person hears of it later where it did not help.

    `excusable`: another fault may be why, so that it may be tried once more.
    """

    state: ActionState
    reason: str
    told: str = ""
    excusable: bool = False


@dataclass(frozen=True)
class Seen:
    """What the remediator sees itself: the harm, whether it had gone away for a while, whether the element is off."""

    harm: Finding
    relieved: bool = False
    off: Finding = NOBODY_LOOKED


@dataclass(frozen=True)
class Relief:
    """Whether harm has gone away since an action took effect, look by look: since when, and the last sample's time."""

    since: float | None = None
    last: float = -math.inf

    def lasts(self, waits: Waits) -> bool:
        """Whether samples have shown no harm for long enough."""
        return self.since is not None and self.last >= self.since + waits.relieved_for

    def after(self, harm: Finding, at: float | None, waits: Waits) -> Relief:
        """Return what a look at a sample that was taken `at` makes of it.

        What cannot be seen is no relief, and neither are samples too far apart: harm may have come and gone between.
        """
        if harm.proof in (Proof.PROVED, Proof.UNKNOWN) or at is None:
            return Relief(last=self.last)
        anew = self.since is None or not 0 <= at - self.last <= waits.looks_apart
        return Relief(since=at if anew else self.since, last=at)


def proved(action: Action, cleared: Mapping[str, float | None], now: float) -> RepairOutcome | None:
    """Return that an action helped, where all members cleared and one of them after its effect."""
    proofs = [at for at in cleared.values() if at is not None]
    # A member that cleared earlier is no proof and no hindrance: one sample from after the effect must be there.
    if not proofs or len(proofs) < len(cleared) or max(proofs) <= _applied(action, now):
        return None
    return RepairOutcome(ActionState.VERIFIED, f"all {len(proofs)} members cleared after it")


def unproved(
    action: Action, cleared: Mapping[str, float | None], now: float, seen: Seen, waits_until: float
) -> RepairOutcome | None:
    """Return what an action is that was not proved in time; nothing where it has to be waited for."""
    open_ = [member for member, at in cleared.items() if at is None]
    if not open_:
        why = "the members had cleared before it took effect"
        return RepairOutcome(ActionState.FAILED, why, "took effect after its members had cleared")
    after = f"{now - _applied(action, now):.1f} s after it"
    still = f"{len(open_)} of {len(cleared)} members still open {after}: {some(open_)}"
    if seen.harm.proved and seen.relieved:
        return RepairOutcome(
            ActionState.FAILED, f"the harm went away after it and came again: {still}", "did not help", True
        )
    if seen.harm.proved:
        return RepairOutcome(ActionState.FAILED, still, "did not help")
    if seen.off.proved:
        why = f"its outcome cannot be seen, since {seen.off.reason}: {still}"
        return RepairOutcome(ActionState.FAILED, why, "was not seen to help", True)
    if now < waits_until:
        return None
    return RepairOutcome(
        ActionState.FAILED, f"its outcome was not seen: {still}; {seen.harm.reason}", "was not seen to help"
    )


def _applied(action: Action, now: float) -> float:
    return now if action.applied is None else action.applied
