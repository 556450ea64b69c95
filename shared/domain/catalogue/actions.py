"""The actions: what each can be aimed at, what it takes down while it runs, what it leaves behind, how it is undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from shared.domain.kinds import ActionKind, ElementKind

NODE, LINK = ElementKind.NODE, ElementKind.LINK
BOTH = frozenset({NODE, LINK})


class TakesDown(IntEnum):
    """What an action puts out of service while it runs."""

    NOTHING = 0
    PORTS = 1
    NODE = 2


@dataclass(frozen=True)
class ActionSpec:
    """One action. `lingers`: seconds of network time in which it still shows after it took effect."""

    kind: ActionKind
    targets: frozenset[ElementKind]
    takes_down: TakesDown = TakesDown.NOTHING
    moves_traffic: bool = False
    """It makes traffic take another way: load may rise elsewhere."""
    lingers: float | None = None
    undoable: bool = False
    detours: bool = False
    """It leads traffic around its target, and nothing else."""
    caps_load: float | None = None
    """% of its capacity at which it holds a link."""


ACTIONS: Mapping[ActionKind, ActionSpec] = MappingProxyType(
    {
        spec.kind: spec
        for spec in (
            ActionSpec(ActionKind.RESTART_PROCESS, frozenset({NODE})),
            ActionSpec(ActionKind.CLEAR_CACHE, frozenset({NODE}), lingers=5.0),
            ActionSpec(ActionKind.RESET_INTERFACE, BOTH, TakesDown.PORTS),
            ActionSpec(ActionKind.REBOOT_NODE, frozenset({NODE}), TakesDown.NODE, moves_traffic=True),
            ActionSpec(ActionKind.ENABLE_LINK, frozenset({LINK})),
            ActionSpec(ActionKind.RATE_LIMIT, frozenset({LINK}), lingers=10.0, undoable=True, caps_load=70.0),
            ActionSpec(ActionKind.OPTIMIZE_ROUTING, BOTH, moves_traffic=True, lingers=5.0, undoable=True, detours=True),
        )
    }
)


def actions_that(has: Callable[[ActionSpec], bool]) -> frozenset[ActionKind]:
    """Return the actions of which something holds."""
    return frozenset(kind for kind, spec in ACTIONS.items() if has(spec))
