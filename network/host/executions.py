"""What became of each command: the same id runs once, and is answered the same when it comes again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import msgspec

from network.port import Outcome, Plan, Receipt
from shared.domain.capabilities import Capabilities
from shared.domain.catalogue import ACTIONS
from shared.domain.events import Execute, Executed
from shared.domain.kinds import ActionKind, ElementKind
from shared.domain.topology import Topology

DONE_KEPT = 200
APPLIED_WITHIN = 60.0
"""Network seconds in which an action must be done; else it has failed, whatever the driver says later."""

Key = tuple[str, bool]
"""What makes two commands the same: the id of the action, and whether it is to be undone."""


class Begun(msgspec.Struct, frozen=True):
    """A command that is being carried out."""

    action_id: str
    incident_id: str
    kind: ActionKind
    target: str
    fence: int
    revert: bool
    begins: float

    @property
    def key(self) -> Key:
        """What makes two commands the same."""
        return (self.action_id, self.revert)

    @property
    def deadline(self) -> float:
        """When it has failed."""
        return self.begins + APPLIED_WITHIN

    def done(self, receipt: Receipt) -> Done:
        """Return what became of it."""
        ran = receipt.outcome is Outcome.DONE
        effect = receipt.took_effect if ran else None
        return Done(self.action_id, self.incident_id, self.fence, self.revert, ran, effect, receipt.reason)


class Done(msgspec.Struct, frozen=True, array_like=True):
    """What became of a command."""

    action_id: str
    incident_id: str
    fence: int
    revert: bool
    ran: bool
    took_effect: float | None
    reason: str

    @property
    def key(self) -> Key:
        """What makes two commands the same."""
        return (self.action_id, self.revert)

    def executed(self, fence: int) -> Executed:
        """Return the answer to a command with this fence."""
        return Executed(
            action_id=self.action_id,
            incident_id=self.incident_id,
            fence=fence,
            revert=self.revert,
            ran=self.ran,
            took_effect=self.took_effect,
            reason=self.reason,
        )


class KeptPlan(msgspec.Struct, frozen=True, array_like=True):
    """The plan of an action that can be undone, as it is stored."""

    action_id: str
    kind: ActionKind
    target: str
    commands: tuple[str, ...]
    diff: str
    undo: tuple[str, ...]

    @staticmethod
    def of(plan: Plan) -> KeptPlan:
        """Return a plan as it is stored."""
        return KeptPlan(plan.action_id, plan.kind, plan.target, plan.commands, plan.diff, plan.undo)

    def plan(self) -> Plan:
        """Return it as a driver takes it."""
        return Plan(self.action_id, self.kind, self.target, self.commands, self.diff, self.undo)


class Orders:
    """The commands of one network: running, done lately, and done but not yet reported."""

    def __init__(
        self,
        running: Iterable[Begun] = (),
        done: Iterable[Done] = (),
        owed: Iterable[Done] = (),
        plans: Iterable[KeptPlan] = (),
    ) -> None:
        self._running = {begun.key: begun for begun in running}
        self._done: deque[Done] = deque(done, maxlen=DONE_KEPT)
        self.owed = list(owed)
        self._plans = {kept.action_id: kept for kept in plans}

    @property
    def running(self) -> Sequence[Begun]:
        """What is being carried out, in the order in which it was begun."""
        return tuple(self._running.values())

    @property
    def done(self) -> Sequence[Done]:
        """What was carried out or refused lately, oldest first."""
        return tuple(self._done)

    @property
    def plans(self) -> Sequence[KeptPlan]:
        """The plans by which actions can be undone, oldest first."""
        return tuple(self._plans.values())

    def is_running(self, command: Execute) -> bool:
        """Say whether a command is being carried out."""
        return key_of(command) in self._running

    def known(self, command: Execute) -> Done | None:
        """Return what became of a command that came before."""
        return next((done for done in self._done if done.key == key_of(command)), None)

    def plan_of(self, action_id: str) -> Plan | None:
        """Return the plan by which an action can be undone."""
        kept = self._plans.get(action_id)
        return kept.plan() if kept else None

    def begin(self, begun: Begun, plan: Plan) -> None:
        """Take note of a command before the driver begins it."""
        self._running[begun.key] = begun
        if plan.undo and not begun.revert:
            self._plans[begun.action_id] = KeptPlan.of(plan)
            while len(self._plans) > DONE_KEPT:
                del self._plans[next(iter(self._plans))]

    def finish(self, done: Done) -> None:
        """Take note of what became of a command; it is owed until it is reported."""
        self._running.pop(done.key, None)
        self._done.append(done)
        self.owed.append(done)

    def take(self, receipt: Receipt) -> bool:
        """Take in a receipt; say whether it was the last one of a command that is running."""
        begun = self._running.get((receipt.action_id, receipt.undoing))
        if begun is None or receipt.outcome is Outcome.RUNNING:
            return False
        self.finish(begun.done(receipt))
        return True

    def give_up(self, now: float) -> None:
        """Fail what the driver has not answered by its deadline."""
        for begun in [begun for begun in self._running.values() if begun.deadline < now]:
            late = f"the driver brought no receipt within {APPLIED_WITHIN:.0f} s; what the device did is not known"
            self.take(Receipt(begun.action_id, begun.revert, Outcome.FAILED, reason=late))


def key_of(command: Execute) -> Key:
    """Return what makes two commands the same."""
    return (command.action_id, command.revert)


def refused(command: Execute, reason: str) -> Done:
    """Return that a command was not carried out."""
    return Done(command.action_id, command.incident_id, command.fence, command.revert, False, None, reason)


def objection(command: Execute, topology: Topology, offered: Capabilities) -> str:
    """Return why a command cannot be carried out; an empty text where it can."""
    if command.revert and not ACTIONS[command.kind].undoable:
        return f"{command.kind} leaves nothing that could be undone"
    if reason := _unfit(command.kind, command.target, topology):
        return reason
    return offered.action_refusal(command.kind, command.target, topology)


def _unfit(kind: ActionKind, target: str, topology: Topology) -> str:
    if target not in topology:
        return f"there is no {target}"
    if topology.is_link(target):
        return "" if ElementKind.LINK in ACTIONS[kind].targets else f"{kind} is for nodes, and {target} is a link"
    return "" if ElementKind.NODE in ACTIONS[kind].targets else f"{kind} is for links, and {target} is a node"
