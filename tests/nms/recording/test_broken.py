"""A damaged recording is refused with file, line and exit code 2, whatever its files contain."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nms.extras.recording.replay import STAGES
from nms.extras.recording.run import replay
from shared.domain.errors import MessageError
from shared.recordings import journal
from shared.recordings.choices import Family, Format
from shared.recordings.csv_files import read_csv
from shared.recordings.entry import RecordedEntry, entry_of_line, line_of
from shared.recordings.errors import Broken, CutOff
from shared.recordings.flat import rows_of
from shared.recordings.manifest import facts_of, read_manifest, write_manifest
from shared.recordings.parquet_files import read_parquet
from shared.recordings.reader import Recording
from shared.recordings.tables import NODES, TABLES
from tests.nms.recording.build import ignore, no_pace, reformatted

ANOMALIES = "anomalies.jsonl.gz"
SETTING = 2


def read(folder: Path) -> Recording:
    recording = Recording.open(folder)
    for _ in recording.entries(list(Family)):
        pass
    return recording


def update_checksum(folder: Path, name: str) -> None:
    """Set size and checksum of a file in the manifest, so that only later checks can fail."""
    manifest = read_manifest(folder)
    files = {**manifest.files, name: facts_of(folder / name, manifest.files[name].rows)}
    write_manifest(folder, manifest.model_copy(update={"files": files}))


def refused(folder: Path, *parts: str) -> None:
    with pytest.raises(Broken) as caught:
        read(folder)
    assert caught.value.exit_code == SETTING
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message


def test_a_folder_without_a_recording(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", "nowhere: no such folder", "name one that `nms record` made")
    refused(tmp_path, "manifest.json: No such file", "as `nms record` makes it")


def test_an_invalid_manifest(mine: Path) -> None:
    (mine / "manifest.json").write_text("{")
    refused(mine, "manifest.json: not a manifest of a recording")
    (mine / "manifest.json").write_text('{"kind": "holiday"}')
    refused(mine, "manifest.json: not a manifest of a recording: kind")


def test_an_unknown_version(mine: Path) -> None:
    path = mine / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 7}))
    refused(mine, "manifest.json: version 7 is not supported, only 2", "replay it with the NMS that wrote it")


def test_a_missing_or_invalid_topology(mine: Path) -> None:
    (mine / "topology.json").write_text('{"nodes": []}')
    refused(mine, "topology.json: not a topology")
    (mine / "topology.json").unlink()
    refused(mine, "topology.json: No such file")


def test_a_missing_file(mine: Path) -> None:
    (mine / ANOMALIES).unlink()
    refused(mine, f"{ANOMALIES}: No such file", "the manifest lists it")


def test_a_changed_file(mine: Path) -> None:
    path = mine / ANOMALIES
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    refused(mine, f"{ANOMALIES}: its SHA-256 is not that of the manifest")
    update_checksum(mine, ANOMALIES)
    refused(mine, ANOMALIES)


def test_a_file_that_is_cut_off(mine: Path) -> None:
    path = mine / ANOMALIES
    path.write_bytes(path.read_bytes()[:-9])
    refused(mine, f"{ANOMALIES}: ", "bytes where the manifest has", "changed or cut off")
    update_checksum(mine, ANOMALIES)
    refused(mine, ANOMALIES, "the file ends in the middle")


def test_a_file_that_the_manifest_does_not_name(mine: Path) -> None:
    manifest = read_manifest(mine)
    files = {name: file for name, file in manifest.files.items() if name != ANOMALIES}
    write_manifest(mine, manifest.model_copy(update={"files": files}))
    refused(mine, f"the manifest does not list {ANOMALIES}")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"nonsense", "not a message of a recording"),
        (b"{}", "natssubject"),
        (b'{"natssubject": "x", "natssequence": "1", "natstime": "t"}', "natssequence"),
        (b'{"natssubject": "x", "natssequence": 1, "natstime": "yesterday"}', "isoformat"),
        (b'{"natssubject": "x", "natssequence": -1, "natstime": "2026-01-01T00:00:00Z"}', "is not a sequence number"),
        (b'{"natssubject": "x", "natssequence": 1, "natstime": "2026-01-01", "data_base64": "?"}', "base64"),
        (b"\xff\xfe", "not a message of a recording"),
    ],
)
def test_a_bad_line_is_reported_with_its_number(mine: Path, line: bytes, why: str) -> None:
    path = mine / ANOMALIES
    lines = gzip.decompress(path.read_bytes()).split(b"\n")
    lines[2] = line
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    update_checksum(mine, ANOMALIES)
    refused(mine, f"{ANOMALIES}, line 3: ", why)


def test_a_very_long_line_is_not_read_into_memory(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MAX_LINE", 100_000)
    path = mine / ANOMALIES
    path.write_bytes(gzip.compress(b"x" * 50_000_000))
    update_checksum(mine, ANOMALIES)
    refused(mine, f"{ANOMALIES}, line 1: longer than the 100000 bytes that are read")


PEAK = 250
"""MiB that a process may take to read files that unpack to 400 MB each; its modules take 90."""
READS = """
import sys
from pathlib import Path
from shared.recordings.csv_files import read_csv
from shared.recordings.flat import ticks_of_rows
from shared.recordings.tables import TABLES
for name in sys.argv[1:]:
    path = Path(name)
    rows = read_csv(path, TABLES[path.name.split(".")[1]])
    try:
        for _ in ticks_of_rows(rows) if "telemetry" in name else rows:
            pass
    except Exception as error:
        print(type(error).__name__, error)
