"""The errors that NMS raises on purpose. The text of each states what is wrong and what to do.

NmsError
  SettingError       a setting has an invalid value           exit 2
  TopologyError      a topology is invalid                    exit 2
  UnknownTarget      a node or link that does not exist       exit 2
  BrokerError        the broker is missing, old or refuses    exit 3
  PortBusy           a requested port is in use               exit 4
  DiskFull           the state folder cannot be written       exit 5
  MessageError       a message is malformed, hostile, too big (never ends a process)
  Refused            another service refused a request        exit 1
  OutcomeUnknown     no answer: done, or not, or done later   exit 6
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from shared.domain.logins import without_logins

INTERRUPTED = 130
EXIT_CODES: Mapping[int, str] = MappingProxyType(
    {
        0: "done; of `demo`: every fault was repaired",
        1: "not done: refused, no answer, not repaired, a test failed",
        2: "wrong usage, setting or topology; a name that does not exist",
        3: "the broker is missing, too old, or refuses",
        4: "a port that was asked for is taken",
        5: "the state folder or the disk cannot be written",
        6: "no answer came: it may have been done, or may be yet; the sentence says how to learn it",
        INTERRUPTED: "ended by Ctrl-C; `up`, `server` and `run` end with 0 then",
    }
)
"""The exit codes of the command `nms`, each with its meaning."""


class NmsError(Exception):
    """The base of all errors here except NobodyThere. `exit_code`: that of a command that ends with the error."""

    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        """Return the text of the error. Logins in URLs are replaced by `***`."""
        return without_logins(super().__str__())


class SettingError(NmsError):
    """Raised when a setting has an invalid value."""

    exit_code = 2


class TopologyError(NmsError):
    """Raised when a topology is invalid: for example a link without an end, or a duplicate node."""

    exit_code = 2


class UnknownTarget(NmsError):
    """Raised when a request names something that does not exist or does not fit, such as an unknown node."""

    exit_code = 2


class BrokerError(NmsError):
    """Raised when the broker is missing, is too old, or refuses the connection."""

    exit_code = 3


class PortBusy(NmsError):
    """Raised when a requested port is in use, or when no port of the tried range is free."""

    exit_code = 4


class DiskFull(NmsError):
    """Raised when the state folder cannot be written, for example since the disk is full."""

    exit_code = 5


class MessageError(NmsError):
    """Raised when a message or a stored record is invalid. An invalid event becomes a dead letter with this reason."""


class Refused(NmsError):
    """Raised when a request or a change is refused; its text is the reason."""


class OutcomeUnknown(NmsError):
    """Raised when it is unknown whether a request was carried out or will be.

    `key`: the key with which the request can be repeated safely; None if it has none.
    """

    exit_code = 6

    def __init__(self, reason: str, key: str | None = None) -> None:
        super().__init__(reason)
        self.key = key


class NobodyThere(TimeoutError):
    """Raised when no process received a request, so nothing was done."""
