"""Runs a page as its reader would: block after block, in one folder, with one shell and one Python.

Pages use the default places (port 5000, port 4222, `~/.local/state/nms`), but the running system is elsewhere. This
module alone replaces the documented places by the real ones before a run, and back in the output.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks.running import Running
from tests.docs.blocks import PROMPT, ROOT, Block
from tests.docs.expected import fits

WRITTEN_PAGE, WRITTEN_NATS = "127.0.0.1:5000", "127.0.0.1:4222"
WITHIN = 90.0
ENDS_WITHIN = 10.0
LISTENS_AFTER = 3.0
"""Seconds that a person would need to switch to the other terminal."""
WIDTH = "120"
SHELL = ("bash", "-euo", "pipefail", "-c")
OUTPUT = "output"


@dataclass
class Terminal:
    """A second terminal: a block that runs while later blocks are run."""

    block: Block
    process: subprocess.Popen[str]
    printed: Path
    shown: list[Block] = field(default_factory=list)


class Reader:
    """`with Reader(system, folder) as reader: reader.do(block)`; a second terminal's output is compared at the end."""

    def __init__(self, system: Running, folder: Path) -> None:
        self._real = {
            WRITTEN_PAGE: urlsplit(system.url).netloc,
            WRITTEN_NATS: urlsplit(system.nats_url).netloc,
        }
        self._folder = folder / "nms"
        self._home = folder / "home"
        self._furnish(system)
        self._one_python: subprocess.Popen[str] | None = None
        self._printed = ""
        self._terminals: list[Terminal] = []

    def _furnish(self, system: Running) -> None:
        """Create a copy of the checkout for new files, and a home with the state of the running system."""
        self._folder.mkdir()
        for path in ROOT.iterdir():
            (self._folder / path.name).symlink_to(path)
        state = self._home / ".local" / "state"
        state.parent.mkdir(parents=True)
        state.symlink_to(system.folder)
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("NMS_", "XDG_"))}
        path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{keep.get('PATH', '')}"
        self._env = {**keep, "PATH": path, "HOME": str(self._home), "NO_COLOR": "1", "COLUMNS": WIDTH}

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        for terminal in self._terminals:
            self._close(terminal)
        if self._one_python is not None:
            self._one_python.communicate(timeout=ENDS_WITHIN)
        if error is None:
            for terminal in self._terminals:
                self._judge(terminal)

    def do(self, block: Block) -> None:
        if block.kind == "text" and block.what == OUTPUT:
            self._compare(block)
        elif block.note is not None and block.note.what == "second terminal":
            self._open(block)
        elif block.kind == "python":
            self._python(block)
        elif block.kind == "console":
            self._console(block)
        elif block.kind == "bash":
            self._printed = self._shell(block, block.text)

    # --- the shell

    def _shell(self, block: Block, script: str) -> str:
        done = subprocess.run(
            [*SHELL, self._to_real(script)],
            cwd=self._folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"{block.where}: exit code {done.returncode}\n{script}\n{done.stdout}{done.stderr}")
        return self._to_written(done.stdout)

    def _console(self, block: Block) -> None:
        for command, shown in dialogue(block.text):
            printed = self._shell(block, f"{{ {command}\n}} 2>&1" + (" || true" if shown else ""))
            if not fits(shown, printed):
                pytest.fail(f"{block.where}: `{command}` shows\n{shown}\nand printed\n{printed}")

    def _compare(self, block: Block) -> None:
        if self._terminals and not self._terminals[-1].shown and self._printed == "":
            self._terminals[-1].shown.append(block)
            return
        if not fits(block.text, self._printed):
            pytest.fail(f"{block.where} shows\n{block.text}\nand printed\n{self._printed}")

    # --- a second terminal

    def _open(self, block: Block) -> None:
        printed = self._folder / f".terminal-{len(self._terminals)}"
        with printed.open("w") as output:
            process = subprocess.Popen(
                [*SHELL, self._to_real(" ; ".join(block.commands))],
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                text=True,
                start_new_session=True,
            )
        self._terminals.append(Terminal(block, process, printed))
        time.sleep(LISTENS_AFTER)
        self._printed = ""

    def _close(self, terminal: Terminal) -> None:
        if terminal.process.poll() is None:
            os.killpg(terminal.process.pid, signal.SIGINT)
        try:
            terminal.process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(terminal.process.pid, signal.SIGKILL)
            terminal.process.wait()

    def _judge(self, terminal: Terminal) -> None:
        printed = self._to_written(terminal.printed.read_text())
        shown = [*terminal.shown, *([terminal.block] if terminal.block.kind == "console" else [])]
        for block in shown:
            wanted = dialogue(block.text)[0][1] if block.kind == "console" else block.text
            if not fits(wanted, printed):
                pytest.fail(f"{block.where} shows\n{wanted}\nand the second terminal printed\n{printed}")

    # --- Python

    def _python(self, block: Block) -> None:
        if self._one_python is None:
            self._one_python = subprocess.Popen(
                [sys.executable, "-W", "ignore::ResourceWarning", str(Path(__file__).with_name("one_python.py"))],
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._one_python.stdin is not None
        assert self._one_python.stdout is not None
        asked = {"code": self._to_real(block.text), "page": block.page, "line": block.line}
        self._one_python.stdin.write(json.dumps(asked) + "\n")
        self._one_python.stdin.flush()
        answer = json.loads(self._one_python.stdout.readline())
        if answer["error"]:
            pytest.fail(f"{block.where}:\n{answer['error']}")
        self._printed = self._to_written(answer["printed"])

    # --- the one place where written and real meet

    def _to_real(self, text: str) -> str:
        for written, real in self._real.items():
            text = text.replace(written, real)
        return text

    def _to_written(self, text: str) -> str:
        for written, real in self._real.items():
            text = text.replace(real, written)
        return text.replace(str(self._home), "~")


def dialogue(text: str) -> list[tuple[str, str]]:
    """Return each command of a `console` block with its documented output."""
    turns: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith(PROMPT):
            turns.append((line.removeprefix(PROMPT), []))
        elif turns and turns[-1][0].endswith("\\"):
            command, shown = turns.pop()
            turns.append((f"{command}\n{line}", shown))
        elif turns:
            turns[-1][1].append(line)
    return [(command, "\n".join(shown)) for command, shown in turns]
