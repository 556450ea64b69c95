"""Runs the actions of the loop on devices: an action of a link is one on each of its ends.

Rules
1. A plan is made from a fresh reading of each device that it touches. Nothing is changed by it.
2. All parts of an action are applied, or none: if one fails, those before it are undone.
3. The work goes on beside the readings of the host. A receipt that is final waits for the next reading.
4. A new process asks the devices what became of the actions that were under way, and repeats nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from network.devices.actions.actuator import DeviceActuator
from network.devices.actions.plans import DevicePlan
from network.devices.actions.request import ActionRequest, DeviceCare
from network.devices.console import Console, NoAnswer
from network.devices.evidence.collecting import collect
from network.devices.evidence.difference import compared
from network.devices.evidence.normal import normalised
from network.devices.evidence.snapshot import DeviceSnapshot
from network.devices.parts import ActionPart, action_parts
from network.port import Outcome, Plan, Receipt, Refusal
from shared.domain.events import Execute
from shared.domain.topology import Topology

RESUME_WITHIN = 60.0
"""Seconds to find out what became of an action."""
MOST_REMEMBERED = 1_000
"""So many plans are kept for a revert; of older actions the devices know the undo."""


@dataclass(frozen=True)
class ManagedDevice:
    """What an action needs of a device. `routing`: it may have `vtysh`. `approved`: None if its state is not known."""

    console: Console
    care: DeviceCare
    routing: bool
    approved: Callable[[], DeviceSnapshot | None]


class UnfinishedAction(msgspec.Struct, frozen=True):
    """An action whose final receipt the host does not have yet."""

    action_id: str
    undoing: bool
    devices: list[str]
    at: float


@dataclass
class DevicesActuator:
    """Implements `network.port.Actuator` for the devices of an inventory."""

    topology: Topology
    devices: Mapping[str, ManagedDevice]
    _plans: dict[str, tuple[DevicePlan, ...]] = field(default_factory=dict)
    _receipts: list[Receipt] = field(default_factory=list)
    _work: set[asyncio.Task[None]] = field(default_factory=set)
    _unfinished: dict[tuple[str, bool], UnfinishedAction] = field(default_factory=dict)

    def take_receipts(self) -> Sequence[Receipt]:
        receipts, self._receipts = self._receipts, []
        for receipt in receipts:
            self._unfinished.pop((receipt.action_id, receipt.undoing), None)
        return receipts

    def unfinished(self) -> list[UnfinishedAction]:
        return list(self._unfinished.values())

    def resume(self, actions: Iterable[UnfinishedAction]) -> None:
        """Ask the devices what became of the actions that another process of ours had begun."""
        for action in actions:
            self._unfinished[action.action_id, action.undoing] = action
            self._go_on(self._resume(action))

    async def plan(self, command: Execute) -> Plan | Refusal:
        parts = action_parts(self.topology, command.kind, command.target)
        if isinstance(parts, Refusal):
            return parts
        made = [await self._plan_part(command, part) for part in parts]
        plans = tuple(one for one in made if isinstance(one, DevicePlan))
        refusals = [one for one in made if isinstance(one, Refusal)]
        if not plans:
            return refusals[0]
        if refusals and any(not part.optional for part, one in zip(parts, made, strict=True) if one in refusals):
            return refusals[0]
        self._remember(command.action_id, plans)
        return Plan(
            command.action_id,
            command.kind,
            command.target,
            tuple(f"{plan.device}: {line}" for plan in plans for line in plan.commands),
            "\n".join(f"{plan.device}: {plan.diff}" for plan in plans),
            tuple(f"{plan.device}: {line}" for plan in plans for line in plan.undo),
        )

    async def apply(self, plan: Plan, at: float, deadline: float) -> Receipt:
        plans = self._plans.get(plan.action_id)
        if plans is None:
            return Receipt(plan.action_id, False, Outcome.FAILED, reason="its plan was lost; nothing was changed")
        self._begin(plan.action_id, False, [one.device for one in plans], at)
        self._go_on(self._apply(plans, at, deadline))
        return Receipt(plan.action_id, False, Outcome.RUNNING)

    async def revert(self, plan: Plan, at: float, deadline: float) -> Receipt:
        parts = action_parts(self.topology, plan.kind, plan.target)
        devices = [] if isinstance(parts, Refusal) else [part.device for part in parts]
        known = [one.device for one in self._plans.get(plan.action_id, ())]
        self._begin(plan.action_id, True, known or devices, at)
        self._go_on(self._revert(plan.action_id, known or devices, at, deadline))
        return Receipt(plan.action_id, True, Outcome.RUNNING)

    async def confirm(self, receipt: Receipt) -> None:
        if not receipt.undoing and receipt.outcome is Outcome.DONE:
            self._go_on(self._confirm(receipt.action_id))

    async def close(self) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    # --- parts ----------------------------------------------------------------------------------------------------

    async def _plan_part(self, command: Execute, part: ActionPart) -> DevicePlan | Refusal:
        device = self.devices.get(part.device)
        if device is None:
            return Refusal(f"{part.device} cannot be reached by SSH, so nothing can be changed there")
        raw = await collect(device.console, routing=device.routing)
        if isinstance(raw, NoAnswer):
            return Refusal(raw.reason)
        snapshot, approved = normalised(raw), device.approved()
        request = ActionRequest(
            action_id=command.action_id,
            kind=part.playbook,
            target=part.target,
            snapshot=snapshot,
            differences=() if approved is None else compared(approved, snapshot),
            care=device.care,
        )
        return await DeviceActuator(device.console).plan(request)

    async def _apply(self, plans: Sequence[DevicePlan], at: float, deadline: float) -> None:
        done: list[str] = []
        effect = at
        for plan in plans:
            receipt = await self._settled(self._actuator(plan.device), plan, at, deadline)
            if receipt.outcome is not Outcome.DONE:
                await self._undo(plan.action_id, done, at, deadline)
                self._receipts.append(Receipt(plan.action_id, False, Outcome.FAILED, reason=receipt.reason))
                return
            done.append(plan.device)
            effect = max(effect, receipt.took_effect or at)
        self._receipts.append(Receipt(plans[0].action_id, False, Outcome.DONE, effect))

    async def _resume(self, action: UnfinishedAction) -> None:
        """An action that is whole on every device is done; else what there is of it is undone."""
        if action.undoing:
            return await self._revert(action.action_id, action.devices, action.at, action.at + RESUME_WITHIN)
        names = [name for name in action.devices if name in self.devices]
        found = [await self._actuator(name).resume(action.action_id, action.at) for name in names]
        done = [isinstance(one, Receipt) and one.outcome is Outcome.DONE for one in found]
        if found and all(done):
            self._receipts.append(Receipt(action.action_id, False, Outcome.DONE, action.at))
            return None
        began = [name for name, is_done in zip(names, done, strict=True) if is_done]
        await self._undo(action.action_id, began, action.at, action.at + RESUME_WITHIN)
        reason = "this process was restarted before it was applied everywhere; it is undone"
        self._receipts.append(Receipt(action.action_id, False, Outcome.FAILED, reason=reason))
        return None

    async def _settled(self, actuator: DeviceActuator, plan: DevicePlan, at: float, deadline: float) -> Receipt:
        """Return a final receipt: if the device fell silent, ask it what became of the action."""
        receipt = await actuator.apply(plan, at, deadline)
        if receipt.outcome is not Outcome.RUNNING:
            return receipt
        resumed = await actuator.resume(plan.action_id, at)
        if isinstance(resumed, Receipt) and resumed.outcome is not Outcome.RUNNING:
            return resumed
        return Receipt(plan.action_id, False, Outcome.FAILED, reason=f"{plan.device}: {receipt.reason}")

    async def _undo(self, action_id: str, devices: Sequence[str], at: float, deadline: float) -> None:
        for name in reversed(devices):
            await self._actuator(name).revert(action_id, at, deadline)

    async def _revert(self, action_id: str, devices: Sequence[str], at: float, deadline: float) -> None:
        receipts = [
            await self._actuator(name).revert(action_id, at, deadline) for name in devices if name in self.devices
        ]
        failed = [receipt for receipt in receipts if receipt.outcome is not Outcome.DONE]
        if failed or not receipts:
            reason = failed[0].reason if failed else "no device of the action can be reached"
            self._receipts.append(Receipt(action_id, True, Outcome.FAILED, reason=reason))
            return
        effect = max(receipt.took_effect or at for receipt in receipts)
        self._receipts.append(Receipt(action_id, True, Outcome.DONE, effect))

    async def _confirm(self, action_id: str) -> None:
        for plan in self._plans.get(action_id, ()):
            await self._actuator(plan.device).confirm(action_id)

    def _begin(self, action_id: str, undoing: bool, devices: list[str], at: float) -> None:
        self._unfinished[action_id, undoing] = UnfinishedAction(action_id, undoing, devices, at)

    def _actuator(self, device: str) -> DeviceActuator:
        return DeviceActuator(self.devices[device].console)

    def _remember(self, action_id: str, plans: tuple[DevicePlan, ...]) -> None:
        self._plans[action_id] = plans
        while len(self._plans) > MOST_REMEMBERED:
            del self._plans[next(iter(self._plans))]

    def _go_on(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
