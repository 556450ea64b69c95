"""What an action does on one device, as data: commands as words, what undoes them, and how a person reads them. Pure.

Rules
1. A command is a list of words. Only `quoted` makes a line of them.
2. A step undoes what it does, and nothing else: what was there before the step is known from the snapshot.
3. A plan states everything. The same state of the device gives the same plan.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from network.devices.console import quoted
from network.port import Plan
from shared.domain.kinds import ActionKind

Words = tuple[str, ...]

STEP_SECONDS = 20
"""The limit of one step. The device ends a program that takes longer, and the step has failed."""
DEAD_MAN_SECONDS = 60
"""How long a device waits for a confirmation before it undoes an action."""
MAX_TEXT_BYTES = 200_000
"""The largest file that an action writes."""
_PLAIN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True)
class PlanStep:
    """One command. `undo`: what undoes it, in the order of execution. `within`: seconds.

    `shown`: how a person reads the command, where its words do not tell it.
    """

    command: Words
    undo: tuple[Words, ...] = ()
    within: int = STEP_SECONDS
    shown: str = ""


@dataclass(frozen=True)
class NewText:
    """A file that the plan replaces. `expected`: the SHA-256 of what is there, or `none` if there is no such file."""

    path: str
    text: str
    expected: str


@dataclass(frozen=True)
class DevicePlan:
    """An action on one device.

    `steps`: in their order; the undo of a plan is the undo of its steps, the last step first. `checks`: run after
    `texts` are staged and before anything is changed; if one fails, the device refuses the plan. `diff`: what the plan
    changes. `disturbs`: what traffic or service notices while it runs; empty: nothing. `seconds`: how long the device
    waits for a confirmation. `restarts`: the device restarts, and its records have to outlive that.
    """

    action_id: str
    kind: str
    device: str
    target: str
    steps: tuple[PlanStep, ...]
    diff: str
    disturbs: str = ""
    checks: tuple[Words, ...] = ()
    texts: tuple[NewText, ...] = ()
    seconds: int = DEAD_MAN_SECONDS
    restarts: bool = False

    @property
    def commands(self) -> tuple[str, ...]:
        return tuple(step.shown or quoted(step.command) for step in self.steps)

    @property
    def undo(self) -> tuple[str, ...]:
        return tuple(quoted(words) for step in reversed(self.steps) for words in step.undo)

    @property
    def longest(self) -> int:
        """The seconds after which every step has ended, whatever a device does."""
        return sum(step.within for step in self.steps)

    def for_port(self) -> Plan:
        """Return the plan as the driver port has it. Raises ValueError if the catalogue has no such action."""
        return Plan(self.action_id, ActionKind(self.kind), self.target, self.commands, self.diff, self.undo)


def record_name(action_id: str) -> str:
    """Return the name of an action's directory on a device: its id, or a digest if the id is no name of a file."""
    if _PLAIN_ID.fullmatch(action_id):
        return action_id
    return "x-" + hashlib.sha256(action_id.encode()).hexdigest()[:40]


def staged(path: str, action_id: str) -> str:
    """Return where a new file lies until it replaces `path`: in the same directory, so that a rename is enough."""
    place = PurePosixPath(path)
    suffix = hashlib.sha256(action_id.encode()).hexdigest()[:12]
    return str(place.parent / f".{place.name}.nms-{suffix}")


def put_steps(texts: Sequence[NewText], action_id: str) -> tuple[PlanStep, ...]:
    """Return the steps that replace each file by its new text."""
    return tuple(
        PlanStep(
            ("nms_put", text.path, staged(text.path, action_id)),
            undo=(("nms_put_back", str(number), text.path, staged(text.path, action_id)),),
            shown=f"replace {text.path}",
        )
        for number, text in enumerate(texts)
    )
