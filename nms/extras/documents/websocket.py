"""The Markdown page of the WebSocket: how to connect, the frames in both directions, and the limits."""

from __future__ import annotations

import json
from collections.abc import Iterable

from nms.client import DEFAULT_SERVER
from nms.extras.documents import frames
from nms.extras.documents.messages import Message
from services.gateway.api.readers import MAX_READERS, PACE_SECONDS, QUEUED_BYTES, QUEUED_FRAMES
from services.gateway.api.stream import NO_ROOM, TRY_AGAIN_LATER
from services.gateway.core.feed import KEPT_BYTES, KEPT_FRAMES
from services.gateway.sockets import FRAMES_A_SECOND, PING_SECONDS, PONG_WITHIN
from services.gateway.web import MAX_MESSAGE

SHOWN = ("websocket.status_update", "websocket.error")
TOO_BIG = 1009
MEGA, KIBI = 1_000_000, 1024
PAGE = """\
# The WebSocket

Written by `make docs` from `services/gateway/core/frames.py`. For machines: [asyncapi.yaml](asyncapi.yaml), and a JSON
Schema (2020-12) for each frame.

`{url}` pushes what changes. A frame is a text message: one JSON object with `event`, `seq` and `data`.

{rules}

## What the gateway sends

{sent}

Keep a table for each type of item, by `id`: insert or replace the items that arrive, delete those in `removed`, and
clear the table when a `snapshot` or a frame with `whole` arrives. A node in a `topology_update` and one in a
`metrics_update` are the same item, each time complete. Incidents are the ten newest; for older ones: `GET
/api/incidents`. `seq` is for `?since=` only: do not compare or count it. Ignore events that are not in this table,
and fields that are not in a schema.

## What a client may send

{asked}

The answer is the frame of that kind with `"whole": true`. A request that is repeated before the answer is sent gets
one answer.

```json
{request}
```

Anything else is answered by an `error`, and the connection stays open. `events` and `types` list what is valid.

## Limits

{limits}

## Two frames

{shown}
"""


def page() -> str:
    sent = frames.sent()
    return PAGE.format(
        url=f"ws://{DEFAULT_SERVER.partition('://')[2]}{frames.ADDRESS}",
        rules=frames.RULES,
        sent=_table(("`event`", "meaning"), (_row(frame) for frame in sent)),
        asked=_table(("`event`", "what it asks"), (_row(frame) for frame in frames.received())),
        request=json.dumps(frames.received()[0].payload),
        limits=_table(("what", "how much", "past it"), _limits()),
        shown="\n\n".join(_block(frame) for frame in sent if frame.name in SHOWN),
    )


def _limits() -> Iterable[tuple[str, ...]]:
    yield ("clients of one gateway", str(MAX_READERS), f"closed with {TRY_AGAIN_LATER}: {NO_ROOM}")
    yield ("a gateway that has not read its history yet", "-", f"closed with {TRY_AGAIN_LATER}: try again")
    yield ("updates", f"{1 / PACE_SECONDS:g} a second", "what changes in between is sent once, the newest value")
    waiting = f"{QUEUED_FRAMES} frames or {QUEUED_BYTES // MEGA} MB"
    yield ("waiting for a client that is slow", waiting, "dropped; the client gets a `snapshot` as soon as it reads")
    yield ("known for `?since=`", f"the last {KEPT_FRAMES} frames or {KEPT_BYTES // MEGA} MB", "a `snapshot`")
    yield ("a frame from a client", f"{MAX_MESSAGE // KIBI} KiB", f"closed with {TOO_BIG}")
    yield ("frames from a client", f"{FRAMES_A_SECOND} a second", "read no faster")
    within = f"{PONG_WITHIN:g} s; one comes every {PING_SECONDS:g} s"
    yield ("an answer to a ping", within, "disconnected; every WebSocket library answers pings by itself")


def _row(frame: Message) -> tuple[str, ...]:
    event = frame.name.partition(".")[2]
    return (f"[`{event}`](schemas/{frame.name}.json)", frame.says)


def _block(frame: Message) -> str:
    return f"```json\n{json.dumps(frame.payload, indent=2, ensure_ascii=False)}\n```"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows))
