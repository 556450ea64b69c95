"""No product file but the catalogue and a driver spells the name of a metric, a kind of fault or an action."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from shared.domain.catalogue import ACTIONS, FAULTS, METRICS

ROOT = Path(__file__).parents[2]
PRODUCT = (
    ("dashboard", "*.js"),
    ("dashboard", "*.html"),
    ("network", "*.py"),
    ("nms", "*.py"),
    ("services", "*.py"),
    ("shared", "*.py"),
)
ROWS_AND_DRIVERS = (
    "shared/domain/catalogue",
    "network/simulator",
    "network/devices",
    "network/lab",
    "shared/testing",
)
"""Where the rows stand, the drivers that carry them out, and what is made for tests."""
FIELDS = "fields that users of the API already have"
EXCEPT: Mapping[str, str] = {
    "nms/extras/documents/examples.py": "an example of each message",
    "nms/extras/documents/frames.py": "an example of each frame",
    "nms/nika/mapping.py": "the table from kinds of fault to the fault ids of a benchmark",
    "nms/nika/ontology.py": "the fault ids of a benchmark, of which some are names of ours",
    "services/gateway/api/examples.py": "it fills the fields of NodeBody and LinkBody, which are named as arguments",
    "services/gateway/core/bodies.py": FIELDS,
    "services/gateway/core/view.py": FIELDS,
    "shared/domain/config.py": "settings that users already have",
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
        if re.search(places, text) or re.search(rf"\b(?:FaultKind|ActionKind)\.{name.upper()}\b", text):
            found.append(name)
    return found


def product() -> Iterator[Path]:
    for folder, pattern in PRODUCT:
        for path in sorted((ROOT / folder).rglob(pattern)):
            if "vendor" not in path.parts and not str(path.relative_to(ROOT)).startswith(ROWS_AND_DRIVERS):
                yield path


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
        ("FaultKind.HIGH_CPU", ["high_cpu"]),
        ("summary.avg_packet_loss", []),
        ("the latency of a link == 3", []),
        ("fast", []),
    ],
)
def test_a_name_is_found_where_it_is_spelled(text: str, found: list[str]) -> None:
    assert spelled(text) == found


def test_no_product_file_spells_a_name_of_the_catalogue() -> None:
    texts = {str(path.relative_to(ROOT)): path.read_text() for path in product()}
    assert len(texts) > 200
    assert {name: found for name, text in texts.items() if name not in EXCEPT and (found := spelled(text))} == {}


def test_every_exception_is_one() -> None:
    assert all(spelled((ROOT / name).read_text()) for name in EXCEPT)
