"""The tests of documents can fail: what is shown is compared, what is marked is left out, what is wrong is refused."""

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


@pytest.mark.parametrize(
    ("shown", "said", "does"),
    [
        ("one\ntwo", "one\ntwo\n", True),
        ("one\ntwo", "one\n", False),
        ("one", "one\ntwo\n", False),
        ("a ... c", "a bbb c\n", True),
        ("a ... c", "a bbb d\n", False),
        ("...\nlast", "many\nlines\nlast\n", True),
        ("first\n...", "first\n", True),
        ("first\n...", "other\n", False),
        ("wide   gap", "wide gap\n", True),
        ("[a](b)*", "[a](b)*\n", True),
        ("x.y", "xzy\n", False),
        ("", "something\n", False),
    ],
)
def test_output_is_compared(shown: str, said: str, does: bool) -> None:
    assert fits(shown, said) is does


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


def test_a_dialogue_is_commands_and_what_they_say() -> None:
    text = "$ one\n$ two \\\n  more\nsaid\nsaid too\n$ three\n"
    assert dialogue(text) == [("one", ""), ("two \\\n  more", "said\nsaid too"), ("three", "")]


def block(kind: str, what: str, text: str) -> Block:
    return Block("page.md", 1, kind, what, text, None)


@pytest.mark.parametrize(
    ("kind", "what", "text"),
    [
        ("json", "", "{"),
        ("json", "desired", '{"interval": -1}'),
        ("json", "FaultOrder", '{"kind": "high_cpu", "target": "server-1", "strength": 2}'),
        ("json", "topology", '{"nodes": [], "links": []}'),
        ("json", "anomaly.raised", "{}"),
        ("json", "NoSuchSchema", "{}"),
        ("yaml", "", "a: [1"),
        ("yaml", "prometheus", "scrape_configs: [{job_name: a, static_configs: [{targets: [nowhere]}]}]"),
        ("yaml", "alerts", "groups: [{name: a, rules: [{alert: A, expr: 'rate(nms_nodes[1m'}]}]"),
        ("yaml", "compose", "services: {nothing: {}}"),
        ("toml", "", "a = "),
        ("gml", "", "graph ["),
        ("graphml", "", "<graphml>"),
        ("promql", "", "sum(nms_nodes"),
        ("promql", "", "up == 0"),
        ("nginx", "", "server {"),
        ("caddyfile", "", "nms.example.org }"),
    ],
)
def test_data_that_is_wrong_is_refused(kind: str, what: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(Exception):  # noqa: B017 - each reader refuses in its own words
        data.read(block(kind, what, text), tmp_path)


@pytest.mark.parametrize(
    ("kind", "what", "text"),
    [
        ("json", "FaultOrder", '{"kind": "high_cpu", "target": "server-1"}'),
        ("json", "desired", '{"mode": "approve"}'),
        ("yaml", "compose", "services: {gateway: {}}"),
        ("promql", "", 'sum(nms_nodes{status="down"})'),
    ],
)
def test_data_that_is_right_is_taken(kind: str, what: str, text: str, tmp_path: Path) -> None:
    data.read(block(kind, what, text), tmp_path)
