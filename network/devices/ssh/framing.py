"""Finds the answer of a program in the bytes of a channel. Pure.

Rules
1. The program runs between two marks that nobody can guess, so that no output of it can end its answer early.
2. What stands before the first mark belongs to an earlier program and is dropped.
3. An answer has a largest size; a longer one is an overflow, and its channel is of no further use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from network.devices.console import MAX_OUTPUT

MAX_ROUTING_COMMAND = 4_000
ROUTING_COLUMNS = "16000"
"""The width of the line editor of `vtysh`. An echo of a command that is wider than this would be shortened."""
HELP_KEY, QUOTE_KEY = "?", "\x16"
"""`vtysh` reads through a line editor: a question mark asks for help unless this key stands before it."""
UNKNOWN = b"% Unknown command: "
PROMPT_END = re.compile(rb"(?:\([\w-]+\))?[#>] $")
REFUSED_LINE = re.compile(rb"^% |^\w+ is not running$", re.MULTILINE)
STATUS_FAILED = 1


class Overflow(Exception):
    """The answer is longer than the limit."""


class NotFramed(Exception):
    """The bytes after a mark have not the expected form."""


@dataclass
class Framing:
    """Collects bytes until the answer is complete. `begin`: empty if the answer begins at once."""

    begin: bytes
    end: bytes
    limit: int = MAX_OUTPUT
    _bytes: bytearray = field(default_factory=bytearray)
    _begun: bool = False
    _searched: int = 0

    def feed(self, chunk: bytes) -> tuple[bytes, bytes] | None:
        """Return the answer and the rest of the line after the end mark; None while they are incomplete.

        Raises Overflow.
        """
        self._bytes += chunk
        if not self._begun:
            self._skip_to_begin()
        found = self._find(self.end) if self._begun else -1
        if found >= 0:
            start = found + len(self.end)
            line_end = self._bytes.find(b"\n", start)
            if line_end >= 0:
                return bytes(self._bytes[:found]), bytes(self._bytes[start:line_end])
            self._searched = found
        if len(self._bytes) > self.limit:
            raise Overflow
        return None

    @property
    def so_far(self) -> bytes:
        return bytes(self._bytes)

    def _skip_to_begin(self) -> None:
        found = self._find(self.begin)
        if found >= 0:
            del self._bytes[: found + len(self.begin)]
            self._begun, self._searched = True, 0

    def _find(self, mark: bytes) -> int:
        found = self._bytes.find(mark, self._searched)
        if found < 0:
            self._searched = max(0, len(self._bytes) - len(mark))
        return found


def shell_input(lines: str, mark: str) -> bytes:
    """Return what makes a shell run some lines between two marks.

    The lines run in a subshell, so that `exit` and `cd` in them have no effect on what follows; without input, so that
    a program in them cannot read what follows.
    """
    text = f"printf '\\n{mark}<\\n'\n(\n{lines}\n) </dev/null 2>&1\nprintf '\\n{mark}> %d\\n' $?\n"
    return text.encode(errors="surrogateescape")


def shell_framing(mark: str) -> Framing:
    return Framing(f"\n{mark}<\n".encode(), f"\n{mark}>".encode())


def exit_status(rest: bytes) -> int:
    """`rest`: what stands after the end mark of a shell. Raises NotFramed."""
    text = rest.strip()
    if not re.fullmatch(rb"\d{1,3}", text):
        raise NotFramed
    return int(text)


def refusal_of_routing(command: str) -> str | None:
    """Return why a command is not given to `vtysh`; None if it can be given."""
    if not command.isprintable():
        return "it has a character that is a key of the line editor; leave it out"
    if len(command) > MAX_ROUTING_COMMAND:
        return f"it has more than {MAX_ROUTING_COMMAND} characters; split it"
    return None


def routing_input(commands: list[str], mark: str) -> bytes:
    """Return what makes `vtysh` run some commands. The marks are unknown commands, which its errors repeat.

    `end` leaves the configuration, whatever the commands entered.
    """
    lines = [command.replace(HELP_KEY, QUOTE_KEY + HELP_KEY) for command in commands]
    return "".join(f"{line}\n" for line in (f"{mark}<", *lines, "end", f"{mark}>")).encode(errors="surrogateescape")


def routing_framing(mark: str) -> Framing:
    return Framing(UNKNOWN + f"{mark}<\n".encode(), UNKNOWN + f"{mark}>".encode())


def routing_answer(output: bytes, commands: list[str], mark: str) -> bytes:
    """Remove from the output the prompts with the commands, which `vtysh` repeats."""
    left = [command.encode(errors="surrogateescape") for command in (*commands, "end", f"{mark}>")]
    kept: list[bytes] = []
    for line in output.split(b"\n"):
        if left and line.endswith(left[0]) and PROMPT_END.search(line[: len(line) - len(left[0])]):
            left.pop(0)
        else:
            kept.append(line)
    return b"\n".join(kept)


def routing_status(answer: bytes) -> int:
    """`vtysh` has no exit status while it is open: it is 1 if a line is an error."""
    return STATUS_FAILED if REFUSED_LINE.search(answer) else 0
