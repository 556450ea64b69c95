"""What is shown comes from the catalogue: page, API, commands and tables spell no metric, kind of fault or action."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from shared.domain.catalogue import ACTIONS, FAULTS, METRICS

ROOT = Path(__file__).parents[2]
SHOWING = (
    ("dashboard", "*.js"),
    ("dashboard", "*.html"),
    ("services/gateway/api", "*.py"),
    ("nms/commands", "*.py"),
    ("nms/show", "*.py"),
)
EXCEPT: Mapping[str, str] = {
    "services/gateway/api/examples.py": "it fills the fields of NodeBody and LinkBody, which are named as arguments",
}
WORDS_OF_OTHERS = frozenset({"up"})
"""Names that are words of the language besides: a link, a service and a command are `up` too."""


def names() -> set[str]:
    return {name for _, name in METRICS} | {*map(str, FAULTS), *map(str, ACTIONS)}


def spelled(text: str) -> list[str]:
    """Return the names that a text spells; one of a single word only where it is a text, a field or a key."""
    found = []
    for name in sorted(names() - WORDS_OF_OTHERS):
        word = re.escape(name)
        places = rf"\b{word}\b" if "_" in name else rf"""["'`]{word}["'`]|\.{word}\b|(?<![\w-]){word}\s*[:=](?!=)"""
        if re.search(places, text):
            found.append(name)
    return found


def showing() -> Iterator[Path]:
    for folder, pattern in SHOWING:
        yield from (path for path in sorted((ROOT / folder).rglob(pattern)) if "vendor" not in path.parts)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("limit of cpu_usage", ["cpu_usage"]),
        ('row["latency"]', ["latency"]),
        ("link.utilization", ["utilization"]),
        ("LinkBody(latency=1.0)", ["latency"]),
        ("{ throughput: 100 }", ["throughput"]),
        ("thresholds.latency=45", ["latency"]),
        ("kind:link_flap", ["link_flap"]),
        ("FaultKind.HIGH_CPU", []),
        ("summary.avg_packet_loss", []),
        ("the latency of a link == 3", []),
        ("fast", []),
    ],
)
def test_a_name_is_found_where_it_is_spelled(text: str, found: list[str]) -> None:
    assert spelled(text) == found


def test_what_shows_spells_no_name_of_the_catalogue() -> None:
    texts = {str(path.relative_to(ROOT)): path.read_text() for path in showing()}
    assert len(texts) > 50
    assert {name: found for name, text in texts.items() if name not in EXCEPT and (found := spelled(text))} == {}


def test_every_exception_is_one() -> None:
    assert all(spelled((ROOT / name).read_text()) for name in EXCEPT)
