"""The AsyncAPI 3.0 document of the messages.

It has a channel for each subject, and an operation for each service that sends or may read messages there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import yaml

from nms.client import DEFAULT_SERVER
from nms.extras.documents import frames, kept
from nms.extras.documents.messages import REPLIES, Message, messages
from shared.domain import subjects
from shared.domain.kinds import Level, ServiceName
from shared.platform.access import API_FROM_LOOP, CONSOLE, RECORD, TAP
from shared.platform.settings import DEFAULT_NATS_URL

Part = dict[str, Any]
HEAD = "# Written by `make docs`; change the classes in shared/ instead.\n"
WIDTH = 1_000_000
"""The width of a line in YAML: so large that no line is folded."""
CONTRACT = "1.0.0"
"""The version of all messages together; it differs from the product's version. Each event has its own in `ce-type`."""

HEADERS: Mapping[str, str] = {
    "Nats-Msg-Id": "the same as `ce-id`: the stream stores a repeated message once",
    "ce-specversion": "CloudEvents, binary mode",
    "ce-id": "derives from the content, so that a repeated event has the same id",
    "ce-source": "`/nms/<replica>`: the process that published it",
    "ce-type": "`nms.<subject>.v<version>`",
    "ce-subject": "the element, incident or action that the event is about",
    "ce-time": "network time of publishing, ISO 8601 in UTC",
    "content-type": "of the body",
    "traceparent": "W3C trace context: an incident is one trace, from its first anomaly to the verified repair",
}
ONE_ID: Mapping[str, str] = {
    subjects.METRICS: "`<partition>.<tick>.<at>`: the stream stores a repeated tick once",
    subjects.DEAD_LETTERS: "`<stream>.<sequence>` of the message, or a digest of it: it is stored once",
}
"""Messages that carry an id and no other header."""
_SERVICES = [str(name) for name in ServiceName]
PARAMETERS: Mapping[str, Mapping[str, Part]] = {
    subjects.METRICS: {"partition": {"description": "a node's is the CRC-32 of its name modulo their number"}},
    subjects.DEAD_LETTERS: {"service": {"description": "the service that could not handle it", "enum": _SERVICES}},
    subjects.LOG: {
        "service": {"description": "the service that publishes it; no other may publish there", "enum": _SERVICES},
        "level": {"description": "severity", "enum": [str(level) for level in Level]},
    },
}
"""The variable tokens of each family's subjects, after the family's name."""
ABOUT = (
    "The messages between the processes of NMS. A subject has two tokens, so that `anomaly.*` is a whole family; "
    "the log's has three, `log.<service>.<level>`, and `log.>` is all of it. A family is stored in a stream of its "
    "name; families that all services publish have a stream for each service, and `control.*` has none. A client "
    f"without credentials is the user `{TAP}`, which may subscribe to every event and publish nothing; `{CONSOLE}`, "
    "for a person or a script, may send requests to the services that answer persons, and receives their replies "
    f"only; `{RECORD}` reads the streams and publishes nothing; each service has a user with the least rights that "
    f"it needs. A user's inboxes start with `_INBOX_<user>.`, those of `{TAP}` with `_INBOX.`; it may subscribe to "
    f"no others. JetStream's API, for users that may use it, starts with `{API_FROM_LOOP}`."
)
LOGIN = (
    f"A client without credentials is `{TAP}`. The passwords of the other users are in `credentials/<user>.json` below "
    "the state folder, readable by the operating system user that started the system."
)
WHO_IS_THERE = (
    "Every process answers `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS` of the NATS micro protocol, also with "
    "`.nms-<service>` and `.nms-<service>.<id>` appended: `name` is `nms-<service>`, and `metadata` holds "
    f"`replica`, `pid` and `started`. `{CONSOLE}` may send them; each process answers for itself, "
    "so read replies until no more arrive."
)


class _Blocks(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
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
        "description": "The gateway. It has no login, and accepts requests for its own host names only.",
    }


def address(channel: str) -> str | None:
    """None for replies: the request names the subject of its reply."""
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
