"""The console of a device over SSH: one connection, one shell for each level of rights, one open `vtysh`.

Rules
1. The programs of one shell run one after another. A program waits for its turn for at most `within` seconds and is not
   started after that; once started, it has `within` seconds of its own.
2. When a program does not end in time, all programs of its shell are killed, and the next program gets a new shell.
3. A program that stays in the background has to leave the process group of the shell (`setsid`) and its output.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from network.devices.console import Answer, NoAnswer, Trouble, quoted
from network.devices.inventory.device import Device, DeviceInventory
from network.devices.ssh.channels import OpenShell, OpenVtysh, kill_line, open_shell, open_vtysh
from network.devices.ssh.connection import SshConnection
from network.devices.ssh.framing import refusal_of_routing
from network.devices.ssh.host_keys import KnownHosts
from network.devices.ssh.pacing import CommandRate
from network.devices.ssh.stream import LineStream
from shared.domain.printable import printable

KILL_WITHIN = 4.0
WITHIN = 10.0
NUL = "\0"
SUPERUSER = "root"
MAX_QUOTE = 80


@dataclass
class SshConsole:
    """Implements `network.devices.console.Console`."""

    connection: SshConnection
    clock: Callable[[], float] = time.monotonic
    _shells: dict[bool, OpenShell] = field(default_factory=dict)
    _vtysh: OpenVtysh | None = None
    _vtysh_as_root: bool = False
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rate = CommandRate(self.connection.device.limits.commands_per_second)

    @property
    def device(self) -> str:
        return self.connection.device.name

    async def run(self, words: Sequence[str], *, root: bool = False, within: float = WITHIN) -> Answer | NoAnswer:
        return await self.script(quoted(words), root=root, within=within)

    async def script(self, lines: str, *, root: bool = False, within: float = WITHIN) -> Answer | NoAnswer:
        if NUL in lines:
            return NoAnswer(
                Trouble.NOT_ASKED, f"{self.device}: a word has a NUL character, so nothing was run; leave it out"
            )
        root = root and self.connection.access.user != SUPERUSER
        async with self._turn(f"shell {root}", within) as late:
            if late is not None:
                return late
            shell = await self._shell(root)
            if isinstance(shell, NoAnswer):
                return shell
            answer = await shell.run(lines, within)
            if isinstance(answer, NoAnswer) and answer.trouble is Trouble.TIMED_OUT:
                await self._kill(shell, root)
            return answer

    async def routing(self, commands: Sequence[str], *, within: float = WITHIN) -> Answer | NoAnswer:
        for command in commands:
            if why := refusal_of_routing(command):
                shown = printable(command[:MAX_QUOTE])
                return NoAnswer(Trouble.NOT_ASKED, f"{self.device}: nothing was run, of the command '{shown}' {why}")
        async with self._turn("vtysh", within) as late:
            if late is not None:
                return late
            vtysh = await self._routing_shell()
            return vtysh if isinstance(vtysh, NoAnswer) else await vtysh.run(commands, within)

    async def stream(self, words: Sequence[str], *, root: bool = False) -> LineStream | NoAnswer:
        """Start a program whose lines are read as they come, in a session of its own."""
        if any(NUL in word for word in words):
            return NoAnswer(
                Trouble.NOT_ASKED, f"{self.device}: a word has a NUL character, so nothing was run; leave it out"
            )
        process = await self.connection.program(words, root and self.connection.access.user != SUPERUSER)
        return process if isinstance(process, NoAnswer) else LineStream(self.connection, process)

    async def close(self) -> None:
        self._shells.clear()
        self._vtysh = None
        await self.connection.close()

    @asynccontextmanager
    async def _turn(self, place: str, within: float) -> AsyncIterator[NoAnswer | None]:
        """Yield None when it is the turn of a program, or why its turn did not come."""
        busy = NoAnswer(
            Trouble.NOT_ASKED,
            f"{self.device} is busy with earlier commands, so this one was not started in {within:g} s; "
            "ask less often, or raise limits.commands_per_second",
        )
        delay = self._rate.delay(self.clock())
        if delay > within:
            yield busy
            return
        if delay:
            await asyncio.sleep(delay)
        turn = self._turns.setdefault(place, asyncio.Lock())
        try:
            async with asyncio.timeout(within):
                await turn.acquire()
        except TimeoutError:
            yield busy
            return
        try:
            yield None
        finally:
            turn.release()

    async def _shell(self, root: bool) -> OpenShell | NoAnswer:
        shell = self._shells.get(root)
        if shell is not None and shell.channel.is_usable:
            return shell
        opened = await open_shell(self.connection, root)
        if isinstance(opened, OpenShell):
            self._shells[root] = opened
        return opened

    async def _routing_shell(self) -> OpenVtysh | NoAnswer:
        if self._vtysh is not None and self._vtysh.channel.is_usable:
            return self._vtysh
        found = await open_vtysh(self.connection, self._vtysh_as_root)
        if isinstance(found, NoAnswer) and found.trouble is Trouble.REFUSED and not self._vtysh_as_root:
            as_root = await open_vtysh(self.connection, root=True)
            if isinstance(as_root, OpenVtysh):
                found, self._vtysh_as_root = as_root, True
        if isinstance(found, OpenVtysh):
            self._vtysh = found
        return found

    async def _kill(self, hanging: OpenShell, root: bool) -> None:
        """End the programs of a shell that does not answer; if that takes too long, close the connection."""
        self._shells.pop(root, None)
        try:
            async with asyncio.timeout(KILL_WITHIN):
                shell = await self._shell(root)
                if isinstance(shell, OpenShell) and hanging.group:
                    await shell.run(kill_line(hanging.group), KILL_WITHIN)
        except TimeoutError:
            self.connection.drop()


def console_of(device: Device, inventory: DeviceInventory) -> SshConsole | NoAnswer:
    """Return a console that connects at its first program; NoAnswer if the inventory states no `ssh` for the device."""
    if device.ssh is None:
        return NoAnswer(Trouble.NOT_ASKED, f"the inventory states no ssh for {device.name}; add it to reach the device")
    known = KnownHosts(inventory.known_hosts)
    return SshConsole(SshConnection(device, device.ssh, known, inventory.folder))
