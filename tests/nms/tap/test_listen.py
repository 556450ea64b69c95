"""The tap as a separate process, at a real broker that restarts, floods or refuses it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from nats.aio.client import Client

from shared.testing.broker import TestBroker

PATIENCE = 60.0
RESTARTS = 3
FLOOD = 60_000


async def tap(broker: TestBroker, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nms", "tap", *arguments, "--nats-url", broker.url),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "XDG_STATE_HOME": "/nonexistent"},
    )


async def says(stream: asyncio.StreamReader | None, wanted: str) -> str:
    assert stream is not None
    async with asyncio.timeout(PATIENCE):
        while line := (await stream.readline()).decode():
            if wanted in line:
                return line
    raise AssertionError(f"it ended without saying {wanted!r}")


async def publish_until_received(client: Client, process: asyncio.subprocess.Process, word: str) -> None:
    """Publish repeatedly: messages before the tap's subscription are lost."""

    async def publish() -> None:
        while True:
            await client.publish("log.rca.info", f'{{"message": "{word}"}}'.encode())
            await client.flush()
            await asyncio.sleep(0.1)

    publishing = asyncio.create_task(publish())
    try:
        await says(process.stdout, word)
    finally:
        publishing.cancel()


@pytest.mark.timeout(300)
async def test_the_tap_survives_a_broker_restart_and_ends_at_ctrl_c(broker: TestBroker) -> None:
    process = await tap(broker, "log.>", "--json")
    for number in range(RESTARTS):
        client = await broker.client()
        await publish_until_received(client, process, f"word {number}")
        await client.close()
        broker.kill()
        await says(process.stderr, "the broker is away")
        broker.start()
        await says(process.stderr, "the broker is back")
    process.send_signal(signal.SIGINT)
    _, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 130
    assert b"Traceback" not in errors


@pytest.mark.timeout(300)
async def test_the_tap_ends_at_ctrl_c_while_the_broker_is_down(broker: TestBroker) -> None:
    process = await tap(broker, "log.>")
    client = await broker.client()
    await publish_until_received(client, process, "first")
    await client.close()
    broker.kill()
    await says(process.stderr, "the broker is away")
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 130


@pytest.mark.timeout(300)
async def test_a_stopped_reader_does_not_end_the_tap_and_gets_the_number_of_lost_messages(broker: TestBroker) -> None:
    process = await tap(broker, "log.>", "--json")
    client = await broker.client()
    await publish_until_received(client, process, "first")
    body = b'{"message": "' + b"x" * 1000 + b'"}'  # sixty megabytes, while nobody reads stdout
    for _ in range(FLOOD):
        await client.publish("log.rca.info", body)
    await client.flush(30)
    await says(process.stderr, "messages were not printed: the reader of this output is too slow")
    assert memory(process.pid) < 400, "MiB"
    publishing = asyncio.create_task(publish_until_received(client, process, "last"))
    await asyncio.wait_for(publishing, PATIENCE)
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 130
    await client.close()


def memory(pid: int) -> float:
    """Return the peak memory in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def test_a_port_without_a_broker_is_reported_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nms", "tap", "log.>", "--nats-url", "nats://127.0.0.1:1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("nms: no NATS answers at nats://127.0.0.1:1")
