"""YAML as it is needed here: blocks of mappings and lists, every scalar as in JSON; the same value is the same text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

STEP = "  "
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*|\$[a-z]+")
WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""A reader of YAML 1.1 takes these for a truth value, also as a key."""


def dump(value: Mapping[str, object]) -> str:
    """Return a mapping as a YAML document."""
    return "\n".join(_lines(value, "")) + "\n"


def _lines(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _entry(f"{indent}{_key(key)}:", inner, indent + STEP)
    elif isinstance(value, list):
        for inner in value:
            yield from _entry(f"{indent}-", inner, indent + STEP)


def _entry(head: str, inner: object, indent: str) -> Iterator[str]:
    if isinstance(inner, (Mapping, list)) and inner:
        yield head
        yield from _lines(inner, indent)
    else:
        yield f"{head} {json.dumps(inner, ensure_ascii=False)}"


def _key(key: str) -> str:
    return key if PLAIN.fullmatch(key) and key.lower() not in WORDS_OF_YAML else json.dumps(key, ensure_ascii=False)
