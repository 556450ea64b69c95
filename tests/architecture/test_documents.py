"""The documents tell the truth: their links lead somewhere, the commands and targets they name exist.

That their code blocks do what they say is tested in tests/docs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import typer.main
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from nms.cli import app
from nms.extras.documents.tree import stale, untouched

ROOT = Path(__file__).parents[2]
CODE = frozenset({"fence", "code_block", "code_inline"})
COMMAND = re.compile(r"\bnms ([a-z]+)(?: ([a-z]+))?")
PAGES = sorted((ROOT / "docs").rglob("*.md"))
DOCUMENTS = [*PAGES, ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("services/*/README.md"))]
NO_INDEX = frozenset({"docs/README.md", "docs/decisions/README.md"})


@cache
def nodes(document: Path) -> tuple[SyntaxTreeNode, ...]:
    return tuple(SyntaxTreeNode(MarkdownIt().parse(document.read_text())).walk(include_self=False))


def links(document: Path) -> Iterator[tuple[Path, str]]:
    """Yield the file and the anchor that each link within the checkout leads to, pictures too."""
    for node in nodes(document):
        to = urlsplit(str(node.attrs.get("href") or node.attrs.get("src") or ""))
        if (to.path or to.fragment) and not to.scheme:
            yield (document.parent / to.path).resolve() if to.path else document, to.fragment


@cache
def anchors(document: Path) -> frozenset[str]:
    """Return what a heading can be linked by: its words in lower case, joined by dashes, without punctuation."""
    headings = (node.children[0].content for node in nodes(document) if node.type == "heading")
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return frozenset(heading.strip().replace(" ", "-") for heading in plain)


@cache
def commands() -> dict[str, set[str]]:
    group: dict[str, object] = getattr(typer.main.get_command(app), "commands")  # noqa: B009 - of no public type
    return {name: set(getattr(one, "commands", ())) for name, one in group.items()}


def code(document: Path) -> str:
    return "\n".join(node.content for node in nodes(document) if node.type in CODE)


def test_links_lead_somewhere() -> None:
    lost = [
        f"{document.relative_to(ROOT)}: {file.name}#{anchor}"
        for document in DOCUMENTS
        for file, anchor in links(document)
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file))
    ]
    assert lost == []


def test_documents_name_commands_that_exist() -> None:
    known = commands()
    lost = [
        f"{document.relative_to(ROOT)}: nms {name} {more}"
        for document in DOCUMENTS
        for name, more in COMMAND.findall(code(document))
        if name not in known or (known[name] and more and more not in known[name])
    ]
    assert lost == []


def test_every_command_is_in_the_reference() -> None:
    reference = (ROOT / "docs" / "reference" / "cli.md").read_text()
    named = {name for name, _ in COMMAND.findall(reference)}
    assert set(commands()) <= named


def test_documents_name_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    lost = [
        f"{document.relative_to(ROOT)}: make {name}"
        for document in DOCUMENTS
        for name in re.findall(r"^make ([a-z-]+)", code(document), re.MULTILINE)
        if name not in targets
    ]
    assert lost == []


def test_every_page_is_in_the_index() -> None:
    linked = {file for file, _ in links(ROOT / "docs" / "README.md")}
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
