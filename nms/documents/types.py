"""The types of what the page reads: TypeScript declarations from the models that the gateway sends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from services.gateway.core import bodies, frames
from services.gateway.scorecard import ScorecardReport
from shared.config import Desired
from shared.events import Fault

HEAD = "// Written by `make docs` from the models that the gateway sends; change those instead.\n"
TOLD = (
    bodies.StatusBody,
    bodies.EnforcedBody,
    bodies.EnforcedRunning,
    bodies.EnforcedMode,
    bodies.TopologyBody,
    bodies.MetricsBody,
    bodies.AveragesBody,
    bodies.HistoryBody,
    bodies.LogsBody,
    bodies.IncidentsBody,
    bodies.IncidentDetail,
    bodies.FaultsBody,
    bodies.ServicesBody,
    Fault,
    Desired,
    ScorecardReport,
)
PLAIN = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}
LEFT_OUT = frozenset({"removed", "whole"})
"""Fields of a frame that only one of its forms has."""
Schema = dict[str, Any]


class _AsSent(GenerateJsonSchema):
    """A field with a default is sent all the same, except where its model leaves it out."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        return field.get("serialization_exclude_if") is None


def text() -> str:
    """Return docs/reference/types.d.ts: every body of the API that the page reads, and `Frame`, what `/ws` sends."""
    models = [(model, "serialization") for model in (*TOLD, *frames.SERVER_FRAMES)]
    _, whole = models_json_schema(models, ref_template="{model}", schema_generator=_AsSent)  # type: ignore[arg-type]
    declared = "\n".join(_declared(name, schema) for name, schema in sorted(whole["$defs"].items()))
    return f"{HEAD}\n{declared}\nexport type Frame = {_either(frame.__name__ for frame in frames.SERVER_FRAMES)};\n"


def _declared(name: str, schema: Schema) -> str:
    said = _comment(schema.get("description"), "")
    if "properties" not in schema:
        return f"{said}export type {name} = {_type(schema)};\n"
    always = set(schema.get("required", [])) - LEFT_OUT
    lines = [
        f"{_comment(field.get('description'), '  ')}  {key}{'' if key in always else '?'}: {_type(field)};\n"
        for key, field in schema["properties"].items()
    ]
    return f"{said}export interface {name} {{\n{''.join(lines)}}}\n"


def _type(schema: Schema) -> str:
    match schema:
        case {"$ref": name}:
            return str(name)
        case {"const": value}:
            return f'"{value}"'
        case {"enum": values}:
            return _either(f'"{value}"' for value in values)
        case {"anyOf": choices} | {"oneOf": choices}:
            return _either(map(_type, choices))
        case {"allOf": [only]}:
            return _type(only)
        case {"type": "array"}:
            return f"Array<{_type(schema.get('items', {}))}>"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"Record<string, {_type(values)}>"
        case {"type": str(name)}:
            return PLAIN.get(name, "unknown")
    return "unknown"


def _either(types: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(types))


def _comment(said: str | None, indent: str) -> str:
    return f"{indent}/** {' '.join(said.split())} */\n" if said else ""
