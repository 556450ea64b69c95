"""The step that verifies an action: listens and looks until it is known whether it helped, or nobody can say.

Rules: the remediator looks for itself all the while, so that it knows whether the harm was ever gone. Gentle advice has
no members to clear: it holds where nothing broke after it. Time that is set back begins the step anew.
"""

from __future__ import annotations

from services.remediator.core.outcome import (
    LOOK_AGAIN,
    SEEN_WITHIN,
    VERIFY_WITHIN,
    Relief,
    RepairOutcome,
    Seen,
    proved,
    unproved,
)
from services.remediator.core.repair_journal import RepairJournal
from services.remediator.gate import Finding
from shared.domain.catalogue import FAULTS, Role
from shared.domain.elements import has_role, kind_of
from shared.domain.events import Action, Cause
from shared.domain.kinds import ActionState

VERIFY_AFTER_TAKEOVER = 1.0
"""Seconds for which a process that takes over in the middle listens before it says that nothing cleared."""
SEEN_AFTER_TAKEOVER = 2.5
"""Seconds of wall time for which it waits at least for what cannot be seen: others may be starting as well."""


class Verification:
    """One action that took effect, as seen by a process that verifies it since `entered`."""

    def __init__(self, journal: RepairJournal, action: Action, entered: float) -> None:
        self._journal, self._case, self._around = journal, journal.case, journal.around
        self._action = action
        self._relief = Relief()
        self._entered = entered
        self._applied = entered if action.applied is None else action.applied

    @property
    def _decides_at(self) -> float:
        return max(self._applied + VERIFY_WITHIN, self._entered + VERIFY_AFTER_TAKEOVER)

    @property
    def _waits_until(self) -> float:
        """Until when what cannot be seen is waited for: from the effect on, however often another takes over."""
        speed = self._around.speed
        return max(self._applied + VERIFY_WITHIN + SEEN_WITHIN * speed, self._entered + SEEN_AFTER_TAKEOVER * speed)

    def next_due(self, now: float) -> float:
        """Return when to look again although nothing was heard."""
        return min(self._decides_at, now + LOOK_AGAIN) if now < self._decides_at else now + LOOK_AGAIN

    def settle(self, now: float) -> Action | None:
        """Return the action as it ended; nothing while that is not known."""
        self._entered, self._applied = min(self._entered, now), min(self._applied, now)
        cause = self._action.cause
        outcome = self._calm(now) if cause is None else self._outcome(cause, now)
        if outcome is None:
            return None
        told = "" if outcome.excusable and self._journal.excuse(self._action) else outcome.told
        return self._journal.finish(self._action, outcome.state, outcome.reason, now, outcome=told)

    def _outcome(self, cause: Cause, now: float) -> RepairOutcome | None:
        action = self._action
        cleared = {member: self._around.cleared(self._case, member) for member in self._case.members_of(cause)}
        harm = self._around.look(cause, now, self._applied)
        if self._fell_again(cause, harm):
            cleared = dict.fromkeys(cleared)
        if (outcome := proved(action, cleared, now)) is not None:
            return outcome
        if self._relief.lasts(harm, self._around.evidence.newest_of(cause.element, now)):
            self._journal.note_relief(action)
        settled = self._case.closed and self._case.merged_into is None
        if not settled and now < self._decides_at:
            return None
        of = kind_of(self._around.topology, cause.element)
        off = next((kind for kind, spec in FAULTS.items() if spec.cuts and of in spec.strikes), cause.kind)
        seen = Seen(
            harm=harm,
            relieved=self._journal.record.relieved == action.id,
            off=self._around.look(cause.model_copy(update={"kind": off}), now, self._applied),
        )
        return unproved(action, cleared, now, seen, now if settled else self._waits_until)

    def _fell_again(self, cause: Cause, harm: Finding) -> bool:
        """Say whether a link is down, or flaps by now: its fall was over, but nobody saw it stay up."""
        topology = self._around.topology
        cut = FAULTS[cause.kind].cuts and topology.is_link(cause.element)
        if not cut or self._case.incident is None:
            return False
        open_ = (member.anomaly for member in self._case.incident.open_members)
        return harm.proved or any(
            symptom.element == cause.element and has_role(topology, symptom, Role.STATE) for symptom in open_
        )

    def _calm(self, now: float) -> RepairOutcome | None:
        applied = now if self._action.applied is None else self._action.applied
        if (incident := self._around.disturbed_since(applied)) is not None:
            return RepairOutcome(ActionState.FAILED, f"incident {incident} began after it")
        if now < self._decides_at:
            return None
        return RepairOutcome(ActionState.VERIFIED, f"nothing broke within {VERIFY_WITHIN:g} s of it")
