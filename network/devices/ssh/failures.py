"""What the failure of an SSH connection means, with one sentence for the operator. Pure."""

from __future__ import annotations

import errno

import asyncssh

from network.devices.console import NoAnswer, Trouble
from network.devices.inventory.device import SSH_PORT, Device
from shared.domain.printable import printable

MAX_QUOTE = 200
UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EADDRNOTAVAIL})
CLOSED = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})


def quote(text: str | bytes) -> str:
    """Return a short form of what a device sent, for a sentence."""
    plain = text.decode(errors="replace") if isinstance(text, bytes) else text
    short = " ".join(plain.split())[:MAX_QUOTE]
    return f"'{printable(short)}'" if short else "nothing"


def place(device: Device) -> str:
    port = device.ssh.port if device.ssh else SSH_PORT
    return f"{device.name} ({device.address} port {port})"


def explained(error: Exception, device: Device) -> NoAnswer:
    """`error`: of asyncssh, or an OSError, which a TimeoutError is too."""
    where = place(device)
    if isinstance(error, TimeoutError):
        return NoAnswer(
            Trouble.TIMED_OUT, f"{where} does not answer SSH in time; check its load, and filters on the way"
        )
    if isinstance(error, asyncssh.PermissionDenied):
        user = device.ssh.user if device.ssh else ""
        return NoAnswer(
            Trouble.REFUSED, f"{where} refuses the account {quote(user)}; add its public key to authorized_keys there"
        )
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return NoAnswer(Trouble.HOST_KEY, f"{where}: the host key is not trusted; nms devices trust records it")
    if isinstance(error, asyncssh.ConnectionLost) and "keepalive" in error.reason:
        return NoAnswer(Trouble.UNREACHABLE, f"{where} no longer answers; check that it runs, and the way to it")
    if isinstance(error, (asyncssh.ConnectionLost, asyncssh.ChannelOpenError)):
        return NoAnswer(Trouble.CLOSED, f"{where} closed the connection; its log says why")
    if isinstance(error, asyncssh.Error):
        return NoAnswer(
            Trouble.GARBAGE, f"{where} does not speak SSH as expected ({quote(error.reason)}); check the port and sshd"
        )
    if isinstance(error, ConnectionRefusedError):
        return NoAnswer(Trouble.REFUSED, f"{where} refuses the connection; start sshd there, or correct the port")
    number = error.errno if isinstance(error, OSError) else None
    if number in UNREACHABLE:
        return NoAnswer(
            Trouble.UNREACHABLE, f"{where} cannot be reached; check its management interface and the way to it"
        )
    if number in CLOSED:
        return NoAnswer(Trouble.CLOSED, f"{where} closed the connection; its log says why")
    return NoAnswer(Trouble.UNREACHABLE, f"{where}: {quote(str(error))}; check its address")
