"""The port to one device: it runs programs on the device and returns their answers. Failures are values.

Rule: a device gets words, never a line for a shell. `quoted` is the only place where words become a line.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Trouble(StrEnum):
    """Why a device gave no answer."""

    REFUSED = "refused"
    """The device refuses the connection or the account."""
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    """The device accepted the request and did not answer in time."""
    HOST_KEY = "host_key"
    """The host key is not the recorded one, or none is recorded."""
    GARBAGE = "garbage"
    """The answer has not the expected form."""
    CLOSED = "closed"
    """The device closed the connection."""
    NOT_ASKED = "not_asked"
    """Nothing was sent to the device: the manager lacks something, or is busy with earlier requests."""


@dataclass(frozen=True)
class NoAnswer:
    """`reason`: one sentence with the fact and the remedy."""

    trouble: Trouble
    reason: str


@dataclass(frozen=True)
class Answer:
    """`status`: the exit status of the program. `output`: its output and its errors, at most `MAX_OUTPUT` bytes."""

    status: int
    output: bytes

    @property
    def text(self) -> str:
        return self.output.decode(errors="replace")


MAX_OUTPUT = 4_000_000


def quoted(words: Sequence[str]) -> str:
    """Return one line that a POSIX shell reads as exactly these words."""
    return shlex.join(words)


class Console(Protocol):
    """One device. `run` executes one program; `script` executes several lines of our own in one round trip."""

    @property
    def device(self) -> str: ...

    async def run(self, words: Sequence[str], *, root: bool = False, within: float = 10.0) -> Answer | NoAnswer:
        """Run a program. `root`: with the rights of root. `within`: seconds."""

    async def script(self, lines: str, *, root: bool = False, within: float = 10.0) -> Answer | NoAnswer:
        """Run lines of a POSIX shell. The lines are constants of ours, or made of words by `quoted`."""

    async def routing(self, commands: Sequence[str], *, within: float = 10.0) -> Answer | NoAnswer:
        """Run commands in the open `vtysh` of the device, in order."""
