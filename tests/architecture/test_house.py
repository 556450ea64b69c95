"""The rules that no other tool checks: imports between rooms, the length of a module, words that are not used."""

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
    re.findall(
        r"\w+",
        "Belief Bond Book Desk Ear Ears Grip Heard Judge Keeper Levels Order Page Said Scene Sign Strike Switches "
        "Tally Unstrike Wish",
    )
)
"""Names of classes that gave a reader no information; docs/reference/glossary.md has the terms in use."""
GIVEN_UP_NAMES = frozenset(
    re.findall(
        r"\w+",
        "anew belief desk ear ears grip hear heard hears keeper said scene scribe shelf strike struck told unsaid "
        "unstrike wish wishes",
    )
)
"""The same for modules, functions, arguments and variables, without case and leading underscores."""
GIVEN_UP_WORDS = re.compile(r"\b(amid|anew|heard|hears|lest|said|told|unsaid|unstrike|wish|wishes)\b", re.IGNORECASE)
"""The same for docstrings, comments, messages and documents."""
STORED_FIELDS = ('"told"', '"unsaid"')
"""Fields of stored states that keep their names."""
ABOUT_OLD_NAMES = ("CHANGELOG.md", "docs/reference/glossary.md", "tests/architecture/test_house.py")
NO_PROSE = frozenset({".png", ".woff2", ".gml", ".graphml", ".lock", ".json"})
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


def names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name
            case ast.alias(name=name):
                yield name.rpartition(".")[2]


def names_given_up(path: Path) -> set[str]:
    found = {name for name in names(ast.parse(path.read_text())) if name.strip("_").lower() in GIVEN_UP_NAMES}
    if path.stem in GIVEN_UP_NAMES | {"marks", "words"}:
        found.add(path.name)
    return found


def test_no_name_is_one_that_the_glossary_gave_up() -> None:
    guilty = {
        str(path.relative_to(ROOT)): sorted(found)
        for path in tracked()
        if path.suffix == ".py" and (found := names_given_up(path))
    }
    assert guilty == {}


def without_fields(line: str) -> str:
    for field in STORED_FIELDS:
        line = line.replace(field, "")
    return line


def words_given_up(path: Path) -> list[str]:
    lines = path.read_text(errors="replace").splitlines()
    return [
        f"{number}: {line.strip()}"
        for number, line in enumerate(lines, 1)
        if GIVEN_UP_WORDS.search(without_fields(line))
    ]


def test_no_prose_uses_a_word_that_the_glossary_gave_up() -> None:
    read = [path for path in tracked() if path.suffix not in NO_PROSE]
    guilty = {str(path.relative_to(ROOT)): found for path in read if (found := words_given_up(path))}
    assert {name: found for name, found in guilty.items() if not name.startswith(ABOUT_OLD_NAMES)} == {}


def test_no_registry_is_named_and_no_path_of_a_machine() -> None:
    forbidden = re.compile("|".join((*REGISTRIES, r"(?<![\w.])/work/", r"/root/")))
    guilty = {
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in tracked()
        if path != Path(__file__) and path.suffix not in (".png", ".woff2")
        if (found := forbidden.search(path.read_text(errors="replace")))
    }
    assert guilty == set()


def test_no_secret_is_kept() -> None:
    secret = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|password\s*[:=]\s*[\"'][A-Za-z0-9_-]{12,}[\"']")
    guilty = {str(path.relative_to(ROOT)) for path in tracked() if secret.search(path.read_text(errors="replace"))}
    assert guilty == set()
