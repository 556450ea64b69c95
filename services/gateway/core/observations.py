"""The newest observations: loads far beyond what their past explains that harm nobody.

Rules

1. An observation is open until the detector reports that it has passed. A repeated event changes nothing.
2. If more are stored than `KEPT_OBSERVATIONS`, those that passed first are dropped first, then the oldest.
"""

from __future__ import annotations

from services.gateway.core.cursors import cursor_of, place, place_of
from services.gateway.core.observation_bodies import ObservationBody, ObservationsBody, OpenObservationsBody
from shared.domain.concern import is_of
from shared.domain.events import AnomalyObserved, AnomalyPassed, Observation

KEPT_OBSERVATIONS = 500
DEFAULT_OBSERVATIONS = 100
MAX_OPEN_SENT = 100
"""The largest number of open observations that a frame has: the newest. Further ones are only counted."""
NO_OBSERVATIONS = OpenObservationsBody(observations=(), left_out=0)


class ObservationList:
    """`revision` grows when any observation changes."""

    def __init__(self) -> None:
        self._open: dict[str, ObservationBody] = {}
        self._passed: dict[str, ObservationBody] = {}
        self.revision = 0
        self._seen, self._current = 0, NO_OBSERVATIONS

    def absorb(self, event: AnomalyObserved | AnomalyPassed) -> None:
        if isinstance(event, AnomalyPassed):
            self._end(event)
        elif event.id not in self._open and event.id not in self._passed:
            self._open[event.id] = _body(event.observation)
            self.revision += 1
        while len(self._open) + len(self._passed) > KEPT_OBSERVATIONS:
            oldest = self._passed or self._open
            del oldest[next(iter(oldest))]

    def _end(self, event: AnomalyPassed) -> None:
        known = self._open.pop(event.observation_id, None)
        if known is not None:
            self._passed[known.id] = known.model_copy(update={"passed": event.at, "became": event.became})
            self.revision += 1

    def page(
        self,
        open: bool | None = None,
        node: str | None = None,
        limit: int = DEFAULT_OBSERVATIONS,
        cursor: str | None = None,
    ) -> ObservationsBody:
        """Return the newest `limit` matching observations, oldest first.

        `cursor`: return only observations before that position. Raises CursorError if the cursor is invalid.
        """
        before = place_of(cursor) if cursor else None
        matching = sorted(
            (place(one.at, one.id), one)
            for one in (*self._open.values(), *self._passed.values())
            if (open is None or (one.passed is None) is open)
            and (node is None or is_of(node, one.node))
            and (before is None or place(one.at, one.id) < before)
        )
        shown = matching[-limit:]
        more = len(matching) > len(shown) and shown
        return ObservationsBody(
            observations=tuple(one for _, one in shown),
            open=len(self._open),
            next_cursor=cursor_of(shown[0][0]) if more else None,
        )

    def current(self) -> OpenObservationsBody:
        """Return the open observations, oldest first."""
        if self._seen != self.revision:
            ordered = sorted(self._open.values(), key=lambda one: (one.at, one.id))
            shown = tuple(ordered[-MAX_OPEN_SENT:])
            self._seen = self.revision
            self._current = OpenObservationsBody(observations=shown, left_out=len(ordered) - len(shown))
        return self._current


def _body(observation: Observation) -> ObservationBody:
    return ObservationBody(
        id=observation.id,
        node=observation.element,
        metric=observation.metric,
        value=observation.value,
        expected=observation.expected,
        limit=observation.limit,
        score=observation.score,
        since=observation.since,
        at=observation.at,
        passed=None,
        became=None,
    )
