"""The TypeScript types of the page. The tool openapi-typescript makes them from an OpenAPI document of components only.

The gateway's own OpenAPI document does not fit. It has no frames, and it marks a field with a default as optional,
although the gateway always sends the field. The tool is no Python package and may be absent; `.ci/run` installs it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from pydantic.json_schema import models_json_schema

from nms.extras.documents.messages import Untitled
from services.gateway.core import bodies, catalogue_bodies, frames
from services.gateway.scoring.scorecard import ScorecardReport
from shared.domain.config import Desired
from shared.domain.events import Fault

HEAD = "// Written by `make docs` from the models that the gateway sends; change those instead.\n"
TOOL = "openapi-typescript"
OPTIONS = ("--root-types", "--root-types-no-schema-prefix", "--default-non-nullable=false")
WITHIN = 60.0
MODELS = (
    bodies.StatusBody,
    bodies.EnforcedBody,
    bodies.EnforcedRunning,
    bodies.EnforcedMode,
    catalogue_bodies.CatalogueBody,
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
LEFT_OUT = frozenset({"removed", "whole"})
"""The optional fields of frames: only some frames of a type have them."""
COMPONENT = "#/components/schemas/{model}"


class _AsSent(Untitled):
    def field_is_required(self, field: Any, total: bool) -> bool:
        return field.get("serialization_exclude_if") is None


def document() -> dict[str, Any]:
    """The components are the bodies that the page reads from the API, and `Frame`: any frame of `/ws`."""
    models = [(model, "serialization") for model in (*MODELS, *frames.SERVER_FRAMES)]
    _, whole = models_json_schema(models, ref_template=COMPONENT, schema_generator=_AsSent)  # type: ignore[arg-type]
    schemas = whole["$defs"]
    for schema in schemas.values():
        schema["required"] = [name for name in schema.get("required", ()) if name not in LEFT_OUT]
    either = [{"$ref": COMPONENT.format(model=frame.__name__)} for frame in frames.SERVER_FRAMES]
    components = {"schemas": {**schemas, "Frame": {"oneOf": either}}}
    return {"openapi": "3.1.0", "info": {"title": "NMS", "version": "0"}, "paths": {}, "components": components}


def text() -> str | None:
    """None if openapi-typescript is not installed."""
    tool = shutil.which(TOOL)
    if tool is None:
        return None
    asked = json.dumps(document())
    done = subprocess.run([tool, *OPTIONS], input=asked, stdout=subprocess.PIPE, text=True, timeout=WITHIN, check=True)
    return HEAD + done.stdout
