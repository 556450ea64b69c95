"""Confirmed messages are stored in the order of publishing, whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from nats.aio.msg import Msg

from shared.platform.bus import publisher as publisher_module
from shared.platform.bus.connection import BrokerConnection
from shared.platform.bus.publisher import Outgoing, Publisher

Route = Callable[[Msg], None]


class FailingLink:
    """A connection that refuses some messages a number of times, or fails at one of them."""

    connected = True

    def __init__(self, refuses: dict[str, int], cut_at: str | None = None) -> None:
        self.stored: list[str] = []
        self.rounds = 0
        self.epoch = 0
        self.on_lost: list[Callable[[], None]] = []
        self.on_found: list[Callable[[], None]] = []
        self._refuses, self._cut_at = refuses, cut_at
        self._routes: dict[str, Route] = {}

    async def until_connected(self) -> None:
        self.rounds += 1

    def reply_to(self, route: Route) -> tuple[str, str]:
        token = str(len(self._routes))
        self._routes[token] = route
        return token, token

    def forget(self, token: str) -> None:
        return

    async def send(self, subject: str, data: bytes, reply: str, headers: object = None) -> None:
        name = data.decode()
        if name == self._cut_at:
            self._cut_at = None
            self.epoch += 1
            raise TimeoutError("not connected")
        if self._refuses.get(name, 0) > 0:
            self._refuses[name] -= 1
            answer = b'{"error": {"err_code": 10077, "description": "no room"}}'
        else:
            self.stored.append(name)
            answer = b'{"seq": 1}'
        msg = Msg(_client=None, data=answer)  # type: ignore[arg-type]
        asyncio.get_running_loop().call_soon(self._routes[reply], msg)


def publisher_of(stream: FailingLink) -> Publisher:
    link: BrokerConnection = stream  # type: ignore[assignment]
    return Publisher(link)


def messages(names: str, family: str = "anomaly") -> list[Outgoing]:
    return [Outgoing(f"{family}.raised", name.encode()) for name in names]


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_module, "FIRST_PAUSE", 0.001)


async def test_a_stream_that_is_not_ready_yet_gets_the_first_message_first() -> None:
    stream = FailingLink({"a": 2})
    await publisher_of(stream).confirm(messages("abcd"))
    assert stream.stored == list("abcd")


async def test_a_message_does_not_overtake_one_that_could_not_be_sent() -> None:
    stream = FailingLink({}, cut_at="c")
    publisher = publisher_of(stream)
    await publisher.confirm(messages("ab"))
    await publisher.confirm(messages("cdef"))
    assert stream.stored == list("abcdef")


async def test_messages_for_another_stream_wait_for_those_before_them() -> None:
    stream = FailingLink({"c": 3})
    publisher = publisher_of(stream)
    await publisher.confirm([*messages("a"), *messages("b", "incident")])
    await publisher.confirm([*messages("c"), *messages("d", "incident")])
    assert stream.stored == list("abcd")


async def test_stored_messages_are_not_sent_again_after_a_failure() -> None:
    stream = FailingLink({"b": 2})
    publisher = publisher_of(stream)
    await publisher.confirm(messages("x"))
    await publisher.confirm(messages("abcd"))
    assert sorted(stream.stored) == list("abcdx")


async def test_a_working_stream_gets_all_messages_at_once() -> None:
    stream = FailingLink({})
    publisher = publisher_of(stream)
    await publisher.confirm(messages("a"))
    stream.rounds = 0
    await publisher.confirm(messages("bcdefgh"))
    assert stream.rounds == 1
