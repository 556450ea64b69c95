"""The reference documents every column, every field of the manifest and every bound as they are in the code."""

from __future__ import annotations

from pathlib import Path

from nms.extras.recording.findings import MAX_KEPT
from nms.extras.recording.moments import MAX_MOMENTS
from shared.domain.subjects import Stream, kept
from shared.platform.bus.follow import BATCH
from shared.recordings.choices import Family
from shared.recordings.families import SOURCES
from shared.recordings.journal import MAX_LINE
from shared.recordings.manifest import VERSION, WARM_UP, Manifest
from shared.recordings.parquet_files import ROW_GROUP
from shared.recordings.tables import BODY, OF_EVENT, OF_SAMPLE, TABLES, Column, tables_of

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "recordings.md").read_text()


def row(column: Column) -> str:
    return f"| `{column.name}` | {column.kind} | {column.says} |"


def section(name: str) -> str:
    return PAGE.partition(f"\n### {name}\n")[2].partition("\n#")[0]


def test_every_table_and_column_is_in_the_reference() -> None:
    for table in TABLES.values():
        own = [column for column in table.columns if column not in (*OF_EVENT, *OF_SAMPLE, BODY)]
        assert [line for line in section(table.name).splitlines() if line.startswith("| `")] == [row(c) for c in own]
    assert all(row(column) in PAGE for column in (*OF_EVENT, *OF_SAMPLE, BODY))


def test_every_family_is_in_the_reference_with_its_files() -> None:
    for family in Family:
        tables = ", ".join(f"`{table.name}`" for table in tables_of(family)).replace(
            "`telemetry`,", "`telemetry` (nodes),"
        )
        named = [
            line
            for line in PAGE.splitlines()
            if line.startswith(("| `", "| (always)")) and line.endswith(f"| {tables} |")
        ]
        assert named, family


def test_every_stream_but_the_dead_letters_is_recorded() -> None:
    streams = {one.name for family in Stream if family is not Stream.DEADLETTER for one in kept(family)}
    assert {stream for source in SOURCES.values() for stream in source.subjects} == {*streams, "KV_config"}


def test_every_field_of_the_manifest_is_in_the_reference() -> None:
    fields = PAGE.partition("## manifest.json")[2].partition("\n## ")[0]
    assert [name for name in Manifest.model_fields if f"`{name}`" not in fields] == []


def test_the_reference_has_the_bounds_of_the_code() -> None:
    for text in (
        f"{BATCH} messages a stream",
        f"{ROW_GROUP:,} rows",
        f"| a line | {MAX_LINE // 1024 // 1024} MiB",
        f"{MAX_KEPT:,} anomalies",
        f"{MAX_MOMENTS:,}; later",
        f"`nms-recording` and {VERSION}",
        f"else {WARM_UP:g} s later",
    ):
        assert text in PAGE, text
