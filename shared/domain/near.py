"""Finds existing names that are similar to a mistyped name. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

MAX_NEAR = 5
MAX_COMPARED = 2_000
"""The largest number of names that are compared, those of the most similar length. Comparing the names of 30,000 links
would take seconds.
"""
MAX_LENGTH = 300


def near(name: str, names: Iterable[str]) -> list[str]:
    """Return at most five of `names` that are similar to `name`, the most similar first. Case is ignored."""
    wanted = name[:MAX_LENGTH].casefold()
    by_letters: dict[str, str] = {}
    for each in islice(sorted(names, key=lambda one: abs(len(one) - len(wanted))), MAX_COMPARED):
        by_letters.setdefault(each.casefold(), each)
    found = difflib.get_close_matches(wanted, by_letters, MAX_NEAR)
    return [by_letters[each] for each in found]
