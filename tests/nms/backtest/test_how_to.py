"""The how-to page's code makes a case of an export, and the command names its cause as the page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from nms.cli import run
from tests.docs.blocks import Block, blocks

PAGE = "docs/how-to/backtest-diagnosis.md"


def block(kind: str, after: int = 0) -> Block:
    return next(each for each in blocks(PAGE) if each.kind == kind and each.line > after)


def test_an_export_of_prometheus_becomes_a_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    made = block("python")
    exec(compile(made.text, PAGE, "exec"), {})  # noqa: S102 - the code that a reader runs
    command = block("bash", made.line)
    for line in command.commands:
        assert run(line.split()[1:]) == 0
    assert capsys.readouterr().out == block("text", command.line).text
