"""Carries an action through its life on a device: arm, apply, confirm, revert, settle. Each is one round trip.

Each call can be repeated: the device has the state, and does nothing twice. So a manager that was killed at any time
begins with `settle` and goes on from the state that it gets.
"""

from __future__ import annotations

from network.devices.actions import rendering
from network.devices.actions.journal import UNDER_WAY, JournalEntry, JournalState, entry_of, one_line
from network.devices.actions.plans import DevicePlan
from network.devices.console import Answer, Console, NoAnswer, Trouble

ARM_WITHIN = 30.0
"""Seconds; the checks of a plan run in that time."""
CONFIRM_WITHIN = 5.0
SLICE = 2.0
"""Seconds for which a device is asked to wait before it answers."""
MARGIN = 5.0
"""Seconds that an answer may take beyond the time for which a device waits."""


class DeviceJournal:
    """The record of actions on one device."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def arm(self, plan: DevicePlan) -> JournalEntry | NoAnswer:
        """Start the process that will apply and undo a plan. If there is a record with this id, return its state."""
        return await self._ask(rendering.arming(plan, ARM_WITHIN), ARM_WITHIN)

    async def apply(self, plan: DevicePlan, within: float) -> JournalEntry | NoAnswer:
        """Order an armed plan to be applied, and wait at most some seconds for its end."""
        return await self._send(plan.action_id, "go", within, plan.restarts)

    async def confirm(self, action_id: str, *, restarts: bool = False) -> JournalEntry | NoAnswer:
        return await self._find(action_id, "keep", CONFIRM_WITHIN, restarts)

    async def revert(self, action_id: str, within: float, *, restarts: bool = False) -> JournalEntry | NoAnswer:
        return await self._find(action_id, "back", within, restarts)

    async def settle(self, action_id: str, within: float, *, restarts: bool = False) -> JournalEntry | NoAnswer:
        """Return the state. What a process of the device left between before and after, since it was killed, is undone
        first.
        """
        return await self._find(action_id, "settle", within, restarts)

    async def _find(self, action_id: str, word: str, within: float, restarts: bool) -> JournalEntry | NoAnswer:
        """Send a word to an action whose plan may not be at hand; so its record is looked for in both places."""
        entry = await self._send(action_id, word, within, restarts)
        if isinstance(entry, NoAnswer) or entry.state is not JournalState.ABSENT:
            return entry
        return await self._send(action_id, word, within, not restarts)

    async def _send(self, action_id: str, word: str, within: float, restarts: bool) -> JournalEntry | NoAnswer:
        """Wait in slices: others use the shell of the device too, and a repeated word changes nothing."""
        while True:
            patience = min(within, SLICE)
            entry = await self._ask(rendering.sending(action_id, word, patience, restarts=restarts), patience)
            within -= patience
            if within <= 0.0 or isinstance(entry, NoAnswer) or entry.state not in UNDER_WAY or not entry.alive:
                return entry

    async def _ask(self, lines: str, within: float) -> JournalEntry | NoAnswer:
        answer = await self._console.script(lines, root=True, within=within + MARGIN)
        if isinstance(answer, NoAnswer):
            return answer
        return entry_of(answer.text) or self._garbage(answer)

    def _garbage(self, answer: Answer) -> NoAnswer:
        shown = one_line(answer.text)[:200] or f"status {answer.status} without a text"
        reason = (
            f"{self._console.device} does not answer as a shell of root does: {shown}; "
            "check that the account may use sudo without a password"
        )
        return NoAnswer(Trouble.GARBAGE, reason)
