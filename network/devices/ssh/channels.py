"""Open channels that run one program after another: a shell, and `vtysh`.

Rule: a channel on which anything went wrong is of no further use: what it sends next may belong to any program.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import asyncssh

from network.devices.console import Answer, NoAnswer, Trouble, quoted
from network.devices.ssh.connection import SEARCH, Process, SshConnection
from network.devices.ssh.failures import explained, quote
from network.devices.ssh.framing import (
    ROUTING_COLUMNS,
    Framing,
    NotFramed,
    Overflow,
    exit_status,
    routing_answer,
    routing_framing,
    routing_input,
    routing_status,
    shell_framing,
    shell_input,
)

MARK_BYTES = 16
CHUNK = 64 * 1024
OPEN_WITHIN = 8.0
ABOUT_THE_SHELL = 'id -u; read -r pid name state parent group rest </proc/$$/stat && printf "%s\\n" "$group"'
ROUTING_PROGRAM = (
    "env", f"COLUMNS={ROUTING_COLUMNS}", "LINES=1000", "TERM=dumb", "VTYSH_PAGER=cat", "vtysh",
)  # fmt: skip


def new_mark() -> str:
    return f"nms-{secrets.token_hex(MARK_BYTES)}"


@dataclass
class FramedChannel:
    connection: SshConnection
    process: Process

    @property
    def is_usable(self) -> bool:
        return not self.process.is_closing() and not self.process.stdout.at_eof()

    async def ask(self, payload: bytes, framing: Framing, within: float) -> tuple[bytes, bytes] | NoAnswer:
        """Return an answer and the rest of the line after it. The channel is closed if there is none."""
        device, whole = self.connection.device, False
        try:
            async with asyncio.timeout(within):
                self.process.stdin.write(payload)
                while True:
                    chunk = await self.process.stdout.read(CHUNK)
                    if not chunk:
                        why = f"{device.name} ended the session after {quote(framing.so_far)}; its log says why"
                        return NoAnswer(Trouble.CLOSED, why)
                    if found := framing.feed(chunk):
                        whole = True
                        return found
        except TimeoutError:
            why = f"{device.name} did not answer within {within:g} s; its load or a hanging program may be why"
            return NoAnswer(Trouble.TIMED_OUT, why)
        except Overflow:
            why = f"{device.name} sent more than {framing.limit} bytes for one answer; it was cut off"
            return NoAnswer(Trouble.GARBAGE, why)
        except (OSError, asyncssh.Error) as error:
            return explained(error, device)
        finally:
            if not whole:
                self.close()

    def close(self) -> None:
        self.connection.release(self.process)


@dataclass
class OpenShell:
    """`uid`: the number of the user that it runs as. `group`: of its processes; 0 if unknown."""

    channel: FramedChannel
    uid: int
    group: int

    async def run(self, lines: str, within: float) -> Answer | NoAnswer:
        mark = new_mark()
        found = await self.channel.ask(shell_input(lines, mark), shell_framing(mark), within)
        if isinstance(found, NoAnswer):
            return found
        try:
            return Answer(exit_status(found[1]), found[0])
        except NotFramed:
            self.channel.close()
            name = self.channel.connection.device.name
            return NoAnswer(Trouble.GARBAGE, f"{name}: the answer ends in {quote(found[1])}; it has no POSIX shell")


async def open_shell(connection: SshConnection, root: bool) -> OpenShell | NoAnswer:
    process = await connection.channel("exec sudo -n sh" if root else "exec sh")
    if isinstance(process, NoAnswer):
        return process
    channel, mark, name = FramedChannel(connection, process), new_mark(), connection.device.name
    payload = f"{SEARCH}\n".encode() + shell_input(ABOUT_THE_SHELL, mark)
    framing = shell_framing(mark)
    found = await channel.ask(payload, framing, OPEN_WITHIN)
    if isinstance(found, NoAnswer):
        if found.trouble is Trouble.CLOSED and root:
            why = f"{name}: sudo answers {quote(framing.so_far)}; let the account run `sudo -n sh` without a password"
            return NoAnswer(Trouble.REFUSED, why)
        if found.trouble is Trouble.CLOSED:
            why = f"{name}: the account has no POSIX shell, it answers {quote(framing.so_far)}; give it /bin/sh"
            return NoAnswer(Trouble.REFUSED, why)
        return found
    numbers = [int(word) for word in found[0].split() if word.isdigit()]
    if not numbers:
        channel.close()
        return NoAnswer(Trouble.GARBAGE, f"{name}: `id -u` answers {quote(found[0])}; give the account a POSIX shell")
    return OpenShell(channel, numbers[0], numbers[1] if len(numbers) > 1 else 0)


@dataclass
class OpenVtysh:
    channel: FramedChannel

    async def run(self, commands: Sequence[str], within: float) -> Answer | NoAnswer:
        mark, asked = new_mark(), list(commands)
        found = await self.channel.ask(routing_input(asked, mark), routing_framing(mark), within)
        if isinstance(found, NoAnswer):
            return found
        output = routing_answer(found[0], asked, mark)
        return Answer(routing_status(output), output)


async def open_vtysh(connection: SshConnection, root: bool) -> OpenVtysh | NoAnswer:
    process = await connection.program(ROUTING_PROGRAM, root)
    if isinstance(process, NoAnswer):
        return process
    channel, mark = FramedChannel(connection, process), new_mark()
    framing = routing_framing(mark)
    found = await channel.ask(routing_input(["terminal length 0"], mark), framing, OPEN_WITHIN)
    if not isinstance(found, NoAnswer):
        return OpenVtysh(channel)
    if found.trouble is not Trouble.CLOSED:
        return found
    why = f"vtysh answers {quote(framing.so_far)}; start FRR there, or add the account to the group frrvty"
    return NoAnswer(Trouble.REFUSED, f"{connection.device.name}: {why}")


def kill_line(group: int) -> str:
    """Return the line that ends all programs of a shell that does not answer."""
    return quoted(["kill", "-KILL", f"-{group}"])
