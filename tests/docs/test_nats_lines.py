"""The lines for the NATS command line tool: their very subjects are subscribed to without credentials, and heard."""

from __future__ import annotations

import asyncio
import shlex

import nats
import pytest
from nats.aio.msg import Msg

from benchmarks.running import Running
from tests.docs.blocks import every_block

SILENT = frozenset({"deadletter.*"})
"""Nothing is set aside where all goes well."""
HEARD_WITHIN = 60.0
FAULT = {"kind": "high_cpu", "target": "server-4"}


def lines() -> list[str]:
    return sorted(
        {line for block in every_block() if block.kind == "bash" for line in block.commands if "nats " in line}
    )


def subject_of(line: str) -> str:
    """Return what a line subscribes to; any other line is not for who has no credentials."""
    words = shlex.split(line)
    assert words[0] == "nats", line
    assert words[1:-1] == ["sub"], line
    return words[-1]


@pytest.mark.slow
async def test_every_line_is_let_through_and_hears_its_family(undisturbed: Running) -> None:
    subjects = {subject_of(line) for line in lines()}
    assert {"anomaly.*", "fault.*", "deadletter.*"} <= subjects
    heard: set[str] = set()
    refused: list[Exception] = []

    async def on_error(error: Exception) -> None:
        refused.append(error)

    client = await nats.connect(undisturbed.nats_url, error_cb=on_error)
    for subject in subjects:

        async def note(message: Msg, subject: str = subject) -> None:
            heard.add(subject)

        await client.subscribe(subject, cb=note)
    await client.flush()
    await asyncio.to_thread(undisturbed.post, "/api/faults", FAULT)
    try:
        async with asyncio.timeout(HEARD_WITHIN):
            while not subjects - SILENT <= heard:
                await asyncio.sleep(0.2)
    finally:
        await client.close()
    assert refused == []
