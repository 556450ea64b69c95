"""The tests of documents can fail: output is compared, marked blocks are left out, invalid data is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import blocks as reading
from tests.docs import data
from tests.docs.blocks import Block, Note
from tests.docs.expected import fits
from tests.docs.reader import dialogue

PAGE = """\
# A page

<!-- not run: it would take the machine down -->

```bash
rm -rf /
```

- in a list

  ```console
  $ nms status \\
      --json
  {"running": ...
  $ true
  ```

```text output
shown
```

    an indented block
"""


def test_output_is_compared() -> None:
    fit = [
        ("one\ntwo", "one\ntwo\n"),
        ("a ... c", "a bbb c\n"),
        ("...\nlast", "many\nlines\nlast\n"),
        ("first\n...", "first\n"),
        ("wide   gap", "wide gap\n"),
        ("[a](b)*", "[a](b)*\n"),
    ]
    unfit = [
        ("one\ntwo", "one\n"),
        ("one", "one\ntwo\n"),
        ("a ... c", "a bbb d\n"),
        ("a ... c", "a\nc\n"),
        ("first\n...", "other\n"),
        ("x.y", "xzy\n"),
        ("", "something\n"),
    ]
    assert [pair for pair in fit if not fits(*pair)] == [pair for pair in unfit if fits(*pair)] == []


def test_every_block_is_found_with_its_note(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    monkeypatch.setattr(reading, "ROOT", tmp_path)
    found = reading.blocks.__wrapped__("page.md")
    assert [(block.kind, block.what, block.line) for block in found] == [
        ("bash", "", 5),
        ("console", "", 11),
        ("text", "output", 18),
        ("", "", 22),
    ]
    assert found[0].note == Note("not run", "it would take the machine down")
    assert found[1].note is None
    assert [command.split() for command in found[1].commands] == [["nms", "status", "--json"], ["true"]]


def test_a_dialogue_is_split_into_commands_and_outputs() -> None:
    text = "$ one\n$ two \\\n  more\none line\nanother line\n$ three\n"
    assert dialogue(text) == [("one", ""), ("two \\\n  more", "one line\nanother line"), ("three", "")]


def block(kind: str, what: str, text: str) -> Block:
    return Block("page.md", 1, kind, what, text, None)


def test_invalid_data_is_refused(subtests: pytest.Subtests, tmp_path: Path) -> None:
    for kind, what, text in (
        ("json", "", "{"),
        ("json", "FaultOrder", '{"kind": "high_cpu", "target": "server-1", "strength": 2}'),
        ("json", "topology", '{"nodes": [], "links": []}'),
        ("json", "NoSuchSchema", "{}"),
        ("yaml", "", "a: [1"),
        ("yaml", "prometheus", "scrape_configs: [{job_name: a, static_configs: [{targets: [nowhere]}]}]"),
        ("yaml", "alerts", "groups: [{name: a, rules: [{alert: A, expr: 'rate(nms_nodes[1m'}]}]"),
        ("yaml", "compose", "services: {nothing: {}}"),
        ("promql", "", "sum(nms_nodes"),
        ("promql", "", "up == 0"),
        ("nginx", "", "server {"),
        ("caddyfile", "", "nms.example.org }"),
    ):
        with subtests.test(kind=kind, what=what, text=text), pytest.raises(Exception):  # noqa: B017 - in its own words
            data.read(block(kind, what, text), tmp_path)
