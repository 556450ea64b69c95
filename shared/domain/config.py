"""The desired state: the settings of the loop that a person can change while the loop runs; stored in KV `config`."""

from __future__ import annotations

import json
import math

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.config import JsonDict

from shared.domain.catalogue import FAULTS, MetricSpec
from shared.domain.errors import MessageError
from shared.domain.kinds import FaultKind, Mode
from shared.domain.sizes import MAX_LIVE

CONFIG_KEY = "desired"
REVISION_KEY = "config"
"""The key in KV `topology` at which the revision of the newest desired state is stored. A damaged store may return a
desired state that was overwritten long ago. The revision of such a record is lower than the stored revision.
"""
MAX_KINDS = 100
MAX_TARGETS = 1000
MAX_FAULTS = 1_000_000_000


class Thresholds(BaseModel):
    """The plain limits that the detector uses: %, %, ms, %."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpu_usage: float = Field(default=80.0, gt=0, le=100, strict=True, description="limit of a node's CPU, %")
    memory_usage: float = Field(default=80.0, gt=0, le=100, strict=True, description="limit of a node's memory, %")
    latency: float = Field(default=50.0, gt=0, le=10_000, strict=True, description="limit of latency, ms")
    packet_loss: float = Field(default=5.0, gt=0, le=100, strict=True, description="limit of packet loss, %")

    def limit_of(self, metric: MetricSpec) -> float:
        if metric.threshold:
            return float(getattr(self, metric.threshold))
        return math.inf if metric.limit is None else metric.limit


def _with_all_kinds(schema: JsonDict) -> None:
    schema["default"] = [str(kind) for kind in FAULTS]


class Desired(BaseModel):
    """The desired state. `running` and the campaign apply to the injector only, `mode` to the remediator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    running: bool = Field(default=True, strict=True, description="whether the campaign injects faults")
    interval: float = Field(
        default=3.0, ge=0.25, le=3600, strict=True, description="seconds of network time between cycles"
    )
    chance: float = Field(default=0.7, ge=0, le=1, strict=True, description="chance of a fault in a cycle, 0 to 1")
    kinds: tuple[FaultKind, ...] = Field(
        default_factory=lambda: tuple(FAULTS),
        json_schema_extra=_with_all_kinds,
        min_length=1,
        max_length=MAX_KINDS,
        description="kinds of fault to choose from",
    )
    targets: tuple[str, ...] = Field(
        default=(), max_length=MAX_TARGETS, description="elements to choose from; empty: all"
    )
    at_once: int = Field(default=3, ge=1, le=MAX_LIVE, strict=True, description="faults live at once, at most")
    ttl: float = Field(
        default=60.0, ge=1, le=86_400, strict=True, description="seconds after which a fault ends by itself"
    )
    max_faults: int | None = Field(
        default=None,
        ge=0,
        le=MAX_FAULTS,
        strict=True,
        description="faults to inject; after these, the cycles go on without a fault; null: no limit",
    )
    thresholds: Thresholds = Field(default=Thresholds(), description="the detector's plain limits")
    mode: Mode = Field(default=Mode.AUTO, description="how far the remediator may go")

    @field_validator("at_once", "max_faults", mode="before")
    @classmethod
    def _whole(cls, value: object) -> object:
        """In JSON Schema, and so in the API's description, `3.0` is an integer."""
        return int(value) if isinstance(value, float) and value.is_integer() else value


OFF = Desired(running=False, mode=Mode.OFF)
"""The desired state that applies while the stored record has not been read, is missing or is invalid: no fault is
injected and nothing is repaired. If a person then changes a setting, all other settings are those of this state.
"""
RUNNING, MODE = "running", "mode"
"""The fields that injector and remediator report to the gateway, with the values that they enforce (`Bus.report`)."""
SWITCHES = frozenset({RUNNING, MODE})
"""The fields that a stored record has to contain: their defaults would switch on the campaign and the repair."""
MAX_REASON = 200
MAX_REVISION_DIGITS = 20


def stored_desired(value: bytes) -> Desired:
    """Parse a stored desired state. Raises MessageError if it is damaged, lacks a field of `SWITCHES`, or has unknown
    fields, as of a newer release.
    """
    try:
        desired = Desired.model_validate_json(value)
        json.loads(value, object_pairs_hook=_each_once)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise MessageError(f"{f'{where}: ' if where else ''}{first['msg']}"[:MAX_REASON]) from None
    except (ValueError, RecursionError) as error:
        raise MessageError(str(error)[:MAX_REASON]) from None
    if left_out := SWITCHES - desired.model_fields_set:
        raise MessageError(f"it lacks {' and '.join(sorted(left_out))}")
    return desired


def noted_revision(value: bytes) -> int:
    """Raises MessageError if it is no number."""
    text = value.decode("ascii", "replace")
    if not (text.isdecimal() and len(text) <= MAX_REVISION_DIGITS):
        raise MessageError("the note of its revision is invalid")
    return int(text)


def _each_once(pairs: list[tuple[str, object]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError("it contains a part twice")
