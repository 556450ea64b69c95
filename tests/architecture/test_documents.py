"""The documents tell the truth: their links lead somewhere, the commands and targets they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from nms.cli import app
from nms.documents.tree import stale

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#)([^)#]+)[^)]*\)")
DOCUMENTS = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_readme_names_the_commands_that_exist() -> None:
    named = set(re.findall(r"\bnms ([a-z]+)\b", (ROOT / "README.md").read_text()))
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert named <= commands
    assert commands <= set(re.findall(r"^### nms (\S+)", (ROOT / "docs/reference/cli.md").read_text(), re.MULTILINE))


def test_the_readme_names_the_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert named
    assert set(named) <= targets


def test_every_run_time_dependency_has_a_record() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    block = project.partition("dependencies = [")[2].partition("]")[0]
    names = re.findall(r'"([a-z-]+)[>=]', block)
    records = "\n".join(path.read_text() for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert names
    assert [name for name in names if name not in records] == []


def test_the_reference_of_messages_says_what_the_code_says() -> None:
    assert stale() == [], "run `make docs` and commit what it writes"
