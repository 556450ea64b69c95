"""Runs actions on one device, and returns receipts. A failure of a device is a value.

Rules
1. Nothing is changed before the device has a process that undoes it.
2. A receipt that failed says what the state of the device is: as before, or not known.
3. An action whose outcome is not known yet is `running`; `resume` brings its final receipt.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from network.devices.actions.details import read_details
from network.devices.actions.journal import UNDER_WAY, JournalEntry, JournalState, one_line, refusal_text
from network.devices.actions.lifecycle import DeviceJournal
from network.devices.actions.plans import DevicePlan
from network.devices.actions.playbooks.table import PLAYBOOKS
from network.devices.actions.rendering import digest
from network.devices.actions.request import ActionRequest
from network.devices.console import Console, NoAnswer
from network.port import Outcome, Receipt, Refusal

AS_BEFORE = "nothing was changed"
NOT_BY_THIS = "this request changed nothing"
UNDONE_WITHIN = 60.0
"""Seconds to wait for the end of an undo that `resume` asks for."""


class DeviceActuator:
    """Applies, confirms and reverts the actions of one device.

    `at`: the network time of a request. `deadline`: the network time until which a final receipt is waited for.
    Network time runs as fast as the clock of the loop.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._journal = DeviceJournal(console)

    async def plan(self, request: ActionRequest) -> DevicePlan | Refusal:
        """Read what the recipe needs beside the snapshot, and make the plan. Nothing is changed."""
        playbook = PLAYBOOKS.get(request.kind)
        if playbook is None:
            return Refusal(f"no playbook of a device has the name {request.kind}; there are {', '.join(PLAYBOOKS)}")
        path = request.arguments.get("path", "")
        live = await read_details(self._console, playbook.needs, (*playbook.files, *((path,) if path else ())))
        if isinstance(live, NoAnswer):
            return Refusal(live.reason)
        return playbook.recipe(replace(request, live=live))

    async def arm(self, plan: DevicePlan) -> str:
        """Start the process of the device that will apply and undo a plan. Return why it cannot; empty if it runs, or
        if the plan was applied already.
        """
        entry = await self._journal.arm(plan)
        return f"{entry.reason}; {NOT_BY_THIS}" if isinstance(entry, NoAnswer) else self._not_armed(plan, entry)

    async def apply(self, plan: DevicePlan, at: float, deadline: float) -> Receipt:
        """Arm and apply a plan. A plan that was applied before is not applied again."""
        begun = asyncio.get_running_loop().time()
        entry = await self._journal.arm(plan)
        if isinstance(entry, NoAnswer):
            return Receipt(plan.action_id, False, Outcome.FAILED, reason=f"{entry.reason}; {NOT_BY_THIS}")
        if reason := self._not_armed(plan, entry):
            return Receipt(plan.action_id, False, Outcome.FAILED, reason=reason)
        if entry.state is JournalState.ARMED or entry.state in UNDER_WAY:
            spent = asyncio.get_running_loop().time() - begun
            entry = await self._journal.apply(plan, max(1.0, deadline - at - spent))
        return self._receipt(plan.action_id, entry, at + asyncio.get_running_loop().time() - begun)

    async def revert(self, action_id: str, at: float, deadline: float, *, restarts: bool = False) -> Receipt:
        """Undo an action that was applied, confirmed or not. `restarts`: its plan restarts the device; False if that is
        not known.
        """
        begun = asyncio.get_running_loop().time()
        entry = await self._journal.revert(action_id, max(1.0, deadline - at), restarts=restarts)
        took_effect = at + asyncio.get_running_loop().time() - begun
        if isinstance(entry, NoAnswer):
            return Receipt(action_id, True, Outcome.RUNNING, reason=entry.reason)
        match entry.state:
            case JournalState.UNDONE | JournalState.FAILED | JournalState.EXPIRED:
                return Receipt(action_id, True, Outcome.DONE, took_effect)
            case JournalState.ABSENT:
                reason = f"{self._console.device} has no record of {action_id}, so it cannot undo it"
                return Receipt(action_id, True, Outcome.FAILED, reason=reason)
            case JournalState.STUCK:
                return Receipt(action_id, True, Outcome.FAILED, reason=self._stuck(entry))
            case _:
                reason = f"{self._console.device} is still at it ({entry.state})"
                return Receipt(action_id, True, Outcome.RUNNING, reason=reason)

    async def confirm(self, action_id: str, *, restarts: bool = False) -> Refusal | None:
        """Make the device keep what was applied. A refusal: it could not, so it undoes the action, or has undone it."""
        entry = await self._journal.confirm(action_id, restarts=restarts)
        if isinstance(entry, NoAnswer):
            return Refusal(entry.reason)
        if entry.state is JournalState.KEPT:
            return None
        return Refusal(f"{self._console.device} cannot keep {action_id}: {self._state_text(entry)}")

    async def resume(self, action_id: str, at: float, *, restarts: bool = False) -> Receipt | NoAnswer | None:
        """Return the receipt of an action after the manager was restarted; None if the device has no record of it.

        What was not applied yet is given up, so that the device is as before or as planned.
        """
        begun = asyncio.get_running_loop().time()
        entry = await self._journal.settle(action_id, UNDONE_WITHIN, restarts=restarts)
        if not isinstance(entry, NoAnswer) and entry.state is JournalState.ARMED:
            entry = await self._journal.revert(action_id, UNDONE_WITHIN, restarts=restarts)
        if isinstance(entry, NoAnswer):
            return entry
        if entry.state is JournalState.ABSENT:
            return None
        return self._receipt(action_id, entry, at + asyncio.get_running_loop().time() - begun)

    def _not_armed(self, plan: DevicePlan, entry: JournalEntry) -> str:
        """Return why a plan cannot be applied; empty if it can, or was."""
        device = self._console.device
        if entry.state is JournalState.REFUSED:
            return f"{device} refuses {plan.kind}: {refusal_text(entry)}; {AS_BEFORE}"
        if entry.digest and entry.digest != digest(plan):
            return f"{device} has another plan with the id {plan.action_id}; give the new plan a new id; {AS_BEFORE}"
        if entry.state is JournalState.ARMED and not entry.alive:
            return f"{device} ended the process that would undo {plan.action_id}; try again with a new id; {AS_BEFORE}"
        return ""

    def _receipt(self, action_id: str, entry: JournalEntry | NoAnswer, took_effect: float) -> Receipt:
        if isinstance(entry, NoAnswer):
            return Receipt(action_id, False, Outcome.RUNNING, reason=entry.reason)
        match entry.state:
            case JournalState.APPLIED | JournalState.KEPT:
                return Receipt(action_id, False, Outcome.DONE, took_effect)
            case JournalState.ARMED if entry.alive:
                return Receipt(action_id, False, Outcome.RUNNING, reason=self._state_text(entry))
            case JournalState.APPLYING | JournalState.UNDOING:
                return Receipt(action_id, False, Outcome.RUNNING, reason=self._state_text(entry))
            case _:
                return Receipt(action_id, False, Outcome.FAILED, reason=self._state_text(entry))

    def _state_text(self, entry: JournalEntry) -> str:
        output = f" ({one_line(entry.output)})" if entry.output else ""
        match entry.state:
            case JournalState.APPLYING:
                return f"step {entry.step} is running"
            case JournalState.UNDOING:
                return "it is being undone"
            case JournalState.FAILED:
                return f"step {entry.step} failed{output}; what was done before is undone"
            case JournalState.EXPIRED:
                return "nobody confirmed it in time, so the device has undone it"
            case JournalState.UNDONE:
                return "it was undone"
            case JournalState.STUCK:
                return self._stuck(entry)
            case JournalState.ABSENT:
                return "it has no record of it"
            case _:
                return f"its state is {entry.state}"

    def _stuck(self, entry: JournalEntry) -> str:
        output = f" ({one_line(entry.output)})" if entry.output else ""
        return f"{self._console.device} failed to undo a step{output}; look at the device, and revert once more"
