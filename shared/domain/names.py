"""What a device may be called: every name that can be carried as it is written, and why any other cannot. Pure.

Rules
1. A name is carried as written: letters of any script, spaces, dots, slashes, colons. Two names are the same only if
   every character is: neither case nor Unicode normalisation is looked at.
2. What steers a terminal, turns a line round or cannot be seen is refused: with it one name could pass for another.
3. A link is written `a--b`. So `--` stands in no name and a name neither begins nor ends with `-`: else `a-` and `b`
   would make the same link as `a` and `-b`.
"""

from __future__ import annotations

import unicodedata

from shared.domain.printable import first_steering, printable

LINK_SEPARATOR = "--"
MAX_NAME = 128
MAX_NAME_BYTES = 256
"""In UTF-8. A key of the store escapes each byte threefold, and the broker reads a subject of 4096 bytes at most."""
JOINERS = frozenset("\u200c\u200d")
"""They cannot be seen, but the letters of Persian and Hindi, and many emoji, are written with them."""
REFUSED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of controls, formats (the bidirectional ones among them), halves of characters, line breaks."""
VISIBLE = frozenset("LNPSC")
"""The first letters of categories: letters, digits, punctuation, symbols, and what this Unicode does not know yet."""
MAX_SHOWN = 64


def flaw(name: str) -> str | None:
    """Return why a device cannot be called so and what to do, to stand behind the name; None if it can."""
    if not name:
        return "it is empty; write a name"
    if bad := first_refused(name):
        return f"it has the character U+{ord(bad):04X}, which cannot be seen or steers a terminal; remove that"
    if name != name.strip():
        return "it begins or ends with a space; remove that"
    if LINK_SEPARATOR in name:
        return f"'{LINK_SEPARATOR}' is kept for links; rename the node"
    if name.startswith("-") or name.endswith("-"):
        return f"it begins or ends with '-', and '{LINK_SEPARATOR}' is kept for links; rename the node"
    if not any(unicodedata.category(char)[0] in VISIBLE for char in name if char not in JOINERS):
        return "nothing in it can be seen; write a name"
    return _too_long(name)


def first_refused(name: str) -> str | None:
    """Return the first character that no name may have; None where all may stand."""
    if name.isascii() and name.isprintable():
        return None
    steering = first_steering(name, joiners=True)  # what a request refuses must not be the name of a device
    by_category = (char for char in name if char not in JOINERS and unicodedata.category(char) in REFUSED)
    return steering or next(by_category, None)


def shown(name: str) -> str:
    """Return the beginning of a name for a sentence, with what cannot be seen written out."""
    return printable(name[:MAX_SHOWN])


def _too_long(name: str) -> str | None:
    size = len(name.encode())
    if len(name) > MAX_NAME:
        return f"it has {len(name)} characters, more than {MAX_NAME}; shorten it"
    return f"it has {size} bytes, more than {MAX_NAME_BYTES}; shorten it" if size > MAX_NAME_BYTES else None
