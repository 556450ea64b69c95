"""Names that may stand in a subject, a key and a link's name, and that a person still recognises.

1. Letters, digits, `-` and `_` only; never `--`, never a `-` at an end: `a--b` has one reading.
2. The same file gives the same names.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

MAX_LABEL = 64
"""A label's part of a name; there is room behind it for a number."""
MAX_TEXT = 256
"""What of a label is looked at."""
NO_LABEL = frozenset({"none", "null"})
UNSAFE = re.compile(r"[^A-Za-z0-9_]+")
# What does not fall apart into a letter and an accent.
LETTERS = str.maketrans({
    "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "\u0131": "i",
})  # fmt: skip


def safe(text: str) -> str:
    """Return what of a text may stand in a name; nothing where nothing may."""
    apart = unicodedata.normalize("NFKD", text[:MAX_TEXT].translate(LETTERS))
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return UNSAFE.sub("-", plain).strip("-")[:MAX_LABEL].rstrip("-")


class Names:
    """Gives each node a name of its own: its label, else its id, which is `node-7` where it is a number only.

    The second Paris is `Paris-2`.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._given: Counter[str] = Counter()

    def give(self, label: str, node: str) -> str:
        """Return the name of the next node in the file."""
        wanted = safe(label)
        if not wanted or wanted.lower() in NO_LABEL:
            known = safe(node)
            wanted = known if any(letter.isalpha() for letter in known) else f"node-{known}".rstrip("-")
        name = wanted
        while name in self._taken:
            self._given[wanted] += 1
            name = f"{wanted}-{self._given[wanted] + 1}"
        self._taken.add(name)
        return name
