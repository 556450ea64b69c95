"""The Markdown page of messages: their subjects, the requests, the streams and buckets, and one complete message."""

from __future__ import annotations

import json
from collections.abc import Iterable

from nms.extras.documents import kept
from nms.extras.documents.asyncapi import ABOUT, HEADERS, LOGIN, ONE_ID, WHO_IS_THERE, address
from nms.extras.documents.messages import REPLIES, Message, messages
from services.gateway.api.readers import PACE_SECONDS
from shared.domain import subjects
from shared.domain.kinds import ServiceName
from shared.domain.subjects import Bucket

SHOWN = "anomaly.raised"
PAGE = """\
# Subjects and messages

Written by `make docs` from `shared/domain/` (`events/`, `requests.py`, `telemetry.py`) and
`shared/platform/access.py`. For machines: [asyncapi.yaml](asyncapi.yaml), and a JSON Schema (2020-12) for each body.

{about}

{login}

## Events

The fields of a body are in its schema, linked from the subject. Every service also reads `{first}`: it carries the
time. A message that a reader cannot decode becomes a dead letter on `{aside}.<service>`, with the reason. An unknown
field is ignored, so that messages of newer releases can be read; a field of the wrong type makes the message invalid.

{events}

## Headers of an event

A request has none. These have an id only:

{ids}

Every other event has all of these:

{headers}

## Traces and order

All events about an incident have the trace of its first anomaly: `anomaly.*` of that one, `incident.*`,
`diagnosis.made`, `remediation.*` and `stability.verdict`. A fault has a trace of its own, and so has everything else,
since the diagnosis plane must not see the ground truth. An event is published after the events that it follows from;
the order between senders is otherwise undefined, so `incident.resolved` may come before `remediation.verified` or
after it.

The gateway reads the same events, and updates its WebSocket clients at most {pace} times a second: a NATS client gets
them slightly earlier.

## Requests

Sent by NATS request and reply, never stored in a stream; an unknown field is refused. The answer is a
[reply](schemas/{reply}.json).

{asked}

## Running processes

{there}

## What is stored

{streams}

A bucket holds the last value of each key, at most {limit}. Its content is private to its writers: the format may
change with any version, except for `{config}` and `{topology}`.

{buckets}

## A complete message

```text
{whole}
```
"""


def page() -> str:
    asked = [message for message in messages() if message.channel.startswith(f"{subjects.CONTROL}.")]
    events = [message for message in messages() if message not in asked]
    return PAGE.format(
        about=ABOUT,
        first=subjects.metrics(0),
        aside=subjects.DEAD_LETTERS,
        reply=REPLIES,
        pace=f"{1 / PACE_SECONDS:g}",
        login=LOGIN,
        there=WHO_IS_THERE,
        limit=kept.bucket_limit(),
        config=Bucket.CONFIG,
        topology=Bucket.TOPOLOGY,
        streams=_table(("stream", "subjects", "stored for", "at most"), kept.stream_rows()),
        buckets=_table(("bucket", "holds", "written by", "read by"), kept.bucket_rows()),
        ids=_table(("subject", "`Nats-Msg-Id`"), ((f"`{_subject(name)}`", text) for name, text in ONE_ID.items())),
        events=_table(("subject", "sent by", "may be read by", "meaning"), map(_event_row, events)),
        headers=_table(("header", "what it is"), ((f"`{name}`", text) for name, text in HEADERS.items())),
        asked=_table(("subject", "`do`", "sent by", "meaning"), (_asked(m) for m in asked if m.name != REPLIES)),
        whole=_whole(next(message for message in messages() if message.name == SHOWN)),
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows))


def _subject(channel: str) -> str:
    return (address(channel) or "").replace("{", "<").replace("}", ">")


def _event_row(message: Message) -> tuple[str, ...]:
    link = f"[`{_subject(message.channel)}`](schemas/{message.name}.json)"
    return (link, _names(message.senders), _names(message.readers), message.says)


def _asked(message: Message) -> tuple[str, ...]:
    do = f"[`{message.payload['do']}`](schemas/{message.name}.json)"
    return (f"`{message.channel}`", do, _names(message.senders), message.says)


def _names(names: tuple[str, ...]) -> str:
    return "all" if len(names) == len(ServiceName) else ", ".join(names)


def _whole(message: Message) -> str:
    head = "\n".join((message.name, *(f"{name}: {text}" for name, text in message.headers.items())))
    return f"{head}\n\n{json.dumps(message.payload, indent=2, ensure_ascii=False)}"
