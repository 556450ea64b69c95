"""The events in the life cycle of an action, the command to the network, and the outcome of a command."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from shared.domain.catalogue import ORDER
from shared.domain.events.base import Event, Id, Name, OfAction, OfIncident, Part, Text
from shared.domain.events.diagnoses import Cause
from shared.domain.instant import Instant
from shared.domain.kinds import ActionKind, ActionState

BY_THE_LOOP = "loop"
"""The value of `Action.by` if no person approved or rejected the action."""


class Action(Part):
    """One attempt at a repair. `id`: incident and attempt. `fence` grows with every change of its owner."""

    id: Id
    incident_id: Id
    attempt: int = Field(ge=1)
    kind: ActionKind
    target: Name
    cause: Cause | None = Field(default=None, description="the cause to repair; null for the stabilizer's advice")
    diagnosis_revision: int | None = Field(default=None, description="the revision of the diagnosis with this cause")
    diagnosed: Instant | None = Field(default=None, description="since when the cause has been the first")
    state: ActionState
    fence: int = 0
    proposed: Instant
    started: Instant | None = None
    applied: Instant | None = Field(default=None, description="when it took effect, as the network reports")
    finished: Instant | None = None
    by: Name = BY_THE_LOOP
    put_off: int = Field(
        default=0,
        ge=0,
        description="how many times its published start was put off, since another process held its target",
    )

    @property
    def progress(self) -> tuple[int, int]:
        """How far the action is: how often its start was put off, and the position of its state. It never decreases, so
        of two records of an action the newer record has the higher progress.
        """
        return self.put_off, ORDER[self.state]

    @property
    def round(self) -> str:
        """The end of the ids of the action's events: how often its start was put off, so that the events of a second
        start have other ids; empty if it never was.
        """
        return f".{self.put_off}" if self.put_off else ""


class RemediationEvent(Event):
    """A step in the life cycle of an action."""

    action: Action
    at: Instant
    reason: Text = ""

    @property
    def id(self) -> str:
        return f"{self.action.id}.{self.subject.rpartition('.')[2]}{self.action.round}"

    @property
    def about(self) -> str:
        return self.action.id

    @property
    def root(self) -> str:
        return self.action.incident_id


class RemediationProposed(RemediationEvent):
    """An action was chosen; it has not yet passed the gate."""

    subject = "remediation.proposed"


class RemediationBlocked(RemediationEvent):
    """The gate blocks an action; published once for each rule that does."""

    subject = "remediation.blocked"
    rule: Name
    figures: Mapping[str, float] = Field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.action.id}.blocked.{self.rule}{self.action.round}"


class RemediationApproved(RemediationEvent):
    """The action may run: the gate passed it, and a person approved it if the mode requires that."""

    subject = "remediation.approved"


class RemediationStarted(RemediationEvent):
    """The command was sent to the network."""

    subject = "remediation.started"


class RemediationApplied(RemediationEvent):
    """The network reports that the action ran."""

    subject = "remediation.applied"


class RemediationVerified(RemediationEvent):
    """Telemetry from after the action shows that the members at the cause are clear."""

    subject = "remediation.verified"


class RemediationFailed(RemediationEvent):
    """The action could not be run, or did not help."""

    subject = "remediation.failed"


class RemediationReverted(RemediationEvent):
    """An action that did not help was undone."""

    subject = "remediation.reverted"


class RemediationEscalated(OfIncident):
    """No permitted action is left for an incident; a person is needed."""

    subject = "remediation.escalated"
    at: Instant
    reason: Text
    number: int = Field(default=1, ge=1, description="the number of this escalation of the incident, counted from 1")
    tried: tuple[Id, ...] = Field(default=(), description="the actions that had been started for it")

    @property
    def id(self) -> str:
        return f"{self.incident_id}.escalated.{self.number}"


class Execute(OfAction):
    """The command to the network; valid only if the action ledger has the action, unfinished, with the same fence."""

    subject = "remediation.execute"
    kind: ActionKind
    target: Name
    fence: int
    revert: bool = False

    @property
    def id(self) -> str:
        return f"{self.action_id}.{'revert' if self.revert else 'execute'}.{self.fence}"


class Executed(OfAction):
    """The outcome of a command. `ran`: whether it was carried out, not whether it helped."""

    subject = "remediation.executed"
    fence: int
    revert: bool = False
    ran: bool
    took_effect: Instant | None = None
    reason: Text = ""

    @property
    def id(self) -> str:
        return f"{self.action_id}.{'reverted' if self.revert else 'executed'}.{self.fence}"
