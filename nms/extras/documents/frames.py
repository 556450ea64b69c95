"""The frames of the WebSocket. Each frame has a schema, and an example that is validated by its model."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from nms.extras.documents.messages import Message, says, schema_of
from services.gateway.api.examples import ANSWERS
from services.gateway.core import frames as protocol
from services.gateway.core.cycle_bodies import CycleBody
from services.gateway.core.frames import CLIENT_FRAMES, REQUEST, SERVER_FRAMES
from shared.domain.kinds import ServiceName

CHANNEL, ADDRESS = "websocket", "/ws"
CLIENT = "client"
SEQ = "b1c4-1042"
_rules = " ".join((inspect.getdoc(protocol) or "").partition("Rules: ")[2].split())
RULES = _rules[:1].upper() + _rules[1:]
"""The rules for all frames, from the docstring of their module."""

CYCLE: Mapping[str, Any] = {
    "cycle": 1200,
    "timestamp": "2026-01-31T11:59:56Z",
    "phases": {
        "injects": [],
        "detect": {"anomalies": [], "count": 0},
        "correlate": {"correlations": [], "count": 0},
        "analyze": {"root_causes": [], "count": 0},
        "remediate": {"actions": [], "count": 0},
        "stabilize": {
            "timestamp": "2026-01-31T11:59:59Z",
            "healthy_nodes": 16,
            "affected_nodes": 0,
            "total_nodes": 16,
            "health_percentage": 100.0,
        },
    },
}
"""A cycle without a fault."""
WAITING: Mapping[str, Any] = {
    "id": "server-1.cpu_usage.4102.a1",
    "incident": "server-1.cpu_usage.4102",
    "action": "reboot_node",
    "target": "edge-switch-1",
    "state": "proposed",
    "since": "2026-01-31T11:59:57Z",
    "reason": "node_down at edge-switch-1, confidence 0.93",
    "takes_down": ["edge-switch-1", "server-1", "server-6"],
}
"""An action that waits for a person."""


def _answer(name: str) -> Any:
    answer = ANSWERS[name]
    return answer.model_dump(mode="json") if isinstance(answer, BaseModel) else answer


def _examples() -> Mapping[str, Any]:
    status, topology, metrics = (_answer(name) for name in ("get_status", "get_topology", "get_metrics"))
    logs, incidents = _answer("list_logs")["logs"], _answer("list_incidents")
    approvals = {"approvals": [WAITING], "left_out": 0}
    listed = _answer("list_observations")["observations"]
    observations = {"observations": listed, "left_out": 0}
    cycle = CycleBody.model_validate(CYCLE).model_dump(mode="json")
    whole = {
        "status": status,
        "topology": topology,
        "metrics": metrics,
        "logs": logs,
        "catalogue": _answer("get_catalogue"),
        "observations": observations,
    }
    return {
        "snapshot": {**whole, "incidents": incidents, "approvals": approvals, "cycle": cycle, "cycles": [cycle]},
        "metrics_update": {**metrics, "removed": []},
        "topology_update": {**topology, "removed": []},
        "logs_update": logs,
        "incidents_update": {**incidents, "removed": ["server-1.cpu_usage.4102"]},
        "approvals_update": approvals,
        "observations_update": observations,
        "cycle_update": cycle,
        "status_update": status,
        "error": {
            "message": "data.type is missing: name one of topology, metrics, logs, incidents",
            "events": [REQUEST],
            "types": ["topology", "metrics", "logs", "incidents"],
        },
    }


@cache
def sent() -> tuple[Message, ...]:
    examples = _examples()
    return tuple(_frame(model, examples[event]) for model in SERVER_FRAMES for event in _events(model))


@cache
def received() -> tuple[Message, ...]:
    (model,) = CLIENT_FRAMES
    example = {"event": REQUEST, "data": {"type": "incidents"}}
    model.model_validate(example)
    schema = {
        **schema_of(model),
        "required": ["event"],
    }  # in Python, a frame has a class; in a message, it has `event`
    return (_message(REQUEST, says(model), schema, example, (CLIENT,), (str(ServiceName.GATEWAY),)),)


def schema_files() -> Mapping[str, str]:
    return {f"{frame.name}.json": json.dumps(frame.schema, indent=2) + "\n" for frame in (*sent(), *received())}


def _events(model: type[BaseModel]) -> tuple[str, ...]:
    return get_args(model.model_fields["event"].annotation)


def _frame(model: type[BaseModel], data: object) -> Message:
    (event,) = _events(model)
    example = {"event": event, "seq": SEQ, "data": data}
    model.model_validate_json(json.dumps(example))
    return _message(event, says(model), schema_of(model), example, (str(ServiceName.GATEWAY),), (CLIENT,))


def _message(
    event: str,
    what: str,
    schema: dict[str, Any],
    example: Mapping[str, Any],
    senders: tuple[str, ...],
    readers: tuple[str, ...],
) -> Message:
    name = f"{CHANNEL}.{event}"
    return Message(name, CHANNEL, what, schema, example, senders=senders, readers=readers)
