"""OpenAPI links: for each operation, the calls that can follow its answer, and where their parameters are in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.gateway.api.refusals import A_FAULT

Links = dict[str, dict[str, Any]]

BODY = "$response.body#"
FIRST_LISTED = f"{BODY}/recent_incidents/0/id"
FIRST_MEMBER = f"{BODY}/members/0/id"
FIRST_ACTION = f"{BODY}/actions/0/id"


def _link(call: str, name: str, where: str, body: object = None) -> dict[str, Any]:
    link: dict[str, Any] = {"operationId": call, "parameters": {name: where}}
    return link if body is None else {**link, "requestBody": body}


def _of_incident(where: str) -> Links:
    return {call: _link(call, "incident_id", where) for call in ("acknowledge_incident", "comment_incident")}


def _of_detail() -> Links:
    own = f"{BODY}/id"
    return {
        **_of_incident(own),
        "split_incident": _link("split_incident", "incident_id", own, {"members": [FIRST_MEMBER]}),
        "move_members": _link("move_members", "incident_id", own, {"members": [FIRST_MEMBER], "to": own}),
        "merge_incident": _link("merge_incident", "incident_id", own, {"into": own}),
        "approve_action": _link("approve_action", "action_id", FIRST_ACTION),
        "reject_action": _link("reject_action", "action_id", FIRST_ACTION),
    }


LINKS: Mapping[str, Links] = {
    "inject_fault": {call: _link(call, "fault_id", f"{BODY}/id") for call in ("get_fault", "end_fault")},
    "list_faults": {call: _link(call, "fault_id", f"{BODY}/faults/0/id") for call in ("get_fault", "end_fault")},
    "get_fault": {"end_fault": _link("end_fault", "fault_id", f"{BODY}/id")},
    "list_incidents": {
        "get_incident": _link("get_incident", "incident_id", FIRST_LISTED),
        **_of_incident(FIRST_LISTED),
        "list_incidents": _link("list_incidents", "cursor", f"{BODY}/next_cursor"),
    },
    "list_observations": {"list_observations": _link("list_observations", "cursor", f"{BODY}/next_cursor")},
    "get_incident": _of_detail(),
    "get_topology": {
        "get_metrics": _link("get_metrics", "node", f"{BODY}/nodes/0/id"),
        "inject_fault": {
            "operationId": "inject_fault",
            "requestBody": {"kind": A_FAULT, "target": f"{BODY}/nodes/0/id", "duration": 5, "strength": 0.5},
        },
    },
}
