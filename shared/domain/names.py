"""The rules for the names of devices, and the check of a name. Pure.

Rules
1. A name can contain letters of any script, spaces, dots, slashes and colons, and is never changed. Two names are equal
   only if all their characters are equal: case counts, and there is no Unicode normalisation.
2. A name with a character that controls a terminal, changes the direction of writing or is invisible is refused. With
   such a character, a name could look like another name.
3. A link is written `a--b`. So a name cannot contain `--`, and cannot begin or end with `-`. Otherwise the nodes `a-`
   and `b` would have the same link as the nodes `a` and `-b`.
"""

from __future__ import annotations

import unicodedata

from shared.domain.printable import first_steering, printable

LINK_SEPARATOR = "--"
MAX_NAME = 128
MAX_NAME_BYTES = 256
"""The largest length of a name in UTF-8 bytes. In a key of a bucket a byte can need three characters, and the broker
accepts subjects of at most 4096 bytes.
"""
JOINERS = frozenset("\u200c\u200d")
"""Two invisible characters that names can contain, since Persian, Hindi and many emoji need them."""
REFUSED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""The Unicode categories that names cannot contain: controls, formats (such as the bidirectional marks), surrogates and
line breaks.
"""
VISIBLE = frozenset("LNPSC")
"""The first letters of the Unicode categories of which a name needs at least one character: letters, digits,
punctuation, symbols, and unassigned characters.
"""
MAX_SHOWN = 64


def flaw(name: str) -> str | None:
    """Return why a name is refused and what to do, as the end of a sentence; None if the name is accepted."""
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
    if name.isascii() and name.isprintable():
        return None
    steering = first_steering(name, joiners=True)  # a request with these characters would be refused
    by_category = (char for char in name if char not in JOINERS and unicodedata.category(char) in REFUSED)
    return steering or next(by_category, None)


def shown(name: str) -> str:
    return printable(name[:MAX_SHOWN])


def _too_long(name: str) -> str | None:
    size = len(name.encode())
    if len(name) > MAX_NAME:
        return f"it has {len(name)} characters, more than {MAX_NAME}; shorten it"
    return f"it has {size} bytes, more than {MAX_NAME_BYTES}; shorten it" if size > MAX_NAME_BYTES else None
