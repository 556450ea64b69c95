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
        return without_logins(super().__str__())


class SettingError(NmsError):
    exit_code = 2


class TopologyError(NmsError):
    exit_code = 2


class UnknownTarget(NmsError):
    exit_code = 2


class BrokerError(NmsError):
    exit_code = 3


class PortBusy(NmsError):
    """Raised when a requested port is in use, or when no port of the tried range is free."""

    exit_code = 4


class DiskFull(NmsError):
    exit_code = 5


class MessageError(NmsError):
    """An invalid event becomes a dead letter with this reason."""


class Refused(NmsError):
    pass


class OutcomeUnknown(NmsError):
    """`key`: the key with which the request can be repeated safely; None if it has none."""

    exit_code = 6

    def __init__(self, reason: str, key: str | None = None) -> None:
        super().__init__(reason)
        self.key = key


class NobodyThere(TimeoutError):
    """Raised when no process received a request, so nothing was done."""
