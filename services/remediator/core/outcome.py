"""Finds whether an action helped: yes, no, or not known yet.

Rules: an action helped if all members of its cause are clear, and the last of them cleared after the action took
effect. An action did not help if members did not clear in time and the remediator's own telemetry still shows the harm.
If telemetry shows no harm, or has no samples, the detector may be absent: then the outcome is awaited, up to a limit.

An action that failed is excused once, and may be tried again, in two cases. The harm was gone for a while and came
back: another fault may be the reason. Or the element is off, so that its harm cannot be seen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from services.remediator.core.explanations import some
from services.remediator.core.waits import Waits
from services.remediator.gate import NOT_OBSERVED, Finding, Proof
from shared.domain.events import Action
from shared.domain.kinds import ActionState

SEEN_WITHIN = 30.0
"""Seconds of wall time to wait for an outcome that cannot be seen; a service that was restarted is back by then."""
LOOK_AGAIN = 0.25


@dataclass(frozen=True)
class RepairOutcome:
    """`reported`: the text for a later escalation, if the action did not help. `excusable`: the action may be tried
    once more, since another fault may be the reason or its outcome cannot be seen.
    """

    state: ActionState
    reason: str
    reported: str = ""
    excusable: bool = False


@dataclass(frozen=True)
class Seen:
    """What the samples that the remediator reads show after an action.

    `harm`: whether the harm of the cause is still present. `relieved`: whether that harm was absent for a while after
    the action. `off`: whether the faulty element is down, so that the outcome cannot be seen.
    """

    harm: Finding
    relieved: bool = False
    off: Finding = NOT_OBSERVED


@dataclass(frozen=True)
class Relief:
    """`since`, `last`: times of the first and the newest sample without harm."""

    since: float | None = None
    last: float = -math.inf

    def lasts(self, waits: Waits) -> bool:
        return self.since is not None and self.last >= self.since + waits.relieved_for

    def after(self, harm: Finding, at: float | None, waits: Waits) -> Relief:
        """`at`: the time of the sample from which `harm` was found. If harm is proved or unknown, there is no relief.
        If two samples are too far apart, the relief begins again, because there may have been harm between them.
        """
        if harm.proof in (Proof.PROVED, Proof.UNKNOWN) or at is None:
            return Relief(last=self.last)
        starts = self.since is None or not 0 <= at - self.last <= waits.looks_apart
        return Relief(since=at if starts else self.since, last=at)


def proved(action: Action, cleared: Mapping[str, float | None], now: float) -> RepairOutcome | None:
    proofs = [at for at in cleared.values() if at is not None]
    # All members must be clear, and at least one of them must have cleared after the action took effect.
    if not proofs or len(proofs) < len(cleared) or max(proofs) <= _applied(action, now):
        return None
    return RepairOutcome(ActionState.VERIFIED, f"all {len(proofs)} members cleared after it")


def partly_proved(action: Action, cleared: Mapping[str, float | None], other: str, now: float) -> RepairOutcome | None:
    """`other`: the cause of the members that are still open. None if no member has cleared since the action."""
    since = [at for at in cleared.values() if at is not None and at > _applied(action, now)]
    if not since:
        return None
    left = len(cleared) - sum(at is not None for at in cleared.values())
    return RepairOutcome(
        ActionState.VERIFIED, f"{len(since)} members cleared after it; {left} have another cause: {other}"
    )


def unproved(
    action: Action, cleared: Mapping[str, float | None], now: float, seen: Seen, waits_until: float
) -> RepairOutcome | None:
    """None if the outcome has to be awaited."""
    open_ = [member for member, at in cleared.items() if at is None]
    if not open_:
        why = "the members had cleared before it took effect"
        return RepairOutcome(ActionState.FAILED, why, "took effect after its members had cleared")
    after = f"{now - _applied(action, now):.1f} s after it"
    still = f"{len(open_)} of {len(cleared)} members still open {after}: {some(open_)}"
    if seen.harm.proved and seen.relieved:
        return RepairOutcome(
            ActionState.FAILED, f"the harm went away after it and came back: {still}", "did not help", True
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
