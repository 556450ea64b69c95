"""Text that cannot control a terminal or hide content: the rules for output, and for input from a person.

Rules
1. On output some characters are escaped, as in `\\x1b`: those that control a terminal, break a line, change the
   direction of writing or are invisible. So one line stays one line, and shows all of its content.
2. On input such a character is refused, and the message names it. Some languages need joiners: the name of an
   element may contain them, a comment may not.
3. In JSON such a character is written as `\\u001b`: the meaning of the document stays the same.
"""

from __future__ import annotations

import re
import unicodedata

CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
"""C0, DEL and C1, which contain ESC, CSI and the line ends; the line and paragraph separators of Unicode."""
DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Marks, overrides and isolates of bidirectional text."""
UNSEEN = r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
"""Characters of zero width, fillers and invisible marks."""
GUTTER = "    | "
JOINERS = r"\u200c\u200d"
BEYOND = "\ud800-\udfff\U000e0000-\U000e007f"
"""Surrogates, which cannot be encoded, and tags. JSON Schema has no portable notation for these."""

_steering = re.compile(f"[{CONTROL}{DIRECTION}{UNSEEN}{JOINERS}{BEYOND}]")
_refused = {True: re.compile(f"[{CONTROL}{DIRECTION}{UNSEEN}{BEYOND}]"), False: _steering}
_named = {"\x1b": "ESCAPE", "\n": "LINE FEED", "\r": "CARRIAGE RETURN", "\t": "TABULATION", "\x85": "NEXT LINE"}


def printable(text: str) -> str:
    """Return a text as one line in which the characters of rule 1 are escaped."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _harmless(char) else char.encode("unicode_escape").decode() for char in text)


def printable_lines(text: str) -> str:
    """Escape each line of a text that we broke into lines ourselves."""
    return "\n".join(map(printable, text.split("\n")))


def guttered(text: str) -> str:
    """Indent and escape a text of several lines, such as a traceback, so that no line looks like a log line."""
    return "\n".join(f"{GUTTER}{printable(line)}" for line in text.splitlines())


def printable_json(document: str) -> str:
    """Escape the characters of rule 1 in a JSON document without changing its meaning."""
    if document.isascii() and document.isprintable():
        return document
    return "".join(char if char == "\n" or _harmless(char) else _in_json(char) for char in document)


def pattern(joiners: bool = False) -> str:
    """Return the pattern of accepted texts for a JSON Schema."""
    return f"^[^{CONTROL}{DIRECTION}{UNSEEN}{'' if joiners else JOINERS}]*$"


def refusal(text: str, joiners: bool = False) -> str | None:
    """Return why a text is refused, with the first refused character; None if it is accepted."""
    char = first_steering(text, joiners)
    if char is None:
        return None
    return f"has {_name(char)} as character {text.index(char) + 1}, which cannot be displayed: remove it"


def first_steering(text: str, joiners: bool = False) -> str | None:
    """Return the first character that is refused, or None."""
    found = _refused[joiners].search(text)
    return found.group() if found else None


def _harmless(char: str) -> bool:
    return char.isprintable() and not _steering.match(char)


def _in_json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _name(char: str) -> str:
    name = _named.get(char) or unicodedata.name(char, "a control character")
    return f"U+{ord(char):04X} ({name})"
