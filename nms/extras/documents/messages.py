"""All types of messages: their schemas and examples, and their senders and readers according to the broker's rights."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from nms.extras.documents.examples import DEAD_LETTER, EVENTS, REPLY, REQUESTS, TICK, published
from shared.domain import subjects
from shared.domain.events import Event, LogLine
from shared.domain.kinds import ServiceName
from shared.domain.requests import Request
from shared.domain.telemetry import Tick, encode_tick
from shared.platform.access import ASKED_BY_PERSONS, CONSOLE, RIGHTS, TAP
from shared.platform.bus import codec

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
REPLIES = "control.reply"
REPLICA = "3f2a"


@dataclass(frozen=True)
class Message:
    """A type of message. `name` is also the name of its schema; `channel` is the key of its channel in AsyncAPI."""

    name: str
    channel: str
    says: str
    schema: Schema
    payload: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    senders: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()


class Untitled(GenerateJsonSchema):
    """The titles of fields would only repeat their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def messages() -> tuple[Message, ...]:
    return (_telemetry(), *map(_event, EVENTS), _dead_letter(), *map(_request, REQUESTS), _reply())


def schema_files() -> Mapping[str, str]:
    return {f"{message.name}.json": json.dumps(message.schema, indent=2) + "\n" for message in messages()}


def senders(subject: str) -> tuple[str, ...]:
    if subject.startswith(f"{subjects.LOG}."):
        return tuple(map(str, RIGHTS))
    return tuple(str(name) for name, rights in RIGHTS.items() if any(_covers(own, subject) for own in rights.publishes))


def readers(subject: str) -> tuple[str, ...]:
    return tuple(str(name) for name in RIGHTS if any(_covers(pattern, subject) for pattern in _reads(name)))


def _reads(name: ServiceName) -> Iterator[str]:
    yield from (f"{stream.lower()}.*" for stream in RIGHTS[name].follows)
    yield from RIGHTS[name].subscribes
    for durable in subjects.DURABLES:
        if durable.name == name:
            yield from durable.filters


def _covers(pattern: str, subject: str) -> bool:
    return pattern == subject or (pattern.endswith(".*") and pattern[:-1] == subject[: len(pattern) - 1])


def says(model: type[object]) -> str:
    return " ".join((inspect.getdoc(model) or "").split())


def schema_of(model: type[BaseModel]) -> Schema:
    return {"$schema": DIALECT, **model.model_json_schema(mode="serialization", schema_generator=Untitled)}


def _body(model: BaseModel) -> Mapping[str, Any]:
    body: Mapping[str, Any] = json.loads(model.model_dump_json())
    return body


def _telemetry() -> Message:
    whole = msgspec.json.schema(Tick)
    parts = dict(whole["$defs"])
    subject = subjects.metrics(TICK.partition)
    return Message(
        name=subjects.METRICS,
        channel=subjects.METRICS,
        says=says(Tick),
        schema={"$schema": DIALECT, **parts.pop(Tick.__name__), "$defs": parts},
        payload=json.loads(encode_tick(TICK)),
        headers={"Nats-Msg-Id": f"{TICK.partition}.{TICK.tick}.{TICK.at}"},
        senders=senders(subject),
        readers=readers(subject),
    )


def _event(event: Event) -> Message:
    subject = codec.subject_of(event)
    name = subjects.LOG if isinstance(event, LogLine) else subject
    source = event.replica if isinstance(event, LogLine) else f"{senders(subject)[0]}-{REPLICA}"
    return Message(
        name=name,
        channel=name,
        says=says(type(event)),
        schema=schema_of(type(event)),
        payload=_body(event),
        headers=codec.headers_of(event, published(event), source),
        senders=senders(subject),
        readers=readers(subject),
    )


def _dead_letter() -> Message:
    return Message(
        name=subjects.DEAD_LETTERS,
        channel=subjects.DEAD_LETTERS,
        says=says(type(DEAD_LETTER)),
        schema=schema_of(type(DEAD_LETTER)),
        payload=_body(DEAD_LETTER),
        headers={"Nats-Msg-Id": "ANOMALY.4711"},
        senders=tuple(map(str, RIGHTS)),
        readers=(TAP,),
    )


def _request(request: Request) -> Message:
    service, body, schema = request.service, _body(request), schema_of(type(request))
    # In Python, the type of a request is its class; in a message, it is the field `do`.
    schema["required"] = ["do", *schema.get("required", [])]
    asks = [str(name) for name, rights in RIGHTS.items() if service in rights.asks]
    return Message(
        name=f"{subjects.control(service)}.{body['do']}",
        channel=subjects.control(service),
        says=says(type(request)),
        schema=schema,
        payload=body,
        senders=(*asks, *([CONSOLE] if service in ASKED_BY_PERSONS else [])),
        readers=(str(service),),
    )


def _reply() -> Message:
    return Message(REPLIES, REPLIES, says(type(REPLY)), schema_of(type(REPLY)), _body(REPLY))
