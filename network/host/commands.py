"""Checks commands. For a valid command, the ledger has an open action with the same id, kind, target and fence."""

from __future__ import annotations

from enum import Enum, auto

from shared.domain.catalogue import COMMANDED, UNDOABLE_IN
from shared.domain.events import Action, Execute
from shared.domain.kinds import ActionState
from shared.domain.subjects import kv_key


class CommandValidity(Enum):
    VALID = auto()
    STALE = auto()  # the action is in a later state already: the command was delivered again
    OUTDATED = auto()  # the sender of the command no longer owns the action
    INVALID = auto()


def check_command(command: Execute, ledger: bytes | None) -> tuple[CommandValidity, str]:
    if ledger is None:
        return CommandValidity.INVALID, f"there is no action {command.action_id} in the ledger"
    try:
        action = Action.model_validate_json(ledger)
    except ValueError:
        return CommandValidity.INVALID, f"action {command.action_id} in the ledger cannot be read"
    for name, requested, stored in (
        ("id", command.action_id, action.id),
        ("kind", command.kind, action.kind),
        ("target", command.target, action.target),
    ):
        if requested != stored:
            return (
                CommandValidity.INVALID,
                f"{command.action_id} has {name} {stored} in the ledger, the command has {requested}",
            )
    if command.fence != action.fence:
        validity = CommandValidity.OUTDATED if command.fence < action.fence else CommandValidity.INVALID
        return validity, f"{command.action_id} has fence {action.fence} in the ledger, the command has {command.fence}"
    if action.state in (UNDOABLE_IN if command.revert else COMMANDED):
        return CommandValidity.VALID, ""
    if action.state in (ActionState.PROPOSED, ActionState.BLOCKED, ActionState.REJECTED):
        return CommandValidity.INVALID, f"{command.action_id} is {action.state} in the ledger, not open"
    return CommandValidity.STALE, f"{command.action_id} is {action.state} already"


def ledger_key(action_id: str) -> str:
    return f"action.{kv_key(action_id)}"
