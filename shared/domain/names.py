"""The rules for names of devices, and the reason why a name is refused. Pure.

Rules
1. A name is never changed: it may contain letters of any script, spaces, dots, slashes and colons. Two names are equal
   only if all characters are: case counts, and there is no Unicode normalisation.
2. A character that controls a terminal, changes the direction of writing or is invisible is refused: with it one name
   could look like another.
3. A link is written `a--b`. So a name does not contain `--` and neither begins nor ends with `-`: otherwise `a-` and
   `b` would make the same link as `a` and `-b`.
"""

from __future__ import annotations

import unicodedata

from shared.domain.printable import first_steering, printable

LINK_SEPARATOR = "--"
MAX_NAME = 128
MAX_NAME_BYTES = 256
"""The limit in UTF-8. A key of the store needs up to three characters for each byte, and the broker accepts subjects of
at most 4096 bytes.
"""
JOINERS = frozenset("\u200c\u200d")
"""Two invisible characters that Persian, Hindi and many emoji need."""
REFUSED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""The refused Unicode categories: controls, formats (among them the bidirectional ones), surrogates, line breaks."""
VISIBLE = frozenset("LNPSC")
"""The first letters of Unicode categories: letters, digits, punctuation, symbols, and unassigned characters."""
MAX_SHOWN = 64


def flaw(name: str) -> str | None:
    """Return why a name is refused and the remedy, as the end of a sentence; None if it is accepted."""
    if not name:
        return "it is empty; write a name"
    if bad := first_refused(name):
        return f"it has the character U+{ord(bad):04X}, which is invisible or controls a terminal; remove that"
    if name != name.strip():
        return "it begins or ends with a space; remove that"
    if LINK_SEPARATOR in name:
        return f"'{LINK_SEPARATOR}' is kept for links; rename the node"
    if name.startswith("-") or name.endswith("-"):
        return f"it begins or ends with '-', and '{LINK_SEPARATOR}' is kept for links; rename the node"
    if not any(unicodedata.category(char)[0] in VISIBLE for char in name if char not in JOINERS):
        return "it has no visible character; write a name"
    return _too_long(name)


def first_refused(name: str) -> str | None:
    """Return the first character that no name may contain, or None."""
    if name.isascii() and name.isprintable():
        return None
    steering = first_steering(name, joiners=True)  # a request would refuse these characters
    by_category = (char for char in name if char not in JOINERS and unicodedata.category(char) in REFUSED)
    return steering or next(by_category, None)


def shown(name: str) -> str:
    """Return the beginning of a name for a message, with invisible characters escaped."""
    return printable(name[:MAX_SHOWN])


def _too_long(name: str) -> str | None:
    size = len(name.encode())
    if len(name) > MAX_NAME:
        return f"it has {len(name)} characters, more than {MAX_NAME}; shorten it"
    return f"it has {size} bytes, more than {MAX_NAME_BYTES}; shorten it" if size > MAX_NAME_BYTES else None
