"""Reads the output of `fping` and `ping`: how many probes were sent and answered, and how fast. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

HEADER = re.compile(r"\[\d\d:\d\d:\d\d\]$")
SUM = re.compile(
    r"(?P<target>\S+)\s+: xmt/rcv/%(?:loss|return) = (?P<sent>\d{1,9})/(?P<received>\d{1,9})/\d+%"
    r"(?:, min/avg/max = (?P<least>[\d.]{1,12})/(?P<mean>[\d.]{1,12})/(?P<most>[\d.]{1,12}))?"
)
REPLY = re.compile(r"(?P<target>\S+) \d+ bytes from .*icmp_seq=\d+ .*time=(?P<time>[\d.]{1,12}) ms")
SILENCE = re.compile(r"(?P<target>\S+) (?:no answer yet for icmp_seq=\d+|ping: \w+: Network is unreachable)")
SECOND = 1.0
PING_PERIOD = 0.2
"""Seconds; an account without further rights may not ask more often."""


@dataclass(frozen=True)
class ProbeSum:
    """The probes to one target in about a second. Times in milliseconds; None: nothing was answered.

    `received` can be more than `sent` by replies to probes of the second before.
    """

    target: str
    sent: int
    received: int
    least: float | None = None
    mean: float | None = None
    most: float | None = None


@dataclass
class FpingReader:
    """Takes in lines of `fping -l -Q 1`. What stands before the first header, or twice below one, is no sum."""

    _below: set[str] | None = None
    _headers: int = 0

    def take(self, line: str) -> ProbeSum | None:
        if HEADER.match(line.strip()):
            self._below = set()
            self._headers += 1
            return None
        found = SUM.match(line.strip())
        if found is None or self._below is None or found["target"] in self._below:
            return None
        self._below.add(found["target"])
        if self._headers == 1:
            return None  # probes that are under way at the end of the first second would look lost
        times = tuple(_milliseconds(found[name]) for name in ("least", "mean", "most"))
        return ProbeSum(found["target"], int(found["sent"]), int(found["received"]), *times)


@dataclass
class PingReader:
    """Takes in lines of several `ping -O`, each with its target in front, and makes sums of a second."""

    _began: dict[str, float] = field(default_factory=dict)
    _sent: dict[str, int] = field(default_factory=dict)
    _times: dict[str, list[float]] = field(default_factory=dict)

    def take(self, line: str, at: float) -> ProbeSum | None:
        if found := REPLY.match(line):
            return self._count(found["target"], at, float(_milliseconds(found["time"]) or 0.0))
        found = SILENCE.match(line)
        return self._count(found["target"], at, None) if found else None

    def _count(self, target: str, at: float, time: float | None) -> ProbeSum | None:
        done = self._finished(target) if at - self._began.setdefault(target, at) >= SECOND else None
        if done:
            self._began[target] = at
        self._sent[target] = self._sent.get(target, 0) + 1
        if time is not None:
            self._times.setdefault(target, []).append(time)
        return done

    def _finished(self, target: str) -> ProbeSum:
        sent, times = self._sent.pop(target, 0), self._times.pop(target, [])
        if not times:
            return ProbeSum(target, sent, 0)
        return ProbeSum(target, sent, len(times), min(times), sum(times) / len(times), max(times))


def fping_words(targets: Sequence[str], period: int) -> list[str]:
    """`period`: milliseconds between two probes to a target."""
    return ["fping", "-l", "-q", "-i", "1", "-p", str(period), "-t", "1000", "-Q", "1", *targets]


def ping_lines(targets: Sequence[str]) -> str:
    """Return lines of a shell that run `ping` for each address, and again when it ended.

    The loop ends when nobody reads its output any more: its `echo` fails then.
    """
    each = (
        f"while ping -n -O -i {PING_PERIOD:g} {target} 2>&1; echo || exit; do sleep 1; done | sed -u 's/^/{target} /' &"
        for target in map(_address, targets)
    )
    return "\n".join((*each, "wait"))


def _address(text: str) -> str:
    """Raises ValueError for a text that is no address: it becomes a part of a line."""
    return str(ipaddress.ip_address(text))


def _milliseconds(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
