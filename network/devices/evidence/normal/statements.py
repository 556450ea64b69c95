"""Splits a configuration of statements and blocks, as `dhcpd`, `named` and `nginx` have it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from network.devices.evidence.normal.facts import UnreadableAnswer

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<end>[{};])"""
    r"""|(?P<word>(?:[^\s{};"'#/]|/(?![/*])|(?<=\S)\#)+)|(?P<space>\s+)|(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)


def statements(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the blocks around a statement, and the statement. A block without statements yields itself.

    Raises UnreadableAnswer if braces do not match, so that half a file never looks like a short one.
    """
    blocks: list[str] = []
    pending: list[str] = []
    empty = False
    for match in _TOKEN.finditer(text):
        token = match.group()
        if match.lastgroup in ("comment", "space"):
            continue
        if token == "{":
            blocks.append(" ".join(pending))
            pending, empty = [], True
        elif token == "}":
            if not blocks:
                raise UnreadableAnswer("a brace too many")
            if pending:
                yield tuple(blocks), " ".join(pending)
            elif empty:
                yield tuple(blocks[:-1]), blocks[-1]
            pending, empty = [], False
            blocks.pop()
        elif token == ";":
            if pending:
                yield tuple(blocks), " ".join(pending)
            pending, empty = [], False
        else:
            pending.append(token)
    if blocks:
        raise UnreadableAnswer("a brace is missing")
    if pending:
        yield (), " ".join(pending)
