"""The AsyncAPI 3.0 document: a channel for each subject, an operation for each service that sends or may read there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import yaml

from nms.client import DEFAULT_SERVER
from nms.documents import frames, kept
from nms.documents.messages import REPLIES, Message, messages
from shared.domain import subjects
from shared.domain.kinds import Level, ServiceName
from shared.platform.access import API_FROM_LOOP, CONSOLE, RECORD, TAP
from shared.platform.settings import DEFAULT_NATS_URL

Part = dict[str, Any]
HEAD = "# Written by `make docs`; change the classes in shared/ instead.\n"
WIDTH = 1_000_000
"""So that no line is folded."""
CONTRACT = "1.0.0"
"""The version of the messages, apart from the product's; each event has its own in `ce-type`."""

HEADERS: Mapping[str, str] = {
    "Nats-Msg-Id": "the same as `ce-id`: the stream keeps a repeated message once",
    "ce-specversion": "CloudEvents, binary mode",
    "ce-id": "derives from what the event says, so that saying it again is the same event",
    "ce-source": "`/nms/<replica>`: the process that published it",
    "ce-type": "`nms.<subject>.v<version>`",
    "ce-subject": "the element, incident or action that the event is about",
    "ce-time": "network time of publishing, ISO 8601 in UTC",
    "content-type": "of the body",
    "traceparent": "W3C trace context: an incident is one trace, from its first anomaly to the verified repair",
}
ONE_ID: Mapping[str, str] = {
    subjects.METRICS: "`<partition>.<tick>.<at>`: the stream keeps a repeated tick once",
    subjects.DEAD_LETTERS: "`<stream>.<sequence>` of the message, or a digest of it: it is set aside once",
}
"""Messages that carry an id and no other header."""
_SERVICES = [str(name) for name in ServiceName]
PARAMETERS: Mapping[str, Mapping[str, Part]] = {
    subjects.METRICS: {"partition": {"description": "a node's is the CRC-32 of its name modulo their number"}},
    subjects.DEAD_LETTERS: {"service": {"description": "who set it aside", "enum": _SERVICES}},
    subjects.LOG: {
        "service": {"description": "who says it; nobody else may publish there", "enum": _SERVICES},
        "level": {"description": "how loud", "enum": [str(level) for level in Level]},
    },
}
"""The tokens of a subject after its family's name that are no fixed words."""
ABOUT = (
    "What the processes of NMS say to one another. A subject has two tokens, so that `anomaly.*` is all of a family; "
    "the log's has three, `log.<service>.<level>`, of which `log.>` is all. A stream of the family's name keeps it; "
    "what all services publish is kept by a stream for each of them, and `control.*` by none. Without credentials a "
    "client is the user "
    f"`{TAP}`, which hears every event and publishes nothing; `{CONSOLE}`, for a person or a script, asks those "
    f"services that answer persons, and hears nothing but their answers; `{RECORD}` reads the streams and publishes "
    "nothing; each service has a user with the least that "
    "it needs. A user's inboxes begin with "
    f"`_INBOX_<user>.`, those of `{TAP}` with `_INBOX.`; it hears no others. JetStream's API, for who may use it, "
    f"begins with `{API_FROM_LOOP}`."
)
LOGIN = (
    f"Who gives no user is `{TAP}`. The others' passwords are in `credentials/<user>.json` below the state folder, "
    "for the eyes of the user that started the system."
)
WHO_IS_THERE = (
    "Every process answers `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS` as the NATS micro protocol has it, also with "
    "`.nms-<service>` and with `.nms-<service>.<id>` behind: `name` is `nms-<service>`, and `metadata` holds "
    f"`replica`, `pid` and `started`. `{CONSOLE}` may ask; each process answers for itself, so "
    "read answers until no more come."
)


class _Blocks(yaml.SafeDumper):
    """Writes a text of several lines as a block, and repeats a value instead of an alias."""

    def ignore_aliases(self, data: object) -> bool:
        """Disable aliases."""
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_Blocks.add_representer(str, _Blocks.represent_str)


def text() -> str:
    return HEAD + yaml.dump(document(), Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=WIDTH)


