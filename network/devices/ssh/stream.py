"""The lines of a program that runs on and on, such as a monitor: bounded, and with the reason of its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncssh

from network.devices.console import NoAnswer, Trouble
from network.devices.ssh.connection import Process, SshConnection
from network.devices.ssh.failures import explained, quote

MAX_LINE = 16 * 1024
CHUNK = 32 * 1024
KEPT = 200
"""Bytes of the last output that the reason of the end quotes."""


@dataclass
class LineStream:
    """`ended`: why there are no more lines; None while there can be more.

    Close it when it is no longer read, also after a cancellation: `with closing(stream)`. Its program ends then.
    """

    connection: SshConnection
    process: Process
    ended: NoAnswer | None = None

    async def lines(self) -> AsyncIterator[str]:
        """Yield lines without their ends. A line longer than `MAX_LINE` bytes is left out."""
        rest, last, skipping, device = b"", b"", False, self.connection.device
        try:
            while chunk := await self.process.stdout.read(CHUNK):
                *whole, rest = (rest + chunk).split(b"\n")
                last = (last + chunk)[-KEPT:]
                for line in whole:
                    if not skipping and len(line) <= MAX_LINE:
                        yield line.decode(errors="replace").rstrip("\r")
                    skipping = False
                if len(rest) > MAX_LINE:
                    rest, skipping = b"", True
            why = f"{device.name}: the program ended after {quote(last)}; it is started again"
            self.ended = NoAnswer(Trouble.CLOSED, why)
        except (OSError, asyncssh.Error) as error:
            self.ended = explained(error, device)
        finally:
            self.close()

    def close(self) -> None:
        self.connection.release(self.process)
