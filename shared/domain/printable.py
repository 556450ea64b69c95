"""Escapes or refuses characters that could control a terminal or hide a part of a text.

Rules
1. In displayed text, characters that control a terminal, break a line, change the direction of writing or are invisible
   are escaped, as in `\\x1b`. So a line stays one line, and shows all of its content.
2. In a text that a person enters, such a character is refused, and the error names it. Joiners, two invisible
   characters that some languages need, are accepted in names of elements, but not in comments.
3. In JSON, such a character is written as in `\\u001b`, so the meaning of the document stays the same.
"""

from __future__ import annotations

import re
import unicodedata

CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
"""Control characters: C0, DEL and C1, with ESC, CSI and line ends; the line and paragraph separators of Unicode."""
DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Characters that change the direction of writing: the marks, overrides and isolates of bidirectional text."""
UNSEEN = r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
"""Invisible characters: characters of zero width, fillers and invisible marks."""
GUTTER = "    | "
JOINERS = r"\u200c\u200d"
BEYOND = "\ud800-\udfff\U000e0000-\U000e007f"
"""Surrogates, which cannot be encoded, and invisible tags. JSON Schema has no portable notation for these."""

_steering = re.compile(f"[{CONTROL}{DIRECTION}{UNSEEN}{JOINERS}{BEYOND}]")
_refused = {True: re.compile(f"[{CONTROL}{DIRECTION}{UNSEEN}{BEYOND}]"), False: _steering}
_named = {"\x1b": "ESCAPE", "\n": "LINE FEED", "\r": "CARRIAGE RETURN", "\t": "TABULATION", "\x85": "NEXT LINE"}


def printable(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _harmless(char) else char.encode("unicode_escape").decode() for char in text)


def printable_lines(text: str) -> str:
    """Only for texts whose line breaks NMS has made."""
    return "\n".join(map(printable, text.split("\n")))


def guttered(text: str) -> str:
    """Indent and escape a text of several lines, such as a traceback, so that no line looks like a log line."""
    return "\n".join(f"{GUTTER}{printable(line)}" for line in text.splitlines())


def printable_json(document: str) -> str:
    if document.isascii() and document.isprintable():
        return document
    return "".join(char if char == "\n" or _harmless(char) else _in_json(char) for char in document)


def pattern(joiners: bool = False) -> str:
    """Return the pattern, for a JSON Schema, of texts without refused characters."""
    return f"^[^{CONTROL}{DIRECTION}{UNSEEN}{'' if joiners else JOINERS}]*$"


def refusal(text: str, joiners: bool = False) -> str | None:
    """None if the text is accepted."""
    char = first_steering(text, joiners)
    if char is None:
        return None
    return f"has {_name(char)} as character {text.index(char) + 1}, which cannot be displayed: remove it"


def first_steering(text: str, joiners: bool = False) -> str | None:
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
