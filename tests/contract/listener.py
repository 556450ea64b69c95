"""A client of the broker that knows the subjects only from the generated documents, and checks each message."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Self, TypeVar

import jsonschema
import yaml
from nats.aio.client import Client
from nats.aio.msg import Msg

Body = dict[str, Any]
Result = TypeVar("Result")

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
DOCUMENT: Body = yaml.safe_load((REFERENCE / "asyncapi.yaml").read_text())
FORMATS = jsonschema.Draft202012Validator.FORMAT_CHECKER
CLOUDEVENTS = re.compile(r"ce-(id|source|subject|time|type|specversion)")
TRACE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PARTITIONS = 8
PATIENCE = 60.0
POLL = 0.05
REFUSED_WITHIN = 10.0
MAX_RECEIVED = 20_000
"""Most messages that one listener keeps, so that the telemetry of a whole session does not fill the memory."""


@dataclass(frozen=True)
class ReceivedMessage:
    """A received message; `number` counts the messages of its listener, `arrived` is by `time.monotonic`."""

    number: int
    subject: str
    headers: dict[str, str]
    data: bytes
    arrived: float = field(default_factory=time.monotonic)

    @property
    def body(self) -> Body:
        body: Body = json.loads(self.data)
        return body

    @property
    def trace(self) -> str:
        return self.headers["traceparent"].split("-")[1]


@cache
def schema(name: str) -> jsonschema.Draft202012Validator:
    found: Body = json.loads((REFERENCE / DOCUMENT["components"]["messages"][name]["payload"]["$ref"]).read_text())
    return jsonschema.Draft202012Validator(found, format_checker=FORMATS)


def subjects_of(channel: str) -> list[str]:
    address, parameters = DOCUMENT["channels"][channel]["address"], DOCUMENT["channels"][channel].get("parameters", {})
    if address is None or not parameters:
        return [address] if address else []
    named = [
        [(name, str(value)) for value in about.get("enum", range(PARTITIONS))] for name, about in parameters.items()
    ]
    return [address.format(**dict(values)) for values in product(*named)]


BROKER = {"$ref": "#/servers/nats"}
PUBLISHED = tuple(
    sorted(
        name
        for name, channel in DOCUMENT["channels"].items()
        if BROKER in channel["servers"] and not name.startswith("control.")
    )
)
ASKED = tuple(sorted(name for name in DOCUMENT["components"]["messages"] if name.startswith("control.")))
CHANNEL_OF = {subject: channel for channel in PUBLISHED for subject in subjects_of(channel)}


def obey(received: ReceivedMessage) -> None:
    channel = CHANNEL_OF[received.subject]
    schema(channel).validate(received.body)
    message = DOCUMENT["components"]["messages"][channel]
    promised = {
        name
        for trait in message["traits"]
        for name in DOCUMENT["components"]["messageTraits"][trait["$ref"].rpartition("/")[2]]["headers"]["required"]
    }
    assert {name for name in received.headers if not name.startswith("Nats-Expected")} == promised, received
    if "ce-type" not in promised:
        return
    assert received.headers["ce-specversion"] == "1.0"
    assert received.headers["ce-id"] == received.headers["Nats-Msg-Id"]
    kind = re.sub(r"^log\.[a-z]+\.", "log.", received.subject)  # for the type of the line, not for its service
    assert re.fullmatch(rf"nms\.{re.escape(kind)}\.v[1-9]\d*", received.headers["ce-type"])
    assert re.fullmatch(r"/nms/[a-z]+-[0-9a-z-]+", received.headers["ce-source"]), received
    assert MOMENT.fullmatch(received.headers["ce-time"])
    assert TRACE.fullmatch(received.headers["traceparent"])
    assert received.headers["content-type"] == "application/json"


class Listener:
    """A connection to the broker in a separate thread. Without a user it may receive everything and publish nothing."""

    def __init__(self, url: str, user: str | None = None, password: str | None = None) -> None:
        self.received: list[ReceivedMessage] = []
        self.refused: list[str] = []
        self._url, self._user, self._password = url, user, password
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._nc = Client()

    def __enter__(self) -> Self:
        self._thread.start()
        self.do(self._connect())
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self._nc.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _connect(self) -> None:
        async def note(error: Exception) -> None:
            self.refused.append(str(error).lower())

        login = {"user": self._user, "password": self._password} if self._user else {}
        inbox = f"_INBOX_{self._user}" if self._user else "_INBOX"
        await self._nc.connect(self._url, error_cb=note, inbox_prefix=inbox.encode(), **login)

    def listen(self, *subjects: str) -> None:
        async def subscribe() -> None:
            for subject in subjects:
                await self._nc.subscribe(subject, cb=self._receive)
            await self._nc.flush()

        self.do(subscribe())

    async def _receive(self, msg: Msg) -> None:
        if len(self.received) < MAX_RECEIVED:
            self.received.append(ReceivedMessage(len(self.received), msg.subject, dict(msg.headers or {}), msg.data))

    def say(self, subject: str, data: bytes, reply: str = "") -> None:
        """Publish a message; an error of the broker is added to `refused`."""

        async def publish() -> None:
            await self._nc.publish(subject, data, reply)
            await self._nc.flush()

        self.do(publish())

    def ask(self, subject: str, body: object) -> Body:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer: Body = json.loads(self.do(self._nc.request(subject, data, timeout=PATIENCE)).data)
        return answer

    def ask_all(self, subject: str, seconds: float = 2.0) -> list[Body]:
        async def gather() -> list[Body]:
            inbox = self._nc.new_inbox()
            sub = await self._nc.subscribe(inbox)
            await self._nc.publish(subject, b"", inbox)
            await asyncio.sleep(seconds)
            answers = [(await sub.next_msg()).data for _ in range(sub.pending_msgs)]
            await sub.unsubscribe()
            return [
                json.loads(data) for data in answers if data
            ]  # without a receiver the broker answers with an empty body

        return self.do(gather())

    def was_refused(self, subject: str) -> bool:
        """Whether the broker refuses an operation on a subject; waits a moment for its error."""
        until = time.monotonic() + REFUSED_WITHIN
        while time.monotonic() < until:
            if any(f'"{subject.lower()}"' in refusal for refusal in self.refused):
                return True
            time.sleep(POLL)
        return False

    @property
    def now(self) -> int:
        """The number of messages received so far: a position for `since` and `wait`."""
        return len(self.received)

    def since(self, number: int, subject: str = "") -> list[ReceivedMessage]:
        return [received for received in self.received[number:] if subject in ("", received.subject)]

    def wait(
        self, subject: str, holds: Callable[[Body], bool] = lambda body: True, since: int = 0, within: float = PATIENCE
    ) -> ReceivedMessage:
        """Wait for a message on a subject after a position; validate it and return it."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            for received in self.since(since, subject):
                if holds(received.body):
                    obey(received)
                    return received
            time.sleep(POLL)
        replied = [received.subject for received in self.since(since) if not received.subject.startswith("metrics.")]
        raise AssertionError(f"waited {within:g} s for {subject}; received {replied[-30:]}")


@contextmanager
def listener_on(
    url: str, subjects: Sequence[str], user: str | None = None, password: str | None = None
) -> Iterator[Listener]:
    with Listener(url, user, password) as listener:
        listener.listen(*subjects)
        yield listener
