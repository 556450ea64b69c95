"""Text that cannot steer what shows it: one rule for what is written to a terminal, one for what a person may send.

Rules
1. On output a character that a terminal obeys, that breaks a line, that turns the direction of writing, or that nobody
   sees is written out, as in `\\x1b`. So one line stays one line, and says what was said.
2. On input such a character is refused by its name. Joiners are needed to spell some languages: an element's name may
   have them, a person's words may not.
3. In JSON it is written as `\\u001b`: the document means the same.
"""

from __future__ import annotations

import re
import unicodedata

CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
"""C0, DEL and C1, among which are ESC, CSI and the ends of lines; the line and paragraph separators of Unicode."""
DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Marks, overrides and isolates of bidirectional text."""
UNSEEN = r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
"""Characters without width, fillers and hidden marks."""
GUTTER = "    | "
JOINERS = r"\u200c\u200d"
BEYOND = "\ud800-\udfff\U000e0000-\U000e007f"
"""Half characters, which no encoding takes, and tags. JSON Schema has no portable way to write these."""

_steering = re.compile(f"[{CONTROL}{DIRECTION}{UNSEEN}{JOINERS}{BEYOND}]")
_refused = {True: re.compile(f"[{CONTROL}{DIRECTION}{UNSEEN}{BEYOND}]"), False: _steering}
_named = {"\x1b": "ESCAPE", "\n": "LINE FEED", "\r": "CARRIAGE RETURN", "\t": "TABULATION", "\x85": "NEXT LINE"}


def printable(text: str) -> str:
    """Return a text as one line that steers nothing: every other character is written out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _harmless(char) else char.encode("unicode_escape").decode() for char in text)


def printable_lines(text: str) -> str:
    """Return a text whose lines are ours and whose other characters may be anybody's."""
    return "\n".join(map(printable, text.split("\n")))


def guttered(text: str) -> str:
    """Return a text of many lines, such as a traceback, in which none can pass for a line of somebody else's."""
    return "\n".join(f"{GUTTER}{printable(line)}" for line in text.splitlines())


def printable_json(document: str) -> str:
    """Return a JSON document that means the same, and in which nothing steers what shows it."""
    if document.isascii() and document.isprintable():
        return document
    return "".join(char if char == "\n" or _harmless(char) else _in_json(char) for char in document)


def pattern(joiners: bool = False) -> str:
    """Return what is taken, for a JSON Schema."""
    return f"^[^{CONTROL}{DIRECTION}{UNSEEN}{'' if joiners else JOINERS}]*$"


def refusal(text: str, joiners: bool = False) -> str | None:
    """Return why a text is not taken, naming the first character that is at fault; None where there is none."""
    char = first_steering(text, joiners)
    if char is None:
        return None
    return f"has {_name(char)} as character {text.index(char) + 1}, which cannot be shown as it is: leave it out"


def first_steering(text: str, joiners: bool = False) -> str | None:
    """Return the first character that is not taken; None where there is none."""
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
