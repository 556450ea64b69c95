"""Drives one incident's dialogue: answers each step from what is known now, and says what was decided.

Rules: a step that cannot be answered yet is left alone until something is heard or its time has come (`next_due`).
Every step has an end: a limit of time or of number. Nothing is decided here that the record does not keep.
"""

from __future__ import annotations

from services.remediator.core.case import Choice, RepairCase
from services.remediator.core.dialogue import Choose, Permit, Run, Step, Undo, Verify, heal, undone
from services.remediator.core.explanations import for_what
from services.remediator.core.records import RepairRecord
from services.remediator.core.repair_journal import RepairJournal, Surroundings
from services.remediator.core.verification import Verification
from services.remediator.gate import Calls, Verdict
from shared.domain.catalogue import WAITING
from shared.domain.errors import Refused
from shared.domain.events import (
    Action,
    Event,
    RemediationApplied,
    RemediationApproved,
    RemediationProposed,
    RemediationReverted,
    RemediationStarted,
)
from shared.domain.kinds import ActionState, Mode

MAX_ATTEMPTS = 5
MAX_PROPOSALS = 20
MAX_ESCALATIONS = 3
EXECUTE_WITHIN = 8.0
"""Seconds of wall time: it is a process that is waited for, and it is no faster in a fast network."""
EXECUTE_TIMES = 2
UNANSWERED = f"the network did not answer within {EXECUTE_WITHIN * EXECUTE_TIMES:g} s"
APPROVE_WITHIN = 600.0
JUDGE_AGAIN = 0.25
HELD_FOR = 15.0
"""Seconds of wall time for which a target that another process holds is waited for, at least: one that was killed lets
go of it within a few."""
MAX_TURNS = 32


