"""The record of an action on a device: its states, how a device reports them, and how they are read. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class JournalState(StrEnum):
    """The state of an action on its device."""

    ABSENT = "absent"
    """The device has no record of it."""
    REFUSED = "refused"
    """The device refused to arm it. Nothing was changed, and there is no record."""
    ARMED = "armed"
    """Nothing was changed. The device waits for the order to apply it."""
    APPLYING = "applying"
    APPLIED = "applied"
    """All steps ran. The device undoes them unless it gets a confirmation in time."""
    KEPT = "kept"
    """Confirmed. The device still knows how to undo it."""
    UNDOING = "undoing"
    UNDONE = "undone"
    """It was undone since somebody asked for it."""
    FAILED = "failed"
    """A step failed, and those before it were undone."""
    EXPIRED = "expired"
    """Nobody confirmed it in time, and it was undone."""
    STUCK = "stuck"
    """A command that undoes it failed."""


UNDER_WAY = frozenset({JournalState.APPLYING, JournalState.UNDOING})
"""The device is changing, and ends it by itself."""
STATES = frozenset(map(str, JournalState))
_ANSWER = re.compile(r"^@ (\S+) ([01]) ([0-9a-f]*)$", re.MULTILINE)


@dataclass(frozen=True)
class JournalEntry:
    """What a device reports of an action.

    `why`: of a refusal, of an undo; empty if it has no reason. `step`: the number of the step it is at, from 1.
    `alive`: a process of the device takes care of the action. `output`: the end of the output of its last step.
    """

    state: JournalState
    alive: bool
    digest: str = ""
    why: str = ""
    step: int | None = None
    output: str = ""


REFUSALS = {
    "not-root": "the account has not the rights of root there; give it sudo without a password for sh",
    "unwritable": "the directory for records cannot be written; make it writable",
    "full": "the file system of the directory for records is full; make room",
    "no-tool": "it has no program with this name; install it",
    "not-started": "the process that would undo the action did not start",
    "slow": "it did not arm the action in time; see why it is slow, and try again",
    "busy": "another action is being armed there; try again",
    "check": "a check before the change failed",
}
"""Why a device refuses to arm an action, and the remedy, by the word that the device answers."""


def entry_of(text: str) -> JournalEntry | None:
    """Read the answer of a device; None if it has not the expected form."""
    found = _ANSWER.search(text)
    if found is None:
        return None
    name, *details = found.group(1).split(".")
    if name not in STATES:
        return None
    numbers = [int(part) for part in details if part.isdigit()]
    reasons = [part for part in details if not part.isdigit()]
    return JournalEntry(
        state=JournalState(name),
        alive=found.group(2) == "1",
        digest=found.group(3),
        why=reasons[0] if reasons else "",
        step=numbers[0] if numbers else None,
        output=text[found.end() :].strip(),
    )


def refusal_text(entry: JournalEntry) -> str:
    """Return why a device refused to arm, with what it answered."""
    known = REFUSALS.get(entry.why, f"it answered {entry.why!r}")
    return f"{known} ({one_line(entry.output)})" if entry.output else known


def one_line(output: str) -> str:
    """Return the output of a program as one printable line."""
    return " ".join("".join(char if char.isprintable() else " " for char in output).split())
