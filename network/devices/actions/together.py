"""Runs one action on several devices, such as both ends of a link: on all of them or on none.

Rules
1. Every device is armed before one is changed.
2. If one fails, the action is undone on the others.
3. If a manager dies between two confirmations, one device keeps what another undoes. `resume` then undoes it there too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from network.devices.actions.actuator import DeviceActuator
from network.devices.actions.plans import DevicePlan
from network.devices.console import NoAnswer
from network.port import Outcome, Receipt, Refusal

UNDO_WITHIN = 30.0
"""Seconds to wait for the other devices, if one failed."""

Parts = Sequence[tuple[DeviceActuator, DevicePlan]]


async def apply_together(parts: Parts, at: float, deadline: float) -> Receipt:
    """`parts`: one plan for each device, all with the same id."""
    action_id = parts[0][1].action_id
    actuators = [actuator for actuator, _ in parts]
    reasons = [reason for reason in await asyncio.gather(*(each.arm(plan) for each, plan in parts)) if reason]
    if reasons:
        await revert_together(actuators, action_id, at, deadline)
        return Receipt(action_id, False, Outcome.FAILED, reason=reasons[0])
    return await _agreed(actuators, await asyncio.gather(*(each.apply(plan, at, deadline) for each, plan in parts)), at)


async def revert_together(actuators: Sequence[DeviceActuator], action_id: str, at: float, deadline: float) -> Receipt:
    receipts = await asyncio.gather(*(each.revert(action_id, at, deadline) for each in actuators))
    return _worst(receipts)


async def confirm_together(actuators: Sequence[DeviceActuator], action_id: str) -> Refusal | None:
    refusals = await asyncio.gather(*(each.confirm(action_id) for each in actuators))
    return next((refusal for refusal in refusals if refusal is not None), None)


async def resume_together(actuators: Sequence[DeviceActuator], action_id: str, at: float) -> Receipt | NoAnswer | None:
    """Return the receipt of an action after the manager was restarted; None if no device has a record of it."""
    found = await asyncio.gather(*(each.resume(action_id, at) for each in actuators))
    silent = next((each for each in found if isinstance(each, NoAnswer)), None)
    if silent is not None:
        return silent
    if all(each is None for each in found):
        return None
    lost = Receipt(action_id, False, Outcome.FAILED, reason="one of the devices has no record of it")
    return await _agreed(actuators, [each if isinstance(each, Receipt) else lost for each in found], at)


async def _agreed(actuators: Sequence[DeviceActuator], receipts: Sequence[Receipt], at: float) -> Receipt:
    """Return the receipt of the whole. If one device failed, undo the action on the others."""
    worst = _worst(receipts)
    if worst.outcome is Outcome.FAILED:
        applied = [
            each for each, receipt in zip(actuators, receipts, strict=True) if receipt.outcome is not Outcome.FAILED
        ]
        undone = await asyncio.gather(*(each.revert(worst.action_id, at, at + UNDO_WITHIN) for each in applied))
        failed = next((each for each in undone if each.outcome is not Outcome.DONE), None)
        if failed is not None:
            reason = f"{worst.reason}; on another device it is not undone: {failed.reason}"
            return Receipt(worst.action_id, False, Outcome.FAILED, reason=reason)
    return worst


def _worst(receipts: Sequence[Receipt]) -> Receipt:
    """Return a failed receipt before a running one, and the last of those that are done."""
    severity = (Outcome.FAILED, Outcome.RUNNING, Outcome.DONE)
    return min(receipts, key=lambda each: (severity.index(each.outcome), -(each.took_effect or 0.0)))
