"""The house rules that no other tool holds: who may enter which room, how long a module may be, what is never said."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("shared", "network", "services", "nms")
LONGEST_MODULE = 400
LONGEST_FUNCTION = 50
SERVICES = ("injector", "detector", "correlator", "rca", "remediator", "stabilizer", "gateway")
CORES = ("core.py", "core/__init__.py")
GIVEN_UP = frozenset(
    {
        "Desk",
        "Page",
        "Book",
        "Bond",
        "Judge",
        "Grip",
        "Keeper",
        "Tally",
        "Levels",
        "Switches",
        "Belief",
        "Strike",
        "Unstrike",
        "Scene",
        "Sign",
        "Ears",
        "Wish",
        "Order",
    }
)
"""Names of classes that told a reader nothing; docs/reference/glossary.md has the words in use."""
REGISTRIES = (r"pypi\.org", r"files\.pythonhosted", r"registry\.npmjs", r"deb\.debian", r"docker\.io/")


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for name in done.stdout.splitlines() if (path := ROOT / name).is_file()]


def test_imports_keep_to_their_rooms() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout[-4000:]


def test_modules_are_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules()}
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_a_module_opens_with_a_sentence() -> None:
    silent = [path for path in modules() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


Function = ast.FunctionDef | ast.AsyncFunctionDef


def length(function: Function) -> int:
    """Return its lines without its docstring and without the functions inside it."""
    lines = (function.end_lineno or 0) - function.body[0].lineno + 1
    if ast.get_docstring(function):
        lines -= (function.body[0].end_lineno or 0) - function.body[0].lineno + 1
    inside = [node for node in function.body if isinstance(node, Function)]
    return lines - sum((node.end_lineno or 0) - node.lineno + 1 for node in inside)


def functions() -> Iterator[tuple[str, int]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                yield f"{path.relative_to(ROOT)}:{node.name}", length(node)


def test_functions_are_short() -> None:
    assert {name: lines for name, lines in functions() if lines > LONGEST_FUNCTION} == {}


def test_services_have_all_their_parts() -> None:
    rooms = [ROOT / "services" / service for service in SERVICES]
    wanted = [room / part for room in rooms for part in ("__init__.py", "__main__.py", "service.py", "README.md")]
    missing = [path for path in wanted if not path.is_file()]
    missing += [room / "core" for room in rooms if not any((room / core).is_file() for core in CORES)]
    assert [str(path.relative_to(ROOT)) for path in missing] == []


def classes() -> Iterator[tuple[str, str]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                yield node.name, str(path.relative_to(ROOT))


def test_no_two_classes_share_a_name() -> None:
    places: dict[str, list[str]] = {}
    for name, path in classes():
        places.setdefault(name, []).append(path)
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_no_class_has_a_name_that_the_glossary_gave_up() -> None:
    assert [(name, path) for name, path in classes() if name.strip("_") in GIVEN_UP] == []


def test_no_registry_is_named_and_no_path_of_a_machine() -> None:
    said = re.compile("|".join((*REGISTRIES, r"(?<![\w.])/work/", r"/root/")))
    guilty = {
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in tracked()
        if path != Path(__file__) and path.suffix not in (".png", ".woff2")
        if (found := said.search(path.read_text(errors="replace")))
    }
    assert guilty == set()


def test_no_secret_is_kept() -> None:
    secret = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|password\s*[:=]\s*[\"'][A-Za-z0-9_-]{12,}[\"']")
    guilty = {str(path.relative_to(ROOT)) for path in tracked() if secret.search(path.read_text(errors="replace"))}
    assert guilty == set()
