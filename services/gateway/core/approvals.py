"""The actions that wait for a person's approval, as the WebSocket sends them.

Rule: an action waits for a person if the mode is `approve`, the incident of the action is open, the action is proposed
or blocked, and no person has decided on it.
"""

from __future__ import annotations

from services.gateway.core.bodies import ApprovalBody, ApprovalsBody
from services.gateway.core.incidents import IncidentTracker
from shared.domain.catalogue import WAITING
from shared.domain.events import BY_THE_LOOP, Action
from shared.domain.kinds import Mode
from shared.domain.outage import taken_down
from shared.domain.topology import Topology

MAX_APPROVALS = 100
"""The largest number of actions that are sent: those that have waited longest. Further actions are only counted."""
MAX_TAKEN_DOWN = 100
"""The largest number of elements that are listed as taken out of service by one action."""
NO_APPROVALS = ApprovalsBody(approvals=(), left_out=0)


class Approvals:
    def __init__(self, topology: Topology, incidents: IncidentTracker) -> None:
        self._topology = topology
        self._incidents = incidents
        self._seen: tuple[int, Mode] | None = None
        self._body = NO_APPROVALS
        self._takes_down: dict[str, tuple[str, ...]] = {}

    def body(self, mode: Mode) -> ApprovalsBody:
        """The longest waiting first; none unless `mode` is approve."""
        now = (self._incidents.revision, mode)
        if now != self._seen:
            self._seen, self._body = now, self._find() if mode is Mode.APPROVE else NO_APPROVALS
        return self._body

    def _find(self) -> ApprovalsBody:
        waiting = [
            (action, record.reasons.get(action.id, ""))
            for record in self._incidents.open_records()
            for action in record.actions.values()
            if action.state in WAITING and action.by == BY_THE_LOOP
        ]
        waiting.sort(key=lambda entry: (entry[0].proposed, entry[0].id))
        shown = waiting[:MAX_APPROVALS]
        known, self._takes_down = self._takes_down, {}
        for action, _ in shown:
            self._takes_down[action.id] = known.get(action.id) or self._taken_down(action)
        return ApprovalsBody(
            approvals=tuple(
                ApprovalBody(
                    id=action.id,
                    incident=action.incident_id,
                    action=action.kind,
                    target=action.target,
                    state=action.state,
                    since=action.proposed,
                    reason=reason,
                    takes_down=self._takes_down[action.id],
                )
                for action, reason in shown
            ),
            left_out=len(waiting) - len(shown),
        )

    def _taken_down(self, action: Action) -> tuple[str, ...]:
        return tuple(sorted(taken_down(action.kind, action.target, self._topology))[:MAX_TAKEN_DOWN])
