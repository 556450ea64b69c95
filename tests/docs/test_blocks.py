"""Every code block of every document has a known kind, and each kind is tested."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tests.contract.nats_cli import every_line, parse
from tests.docs import data
from tests.docs.blocks import ROOT, blocks, every_block, pages

RUN = frozenset({"bash", "console", "python"})
SHOWN = frozenset({"text", "mermaid"})
"""Output and diagrams; `text output` after a block that is run is compared."""
MOST_NOT_RUN = 12
REASON_LENGTH = 12


def test_every_block_has_a_known_kind() -> None:
    known = RUN | SHOWN | set(data.READERS)
    unknown = {block.where: block.kind for block in every_block() if block.kind not in known}
    assert unknown == {}, f"there are {', '.join(sorted(known))}"
    shown = {block.where: block.what for block in every_block() if block.kind in SHOWN}
    assert {where: what for where, what in shown.items() if what not in ("", "output")} == {}


def test_only_blocks_that_can_be_run_have_a_note() -> None:
    """Blocks of other kinds are never run."""
    assert [block.where for block in every_block() if block.note and block.kind not in RUN] == []


def test_a_block_of_data_can_be_read(subtests: pytest.Subtests, tmp_path: Path) -> None:
    for block in every_block():
        if block.kind in data.READERS:
            with subtests.test(block.where):
                data.read(block, tmp_path)


def test_few_blocks_are_not_run_and_each_has_a_reason() -> None:
    left_out = [block for block in every_block() if block.note and block.note.what == "not run"]
    listed = "\n".join(f"{block.where}: {block.note.about}" for block in left_out if block.note)
    assert len(left_out) <= MOST_NOT_RUN, listed
    assert all(block.note and len(block.note.about) >= REASON_LENGTH for block in left_out), listed


def test_a_block_that_another_test_runs_is_in_that_test() -> None:
    lost = []
    for block in every_block():
        if block.note and block.note.what == "run by":
            test = ROOT / block.note.about
            text = test.read_text() if test.is_file() else ""
            if not block.commands or not all(command in text for command in block.commands):
                lost.append((block.where, block.note.about, block.commands))
    assert lost == []


def test_every_comment_before_a_block_is_a_valid_note() -> None:
    """A misspelt note would be ignored, and its block run or not run by mistake."""
    written = {page: len(re.findall("^<!-- ", (ROOT / page).read_text(), re.MULTILINE)) for page in pages()}
    noted = {page: sum(block.note is not None for block in blocks(page)) for page in pages()}
    assert [page for page in pages() if written[page] != noted[page]] == []


def test_lines_for_the_nats_tool_are_run_by_the_contract_tests() -> None:
    found = [block for block in every_block() if block.for_nats and block.note is None]
    tried = {line.subject for line in every_line()}
    assert found
    assert {parse(block.page, command).subject for block in found for command in block.commands} <= tried


def test_lines_for_compose_name_existing_containers() -> None:
    known = set(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])
    text = "\n".join((ROOT / page).read_text() for page in pages())
    named = re.findall(r"docker compose (?:logs -f|restart|port) (\w+)|--scale (\w+)=", text)
    assert named
    assert {one or other for one, other in named} <= known


def test_compared_output_follows_a_block_that_is_run() -> None:
    pairs = [pair for page in pages() for pair in pairwise((None, *blocks(page)))]
    lost = [
        block.where
        for before, block in pairs
        if block and (block.kind, block.what) == ("text", "output") and not (before and before.kind in RUN)
    ]
    assert lost == []
