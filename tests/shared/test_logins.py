"""No password of a URL is displayed: not in an error, not in the log, not by a command."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from shared.domain.errors import BrokerError, SettingError
from shared.domain.logins import holds_login, shown_url, without_logins
from shared.platform.settings import ServiceSettings

SECRET = "s3cret"
URL = f"nats://user:{SECRET}@127.0.0.1:9"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"no broker at {URL}: start it", "no broker at nats://***@127.0.0.1:9: start it"),
        (f"nats://{SECRET}@h:4222", "nats://***@h:4222"),
        (f"tls://a:{SECRET}@@/x@h", "tls://***@h"),
        ("nats://127.0.0.1:4222", "nats://127.0.0.1:4222"),
        ("write to a@b", "write to a@b"),
    ],
)
def test_a_login_in_a_url_is_hidden(text: str, shown: str) -> None:
    assert without_logins(text) == shown


def test_a_password_in_something_that_is_no_url_is_hidden() -> None:
    assert shown_url(f"user:{SECRET}@host:4222") == "***@host:4222"
    assert holds_login(URL)
    assert not holds_login("nats://127.0.0.1:4222")


@pytest.mark.parametrize("value", [f"http://u:{SECRET}@h", f"u:{SECRET}@h:4222"])
def test_an_error_about_a_setting_hides_it(value: str) -> None:
    with pytest.raises(SettingError, match="NMS_NATS_URL=") as failure:
        ServiceSettings.load(nats_url=value)
    assert SECRET not in str(failure.value)


@pytest.mark.parametrize(
    "command",
    [
        ("shared.platform.bootstrap",),
        ("services.rca",),
        ("nms", "tap", "anomaly.*"),
        ("nms", "record"),
        ("nms", "tap", "anomaly.*", "--nats-url", URL),
        ("nms", "up", "--nats-url", URL),
    ],
    ids=" ".join,
)
async def test_no_process_prints_it(command: tuple[str, ...], tmp_path: object) -> None:
    given = {} if "--nats-url" in command else {"NMS_NATS_URL": URL}
    environment = {**os.environ, **given, "XDG_STATE_HOME": str(tmp_path), "NO_COLOR": "1"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STARTED, *command),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=str(tmp_path),
    )
    try:
        async with asyncio.timeout(60):
            assert process.stdout is not None
            output = await process.stdout.read()
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert SECRET.encode() not in output
    assert b"***@" in output, output
    if "--nats-url" in command:
        assert code == 2
        assert b"others can read a command line" in output.replace(b"\n", b" ")


STARTED = """
import runpy, sys
import nms.broker, nms.extras.recording.recorder, shared.platform.bootstrap, shared.platform.bus.connection
nms.broker.UP_WITHIN = nms.extras.recording.recorder.CONNECT_WITHIN = shared.platform.bootstrap.CONNECT_WITHIN = 1.0
shared.platform.bus.connection.SAY_EVERY = 0.5
shared.platform.bus.connection.log.warning = lambda text, **more: sys.exit(f"warned: {text}")
sys.argv = sys.argv[1:]
if sys.argv[0] == "shared.platform.bootstrap":
    sys.exit(shared.platform.bootstrap.main())
runpy.run_module(sys.argv[0], run_name="__main__")
"""
"""Runs a module with less patience; a service would wait for ever, so that its first warning ends it."""


def test_an_error_hides_it_wherever_it_is_raised() -> None:
    assert SECRET not in str(BrokerError(f"no broker answers at {URL}"))
