"""The side effects of finished actions: for each kind of action and target, the newest side effect."""

from __future__ import annotations

from collections.abc import Iterable

from network.simulator.conditions import SideEffect
from shared.domain.kinds import ActionKind

MAX_SIDE_EFFECTS = 1_000
"""The number is limited, since each side effect costs time at every tick and space in every snapshot."""


class SideEffects:
    """The side effects, oldest first. A new side effect replaces an older one of the same action kind and target."""

    def __init__(self, effects: Iterable[SideEffect] = ()) -> None:
        self._by_target: dict[tuple[ActionKind, str], SideEffect] = {}
        for effect in sorted(effects, key=lambda effect: effect.since):
            self.add(effect)

    def add(self, effect: SideEffect) -> None:
        key = (effect.kind, effect.target)
        self._by_target.pop(key, None)
        self._by_target[key] = effect
        if len(self._by_target) > MAX_SIDE_EFFECTS:
            del self._by_target[next(iter(self._by_target))]

    def undo(self, action_id: str) -> None:
        self._by_target = {key: effect for key, effect in self._by_target.items() if effect.action_id != action_id}

    def until(self, now: float) -> list[SideEffect]:
        self._by_target = {key: effect for key, effect in self._by_target.items() if effect.until > now}
        return self.all

    @property
    def all(self) -> list[SideEffect]:
        return list(self._by_target.values())
