"""A client of the broker that knows the subjects by their documents alone, and believes nothing else."""

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
MOST_HEARD = 20_000
"""Kept until somebody clears them: who listens for a whole session shall not hold all of its telemetry."""


@dataclass(frozen=True)
class Heard:
    """One message as it came; `number` counts all that one ear heard, `arrived` is of `time.monotonic`."""

    number: int
    subject: str
    headers: dict[str, str]
    data: bytes
    arrived: float = field(default_factory=time.monotonic)

    @property
    def body(self) -> Body:
        """The message as JSON."""
        body: Body = json.loads(self.data)
        return body

    @property
    def trace(self) -> str:
        """The id of the trace that it belongs to."""
        return self.headers["traceparent"].split("-")[1]


@cache
def schema(name: str) -> jsonschema.Draft202012Validator:
    """Return the checked-in schema of a message, as the document refers to it."""
    found: Body = json.loads((REFERENCE / DOCUMENT["components"]["messages"][name]["payload"]["$ref"]).read_text())
    return jsonschema.Draft202012Validator(found, format_checker=FORMATS)


def subjects_of(channel: str) -> list[str]:
    """Return every literal subject that a channel's address stands for."""
    address, parameters = DOCUMENT["channels"][channel]["address"], DOCUMENT["channels"][channel].get("parameters", {})
    if address is None or not parameters:
        return [address] if address else []
    named = [
        [(name, str(value)) for value in about.get("enum", range(PARTITIONS))] for name, about in parameters.items()
    ]
    return [address.format(**dict(values)) for values in product(*named)]


BROKER = {"$ref": "#/servers/nats"}
TOLD = tuple(
    sorted(
        name
        for name, channel in DOCUMENT["channels"].items()
        if BROKER in channel["servers"] and not name.startswith("control.")
    )
)
ASKED = tuple(sorted(name for name in DOCUMENT["components"]["messages"] if name.startswith("control.")))
CHANNEL_OF = {subject: channel for channel in TOLD for subject in subjects_of(channel)}


def obey(heard: Heard) -> None:
    """Fail where a message is not what the documents promise of its subject: its headers, all of them, and its body."""
    channel = CHANNEL_OF[heard.subject]
    schema(channel).validate(heard.body)
    message = DOCUMENT["components"]["messages"][channel]
    promised = {
        name
        for trait in message["traits"]
        for name in DOCUMENT["components"]["messageTraits"][trait["$ref"].rpartition("/")[2]]["headers"]["required"]
    }
    assert {name for name in heard.headers if not name.startswith("Nats-Expected")} == promised, heard
    if "ce-type" not in promised:
        return
    assert heard.headers["ce-specversion"] == "1.0"
    assert heard.headers["ce-id"] == heard.headers["Nats-Msg-Id"]
    kind = re.sub(r"^log\.[a-z]+\.", "log.", heard.subject)  # of a line's type, not of its service
    assert re.fullmatch(rf"nms\.{re.escape(kind)}\.v[1-9]\d*", heard.headers["ce-type"])
    assert re.fullmatch(r"/nms/[a-z]+-[0-9a-z-]+", heard.headers["ce-source"]), heard
    assert MOMENT.fullmatch(heard.headers["ce-time"])
    assert TRACE.fullmatch(heard.headers["traceparent"])
    assert heard.headers["content-type"] == "application/json"


class Ear:
    """A connection to the broker, in a thread of its own. Without a user it may hear everything and say nothing."""

    def __init__(self, url: str, user: str | None = None, password: str | None = None) -> None:
        self.heard: list[Heard] = []
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
        """Run something on the connection's thread; return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _connect(self) -> None:
        async def note(error: Exception) -> None:
            self.refused.append(str(error).lower())

        login = {"user": self._user, "password": self._password} if self._user else {}
        inbox = f"_INBOX_{self._user}" if self._user else "_INBOX"
        await self._nc.connect(self._url, error_cb=note, inbox_prefix=inbox.encode(), **login)

    def listen(self, *subjects: str) -> None:
        """Hear these subjects from now on."""

        async def subscribe() -> None:
            for subject in subjects:
                await self._nc.subscribe(subject, cb=self._hear)
            await self._nc.flush()

        self.do(subscribe())

    async def _hear(self, msg: Msg) -> None:
        if len(self.heard) < MOST_HEARD:
            self.heard.append(Heard(len(self.heard), msg.subject, dict(msg.headers or {}), msg.data))

    def say(self, subject: str, data: bytes, reply: str = "") -> None:
        """Publish something; what the broker refuses is in `refused` afterwards."""

        async def publish() -> None:
            await self._nc.publish(subject, data, reply)
            await self._nc.flush()

        self.do(publish())

    def ask(self, subject: str, body: object) -> Body:
        """Ask, and return the answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer: Body = json.loads(self.do(self._nc.request(subject, data, timeout=PATIENCE)).data)
        return answer

    def ask_all(self, subject: str, seconds: float = 2.0) -> list[Body]:
        """Ask everybody, and return the answers that come within so many seconds."""

        async def gather() -> list[Body]:
            inbox = self._nc.new_inbox()
            sub = await self._nc.subscribe(inbox)
            await self._nc.publish(subject, b"", inbox)
            await asyncio.sleep(seconds)
            answers = [(await sub.next_msg()).data for _ in range(sub.pending_msgs)]
            await sub.unsubscribe()
            return [json.loads(data) for data in answers if data]  # nobody there: the broker says so without a body

        return self.do(gather())

    def was_refused(self, subject: str) -> bool:
        """Say whether the broker refuses what was done with a subject; its word may take a moment."""
        until = time.monotonic() + REFUSED_WITHIN
        while time.monotonic() < until:
            if any(f'"{subject.lower()}"' in refusal for refusal in self.refused):
                return True
            time.sleep(POLL)
        return False

    @property
    def now(self) -> int:
        """How much was heard until now: a place to wait from."""
        return len(self.heard)

    def since(self, number: int, subject: str = "") -> list[Heard]:
        """Return what was heard since a place, of one subject or of all."""
        return [heard for heard in self.heard[number:] if subject in ("", heard.subject)]

    def wait(
        self, subject: str, holds: Callable[[Body], bool] = lambda body: True, since: int = 0, within: float = PATIENCE
    ) -> Heard:
        """Wait until something was said on a subject since a place; return it, found to be as promised."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            for heard in self.since(since, subject):
                if holds(heard.body):
                    obey(heard)
                    return heard
            time.sleep(POLL)
        said = [heard.subject for heard in self.since(since) if not heard.subject.startswith("metrics.")]
        raise AssertionError(f"waited {within:g} s for {subject}; heard {said[-30:]}")


@contextmanager
def ear_on(url: str, subjects: Sequence[str], user: str | None = None, password: str | None = None) -> Iterator[Ear]:
    """Listen to subjects for as long as the context lasts."""
    with Ear(url, user, password) as ear:
        ear.listen(*subjects)
        yield ear
