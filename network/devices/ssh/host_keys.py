"""The file of known host keys, in the form of OpenSSH, and the keys that devices present.

Rule: a device is known by the address and port of its inventory entry, as `ssh` would write them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from network.devices.console import NoAnswer
from network.devices.inventory.device import SSH_PORT, Device
from network.devices.ssh.failures import explained
from shared.domain.errors import SettingError

MAX_KNOWN_HOSTS_BYTES = 8 * 1024 * 1024
FETCH_WITHIN = 8.0
PRIVATE = 0o600


def entry_name(device: Device) -> str:
    port = device.ssh.port if device.ssh else SSH_PORT
    return device.address if port == SSH_PORT else f"[{device.address}]:{port}"


def fingerprint(key: asyncssh.SSHKey) -> str:
    return f"{key.get_algorithm()} {key.get_fingerprint()}"


@dataclass(frozen=True)
class KnownHosts:
    path: Path

    def keys(self, device: Device) -> Sequence[asyncssh.SSHKey]:
        """Return the recorded keys of a device; empty if there are none, or no file. Raises SettingError."""
        text = self._text()
        try:
            found = asyncssh.import_known_hosts(text)
        except (ValueError, asyncssh.KeyImportError) as error:
            raise SettingError(f"{self.path}: {error}; mend or remove the line") from None
        port = device.ssh.port if device.ssh else SSH_PORT
        keys, *_ = found.match(device.address, device.address, None if port == SSH_PORT else port)
        return [key for key in keys if isinstance(key, asyncssh.SSHKey)]

    def record(self, device: Device, keys: Sequence[asyncssh.SSHKey]) -> None:
        """Replace the keys of a device. Raises SettingError."""
        name = entry_name(device)
        lines = [left for line in self._text().splitlines() if (left := _without(line, name, device))]
        lines += [f"{name} {key.export_public_key().decode().strip()}" for key in keys]
        beside = self.path.with_name(f"{self.path.name}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w") as opened:
                opened.write("".join(f"{line}\n" for line in lines))
                opened.flush()
                os.fsync(opened.fileno())
            beside.replace(self.path)
        except OSError as error:
            raise SettingError(f"{self.path} cannot be written: {error.strerror}; name another known_hosts") from None

    def _text(self) -> str:
        try:
            if self.path.stat().st_size > MAX_KNOWN_HOSTS_BYTES:
                raise SettingError(f"{self.path} has more than {MAX_KNOWN_HOSTS_BYTES} bytes; name another known_hosts")
            return self.path.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise SettingError(f"{self.path} cannot be read: {error.strerror}; NMS needs to read it") from None


def _without(line: str, name: str, device: Device) -> str:
    """Return a line of the file without the device; empty if nothing is left."""
    names, _, rest = line.partition(" ")
    if names.startswith("|"):
        with suppress(ValueError):
            return "" if asyncssh.import_known_hosts(line).match(name, device.address, None)[0] else line
    kept = [each for each in names.split(",") if each != name]
    return f"{','.join(kept)} {rest}" if kept else ""


async def presented_key(device: Device) -> asyncssh.SSHKey | NoAnswer:
    """Return the host key that a device presents, without a login."""
    port = device.ssh.port if device.ssh else SSH_PORT
    try:
        async with asyncio.timeout(FETCH_WITHIN):
            key = await asyncssh.get_server_host_key(device.address, port, config=None)
    except (OSError, asyncssh.Error, TimeoutError) as error:
        return explained(error, device)
    return key if key is not None else explained(TimeoutError(), device)
