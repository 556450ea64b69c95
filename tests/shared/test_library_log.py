"""Repeated messages of libraries are limited; accept() without descriptors does not flood the log."""

from __future__ import annotations

import logging
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from shared.platform import descriptors
from shared.platform.library_log import MAX_MESSAGES, SAY_EVERY, SparingHandler


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_repeated_message_is_logged_once_a_minute_with_the_count() -> None:
    clock = Clock()
    handler = SparingHandler(clock)
    with capture_logs() as logged:
        for number in range(60_000):
            clock.now = number * 15 / 60_000
            handler.handle(logging.LogRecord("asyncio", logging.ERROR, "", 0, f"no room\nsocket {number}", (), None))
        clock.now = SAY_EVERY + 1
        handler.handle(logging.LogRecord("asyncio", logging.ERROR, "", 0, "no room", (), None))
    assert [(line["event"], line.get("same_before")) for line in logged] == [("no room", None), ("no room", 59_999)]


def test_different_messages_are_limited_too() -> None:
    handler = SparingHandler(Clock())
    with capture_logs() as logged:
        for number in range(1_000):
            handler.handle(logging.LogRecord("x", logging.WARNING, "", 0, f"message {number}", (), None))
    assert len(logged) == MAX_MESSAGES + 1


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


WITHOUT_DESCRIPTORS = """
import asyncio, resource, socket
from shared.platform import library_log
from shared.platform.logs import configure

async def main():
    library_log.install()
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    clients = [socket.create_connection(server.sockets[0].getsockname()) for _ in range(20)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(each.fileno() for each in clients) + 3, 4096))
    await asyncio.sleep(2.5)  # asyncio tries again each second

configure("test", "test", "json")
asyncio.run(main())
"""


def test_a_lack_of_descriptors_is_logged_once() -> None:
    ended = subprocess.run([sys.executable, "-c", WITHOUT_DESCRIPTORS], capture_output=True, text=True, timeout=60)
    lines = [line for line in ended.stderr.splitlines() if "accept()" in line]
    assert len(lines) == 1, ended.stderr[:3000]
    assert ended.returncode == 0


@pytest.mark.usefixtures("few_descriptors")
def test_the_limit_is_raised_as_far_as_the_system_lets_it() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    assert descriptors.raise_limit() == min(hard, descriptors.WANTED)