def document() -> Part:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "NMS",
            "version": CONTRACT,
            "description": "\n\n".join((ABOUT, WHO_IS_THERE, kept.in_words())),
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {"nats": _server(), "gateway": _gateway()},
        "channels": {**dict(_channels()), frames.CHANNEL: _socket()},
        "operations": dict(sorted((*_operations(), *_conversation()))),
        "components": {
            "securitySchemes": {"user": {"type": "userPassword", "description": LOGIN}},
            "messages": {
                message.name: _message(message) for message in (*messages(), *frames.sent(), *frames.received())
            },
            "messageTraits": {
                "event": {"headers": _headers(HEADERS)},
                **{name: {"headers": _headers({"Nats-Msg-Id": text})} for name, text in ONE_ID.items()},
            },
        },
    }


def _server() -> Part:
    return {
        "host": DEFAULT_NATS_URL.partition("://")[2],
        "protocol": "nats",
        "description": "The broker, nats-server 2.11 or newer with JetStream. " + LOGIN,
        "security": [_ref("components", "securitySchemes", "user")],
    }


def _gateway() -> Part:
    return {
        "host": DEFAULT_SERVER.partition("://")[2],
        "protocol": "ws",
        "description": "The gateway. It asks nobody who they are, and answers to the hosts that are its own.",
    }


def address(channel: str) -> str | None:
    """Return the subject of a channel, its parameter in braces; None for a reply, whose subject the request names."""
    if channel == REPLIES:
        return None
    return ".".join((channel, *(f"{{{name}}}" for name in PARAMETERS.get(channel, ()))))


def _ref(*path: str) -> Part:
    return {"$ref": f"#/{'/'.join(path)}"}


def _channels() -> Iterator[tuple[str, Part]]:
    for channel, group in groupby(messages(), key=lambda message: message.channel):
        inside = {message.name: _ref("components", "messages", message.name) for message in group}
        more = {"parameters": dict(PARAMETERS[channel])} if channel in PARAMETERS else {}
        yield channel, {"address": address(channel), "servers": [_ref("servers", "nats")], "messages": inside, **more}


def _socket() -> Part:
    """Return the channel of the WebSocket; both sides send on it."""
    since = {"type": "string", "description": "the last `seq` that was taken in, to go on from there"}
    query = {"type": "object", "properties": {"since": since}}
    inside = (*frames.sent(), *frames.received())
    return {
        "address": frames.ADDRESS,
        "description": frames.RULES,
        "servers": [_ref("servers", "gateway")],
        "messages": {message.name: _ref("components", "messages", message.name) for message in inside},
        "bindings": {"ws": {"method": "GET", "query": query, "bindingVersion": "0.1.0"}},
    }


def _conversation() -> Iterator[tuple[str, Part]]:
    channel = _ref("channels", frames.CHANNEL)
    sent, asked = (
        [_ref("channels", frames.CHANNEL, "messages", message.name) for message in side]
        for side in (frames.sent(), frames.received())
    )
    reply = {"channel": channel, "messages": sent}
    yield f"gateway.sends.{frames.CHANNEL}", {"action": "send", "channel": channel, "messages": sent}
    yield (
        f"gateway.receives.{frames.CHANNEL}",
        {"action": "receive", "channel": channel, "messages": asked, "reply": reply},
    )


def _operations() -> Iterator[tuple[str, Part]]:
    for channel, group in groupby(messages(), key=lambda message: message.channel):
        inside = list(group)
        for who in inside[0].senders:
            yield f"{who}.sends.{channel}", _operation("send", inside)
        for who in inside[0].readers:
            yield f"{who}.receives.{channel}", _operation("receive", inside)


def _operation(action: str, inside: list[Message]) -> Part:
    channel = inside[0].channel
    refs = [_ref("channels", channel, "messages", message.name) for message in inside]
    operation = {"action": action, "channel": _ref("channels", channel), "messages": refs}
    if channel.startswith(f"{subjects.CONTROL}."):
        reply = _ref("channels", REPLIES, "messages", REPLIES)
        operation["reply"] = {"channel": _ref("channels", REPLIES), "messages": [reply]}
    return operation


def _message(message: Message) -> Part:
    part: Part = {"name": message.name, "summary": message.says}
    example: Part = {"payload": message.payload}
    if message.headers:
        part["traits"] = [_ref("components", "messageTraits", message.name if message.name in ONE_ID else "event")]
        example = {"headers": message.headers, **example}
    return {**part, "payload": {"$ref": f"schemas/{message.name}.json"}, "examples": [example]}


def _headers(says: Mapping[str, str]) -> Part:
    properties = {name: {"type": "string", "description": text} for name, text in says.items()}
    return {"type": "object", "required": list(says), "properties": properties}
