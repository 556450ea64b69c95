"""Processes are kept running, stopped in order, and die with their supervisor, however it dies."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nms.process_supervisor import LONGEST_PAUSE, Command, ProcessSupervisor, how_it_ended, pause_after

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


class RecordingLog:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, process: str, text: str) -> None:
        self.lines.append(text)

    def say(self, text: str, level: str = "info") -> None:
        self.lines.append(text)


def python(code: str, env: dict[str, str] | None = None) -> Command:
    return Command("sleeper", (sys.executable, "-c", code), env or {})


def keep(command: Command) -> tuple[ProcessSupervisor, RecordingLog, list[int]]:
    log, gave_up = RecordingLog(), list[int]()
    return ProcessSupervisor(command, log, lambda: None, lambda _name, code: gave_up.append(code)), log, gave_up


async def until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_a_process_that_was_killed_is_started_again() -> None:
    supervisor, log, _ = keep(python(SLEEPER))
    supervisor.start()
    await until(lambda: log.lines.count("up") == 1)
    first = supervisor.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: log.lines.count("up") == 2)
    assert supervisor.pid != first
    assert any("was killed by SIGKILL; starting it again" in line for line in log.lines)
    await supervisor.stop()
    assert supervisor.pid is not None
    assert not alive(supervisor.pid)


async def test_a_final_exit_code_is_given_up_at_once() -> None:
    supervisor, log, gave_up = keep(python("import sys; print('NMS_SEED=x cannot be used'); sys.exit(2)"))
    supervisor.start()
    await until(lambda: gave_up)
    assert gave_up == [2]
    assert log.lines[0] == "NMS_SEED=x cannot be used"
    assert "sleeper ended with exit code 2 at its start" in log.lines[1]
    await supervisor.stop()


LATE = "import time; print('up', flush=True); time.sleep(0.4); raise SystemExit(3)"


async def test_a_final_exit_code_after_a_long_run_leads_to_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nms.process_supervisor.HEALTHY_AFTER", 0.3)
    supervisor, log, gave_up = keep(python(LATE))
    supervisor.start()
    await until(lambda: log.lines.count("up") == 2)
    assert not gave_up
    await supervisor.stop()


async def test_a_process_without_final_exit_codes_is_never_given_up() -> None:
    command = Command("broker", (sys.executable, "-c", "print('up', flush=True); raise SystemExit(2)"), {}, frozenset())
    supervisor, log, gave_up = keep(command)
    supervisor.start()
    await until(lambda: log.lines.count("up") == 2)
    assert not gave_up
    await supervisor.stop()


async def test_a_process_that_cannot_be_started_now_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    start, tries = asyncio.create_subprocess_exec, list[int]()

    async def short_of_memory(*arguments: Any, **options: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return await start(*arguments, **options)

    monkeypatch.setattr("nms.process_supervisor.asyncio.create_subprocess_exec", short_of_memory)
    supervisor, log, _ = keep(python(SLEEPER))
    supervisor.start()
    await until(lambda: "up" in log.lines)
    assert "could not be started (Cannot allocate memory); starting it again" in log.lines[0]
    await supervisor.stop()


async def test_an_error_while_printing_a_line_does_not_stop_reading() -> None:
    class Full(RecordingLog):
        def line(self, process: str, text: str) -> None:
            super().line(process, text)
            raise OSError(errno.ENOSPC, "No space left on device")

    log = Full()
    supervisor = ProcessSupervisor(
        python("import time; print(1); print(2, flush=True); time.sleep(60)"), log, lambda: None, lambda _n, _c: None
    )
    supervisor.start()
    await until(lambda: log.lines == ["1", "2"])
    await supervisor.stop()


async def test_a_supervisor_that_fails_logs_it_and_gives_up() -> None:
    def fail() -> None:
        raise RuntimeError("a mistake of ours")

    log, gave_up = RecordingLog(), list[int]()
    supervisor = ProcessSupervisor(python(SLEEPER), log, fail, lambda _name, code: gave_up.append(code))
    supervisor.start()
    await until(lambda: gave_up)
    assert "sleeper is no longer supervised: RuntimeError('a mistake of ours')" in log.lines
    await supervisor.stop()


async def test_a_process_that_ignores_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nms.process_supervisor.GRACE", 0.3)
    supervisor, log, _ = keep(python(STUBBORN))
    supervisor.start()
    await until(lambda: "up" in log.lines)
    await supervisor.stop()
    assert supervisor.pid is not None
    assert not alive(supervisor.pid)
    assert any("did not end within" in line for line in log.lines)


async def test_a_very_long_line_does_not_stop_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nms.process_supervisor.MAX_LINE", 1024)
    supervisor, log, _ = keep(python("import time; print('x' * 5000); print('after', flush=True); time.sleep(60)"))
    supervisor.start()
    await until(lambda: "after" in log.lines)
    await supervisor.stop()


def test_the_pauses_grow_and_are_bounded() -> None:
    pauses = [pause_after(deaths) for deaths in range(1, 40)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 0.5
    assert pauses[-1] == LONGEST_PAUSE


def test_an_exit_code_is_described_in_words() -> None:
    assert how_it_ended(3) == "ended with exit code 3"
    assert how_it_ended(-9) == "was killed by SIGKILL"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux's")
def test_processes_die_with_a_killed_supervisor() -> None:
    code = (
        "import asyncio, sys\n"
        "from tests.nms.test_process_supervisor import RecordingLog, STUBBORN, keep, python, until\n"
        "async def main():\n"
        "    supervisor, log, _ = keep(python(STUBBORN))\n"
        "    supervisor.start()\n"
        "    await until(lambda: 'up' in log.lines)\n"
        "    print(supervisor.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
        parent.wait()
        end = time.monotonic() + 5
        while alive(child) and time.monotonic() < end:
            time.sleep(0.02)
        assert not alive(child)
