"""Expands names with ranges: `server-[1-8]`, `leaf-[01-16]`, `row-[1-2]-rack-[1-4]`.

A range counts up. Its numbers have at least as many digits as its first number. The number of names is checked before
any name is made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from math import prod

from shared.domain.errors import TopologyError
from shared.domain.sizes import MAX_NODES

MAX_DIGITS = 6
MAX_RANGES = 4
MAX_QUOTE = 64
RANGE = re.compile(r"\[([0-9]+)-([0-9]+)\]")
BRACKETS = re.compile(r"[\[\]]")


def expand(name: str, line: int) -> Sequence[str]:
    """The last range changes fastest. Raises TopologyError."""
    if not name.strip():
        raise TopologyError(f"line {line}: a name is empty; write one")
    words = RANGE.split(name)
    texts, ranges = words[::3], list(zip(words[1::3], words[2::3], strict=True))
    if any(BRACKETS.search(text) for text in texts):
        raise TopologyError(f"line {line}: {name[:MAX_QUOTE]!r} has a broken range; write it as in server-[1-8]")
    if len(ranges) > MAX_RANGES:
        raise TopologyError(f"line {line}: {name[:MAX_QUOTE]!r} has more than {MAX_RANGES} ranges; use fewer")
    for first, last in ranges:
        if max(len(first), len(last)) > MAX_DIGITS or int(first) > int(last):
            raise TopologyError(
                f"line {line}: [{first[:MAX_QUOTE]}-{last[:MAX_QUOTE]}] does not count up; fix the range"
            )
    if prod(int(last) - int(first) + 1 for first, last in ranges) > MAX_NODES:
        raise TopologyError(f"line {line}: {name[:MAX_QUOTE]!r} makes more than {MAX_NODES} names; make it smaller")
    counts = [[str(number).zfill(len(first)) for number in range(int(first), int(last) + 1)] for first, last in ranges]
    return [_joined(texts, numbers) for numbers in product(*counts)]


def _joined(texts: Sequence[str], numbers: Sequence[str]) -> str:
    return texts[0] + "".join(number + text for number, text in zip(numbers, texts[1:], strict=True))
