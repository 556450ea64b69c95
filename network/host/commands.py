"""Which commands the host believes: those whose action the ledger holds open with the same kind, target and fence."""

from __future__ import annotations

from enum import Enum, auto

from shared.domain.catalogue import COMMANDED, UNDOABLE_IN
from shared.domain.events import Action, Execute
from shared.domain.kinds import ActionState
from shared.domain.subjects import kv_key


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
