"""A whole system in a temporary state folder, started and stopped as a user does it, for benchmarks and system tests.

Rule: the folder is removed after success, and stays after a failure, with a message where it is.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx

from shared.domain.catalogue import UNRESOLVED
from shared.domain.config import Desired

START_WITHIN = 180.0
STOP_WITHIN = 20.0
POLL = 0.1
ROOT = Path(__file__).parent.parent


class Running:
    """`with Running(seed=1, speed=4, desired=...) as system`: `nms up` on free ports, with its log in `system.log`."""

    keep: ClassVar[bool] = False
    """Set to keep all folders: for failures that do not leave the `with` block as an exception."""

    def __init__(
        self,
        *options: str,
        seed: int = 1,
        speed: float = 1.0,
        desired: Desired | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nms-system-"))
        self.log = self.folder / "log"
        self.failed = False
        """Set to keep this folder although the block ends without an error."""
        self._command = [sys.executable, "-m", "nms", "up", "--seed", str(seed), "--speed", str(speed), *options]
        if "--port" not in options:
            self._command += ["--port", "0"]
        self._env = {**os.environ, **(env or {}), "XDG_STATE_HOME": str(self.folder), "NO_COLOR": "1"}
        if desired is not None:
            self._env["NMS_DESIRED"] = desired.model_dump_json()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            try:
                self.stop()
            finally:
                self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        clean = False
        try:
            clean = self.stop() == 0 and kind is None and not (self.keep or self.failed)
        finally:
            if clean:
                shutil.rmtree(self.folder, ignore_errors=True)
            else:
                self._leave()

    def _leave(self) -> None:
        sys.stderr.write(f"the system's state and log are left in {self.folder}\n")

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log, env=self._env, cwd=ROOT)
        self.wait("the gateway to be ready", self._ready, START_WITHIN)

    def stop(self) -> int:
        """Stop the system with SIGTERM; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"it did not stop within {STOP_WITHIN:g} s\n{self.tail()}") from None

    @property
    def runtime(self) -> dict[str, object]:
        found: dict[str, object] = json.loads((self.folder / "nms" / "runtime.json").read_text())
        return found

    @property
    def url(self) -> str:
        return str(self.runtime["url"])

    @property
    def nats_url(self) -> str:
        return str(self.runtime["nats_url"])

    def credentials(self, user: str) -> tuple[str, str]:
        found = json.loads((self.folder / "nms" / "credentials" / f"{user}.json").read_text())
        return str(found["user"]), str(found["password"])

    def pid(self, process: str) -> int:
        processes = self.runtime["processes"]
        assert isinstance(processes, dict)
        return int(processes[process])

    def get(self, path: str) -> dict[str, object]:
        body: dict[str, object] = httpx.get(self.url + path, timeout=10).raise_for_status().json()
        return body

    def post(self, path: str, body: object = None) -> dict[str, object]:
        answer = httpx.post(self.url + path, json=body, timeout=10).raise_for_status()
        body: dict[str, object] = answer.json()
        return body

    def unresolved(self) -> list[dict[str, Any]]:
        """Return the incidents that are not resolved: open and escalated ones.

        One that is stuck stays among these for ever, but among the open ones only until the loop gives it up.
        """
        pages = [self.get(f"/api/incidents?state={state}")["recent_incidents"] for state in UNRESOLVED]
        return [incident for page in pages if isinstance(page, list) for incident in page]

    def configure(self, **changes: object) -> None:
        httpx.patch(self.url + "/api/config", json=changes, timeout=10).raise_for_status()

    def wait(self, what: str, holds: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"the system ended while waiting for {what}\n{self.tail()}")
            if holds():
                return
            time.sleep(POLL)
        raise AssertionError(f"waited {seconds:g} s for {what}\n{self.tail()}")

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _ready(self) -> bool:
        try:
            return httpx.get(self.url + "/readyz", timeout=2).status_code == httpx.codes.OK
        except (httpx.HTTPError, OSError, ValueError, KeyError):
            return False
