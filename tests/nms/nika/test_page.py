"""The page of the benchmark: its commands are understood, its example is a valid result, its headings can be filled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from nms.cli import run
from nms.nika import wiring
from nms.nika.bench import BenchRequest
from nms.nika.course import CourseKind
from nms.nika.report import MISSES, RESULTS
from nms.nika.results import RESULT_FIELDS
from tests.docs.blocks import blocks
from tests.nms.nika.plans import ROOT
from tests.nms.nika.test_bench import CASES, SCHEMA

PAGE = "docs/benchmarks/nika.md"
COMMANDS = {
    "nms bench nika dev.yaml --out nika --rehearse": CourseKind.REHEARSAL,
    "nms bench nika dev.yaml --out nika-warm": CourseKind.WARM,
    "nms bench nika dev.yaml --out nika-cold --cold": CourseKind.COLD,
}


def test_the_commands_of_the_page_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[CourseKind, str, str]] = []

    async def note(request: BenchRequest, *_: Any) -> None:
        asked.append((request.kind, str(request.scenarios), str(request.out)))

    monkeypatch.chdir(tmp_path)
    (tmp_path / "dev.yaml").write_text(CASES)
    monkeypatch.setattr("nms.nika.bench.run_cases", note)
    monkeypatch.setattr("nms.nika.bench.write_summary", lambda out: "")
    monkeypatch.setattr("nms.nika.bench.write_rehearsal", lambda request: "")
    monkeypatch.setattr(wiring, "arena", lambda kind, choice: None)
    shown = [command for block in blocks(PAGE) for command in block.commands if block.kind == "bash"]
    assert shown == list(COMMANDS)
    for command in shown:
        assert run(command.split()[1:]) == 0
    assert asked == [(kind, "scenarios", line.split()[5]) for line, kind in COMMANDS.items()]


def test_the_result_on_the_page_is_valid() -> None:
    (example,) = (json.loads(block.text) for block in blocks(PAGE) if block.kind == "json")
    Draft202012Validator(SCHEMA).validate(example)
    assert tuple(example) == RESULT_FIELDS


def test_the_page_can_take_results_and_explanations() -> None:
    text = (ROOT / PAGE).read_text()
    assert text.count(RESULTS) == text.count(MISSES) == 1
    assert text.index(RESULTS) < text.index(MISSES)
