"""Selects the waiting action if the command names none."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from nms.client import Body, Client
from nms.commands.control import waiting
from shared.domain.kinds import ActionState, IncidentState

S = ActionState


class Gateway(Client):
    """Answers for incidents of one action each, as the gateway would."""

    def __init__(self, incidents: Mapping[str, tuple[IncidentState, ActionState]]) -> None:
        super().__init__("http://127.0.0.1:1")
        self._incidents = incidents

    def get(self, path: str, query: Mapping[str, str | int | float | None] | None = None) -> Body:
        if query is None:
            name = path.rpartition("/")[2]
            return {"actions": [{"id": f"{name}.a1", "state": self._incidents[name][1].value}]}
        fitting = [name for name, (state, _) in self._incidents.items() if state == query["state"]]
        return {"recent_incidents": [{"id": name} for name in fitting]}


@pytest.mark.parametrize("incident", IncidentState)
@pytest.mark.parametrize("action", S)
def test_waiting_actions_are_found_in_all_unresolved_incidents(incident: IncidentState, action: ActionState) -> None:
    waits = incident is not IncidentState.RESOLVED and action in (S.PROPOSED, S.BLOCKED)
    assert list(waiting(Gateway({"i": (incident, action)}))) == (["i.a1"] if waits else [])


def test_all_waiting_actions_are_returned() -> None:
    three = {
        "one": (IncidentState.ESCALATED, S.PROPOSED),
        "two": (IncidentState.OPEN, S.BLOCKED),
        "three": (IncidentState.OPEN, S.APPLIED),
    }
    assert sorted(waiting(Gateway(three))) == ["one.a1", "two.a1"]
