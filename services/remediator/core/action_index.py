"""The latest known state of the actions of all replicas, which the gate's rules count. Their number is bounded."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Generic, TypeVar

from services.remediator.gate import MOST_COUNTED
from shared.domain.catalogue import FINISHED, RUNNING
from shared.domain.events import Action
from shared.domain.topology import Topology

MAX_ACTIONS = 2 * MOST_COUNTED  # leaves space for waiting actions, which the gate does not count
LOST_AFTER = 60.0
"""Seconds of wall time after its start, after which an action of another process no longer counts as running."""

K = TypeVar("K")
V = TypeVar("V")


class BoundedMap(Generic[K, V]):
    """A map of at most `size` values: when it is full, the value that was written longest ago is removed."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()

    def put(self, key: K, value: V) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._size:
            self._values.popitem(last=False)

    def get(self, key: K) -> V | None:
        return self._values.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self._values


class ActionIndex:
    """It also holds which actions of this process may be changing the network."""

    def __init__(self) -> None:
        self._actions: dict[str, Action] = {}
        self._changed: dict[str, Action] = {}
        self._ours: dict[str, Action | None] = {}

    def get(self, action_id: str) -> Action | None:
        return self._actions.get(action_id)

    def actions(self) -> list[Action]:
        return sorted(self._actions.values(), key=lambda action: (action.proposed, action.id))

    def write(self, action: Action) -> None:
        self._changed[action.id] = action
        if len(self._changed) > MAX_ACTIONS:
            del self._changed[next(iter(self._changed))]
        self._put(action)

    def receive(self, action: Action) -> None:
        known = self._actions.get(action.id)
        if known is None or action.progress >= known.progress:
            self._put(action)

    def drain(self) -> tuple[Action, ...]:
        changed, self._changed = self._changed, {}
        return tuple(changed.values())

    def occupy(self, incident_id: str, action: Action | None) -> None:
        self._ours[incident_id] = action

    def leave(self, incident_id: str) -> None:
        self._ours.pop(incident_id, None)

    def running(self, besides: Action, now: float, speed: float) -> tuple[Action, ...]:
        """For incidents of this process, only the actions that were passed to `occupy` count. An action of another
        process no longer counts `LOST_AFTER` seconds of wall time after it started.
        """
        ours = [action for action in self._ours.values() if action is not None and action.id != besides.id]
        others = [
            action
            for action in self._actions.values()
            if action.state in RUNNING
            and action.started is not None
            and action.started > now - LOST_AFTER * speed
            and action.incident_id not in self._ours
            and action.incident_id != besides.incident_id
        ]
        return (*ours, *others)

    def begun(self) -> list[Action]:
        return [action for action in self._actions.values() if action.started is not None]

    def last_effect(self, action: Action, topology: Topology, now: float) -> float:
        """-inf if no such action is known."""
        place = action.target if action.cause is None else action.cause.element
        near = topology.touching(place)
        return max(
            (
                other.applied
                for other in self._actions.values()
                if other.target in near and other.applied is not None and other.applied <= now and other.id != action.id
            ),
            default=-math.inf,
        )

    def _put(self, action: Action) -> None:
        self._actions[action.id] = action
        if len(self._actions) > MAX_ACTIONS:
            # Delete the oldest finished action. If none is finished, delete the oldest action: far fewer than
            # MAX_ACTIONS run at once, so it has ended, and the event of its end was missed.
            over = (id_ for id_, known in self._actions.items() if known.state in FINISHED)
            del self._actions[next(over, next(iter(self._actions)))]
