"""The Markdown page of messages: subjects, requests, streams, buckets, and one complete message."""

from __future__ import annotations

import json
from collections.abc import Iterable

from nms.documents import kept
from nms.documents.asyncapi import ABOUT, HEADERS, LOGIN, ONE_ID, WHO_IS_THERE, address
from nms.documents.messages import REPLIES, Message, messages
from services.gateway.api.readers import PACE_SECONDS
from shared.domain import subjects
from shared.domain.kinds import ServiceName
from shared.domain.subjects import Bucket

SHOWN = "anomaly.raised"
PAGE = """\
# Subjects and messages

Written by `make docs` from `shared/domain/` (`events/`, `requests.py`, `telemetry.py`) and `shared/platform/access.py`.
For machines: [asyncapi.yaml](asyncapi.yaml), and a JSON Schema (2020-12) for each body.

{about}

{login}

## Events

The fields of a body are in its schema, behind the subject. Every service hears `{first}` too: it carries the time.
What a reader does not understand is set aside, with the reason, on `{aside}.<service>`. An unknown field is ignored,
so that a newer process can be read; a field of the wrong type is not understood.

{events}

## Headers of an event

A request has none. What has an id alone:

{ids}

Every other event has all of these:

{headers}

## What belongs together

All that is said of an incident bears the trace of its first anomaly: `anomaly.*` of that one, `incident.*`,
`diagnosis.made`, `remediation.*` and `stability.verdict`. A fault has a trace of its own, and so has everything else:
the truth is not told to who looks for it. What follows from an event is published after it; apart from that nothing is
promised of the order between senders, so `incident.resolved` may come before `remediation.verified` or after it.

The gateway reads the same events, and tells its pages at most {pace} times a second: who listens on NATS is a little
ahead.

## Requests

Asked by NATS request and reply, never kept in a stream; an unknown field is refused. The answer is a
[reply](schemas/{reply}.json).

{asked}

## Who is there

{there}

## What is kept

{streams}

A bucket holds the last value of each key, at most {limit}. What a bucket holds is its writers' own: its form may
change with any version, but for `{config}` and `{topology}`.

{buckets}

## A message as it travels

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
        streams=_table(("stream", "subjects", "kept for", "at most"), kept.stream_rows()),
        buckets=_table(("bucket", "holds", "written by", "read by"), kept.bucket_rows()),
        ids=_table(("subject", "`Nats-Msg-Id`"), ((f"`{_subject(name)}`", text) for name, text in ONE_ID.items())),
        events=_table(("subject", "sent by", "may be read by", "what it says"), map(_event_row, events)),
        headers=_table(("header", "what it is"), ((f"`{name}`", text) for name, text in HEADERS.items())),
        asked=_table(("subject", "`do`", "asked by", "what it says"), (_asked(m) for m in asked if m.name != REPLIES)),
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
