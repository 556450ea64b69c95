"""What reaches a terminal goes through few doors, each of which escapes what is not its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("shared", "network", "services", "nms")
DOORS = {"nms/terminal.py", "nms/extras/tap/outlet.py", "shared/platform/logs.py"}
"""Who writes: a console, sentences and JSON; lines that a tap has made by these; the log of a process."""
WRITERS = {"print", "Console", "echo", "secho", "StreamHandler", "basicConfig", "PrintLogger", "pprint", "input"}
OF_A_CONSOLE = {"print", "input"}
"""Whoever has a console of `nms.terminal` may print on it."""
NO_TERMINAL = "network/lab/"
"""Its programs run in the nodes of a laboratory or beside them: another program reads what they write."""
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__", "displayhook"}


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def writes(tree: ast.AST) -> Iterator[str]:
    """Yield what writes past the doors: a call of a writer, a stream of the process, a file by its number."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in WRITERS:
                yield f"line {node.lineno}: {name}(...)"
            case ast.Call(func=ast.Attribute(attr=name)) if name in WRITERS - OF_A_CONSOLE:
                yield f"line {node.lineno}: {name}(...)"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="write")):
                yield f"line {node.lineno}: os.write(...)"
            case ast.Attribute(value=ast.Name(id="sys"), attr=name) if name in STREAMS:
                yield f"line {node.lineno}: sys.{name}"
            case ast.ImportFrom(module="sys", names=names) if STREAMS & {each.name for each in names}:
                yield f"line {node.lineno}: a stream of sys"


def test_only_the_doors_write_to_a_terminal() -> None:
    guilty = {
        f"{name}, {how}"
        for path in modules()
        if (name := str(path.relative_to(ROOT))) not in DOORS and not name.startswith(NO_TERMINAL)
        for how in writes(ast.parse(path.read_text()))
    }
    assert guilty == set(), "say it by nms.terminal or shared.platform.logs, which escape it"


@pytest.mark.parametrize(
    "code",
    ["print(x)", "import sys\nsys.stderr.write(x)", "from sys import stdout", "typer.echo(x)", "Console()",
     "rich.console.Console()", "os.write(1, x)", "logging.StreamHandler()"],
)  # fmt: skip
def test_a_way_past_the_doors_is_seen(code: str) -> None:
    assert list(writes(ast.parse(code)))
