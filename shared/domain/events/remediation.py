"""One action's life, the command to the network and its outcome."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from shared.domain.catalogue import ORDER
from shared.domain.events.base import Event, Id, Name, OfAction, OfIncident, Part, Text
from shared.domain.events.diagnoses import Cause
from shared.domain.instant import Instant
from shared.domain.kinds import ActionKind, ActionState

BY_THE_LOOP = "loop"
"""Who acts where no person approved or rejected an action."""


class Action(Part):
    """One attempt at a repair. `id` = incident + attempt; `fence` grows with every change of its owner."""

    id: Id
    incident_id: Id
    attempt: int = Field(ge=1)
    kind: ActionKind
    target: Name
    cause: Cause | None = Field(default=None, description="the cause it is meant for; none for the stabilizer's advice")
    diagnosis_revision: int | None = Field(default=None, description="of the diagnosis that it cites")
    diagnosed: Instant | None = Field(default=None, description="since when the cause has stood first")
    state: ActionState
    fence: int = 0
    proposed: Instant
    started: Instant | None = None
    applied: Instant | None = Field(default=None, description="when it took effect, by the network's word")
    finished: Instant | None = None
    by: Name = BY_THE_LOOP
    put_off: int = Field(
        default=0,
        ge=0,
        description="how many times it went back to blocked after its start was published: another held its target",
    )

    @property
    def progress(self) -> tuple[int, int]:
        """How far it has come: of two records of one action the higher is the newer, whatever order they come in."""
        return self.put_off, ORDER[self.state]

    @property
    def round(self) -> str:
        """What tells the events of an action that was put off from those before: the end of their ids."""
        return f".{self.put_off}" if self.put_off else ""


class RemediationEvent(Event):
    """A step in one action's life."""

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
    """An action was chosen; it has not passed the gate."""

    subject = "remediation.proposed"


class RemediationBlocked(RemediationEvent):
    """The gate said no; published once for each rule that blocks an action."""

    subject = "remediation.blocked"
    rule: Name
    figures: Mapping[str, float] = Field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.action.id}.blocked.{self.rule}{self.action.round}"


class RemediationApproved(RemediationEvent):
    """The action may run: the gate, and where the mode asks for one a person, said yes."""

    subject = "remediation.approved"


class RemediationStarted(RemediationEvent):
    """The command was given to the network."""

    subject = "remediation.started"


class RemediationApplied(RemediationEvent):
    """The network says that the action ran."""

    subject = "remediation.applied"


class RemediationVerified(RemediationEvent):
    """Telemetry from after the action shows the cause's members cleared."""

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
    number: int = Field(default=1, ge=1, description="which call for this incident it is, counted from 1")
    tried: tuple[Id, ...] = Field(default=(), description="the actions that were begun for it until then")

    @property
    def id(self) -> str:
        return f"{self.incident_id}.escalated.{self.number}"


class Execute(OfAction):
    """The command to the network; believed only if the ledger holds the action open with the same fence."""

    subject = "remediation.execute"
    kind: ActionKind
    target: Name
    fence: int
    revert: bool = False

    @property
    def id(self) -> str:
        return f"{self.action_id}.{'revert' if self.revert else 'execute'}.{self.fence}"


class Executed(OfAction):
    """What became of a command. `ran`: whether it was carried out, never whether it helped."""

    subject = "remediation.executed"
    fence: int
    revert: bool = False
    ran: bool
    took_effect: Instant | None = None
    reason: Text = ""

    @property
    def id(self) -> str:
        return f"{self.action_id}.{'reverted' if self.revert else 'executed'}.{self.fence}"
