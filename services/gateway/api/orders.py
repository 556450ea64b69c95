"""The bodies of the calls that change something.

Rule: the models check only the form of a field, as the OpenAPI document describes it. The routes and the services check
whether a named node, incident or action exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from shared.domain.config import MAX_TARGETS, Desired, Thresholds
from shared.domain.events import MAX_MEMBERS, MAX_TEXT
from shared.domain.kinds import FaultKind
from shared.domain.requests import Known, Named, PersonName, PersonText

SHORTEST_FAULT = 1
LONGEST_FAULT = 86_400

Members = Annotated[
    tuple[Known, ...], Field(min_length=1, max_length=MAX_MEMBERS, description="ids of members of the incident")
]
By = Annotated[PersonName, Field(description="who asks: a name for the timeline; it is not checked")]


class OrderBody(BaseModel):
    """The body of a call that changes something."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _without_defaults(schema: dict[str, JsonValue]) -> None:
    """If a request leaves out a field, the setting keeps its current value."""
    fields = schema["properties"]
    for field in fields.values() if isinstance(fields, Mapping) else ():
        if isinstance(field, dict):
            field.pop("default", None)


class ThresholdsOrder(Thresholds):
    """The limits to change; what is left out stays."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class ConfigOrder(Desired):
    """What of the desired state to change; what is left out stays."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    targets: tuple[Named, ...] = Field(
        default=(), max_length=MAX_TARGETS, description=str(Desired.model_fields["targets"].description)
    )
    thresholds: ThresholdsOrder = Field(default=ThresholdsOrder(), description="the detector's plain limits")


class FaultOrder(OrderBody):
    """A fault to inject."""

    kind: FaultKind = Field(description="what breaks")
    target: Named = Field(description="a node's id, or a link as `a--b`, from either end")
    duration: float = Field(
        default=60.0,
        ge=SHORTEST_FAULT,
        le=LONGEST_FAULT,
        strict=True,
        description="seconds of network time after which it ends by itself",
    )
    strength: float = Field(default=1.0, ge=0, le=1, strict=True, description="how bad it is: 1 is the worst")


class ByOrder(OrderBody):
    """Who makes the request."""

    by: By = "operator"


class CommentOrder(ByOrder):
    """A comment."""

    text: Annotated[PersonText, Field(min_length=1)] = Field(
        description=f"the comment, in one line; {MAX_TEXT} characters are stored, the name included"
    )


class MoveOrder(OrderBody):
    """Members to move to another incident."""

    members: Members
    to: Known = Field(description="the id of the open incident that gets them")


class SplitOrder(OrderBody):
    """Members to make an incident of their own."""

    members: Members


class MergeOrder(OrderBody):
    """The incident to merge this one into."""

    into: Known = Field(description="the id of the open incident that gets all members")


class RejectOrder(ByOrder):
    """The reason of a rejection."""

    reason: PersonText = Field(default="", description="why the action must not run, in one line; stored with it")
