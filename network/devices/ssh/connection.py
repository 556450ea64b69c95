"""One SSH connection to a device, made when it is needed, and made again with growing pauses after it failed.

Rules
1. A device whose host key is not recorded, or differs, is never connected to.
2. Only a public key is offered for the login; no file of the person's own SSH configuration is read.
3. Each wait has a bound: for TCP, for the login, for a channel.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from network.devices.console import NoAnswer, Trouble, quoted
from network.devices.inventory.device import Device, SshAccess
from network.devices.inventory.secret import SecretReference
from network.devices.ssh.failures import explained, place
from network.devices.ssh.host_keys import KnownHosts, fingerprint
from network.devices.ssh.pacing import BackOff
from shared.domain.errors import SettingError

TCP_WITHIN, LOGIN_WITHIN, CHANNEL_WITHIN = 5.0, 10.0, 8.0
KEEPALIVE, KEEPALIVES_LOST = 5.0, 2
"""A connection without an answer for some 15 seconds is given up."""
CIPHERS = (
    "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr", "aes128-ctr",
)  # fmt: skip
"""The cheapest first."""
SEARCH = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; LC_ALL=C; export PATH LC_ALL"
"""A login without a terminal often lacks the folders of the tools for the network."""
Process = asyncssh.SSHClientProcess[bytes]


class _HostKeyWatch(asyncssh.SSHClient):
    """Keeps the key that was presented and is not the recorded one."""

    presented: asyncssh.SSHKey | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.presented = key
        return False


@dataclass
class SshConnection:
    """`folder`: where a relative path of a key begins."""

    device: Device
    access: SshAccess
    known: KnownHosts
    folder: Path
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    _open: asyncssh.SSHClientConnection | None = None
    _channels: set[Process] = field(default_factory=set)
    _back_off: BackOff = field(default_factory=BackOff)
    _last: NoAnswer | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def channel(self, line: str) -> Process | NoAnswer:
        """Start a line of the login shell in a channel of its own, with its errors among its output."""
        connection = await self._connected()
        if isinstance(connection, NoAnswer):
            return connection
        self._channels = {each for each in self._channels if not each.is_closing()}
        limit = self.device.limits.sessions
        if len(self._channels) >= limit:
            why = f"{self.device.name}: all {limit} sessions are in use; raise limits.sessions, and MaxSessions of sshd"
            return NoAnswer(Trouble.NOT_ASKED, why)
        try:
            async with asyncio.timeout(CHANNEL_WITHIN):
                process: Process = await connection.create_process(line, encoding=None, stderr=asyncssh.STDOUT)
        except (OSError, asyncssh.Error) as error:
            if isinstance(error, TimeoutError):
                self.drop()
            return explained(error, self.device)
        self._channels.add(process)
        return process

    async def program(self, words: Sequence[str], root: bool) -> Process | NoAnswer:
        """Start a program in a channel of its own."""
        inner = quoted(["sh", "-c", f"{SEARCH}; exec {quoted(words)}"])
        return await self.channel(f"exec sudo -n {inner}" if root else f"exec {inner}")

    def release(self, process: Process) -> None:
        """Close a channel. A program in it is asked to end."""
        self._channels.discard(process)
        with suppress(OSError, asyncssh.Error):
            process.kill()
        process.close()

    def drop(self) -> None:
        """Close the connection at once, without a word to a device that may not answer."""
        if self._open is not None:
            self._open.abort()
        self._open = None
        self._channels.clear()

    async def close(self) -> None:
        connection, self._open = self._open, None
        self._channels.clear()
        if connection is None:
            return
        connection.close()
        try:
            async with asyncio.timeout(CHANNEL_WITHIN):
                await connection.wait_closed()
        except TimeoutError:
            connection.abort()

    async def _connected(self) -> asyncssh.SSHClientConnection | NoAnswer:
        async with self._turn:
            if self._open is not None and not self._open.is_closed():
                return self._open
            self._open = None
            pause = self._back_off.remaining(self.clock())
            if pause and self._last is not None:
                return NoAnswer(self._last.trouble, f"{self._last.reason}; it is tried again in {pause:.1f} s")
            found = await self._connect()
            if isinstance(found, NoAnswer):
                self._last = found
                self._back_off.failed(self.clock(), self.chance())
            else:
                self._open = found
                self._back_off.succeeded()
            return found

    async def _connect(self) -> asyncssh.SSHClientConnection | NoAnswer:
        try:
            trusted = self.known.keys(self.device)
            login = await asyncio.to_thread(self._login)
        except SettingError as error:
            return NoAnswer(Trouble.NOT_ASKED, f"{place(self.device)}: {error}")
        reached = await self._tcp()
        if isinstance(reached, NoAnswer):
            return reached
        if not trusted:
            reached.close()
            why = f"{place(self.device)}: no host key is recorded; compare and record it with nms devices trust"
            return NoAnswer(Trouble.HOST_KEY, why)
        watch = _HostKeyWatch()
        try:
            async with asyncio.timeout(LOGIN_WITHIN):
                return await asyncssh.connect(
                    self.device.address,
                    self.access.port,
                    sock=reached,
                    client_factory=lambda: watch,
                    known_hosts=(list(trusted), [], []),
                    username=self.access.user,
                    client_keys=login,
                    agent_path=() if self.access.key is None else None,
                    config=None,
                    preferred_auth="publickey",
                    gss_host=None,
                    encryption_algs=CIPHERS,
                    compression_algs=["none"],
                    keepalive_interval=KEEPALIVE,
                    keepalive_count_max=KEEPALIVES_LOST,
                )
        except (OSError, asyncssh.Error, ValueError) as error:
            reached.close()
            return self._failure(error, watch, trusted)

    def _failure(self, error: Exception, watch: _HostKeyWatch, trusted: Sequence[asyncssh.SSHKey]) -> NoAnswer:
        if isinstance(error, asyncssh.HostKeyNotVerifiable) and watch.presented is not None:
            recorded = ", ".join(map(fingerprint, trusted))
            why = f"{place(self.device)} presents the host key {fingerprint(watch.presented)}; recorded is {recorded}"
            remedy = "if it was installed again, use nms devices trust; else another machine answers at its address"
            return NoAnswer(Trouble.HOST_KEY, f"{why}: {remedy}")
        return explained(error, self.device)

    def _login(self) -> list[asyncssh.SSHKey] | tuple[()]:
        """Return the private key; nothing if the agent has it. Raises SettingError. It can take a second."""
        if self.access.key is None:
            return ()
        return [_private_key(self.access.key, self.access.passphrase, self.folder)]

    async def _tcp(self) -> socket.socket | NoAnswer:
        family = socket.AF_INET6 if ":" in self.device.address else socket.AF_INET
        connecting = socket.socket(family, socket.SOCK_STREAM)
        connecting.setblocking(False)
        try:
            async with asyncio.timeout(TCP_WITHIN):
                await asyncio.get_running_loop().sock_connect(connecting, (self.device.address, self.access.port))
            return connecting
        except TimeoutError:
            connecting.close()
            why = f"{place(self.device)} does not answer TCP; check that it runs, and filters on the way"
            return NoAnswer(Trouble.UNREACHABLE, why)
        except OSError as error:
            connecting.close()
            return explained(error, self.device)
        except BaseException:
            connecting.close()
            raise


def _private_key(reference: SecretReference, passphrase: SecretReference | None, folder: Path) -> asyncssh.SSHKey:
    """Raises SettingError."""
    secret = reference.read(folder).reveal()
    words = passphrase.read(folder).reveal() if passphrase else None
    try:
        return asyncssh.import_private_key(secret + b"\n", words)
    except asyncssh.KeyEncryptionError:
        why = "the passphrase is wrong" if words else "it needs its passphrase"
        raise SettingError(f"the key in the {reference} cannot be read: {why}; correct 'passphrase'") from None
    except (asyncssh.KeyImportError, ValueError):
        raise SettingError(f"the {reference} has no private key that OpenSSH would read; name another") from None
