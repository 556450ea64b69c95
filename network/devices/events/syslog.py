"""Takes a syslog message apart, as RFC 5424, RFC 3164 or small programs write it. Pure; any input is accepted."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_MESSAGE = 8 * 1024
NO_PRIORITY = 13
"""RFC 3164: user.notice, for a message without a priority."""
HIGHEST_PRIORITY = 191
NIL = "-"
PRIORITY = re.compile(r"<(\d{1,3})>")
MODERN = re.compile(
    r"1 (?P<time>\S{1,64}) (?P<host>\S{1,255}) (?P<program>\S{1,48}) (?P<process>\S{1,128}) \S{1,32} "
    r"(?:-|(?:\[(?:[^\]\"\\]|\\.|\"(?:[^\"\\]|\\.)*\")*\])+)(?: (?P<text>.*))?",
    re.DOTALL,
)
TIME = re.compile(r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S{8,30}) ")
TAG = re.compile(r"(?:(?P<host>[^\s:\[\]]{1,255}) )?(?P<program>[^\s:\[\]]{1,48})(?:\[(?P<process>\d{1,10})\])?: ?")


@dataclass(frozen=True)
class SyslogMessage:
    """`severity`: 0 (emergency) to 7 (debug). `facility`: 0 to 23. Empty texts: not stated."""

    severity: int
    facility: int
    host: str
    program: str
    text: str


def syslog_message(data: bytes) -> SyslogMessage:
    text = data[:MAX_MESSAGE].decode(errors="replace").rstrip("\r\n\0")
    priority = NO_PRIORITY
    if (found := PRIORITY.match(text)) and int(found[1]) <= HIGHEST_PRIORITY:
        priority, text = int(found[1]), text[found.end() :]
    severity, facility = priority % 8, priority // 8
    if modern := MODERN.fullmatch(text):
        message = (modern["text"] or "").removeprefix("\ufeff")
        return SyslogMessage(severity, facility, _stated(modern["host"]), _stated(modern["program"]), message)
    if time := TIME.match(text):
        text = text[time.end() :]
    tag = TAG.match(text)
    if tag is None:
        return SyslogMessage(severity, facility, "", "", text)
    return SyslogMessage(severity, facility, tag["host"] or "", tag["program"], text[tag.end() :])


def _stated(field: str) -> str:
    return "" if field == NIL else field
