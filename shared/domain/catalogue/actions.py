"""The kinds of action: the targets of each, what it takes out of service, and whether it can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from shared.domain.kinds import ActionKind, ElementKind

NODE, LINK = ElementKind.NODE, ElementKind.LINK
BOTH = frozenset({NODE, LINK})


class TakesDown(IntEnum):
    NOTHING = 0
    PORTS = 1
    NODE = 2


@dataclass(frozen=True)
class ActionSpec:
    """One kind of action. `targets`: the kinds of element on which it can run. `undoable`: it can be reverted."""

    name: str
    targets: frozenset[ElementKind]
    takes_down: TakesDown = TakesDown.NOTHING
    moves_traffic: bool = False
    """The action reroutes traffic, so load can rise elsewhere."""
    undoable: bool = False
    detours: bool = False
    """The action only routes traffic around its target."""
    caps_load: float | None = None
    """The load to which the action limits a link, in % of the capacity; None: it does not limit load."""

    @property
    def kind(self) -> ActionKind:
        return ActionKind.add(self.name)


_ROWS = (
    ActionSpec("restart_process", frozenset({NODE})),
    ActionSpec("clear_cache", frozenset({NODE})),
    ActionSpec("reset_interface", BOTH, TakesDown.PORTS),
    ActionSpec("reboot_node", frozenset({NODE}), TakesDown.NODE, moves_traffic=True),
    ActionSpec("enable_link", frozenset({LINK})),
    ActionSpec("rate_limit", frozenset({LINK}), undoable=True, caps_load=70.0),
    ActionSpec("optimize_routing", BOTH, moves_traffic=True, undoable=True, detours=True),
)
_actions = {spec.kind: spec for spec in _ROWS}
ACTIONS: Mapping[ActionKind, ActionSpec] = MappingProxyType(_actions)


def add_action(spec: ActionSpec) -> None:
    """This must be called before any module derives a table from the catalogue."""
    _actions[spec.kind] = spec


def actions_that(has: Callable[[ActionSpec], bool]) -> frozenset[ActionKind]:
    return frozenset(kind for kind, spec in ACTIONS.items() if has(spec))