class Repair:
    """One incident, its record, and the place its dialogue is at."""

    def __init__(self, case: RepairCase, record: RepairRecord, around: Surroundings) -> None:
        self.case = case
        self._around = around
        self._journal = RepairJournal(case, record, around)
        self._begin_dialogue()

    @property
    def record(self) -> RepairRecord:
        """What the ledger has to hold of this repair."""
        return self._journal.record

    def _begin_dialogue(self) -> None:
        self._dialogue = heal(self.record.current)
        self._step: Step = next(self._dialogue)
        self._entered: float | None = None
        self._sent = 0
        self._verification: Verification | None = None
        self._said: set[str] = set()
        self._judge_again: float | None = None

    @property
    def over(self) -> bool:
        """Whether nothing is left to do: the incident closed, and no action is under way."""
        advised = self.case.advice is not None and self.record.attempts > 0
        return isinstance(self._step, Choose) and (self.case.closed or advised)

    @property
    def running(self) -> Action | None:
        """The action that may be changing the network now, its undoing included."""
        return self._step.action if isinstance(self._step, Run | Verify | Undo) else None

    def settle(self, now: float) -> list[Event]:
        """Answer as many steps as can be answered now; return what was decided."""
        self._journal.hear()
        for _ in range(MAX_TURNS):
            if self._entered is None:
                self._enter(now)
            action = self._answer(now)
            if action is None:
                break
            self._step, self._entered = self._dialogue.send(action), None
        return self._journal.take()

    def next_due(self, now: float) -> float | None:
        """Return when the step should be looked at although nothing was heard."""
        match self._step:
            case Choose():
                return self._not_too_early(self._choose_due(now))
            case Permit(action):
                return self._not_too_early(self._permit_due(action, now))
            case Verify():
                return now if self._verification is None else self._verification.next_due(now)
            case Run() | Undo():
                return (self._entered or now) + self._patience * max(1, self._sent)

    def approve(self, by: str, now: float) -> list[Event]:
        """Let a person's yes count. Raises Refused where none is waited for."""
        self._expect_a_person()
        self._journal.keep(approved_by=by)
        return self.settle(now)

    def reject(self, by: str, reason: str, now: float) -> list[Event]:
        """Let a person's no count: the action is over, the next one that fits is proposed. Raises Refused."""
        action = self._expect_a_person()
        why = f"rejected by {by}" + (f": {reason}" if reason else "")
        rejected = self._journal.finish(action, ActionState.REJECTED, why, now, outcome=f"was rejected by {by}")
        self._step, self._entered = self._dialogue.send(rejected), None
        return self.settle(now)

    def defer(self, reason: str, now: float) -> list[Event]:
        """Take back a start that could not be made, since another process holds the target; judge it again soon."""
        action = self.running
        if action is None or action.state is not ActionState.STARTED:
            return []
        blocked = action.model_copy(update={"state": ActionState.BLOCKED, "started": None})
        since = now if self.record.blocked_since is None else self.record.blocked_since
        self._journal.keep(
            current=blocked,
            blocked_since=since,
            actions=tuple(id_ for id_ in self.record.actions if id_ != action.id),
        )
        self._around.note(blocked)
        said = self._said
        self._begin_dialogue()
        self._said = said
        verdict = Verdict(False, "never_against_running", {"running": 1, "limit": 1}, reason)
        if now >= since + max(self._around.limits.blocked_for, HELD_FOR * self._around.speed):
            failed = self._journal.give_up(blocked, verdict, now - since, now)
            self._step, self._entered = self._dialogue.send(failed), None
            return self._journal.take()
        self._judge_again = now + JUDGE_AGAIN
        self._say_blocked(blocked, verdict, now)
        return self._journal.take()

    # --- steps --------------------------------------------------------------------------------------------------

    def _enter(self, now: float) -> None:
        self._entered, self._sent = now, 0
        if isinstance(self._step, Run):
            self._start(self._step.action, now)
        elif isinstance(self._step, Undo):
            action = self._step.action.model_copy(update={"fence": self._around.fence})
            self._journal.become(action)
            self._step = Undo(action)
            self._send(action, revert=True)
        elif isinstance(self._step, Verify):
            self._verification = Verification(self._journal, self._step.action, now)

    def _answer(self, now: float) -> Action | None:
        match self._step:
            case Choose():
                return self._choose(now)
            case Permit(action):
                return self._permit(action, now)
            case Run(action):
                return self._run(action, now)
            case Verify():
                assert self._verification is not None, "made when the step was entered"
                return self._verification.settle(now)
            case Undo(action):
                return self._undo(action, now)

    def _choose(self, now: float) -> Action | None:
        if self._around.mode is Mode.OFF or self.over or now < self._around.begins_at(self.case):
            return None
        choice = self._best(now)
        if choice is None:
            if (at := self._give_up_at()) is not None and now >= at:
                self._journal.escalate(self.case.why_give_up(self.record), now)
            return None
        if self.record.calls >= MAX_ESCALATIONS or now < choice.due:
            return None
        if self.record.fruitless >= MAX_ATTEMPTS or self.record.proposals >= MAX_PROPOSALS:
            why = self.case.why_no_more(self.record, begun=self.record.fruitless >= MAX_ATTEMPTS)
            self._journal.escalate(why, now, self._journal.known_causes)
            return None
        return self._propose(choice, now)

    def _propose(self, choice: Choice, now: float) -> Action:
        attempt = self.record.attempts + 1
        action = Action(
            id=f"{self.case.id}.a{attempt}",
            incident_id=self.case.id,
            attempt=attempt,
            kind=choice.proposal.action,
            target=choice.proposal.target,
            cause=choice.cause,
            diagnosis_revision=self.case.diagnosis.revision if choice.cause and self.case.diagnosis else None,
            diagnosed=choice.since,
            state=ActionState.PROPOSED,
            fence=self._around.fence,
            proposed=now,
        )
        self._said.clear()
        self._journal.keep(attempts=attempt, blocked_since=None, approved_by=None)
        self._journal.become(action)
        self._journal.say(RemediationProposed(action=action, at=now, reason=for_what(choice)))
        return action

    def _permit(self, action: Action, now: float) -> Action | None:
        if self.case.closed:
            return self._journal.finish(action, ActionState.FAILED, "no longer needed: the incident closed", now)
        if now < self._around.begins_at(self.case):
            return None
        if self.case.advice is None:
            choice = self._best(now)
            if choice is None:
                return None
            if not choice.fits(action):
                reason = "no longer needed: another cause or action comes first now"
                return self._journal.finish(action, ActionState.FAILED, reason, now) if now >= choice.due else None
        if self._around.mode in (Mode.OFF, Mode.SUGGEST):
            return None
        if self._around.mode is Mode.APPROVE and self.record.approved_by is None:
            return self._expire(action, now) if now >= action.proposed + APPROVE_WITHIN else None
        if (again := self._judge_from()) is not None and now < again:
            return None
        by = self.record.approved_by or action.by
        verdict = self._around.judge(action.model_copy(update={"by": by}), now)
        return self._approved(action, now) if verdict.allowed else self._blocked(action, verdict, now)

    def _approved(self, action: Action, now: float) -> Action:
        by = self.record.approved_by or action.by
        approved = action.model_copy(update={"state": ActionState.APPROVED, "by": by})
        self._judge_again = None
        self._journal.become(approved)  # since when it is blocked stays known: another process may hold the target
        self._journal.say(RemediationApproved(action=approved, at=now))
        return approved

    def _blocked(self, action: Action, verdict: Verdict, now: float) -> Action | None:
        since = self.record.blocked_since
        if verdict.calls is Calls.INSTEAD:
            self._say_blocked(action, verdict, now)
            return self._journal.give_up(action, verdict, 0.0, now)
        if verdict.calls is Calls.LATER and since is not None and now >= since + self._around.limits.blocked_for:
            return self._journal.give_up(action, verdict, now - since, now)
        self._judge_again = now + JUDGE_AGAIN if verdict.again is None else max(now + JUDGE_AGAIN, verdict.again)
        counts_from = None if verdict.calls is not Calls.LATER else now if since is None else since
        if counts_from != since:
            self._journal.keep(blocked_since=counts_from)
        if action.state is not ActionState.BLOCKED:
            action = action.model_copy(update={"state": ActionState.BLOCKED})
            self._journal.become(action)
            self._step = Permit(action)
        self._say_blocked(action, verdict, now)
        if verdict.calls is Calls.NOW and action.id not in self.record.called_for:
            self._journal.keep(called_for=(*self.record.called_for, action.id))
            self._journal.call(f"{action.kind} on {action.target} waits: {verdict.reason}", now)
        return None

    def _say_blocked(self, action: Action, verdict: Verdict, now: float) -> None:
        if verdict.rule not in self._said:
            self._said.add(verdict.rule)
            self._journal.say_blocked(action, verdict, now)

    def _expire(self, action: Action, now: float) -> Action:
        within = f"within {APPROVE_WITHIN / 60:g} minutes"
        why, outcome = f"nobody approved it {within}", f"was approved by nobody {within}"
        rejected = self._journal.finish(action, ActionState.REJECTED, why, now, outcome=outcome)
        self._journal.escalate(f"{action.kind} on {action.target}: {why}", now, self._journal.explanations(action))
        return rejected

    def _start(self, action: Action, now: float) -> None:
        started = action.started if action.started is not None else now
        changes = {"state": ActionState.STARTED, "started": started, "fence": self._around.fence}
        action = action.model_copy(update=changes)
        if action.id not in self.record.actions:
            self._journal.keep(actions=(*self.record.actions, action.id))
        self._journal.become(action)
        self._step = Run(action)
        self._journal.say(RemediationStarted(action=action, at=now))
        self._send(action)

    def _run(self, action: Action, now: float) -> Action | None:
        if (executed := self._around.executed(action, revert=False)) is not None:
            if not executed.ran:
                why = f"it did not run: {executed.reason or 'the network gave no reason'}"
                return self._journal.finish(action, ActionState.FAILED, why, now, outcome="did not run")
            took_effect = now if executed.took_effect is None else executed.took_effect
            applied = action.model_copy(update={"state": ActionState.APPLIED, "applied": took_effect})
            self._journal.keep(blocked_since=None)
            self._journal.become(applied)
            self._journal.say(RemediationApplied(action=applied, at=now))
            return applied
        if self._unanswered(action, now):
            # Not counted as tried: an action that nobody answered for may be asked for again, after its cooldown.
            return self._journal.finish(action, ActionState.FAILED, UNANSWERED, now)
        return None

    def _undo(self, action: Action, now: float) -> Action | None:
        executed = self._around.executed(action, revert=True)
        if executed is None and not self._unanswered(action, now, revert=True):
            return None
        if executed is not None and executed.ran:
            action = undone(action)
            self._journal.say(RemediationReverted(action=action, at=now))
        else:
            # What is left in the network is not known: a person has to look, and nothing is built upon it meanwhile.
            why = UNANSWERED if executed is None else executed.reason or "the network gave no reason"
            reason = f"{action.kind} on {action.target} did not help and is not taken back: {why}"
            self._journal.escalate(reason, now, self._journal.known_causes)
        self._around.note(action)
        self._journal.keep(current=None, last_finished=now)
        return action

    # --- words --------------------------------------------------------------------------------------------------

    def _give_up_at(self) -> float | None:
        return None if self.record.calls >= MAX_ESCALATIONS else self.case.give_up_at(self.record)

    def _not_too_early(self, due: float | None) -> float | None:
        return None if due is None else max(due, self._around.begins_at(self.case))

    def _best(self, now: float) -> Choice | None:
        return self.case.choose(self.record, lambda cause: self._around.look(cause, now).proved)

    def _choose_due(self, now: float) -> float | None:
        if self._around.mode is Mode.OFF or self.over:
            return None
        choice = self._best(now)
        if choice is None:
            return self._give_up_at()
        return None if self.record.calls >= MAX_ESCALATIONS else choice.due

    def _permit_due(self, action: Action, now: float) -> float | None:
        if self.case.advice is None:
            choice = self._best(now)
            if choice is None or not choice.fits(action):
                return choice.due if choice else None
        if self._around.mode in (Mode.OFF, Mode.SUGGEST):
            return None
        if self._around.mode is Mode.APPROVE and self.record.approved_by is None:
            return action.proposed + APPROVE_WITHIN
        return self._judge_from() or action.proposed

    def _judge_from(self) -> float | None:
        """Return when the gate is asked again: after a pause, but not after the time is up."""
        since = self.record.blocked_since
        if self._judge_again is None or since is None:
            return self._judge_again
        return min(self._judge_again, since + self._around.limits.blocked_for)

    @property
    def _patience(self) -> float:
        """Network seconds for which an answer is waited for, each time that it is asked for."""
        return EXECUTE_WITHIN * self._around.speed

    def _unanswered(self, action: Action, now: float, *, revert: bool = False) -> bool:
        entered = now if self._entered is None else self._entered
        if now < entered + self._patience * self._sent:
            return False
        if self._sent >= EXECUTE_TIMES:
            return True
        self._send(action, revert=revert)
        return False

    def _send(self, action: Action, *, revert: bool = False) -> None:
        self._sent += 1
        self._journal.command(action, revert=revert)

    def _expect_a_person(self) -> Action:
        if not isinstance(self._step, Permit) or self._step.action.state not in WAITING:
            raise Refused("the action is not waiting: it has begun or is over")
        if self._around.mode is not Mode.APPROVE:
            raise Refused(f"the mode is {self._around.mode}: set the mode to approve, so that a person's word counts")
        if self.record.approved_by is not None:
            raise Refused(f"{self.record.approved_by} approved the action already; it waits for the gate")
        return self._step.action
