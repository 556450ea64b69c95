"""Every code block of every document is of a known kind, and each kind has somebody who tests it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.contract.nats_cli import every_line, parse
from tests.docs import data
from tests.docs.blocks import ROOT, Block, blocks, every_block, pages

RUN = frozenset({"bash", "console", "python"})
SHOWN = frozenset({"text", "mermaid"})
"""Output and diagrams; output that follows a block that is run is compared where it is `text output`."""
MOST_NOT_RUN = 12
REASON_LENGTH = 12


def named(block: Block) -> str:
    return block.where


every = pytest.mark.parametrize("block", every_block(), ids=named)


@every
def test_a_block_is_of_a_known_kind(block: Block) -> None:
    known = RUN | SHOWN | set(data.READERS)
    assert block.kind in known, f"{block.where} is {block.kind or 'of no kind'}; there are {', '.join(sorted(known))}"
    if block.kind in SHOWN:
        assert block.what in ("", "output")


@every
def test_only_what_would_be_run_has_a_note(block: Block) -> None:
    assert block.note is None or block.kind in RUN, f"{block.where}: a {block.kind} block is not run anyway"


@pytest.mark.parametrize("block", [block for block in every_block() if block.kind in data.READERS], ids=named)
def test_a_block_of_data_can_be_read(block: Block, tmp_path: Path) -> None:
    data.read(block, tmp_path)


def test_what_is_not_run_is_little_and_says_why() -> None:
    left_out = [block for block in every_block() if block.note and block.note.what == "not run"]
    listed = "\n".join(f"{block.where}: {block.note.about}" for block in left_out if block.note)
    assert len(left_out) <= MOST_NOT_RUN, listed
    assert all(block.note and len(block.note.about) >= REASON_LENGTH for block in left_out), listed


@pytest.mark.parametrize(
    "block", [block for block in every_block() if block.note and block.note.what == "run by"], ids=named
)
def test_what_another_test_runs_is_named_there(block: Block) -> None:
    assert block.note is not None
    test = ROOT / block.note.about
    assert test.is_file(), f"{block.where}: there is no {block.note.about}"
    text = test.read_text()
    assert block.commands
    assert [command for command in block.commands if command not in text] == []


def test_a_comment_before_a_block_is_a_note_or_none_is_there() -> None:
    """A note with a slip of the pen would be no note, and its block run or not run against its writer's will."""
    for page in pages():
        written = (ROOT / page).read_text().count("\n<!-- ") + (ROOT / page).read_text().startswith("<!-- ")
        assert written == sum(block.note is not None for block in blocks(page)), page


def test_what_is_said_to_the_nats_tool_is_tried_with_the_contracts() -> None:
    found = [block for block in every_block() if block.for_nats and block.note is None]
    tried = {line.subject for line in every_line()}
    assert found
    assert {parse(block.page, command).subject for block in found for command in block.commands} <= tried


def test_what_is_said_to_compose_names_containers_that_exist() -> None:
    known = set(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])
    text = "\n".join((ROOT / page).read_text() for page in pages())
    named = re.findall(r"docker compose (?:logs -f|restart|port) (\w+)|--scale (\w+)=", text)
    assert named
    assert {one or other for one, other in named} <= known


def test_compared_output_follows_what_says_it() -> None:
    for page in pages():
        kinds = [(block.kind, block.what) for block in blocks(page)]
        for before, (kind, what) in zip([("", ""), *kinds], kinds, strict=False):
            assert (kind, what) != ("text", "output") or before[0] in RUN, page
