"""Runs every page in order, as a person would, with a running system."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.running import Running
from tests.docs.blocks import Block, blocks, pages
from tests.docs.reader import OUTPUT, Reader


def runs(block: Block) -> bool:
    """Whether the reader runs a block; the contract tests run the lines for the NATS tool."""
    if block.note is not None and block.note.what in ("not run", "run by"):
        return False
    return block.kind in ("bash", "console", "python") and not block.for_nats


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", [page for page in pages() if any(map(runs, blocks(page)))])
def test_a_page_works_as_written(page: str, undisturbed: Running, tmp_path: Path) -> None:
    with Reader(undisturbed, tmp_path) as reader:
        before: Block | None = None
        for block in blocks(page):
            if runs(block) or (block.what == OUTPUT and before is not None and runs(before)):
                reader.do(block)
            before = block
