"""Supervises one process: starts it, forwards its output, and restarts it with growing delays.

Rules: the process has a session of its own, so that Ctrl-C reaches the supervisor alone. On Linux, the kernel kills the
process when the supervisor dies. Supervision ends by `stop`, or if the first process soon exits with a code that makes
a restart useless. If the supervisor cannot write its log or start the process, supervision continues.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nms.log_view import LogView
from shared.domain.errors import BrokerError, DiskFull, NmsError, PortBusy, SettingError

CHILD = Path(__file__).with_name("child.py")
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
HEALTHY_AFTER = 30.0
MAX_LINE = 1 << 20
GRACE = 6.0
"""Seconds: longer than a service takes to drain (4 s, shared/platform/runner.py), shorter than a container's limit (10
s).
"""
LAST_LINES = 1.0
HOPELESS = frozenset(error.exit_code for error in (SettingError, BrokerError, PortBusy, DiskFull))
"""The exit codes after which a restart with the same configuration would fail in the same way."""


@dataclass(frozen=True)
class Command:
    """`env`: additional variables. `hopeless`: the exit codes after which no restart helps."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    hopeless: frozenset[int] = HOPELESS


def pause_after(deaths: int) -> float:
    """Return seconds. `deaths`: how many times in a row the process has ended."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (deaths - 1)))


class ProcessSupervisor:
    """`changed` is called when the process id changes. `gave_up` is called with name and exit code if supervision ends
    without `stop`.
    """

    def __init__(
        self, command: Command, log: LogView, changed: Callable[[], None], gave_up: Callable[[str, int], None]
    ) -> None:
        self.command = command
        self.pid: int | None = None
        self._log = log
        self._changed = changed
        self._gave_up = gave_up
        self._process: Process | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return self.command.name

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep(), name=f"keep {self.name}")
        self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        self._stopping = True
        await self.end_life()
        await self._end_task()

    async def end_life(self) -> None:
        """The process is restarted, unless `stop` was called."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), GRACE)
        except TimeoutError:
            self._say(f"{self.name} did not end within {GRACE:g} s: killed", "warning")
            self._signal(signal.SIGKILL)

    async def _end_task(self) -> None:
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=LAST_LINES)
        self._task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self._stopping:
            self._say(f"{self.name} is no longer supervised: {error!r}", "error")
            self._gave_up(self.name, NmsError.exit_code)

    async def _keep(self) -> None:
        deaths, first_life = 0, True
        while not self._stopping:
            began = asyncio.get_running_loop().time()
            code, how = await self._one_life()
            if self._stopping:
                return
            lived = asyncio.get_running_loop().time() - began
            if first_life and lived < HEALTHY_AFTER and code in self.command.hopeless:
                self._say(f"{self.name} {how} at its start", "error")
                self._gave_up(self.name, code)
                return
            first_life = False
            deaths = 1 if lived > HEALTHY_AFTER else deaths + 1
            pause = pause_after(deaths)
            self._say(f"{self.name} {how}; starting it again in {pause:g} s", "warning")
            await asyncio.sleep(pause)

    async def _one_life(self) -> tuple[int | None, str]:
        try:
            process = await self._begin()
        except OSError as error:  # a limit of processes, memory or files was reached: a later try may work
            return None, f"could not be started ({error.strerror or error})"
        await self._pass_on(process)
        code = await process.wait()
        return code, how_it_ended(code)

    async def _begin(self) -> Process:
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), *self.command.argv),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env={**os.environ, **self.command.env},
            limit=MAX_LINE,
            start_new_session=True,
        )
        self.pid = process.pid
        self._changed()
        if self._stopping:
            self._signal(signal.SIGTERM)
        return process

    async def _pass_on(self, process: Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # the line is longer than MAX_LINE: its start is lost
                continue
            if not line:
                return
            if text := line.decode(errors="replace").rstrip():
                with suppress(OSError):  # a full disk for the log must not stop the reading
                    self._log.line(self.name, text)

    def _say(self, text: str, level: str) -> None:
        with suppress(OSError):
            self._log.say(text, level)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
