"""The subjects that a tap may subscribe to. A user's pattern is narrowed to what the broker allows."""

from __future__ import annotations

from collections.abc import Iterable

from shared.domain.errors import SettingError
from shared.domain.events import EVENTS, LogLine
from shared.domain.kinds import Level, ServiceName
from shared.domain.subjects import DEAD_LETTERS, LOG, METRICS, log
from shared.platform.access import FAMILIES

ANY, REST = "*", ">"
WORDS, WORDS_OF_LOG = 2, 3
"""How many words a subject has: in most families, and in the log."""


def families() -> tuple[str, ...]:
    return FAMILIES


def known() -> tuple[str, ...]:
    """The subjects of telemetry are left out, because their number depends on the network."""
    named = (event.subject for event in EVENTS if event is not LogLine)
    lines = (log(name, level) for name in ServiceName for level in Level)
    return (*named, *lines, *(f"{DEAD_LETTERS}.{name}" for name in ServiceName))


def subscriptions(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return subscriptions for the patterns, none covered by another. Raises SettingError if nothing matches."""
    wanted = [narrow for pattern in patterns for narrow in _narrowed(pattern)]
    return tuple(
        one for one in dict.fromkeys(wanted) if not any(one != other and covers(other, one) for other in wanted)
    )


def covers(pattern: str, subject: str) -> bool:
    """Whether `pattern` matches every subject that `subject` stands for. `subject` may itself be a pattern."""
    wanted, there = pattern.split("."), subject.split(".")
    for number, token in enumerate(wanted):
        if token == REST:
            return len(there) > number
        if number >= len(there) or there[number] == REST or (token != ANY and token != there[number]):
            return False
    return len(wanted) == len(there)


def _narrowed(pattern: str) -> list[str]:
    _check(pattern)
    found = [narrow for family in FAMILIES if (narrow := _common(pattern, family.partition(".")[0]))]
    if not found:
        raise SettingError(f"nothing that a tap may read is published on {pattern!r}: there are {', '.join(FAMILIES)}")
    published = [narrow for narrow in found if _is_published(narrow)]
    if not published:
        there = [name for name in known() if any(covers(_family(narrow), name) for narrow in found)]
        raise SettingError(f"nothing is published on {pattern!r}: there are {', '.join(there)}")
    return published


def _check(pattern: str) -> None:
    tokens = pattern.split(".")
    if any(not token or not token.isprintable() or " " in token for token in tokens):
        raise SettingError(f"{pattern!r} is no subject: write words with dots between, as in nms tap 'anomaly.*'")
    if REST in tokens[:-1]:
        raise SettingError(f"{pattern!r} is no subject: '{REST}' stands for the rest, so nothing can follow it")
    for token in tokens:
        if len(token) > 1 and (ANY in token or REST in token):
            raise SettingError(f"{pattern!r} is no subject: '{ANY}' and '{REST}' stand for whole words")


def _common(pattern: str, family: str) -> str | None:
    tokens = pattern.split(".")
    words = WORDS_OF_LOG if family == LOG else WORDS
    if tokens[-1] == REST:
        tokens = [*tokens[:-1], *[ANY] * (words - len(tokens) + 1)]
    if len(tokens) != words or tokens[0] not in (family, ANY):
        return None
    return ".".join((family, *tokens[1:]))


def _is_published(subject: str) -> bool:
    family, _, rest = subject.partition(".")
    if family == METRICS:
        return rest == ANY or rest.isdecimal()
    return any(covers(subject, name) for name in known())


def _family(subject: str) -> str:
    return f"{subject.partition('.')[0]}.{REST}"
