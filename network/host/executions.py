"""Keeps commands and their results. So each command runs once, and a repeated command gets the same result."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import msgspec

from network.port import Outcome, Plan, Receipt
from shared.domain.capabilities import Capabilities
from shared.domain.catalogue import ACTIONS
from shared.domain.elements import kind_of
from shared.domain.events import Execute, Executed
from shared.domain.kinds import ActionKind, ElementKind, in_order
from shared.domain.topology import Topology

DONE_KEPT = 200
APPLIED_WITHIN = 60.0
"""Network seconds after which an unfinished command has failed, whatever the driver reports later."""

Key = tuple[str, bool]
"""The identity of a command: the id of its action, and whether the command reverts the action."""


class RunningCommand(msgspec.Struct, frozen=True):
    action_id: str
    incident_id: str
    kind: ActionKind
    target: str
    fence: int
    revert: bool
    begins: float

    @property
    def key(self) -> Key:
        return (self.action_id, self.revert)

    @property
    def deadline(self) -> float:
        return self.begins + APPLIED_WITHIN

    def done(self, receipt: Receipt) -> CommandResult:
        ran = receipt.outcome is Outcome.DONE
        effect = receipt.took_effect if ran else None
        return CommandResult(self.action_id, self.incident_id, self.fence, self.revert, ran, effect, receipt.reason)


class CommandResult(msgspec.Struct, frozen=True, array_like=True):
    action_id: str
    incident_id: str
    fence: int
    revert: bool
    ran: bool
    took_effect: float | None
    reason: str

    @property
    def key(self) -> Key:
        return (self.action_id, self.revert)

    def executed(self, fence: int) -> Executed:
        return Executed(
            action_id=self.action_id,
            incident_id=self.incident_id,
            fence=fence,
            revert=self.revert,
            ran=self.ran,
            took_effect=self.took_effect,
            reason=self.reason,
        )


class StoredPlan(msgspec.Struct, frozen=True, array_like=True):
    action_id: str
    kind: ActionKind
    target: str
    commands: tuple[str, ...]
    diff: str
    undo: tuple[str, ...]

    @staticmethod
    def of(plan: Plan) -> StoredPlan:
        return StoredPlan(plan.action_id, plan.kind, plan.target, plan.commands, plan.diff, plan.undo)

    def plan(self) -> Plan:
        return Plan(self.action_id, self.kind, self.target, self.commands, self.diff, self.undo)


class Executions:
    def __init__(
        self,
        running: Iterable[RunningCommand] = (),
        done: Iterable[CommandResult] = (),
        unreported: Iterable[CommandResult] = (),
        plans: Iterable[StoredPlan] = (),
    ) -> None:
        self._running = {command.key: command for command in running}
        self._done: deque[CommandResult] = deque(done, maxlen=DONE_KEPT)
        self.unreported = list(unreported)
        self._plans = {plan.action_id: plan for plan in plans}

    @property
    def running(self) -> Sequence[RunningCommand]:
        return tuple(self._running.values())

    @property
    def done(self) -> Sequence[CommandResult]:
        return tuple(self._done)

    @property
    def plans(self) -> Sequence[StoredPlan]:
        return tuple(self._plans.values())

    def is_running(self, command: Execute) -> bool:
        return command_key(command) in self._running

    def known(self, command: Execute) -> CommandResult | None:
        """None if no such command was delivered and finished before."""
        return next((done for done in self._done if done.key == command_key(command)), None)

    def plan_of(self, action_id: str) -> Plan | None:
        stored = self._plans.get(action_id)
        return stored.plan() if stored else None

    def begin(self, running: RunningCommand, plan: Plan) -> None:
        self._running[running.key] = running
        if plan.undo and not running.revert:
            self._plans[running.action_id] = StoredPlan.of(plan)
            while len(self._plans) > DONE_KEPT:
                del self._plans[next(iter(self._plans))]

    def finish(self, done: CommandResult) -> None:
        self._running.pop(done.key, None)
        self._done.append(done)
        self.unreported.append(done)

    def take(self, receipt: Receipt) -> bool:
        """Return whether the receipt finished a command."""
        running = self._running.get((receipt.action_id, receipt.undoing))
        if running is None or receipt.outcome is Outcome.RUNNING:
            return False
        self.finish(running.done(receipt))
        return True

    def fail_overdue(self, now: float) -> None:
        for running in [command for command in self._running.values() if command.deadline < now]:
            reason = f"the driver returned no receipt within {APPLIED_WITHIN:.0f} s; the state of the device is unknown"
            self.take(Receipt(running.action_id, running.revert, Outcome.FAILED, reason=reason))


def command_key(command: Execute) -> Key:
    return (command.action_id, command.revert)


def refused_result(command: Execute, reason: str) -> CommandResult:
    return CommandResult(command.action_id, command.incident_id, command.fence, command.revert, False, None, reason)


def refusal_reason(command: Execute, topology: Topology, offered: Capabilities) -> str:
    if command.revert and not ACTIONS[command.kind].undoable:
        return f"{command.kind} leaves nothing to undo"
    if reason := _wrong_target(command.kind, command.target, topology):
        return reason
    return offered.action_refusal(command.kind, command.target, topology)


def _wrong_target(kind: ActionKind, target: str, topology: Topology) -> str:
    if target not in topology:
        return f"there is no {target}"
    what, accepted = kind_of(topology, target), in_order(ElementKind, ACTIONS[kind].targets)
    return "" if what in accepted else f"{kind} is for {' and '.join(f'{one}s' for one in accepted)}, not a {what}"
