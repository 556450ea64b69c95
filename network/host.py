"""The decisions of a driver's host: the pace of ticks, stored state, checks of commands. Pure.

1. A command is valid only if the ledger holds its action as open, with the same kind, target and fence.
2. Stored state carries its time, so that a reader knows how long the network has run since.
3. A network that falls behind its pace runs faster; it never skips a tick.
4. The time of an outage is measured by a monotonic clock, unless the machine was rebooted since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto

import msgspec

from shared.domain.catalogue import COMMANDED, UNDOABLE_IN
from shared.domain.errors import MessageError
from shared.domain.events import Action, Execute, Fault
from shared.domain.kinds import ActionState
from shared.domain.subjects import kv_key
from shared.domain.telemetry import TICK_SECONDS

LONGEST_LEAP = 3600.0  # seconds: a network that nobody looked at for longer lived on only for so long
LEFT_BEHIND = 2.0  # seconds behind its pace at which a network says that it hurries
GIVE_UP_BEHIND = 3600.0


class CommandValidity(Enum):
    """What to do with a command."""

    VALID = auto()
    STALE = auto()  # it was valid, and its action has moved on since: a message that came again
    OUTDATED = auto()  # a remediator gave it that owned the action before another took it over
    INVALID = auto()


def check_command(command: Execute, ledger: bytes | None) -> tuple[CommandValidity, str]:
    """Say whether a command is to be carried out, and in words why not."""
    if ledger is None:
        return CommandValidity.INVALID, f"the ledger knows no action {command.action_id}"
    try:
        action = Action.model_validate_json(ledger)
    except ValueError:
        return CommandValidity.INVALID, f"the ledger's action {command.action_id} cannot be read"
    for name, said, written in (
        ("id", command.action_id, action.id),
        ("kind", command.kind, action.kind),
        ("target", command.target, action.target),
    ):
        if said != written:
            return (
                CommandValidity.INVALID,
                f"{command.action_id} has {name} {written} in the ledger, the command says {said}",
            )
    if command.fence != action.fence:
        validity = CommandValidity.OUTDATED if command.fence < action.fence else CommandValidity.INVALID
        return validity, f"{command.action_id} has fence {action.fence} in the ledger, the command says {command.fence}"
    if action.state in (UNDOABLE_IN if command.revert else COMMANDED):
        return CommandValidity.VALID, ""
    if action.state in (ActionState.PROPOSED, ActionState.BLOCKED, ActionState.REJECTED):
        return CommandValidity.INVALID, f"{command.action_id} is {action.state} in the ledger, not open"
    return CommandValidity.STALE, f"{command.action_id} is {action.state} already"


def ledger_key(action_id: str) -> str:
    """Return under which key of KV `actions` the ledger holds an action."""
    return f"action.{kv_key(action_id)}"


class MachineMoment(msgspec.Struct, frozen=True):
    """A moment by the wall clock and, where the machine tells, by its time since a boot, sleep included."""

    wall: float
    boot: str = ""  # which boot of which machine
    up: float = 0.0

    def before(self, seconds: float) -> MachineMoment:
        """Return the moment so many seconds earlier."""
        return MachineMoment(self.wall - seconds, self.boot, self.up - seconds)


class Snapshot(msgspec.Struct, frozen=True):
    """What is stored in KV `network`: the state that the driver gave, by whom, and the moment at which it was taken."""

    stored: float
    by: str
    number: int
    tick: int
    at: str
    snapshot: bytes
    boot: str = ""  # this and `up` are not in what was kept by releases before
    up: float = 0.0


def decode_snapshot(data: bytes) -> Snapshot:
    """Return what was kept. Raises MessageError."""
    try:
        return msgspec.json.decode(data, type=Snapshot)
    except msgspec.MsgspecError as error:
        raise MessageError(f"KV network does not hold a network's state: {error}; start with --fresh") from None


def encode_snapshot(kept: Snapshot) -> bytes:
    """Return what is to be kept as JSON."""
    return msgspec.json.encode(kept)


def seconds_since(kept: Snapshot, now: MachineMoment) -> float:
    """Return the seconds since a snapshot; below zero where there is only a wall clock, and that was set back."""
    if kept.boot and kept.boot == now.boot:
        return now.up - kept.up
    return now.wall - kept.stored


def ticks_missed(seconds: float, speed: float) -> int:
    """Return how many ticks pass in so many seconds; never fewer than none, never more than in the longest leap."""
    return int(min(max(0.0, seconds), LONGEST_LEAP) * speed / TICK_SECONDS)


class Pace:
    """When the next tick is due, by a clock that only goes forward."""

    def __init__(self, now: float, speed: float) -> None:
        self._speed, self._step = speed, TICK_SECONDS / speed
        self._due = now + self._step
        self._hurries = False

    def wait(self, now: float) -> float:
        """Return how long to wait for the next tick; 0 where it is late already."""
        if now - self._due > GIVE_UP_BEHIND:
            self._due = now
        return max(0.0, self._due - now)

    def ticked(self) -> None:
        """Count a tick: the next one is due a step later."""
        self._due += self._step

    def since_tick(self, now: float) -> float:
        """Return how much network time has passed since the last tick."""
        return min(max(0.0, (now - self._due + self._step) * self._speed), TICK_SECONDS)

    def fell_behind(self, now: float) -> bool:
        """Say whether the network has just begun to lag; once, until it has caught up."""
        behind = now - self._due
        if behind <= self._step:
            self._hurries = False
        began = behind > LEFT_BEHIND and not self._hurries
        self._hurries = self._hurries or began
        return began


class FaultShelf:
    """What KV `faults` holds, so that only what changed is written and what is forgotten is removed."""

    def __init__(self, held: Mapping[str, bytes]) -> None:
        self._held = dict(held)

    def changes(self, faults: Sequence[Fault]) -> tuple[dict[str, bytes], list[str]]:
        """Return what to put and which keys to delete, and hold that from now on."""
        wanted = {kv_key(fault.id): fault.model_dump_json().encode() for fault in faults}
        put = {key: value for key, value in wanted.items() if self._held.get(key) != value}
        gone = [key for key in self._held if key not in wanted]
        self._held = wanted
        return put, gone


def read_faults(entries: Mapping[str, bytes]) -> list[Fault]:
    """Return the faults that KV `faults` holds; what is no fault is left out."""
    faults = []
    for value in entries.values():
        try:
            faults.append(Fault.model_validate_json(value))
        except ValueError:
            continue
    return faults
