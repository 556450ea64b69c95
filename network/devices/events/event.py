"""What happened on a device, in one form whatever sent it. Pure.

Rule: an event is a reason to look closer, never a fact: anybody can send a datagram in the name of a device.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.printable import printable

MAX_TEXT = 400
MAX_SUBJECT = 80


class EventSource(StrEnum):
    SYSLOG = "syslog"
    TRAP = "trap"
    KERNEL = "kernel"
    """The monitor of the kernel, over SSH."""


class EventKind(StrEnum):
    INTERFACE = "interface"
    NEIGHBOUR = "neighbour"
    CONFIG = "config"
    """A person or a program changed the configuration, or ran a command as another user."""
    DAEMON = "daemon"
    ADDRESS = "address"
    ROUTE = "route"
    ARP = "arp"
    STORM = "storm"
    """The device sends more than is taken in."""
    OTHER = "other"


@dataclass(frozen=True)
class DeviceEvent:
    """`at`: when it was received. `subject`: the interface, `protocol/peer`, the user or the daemon.

    `text`: without control characters. `up`: None if it is neither up nor down. `interface`: where a neighbour is, if
    that is known.
    """

    device: str
    at: float
    source: EventSource
    kind: EventKind
    subject: str
    text: str
    up: bool | None = None
    interface: str = ""


Sink = Callable[[DeviceEvent], None]


@dataclass(frozen=True)
class Hint:
    """What a message means, without who sent it and when."""

    kind: EventKind
    subject: str = ""
    up: bool | None = None
    interface: str = ""


def event_of(device: str, at: float, source: EventSource, found: Hint, text: str) -> DeviceEvent:
    short = printable(" ".join(text[: 4 * MAX_TEXT].split())[:MAX_TEXT])
    subject = printable(found.subject[:MAX_SUBJECT])
    return DeviceEvent(
        device, at, source, found.kind, subject, short, found.up, printable(found.interface[:MAX_SUBJECT])
    )
