"""The documents tell the truth: their links lead somewhere, the commands and targets they name exist.

That their code blocks do what they say is tested in tests/docs.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import typer.main

from nms.cli import app
from nms.documents.tree import stale, untouched

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[[^\]]*\]\((?!https?://)([^)#]*)(#[^)]*)?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"\bnms ([a-z]+)(?: ([a-z]+))?")
PAGES = sorted((ROOT / "docs").rglob("*.md"))
DOCUMENTS = [*PAGES, ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("services/*/README.md"))]
NO_INDEX = frozenset({"docs/README.md", "docs/decisions/README.md"})
each = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@cache
def anchors(document: Path) -> frozenset[str]:
    """Return what a heading can be linked by: its words in lower case, joined by dashes, without punctuation."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(document.read_text()))
    return frozenset(heading.strip().replace(" ", "-") for heading in plain)


@cache
def commands() -> dict[str, set[str]]:
    """Return the commands, and of those that are groups the commands in them."""
    group: dict[str, object] = getattr(typer.main.get_command(app), "commands")  # noqa: B009 - of no public type
    return {name: set(getattr(one, "commands", ())) for name, one in group.items()}


def code(document: Path) -> str:
    """Return what a document sets as code: its blocks, and what stands between backticks."""
    text = document.read_text()
    return "\n".join([*BLOCK.findall(text), *re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))])


@each
def test_links_lead_somewhere(document: Path) -> None:
    text = BLOCK.sub("", document.read_text())
    lost = []
    for target, anchor in LINK.findall(text):
        file = (document.parent / target).resolve() if target else document
        if not file.exists() or (anchor and file.suffix == ".md" and anchor[1:] not in anchors(file)):
            lost.append(target + anchor)
    assert lost == []


@each
def test_a_document_names_commands_that_exist(document: Path) -> None:
    known = commands()
    for name, more in COMMAND.findall(code(document)):
        assert name in known, f"there is no `nms {name}`"
        assert not known[name] or not more or more in known[name], f"there is no `nms {name} {more}`"


def test_every_command_is_in_the_reference() -> None:
    reference = (ROOT / "docs" / "reference" / "cli.md").read_text()
    named = {name for name, _ in COMMAND.findall(reference)}
    assert set(commands()) <= named


@each
def test_a_document_names_make_targets_that_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z-]+)", code(document), re.MULTILINE)) <= targets


def test_every_page_is_in_the_index() -> None:
    text = (ROOT / "docs" / "README.md").read_text()
    linked = {(ROOT / "docs" / target).resolve() for target, _ in LINK.findall(text)}
    records = set((ROOT / "docs" / "decisions").glob("0*.md"))
    missing = {str(page.relative_to(ROOT)) for page in set(PAGES) - records - linked} - NO_INDEX
    assert missing == set()


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_every_run_time_dependency_has_a_record() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    block = project.partition("dependencies = [")[2].partition("]")[0]
    names = re.findall(r'"([a-z-]+)[>=]', block)
    records = "\n".join(path.read_text() for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert names
    assert [name for name in names if name not in records] == []


def test_the_reference_of_messages_says_what_the_code_says() -> None:
    assert stale() == [], "run `make docs` and commit what it writes"
    if untouched():
        pytest.skip(f"{untouched()} not looked at: openapi-typescript, which .ci/run installs, is not here")
