"""`python -m tests.architecture.prose [SEED]`: print twenty docstrings and comments, picked at random.

A reader who does not know the code has to understand each at first reading.
"""

from __future__ import annotations

import ast
import io
import random
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("shared", "network", "services", "nms")
PICKED = 20
SHORTEST_COMMENT = 20
"""Characters; a shorter one is a heading or a mark for a tool."""
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def prose(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line, owner and text of each docstring and comment of a file."""
    text = path.read_text()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Documented) and (words := ast.get_docstring(node)):
            yield node.body[0].lineno, getattr(node, "name", "module"), words
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and len(token.string.strip("# -")) > SHORTEST_COMMENT:
            yield token.start[0], token.line.strip()[:60], token.string


def main() -> None:
    seed = sys.argv[1] if len(sys.argv) > 1 else "1"
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    everything = [(path, *found) for path in paths for found in prose(path)]
    for path, line, owner, words in random.Random(seed).sample(everything, PICKED):
        sys.stdout.write(f"{path.relative_to(ROOT)}:{line} {owner}\n    {words}\n\n")


if __name__ == "__main__":
    main()