status = Path("/proc/self/status").read_text()  # `ru_maxrss` would include the memory of the parent before the exec
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""


def peak(*paths: Path) -> tuple[list[str], int]:
    """Read files in a separate process; return its message for each, and its peak memory in MiB."""
    command = [sys.executable, "-c", READS, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *messages, most = done.stdout.splitlines()
    return messages, int(most)


def packed(path: Path, head: bytes, unit: bytes) -> Path:
    path.write_bytes(gzip.compress(head) + gzip.compress(unit * (1_000_000 // len(unit))) * 400)
    assert path.stat().st_size < 4_000_000
    return path


def header(name: str) -> bytes:
    return ",".join(column.name for column in TABLES[name].columns).encode()


SAMPLE = b"1,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,0.25,1,0,1,1,n,1,1,1,1,1,1\n"
BOMBS = {
    "line.anomalies.csv.gz": (b"", b"x", "longer than the"),
    "text.anomalies.csv.gz": (b'"', b"x\n", "longer than the"),
    "header.anomalies.csv.gz": (b"", b",", "longer than the"),
    "columns.anomalies.csv.gz": (header("anomalies") + b"," * 1_000_000 + b"\n", b"\n", "columns, more than"),
    "tick.telemetry.csv.gz": (header("telemetry") + b"\n", SAMPLE, "a tick's rows take more than"),
}


def test_a_decompression_bomb_is_refused_in_little_memory(tmp_path: Path) -> None:
    messages, most = peak(*(packed(tmp_path / name, head, unit) for name, (head, unit, _) in BOMBS.items()))
    for message, (_, _, expected) in zip(messages, BOMBS.values(), strict=True):
        assert message.startswith("Broken" if "tick" not in expected else "MessageError")
        assert expected in message
        assert "xx" not in message
    assert most < PEAK


def test_the_recording_of_a_killed_recorder_is_read_up_to_its_end(mine: Path) -> None:
    """The manifest is unfinished and the last line incomplete: the replay runs, and the notes say what is missing."""
    manifest = read_manifest(mine)
    write_manifest(mine, manifest.model_copy(update={"finished": False, "files": {}}))
    path = mine / "telemetry.jsonl.gz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    recording = Recording.open(mine)
    outcome = replay(recording, STAGES, ignore, no_pace)
    assert outcome.ticks > 100
    assert any("its totals are not known" in note for note in recording.notes)
    assert any("telemetry.jsonl.gz" in note and "ends in the middle" in note for note in recording.notes)


def test_a_bad_row_of_a_table_is_reported_with_its_line(recorded: Path, tmp_path: Path) -> None:
    for number, (bad, why) in enumerate(
        {
            "1,2": "2 cells where the header has",
            "x," + ",".join("" for _ in range(14)): "invalid literal",
            '"open': "line",
        }.items()
    ):
        folder = reformatted(recorded, tmp_path / str(number), Format.CSV)
        path = folder / "telemetry.csv.gz"
        lines = gzip.decompress(path.read_bytes()).decode().split("\n")
        lines[4] = bad
        path.write_bytes(gzip.compress("\n".join(lines).encode()))
        update_checksum(folder, path.name)
        refused(folder, "telemetry.csv.gz, line ", why)


def test_a_missing_column(recorded: Path, tmp_path: Path) -> None:
    folder = reformatted(recorded, tmp_path / "csv", Format.CSV)
    path = folder / "anomalies.csv.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"sequence", b"number", 1)))
    update_checksum(folder, path.name)
    refused(folder, "anomalies.csv.gz, line 1: column sequence is missing")


def test_rows_that_do_not_form_a_tick(recorded: Path, tmp_path: Path) -> None:
    folder = reformatted(recorded, tmp_path / "csv", Format.CSV)
    path = folder / "telemetry.csv.gz"
    lines = gzip.decompress(path.read_bytes()).decode().split("\n")
    lines[3] = re.sub(r"^(\d+),([^,]*),[^,]*,", r"\1,\2,,", lines[3])
    lines[1] = lines[3]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    update_checksum(folder, path.name)
    refused(folder, "telemetry: not the samples of a tick")


def test_a_file_that_is_not_parquet(recorded: Path, tmp_path: Path) -> None:
    folder = reformatted(recorded, tmp_path / "parquet", Format.PARQUET)
    path = folder / "anomalies.parquet"
    path.write_bytes(b"PAR1" + b"\0" * 100)
    update_checksum(folder, path.name)
    refused(folder, "anomalies.parquet: not a Parquet file, or a damaged one")
    shutil.copy(folder / "faults.parquet", path)
    update_checksum(folder, path.name)
    refused(folder, "anomalies.parquet: column anomaly_id is missing")


# --- any content -------------------------------------------------------------------------------------------------

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(st.binary(max_size=400))
@example(gzip.compress(b""))
@example(gzip.compress(b"\n"))
@example(gzip.compress(b"{}\n{}\n") + gzip.compress(b"{}"))
def test_a_journal_of_any_bytes_is_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.jsonl.gz"
    for content in (data, gzip.compress(data), gzip.compress(data + b"\n")):
        path.write_bytes(content)
        try:
            for entry in journal.read_journal(path):
                list_rows(entry)
        except Broken as error:
            assert str(path) in str(error)


@SLOW
@given(st.binary(max_size=300), st.sampled_from(sorted(TABLES)))
def test_a_table_of_any_bytes_is_read_or_refused(tmp_path: Path, data: bytes, name: str) -> None:
    table = TABLES[name]
    path = tmp_path / "any.csv.gz"
    header = ",".join(column.name for column in table.columns).encode() + b"\n"
    for content in (data, gzip.compress(data), gzip.compress(header + data)):
        path.write_bytes(content)
        for reads in (read_csv, read_parquet):
            try:
                list(reads(path, table))
            except Broken as error:
                assert str(path) in str(error)


@SLOW
@given(st.binary(max_size=300))
@example(b'{"at": "2026-01-01T00:00:00Z", "tick": 1, "speed": 1}')
def test_any_body_is_stored_unchanged(data: bytes) -> None:
    entry = RecordedEntry("metrics.0", data, 7, 1_767_225_600.123456, {"id": "0.1", "time": "2026-01-01T00:00:00.000Z"})
    line = line_of(entry)
    assert line.count(b"\n") == 1
    back = entry_of_line(line[:-1])
    assert (back.subject, back.data, back.sequence) == (entry.subject, data, 7)
    assert back.stored == pytest.approx(entry.stored, abs=1e-6)


@SLOW
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text() | st.integers(), st.lists, max_leaves=5))
def test_an_event_of_any_json_is_a_row_or_refused(value: object) -> None:
    for subject in ("anomaly.raised", "diagnosis.made", "remediation.executed", "metrics.0", "nonsense.x"):
        for body in (value, {"causes": value}, {"anomaly": {"since": value, "score": value}}):
            list_rows(RecordedEntry(subject, json.dumps(body).encode(), 1, 0.0, {}))


def list_rows(entry: RecordedEntry) -> None:
    try:
        for table, row in rows_of(entry):
            assert len(row) == len(table.columns)
    except MessageError:
        return


@given(st.integers(0, 3000))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_journal_that_is_cut_anywhere_gives_its_complete_lines(tmp_path: Path, at: int) -> None:
    path = tmp_path / "cut.jsonl.gz"
    path.unlink(missing_ok=True)
    writer = journal.JournalWriter(path)
    entries = [RecordedEntry("anomaly.raised", b'{"n":%d}' % n, n, float(n), {}) for n in range(40)]
    for number, entry in enumerate(entries):
        writer.write(line_of(entry))
        if number % 5 == 4:
            writer.flush()
    writer.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: min(at, len(whole) - 1)])
    read_back: list[RecordedEntry] = []
    with pytest.raises(CutOff):
        for entry in journal.read_journal(path):
            read_back.append(entry)
    assert [entry.sequence for entry in read_back] == list(range(len(read_back)))


def test_the_columns_of_node_samples_are_the_metrics_of_a_tick() -> None:
    assert [column.name for column in NODES.columns][-6:] == [
        "cpu_usage",
        "memory_usage",
        "latency",
        "packet_loss",
        "throughput",
        "reachable",
    ]


def test_memory_does_not_grow_with_the_journal(tmp_path: Path) -> None:
    def peak(messages: int) -> int:
        path = tmp_path / f"{messages}.jsonl.gz"
        tracemalloc.start()
        writer = journal.JournalWriter(path)
        for number in range(messages):
            writer.write(line_of(RecordedEntry("metrics.0", b'{"a":"%d"}' % number, number, float(number), {})))
        writer.close()
        assert sum(1 for _ in journal.read_journal(path)) == messages
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1_000)  # allocates what is set up once
    assert peak(40_000) < 2 * peak(8_000) + 100_000
