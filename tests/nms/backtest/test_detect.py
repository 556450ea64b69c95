"""`nms backtest detect`: files are scored row by row, and a broken one is reported without harm to the others."""

from __future__ import annotations

import csv
import gzip
import json
import shlex
import subprocess
import sys
import xml.etree.ElementTree as Xml
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from nms.backtest.text_files import MAX_LINE
from nms.cli import run

COMMAND = "nms backtest detect --out scores --plot web-1.csv"
CONVERSION = """\
import csv
import json
from pathlib import Path

series = {one["metric"]["__name__"]: dict(one["values"]) for one in json.loads(Path("web-1.json").read_text())}
with Path("web-1.csv").open("w", newline="") as output:
    lines = csv.writer(output)
    lines.writerow(["timestamp", *series])
    for time in sorted(set().union(*series.values())):
        lines.writerow([time, *(samples.get(time, "") for samples in series.values())])
"""
"""As in docs/how-to/backtest-recordings.md."""
HEAD = ["timestamp", "cpu"]


def write(path: Path, rows: Sequence[Sequence[object]], head: Sequence[str] = HEAD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(",".join(map(str, row)) for row in (head, *rows)) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


def series(rows: int = 400, metrics: int = 1, spike: int | None = None) -> list[list[object]]:
    random = np.random.default_rng(5).normal(size=(rows, metrics))
    if spike is not None:
        random[spike] += 30
    return [[1_700_000_000 + 60 * at, *(round(float(value), 4) for value in row)] for at, row in enumerate(random)]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as text:
        return list(csv.DictReader(text))


def detect(*arguments: object) -> int:
    return run(["backtest", "detect", *map(str, arguments)])


def test_each_row_has_a_score_and_the_alarm_is_at_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "web.csv", series(spike=350))
    assert detect("--out", tmp_path / "out", file) == 0
    rows = read(tmp_path / "out" / "web.csv")
    assert [row["timestamp"] for row in rows] == [str(row[0]) for row in series()]
    assert all(0 <= float(row["score"]) <= 1 for row in rows)
    assert rows[350]["anomaly"] == "1"
    assert float(rows[350]["score"]) > 0.5
    shown = capsys.readouterr().out.split()
    assert shown[:4] == ["file", "rows", "alarms", "seconds"]
    assert shown[4:6] == ["web", "400"]


@pytest.mark.parametrize("metrics", [1, 3])
@pytest.mark.parametrize("cut", [0, 1, 150, 399])
def test_the_scores_of_a_part_are_those_of_the_whole(tmp_path: Path, metrics: int, cut: int) -> None:
    rows, head = series(600, metrics, spike=380), ["timestamp", *"abc"[:metrics]]
    rows[200][1] = ""
    whole, part = write(tmp_path / "whole.csv", rows, head), write(tmp_path / "part.csv.gz", rows[:cut], head)
    assert detect("--quiet", "--out", tmp_path / "out", whole, part) == 0
    lines = (tmp_path / "out" / "whole.csv").read_text().splitlines()
    assert (tmp_path / "out" / "part.csv").read_text().splitlines() == lines[: cut + 1]


def test_names_are_paths_below_the_root(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = write(tmp_path / "in" / "a" / "cpu.csv", series(3))
    other = write(tmp_path / "in" / "b" / "cpu.csv.gz", series(3, 2), ["timestamp", "cpu", "memory"])
    assert detect("--quiet", "--root", tmp_path / "in", "--out", tmp_path / "out", one, other) == 0
    found = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert found == ["a/cpu.csv", "b/cpu.csv"]
    assert capsys.readouterr().out == ""
    assert detect("--out", tmp_path / "out", one, other) == 2
    assert "both are called cpu; give the folder above both as --root" in capsys.readouterr().err
    assert detect("--root", tmp_path / "in" / "a", "--out", tmp_path / "out", other) == 2
    assert "is not below --root" in capsys.readouterr().err


def test_gaps_and_times_are_read_as_they_are_written(tmp_path: Path) -> None:
    rows = [["2024-05-01 00:00:00", ""], ["2024-05-01T00:05:00Z", "NaN"], ["2024-05-01T00:10:00+02:00", "inf"]]
    rows += [["2024-05-01", "null"], ["1714521600.5", "1e300"], ["1714521600", "-4"]]
    file = write(tmp_path / "gaps.csv", rows)
    assert detect("--quiet", "--out", tmp_path / "out", file) == 0
    assert [row["timestamp"] for row in read(tmp_path / "out" / "gaps.csv")] == [row[0] for row in rows]


def test_rows_of_the_warm_up_score_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [write(tmp_path / f"{name}.csv", series(spike=350)) for name in ("a", "b")]
    assert detect("--quiet", "--warmup", "380", "--warmup", "b=10", "--out", tmp_path / "out", *files) == 0
    a, b = (read(tmp_path / "out" / f"{name}.csv") for name in ("a", "b"))
    assert {row["score"] for row in a[:380]} == {"0.000000000"}
    assert (a[350]["anomaly"], b[350]["anomaly"]) == ("0", "1")
    assert a[380:] == b[380:]
    assert detect("--warmup", "c=10", "--out", tmp_path / "out", *files) == 2
    assert "--warmup c: no file has this name; there are a, b" in capsys.readouterr().err
    assert detect("--warmup", "b=ten", "--out", tmp_path / "out", *files) == 2
    assert "--warmup b=ten: write a number of rows, or NAME=ROWS" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "its first column is ''"),
        (b"time,cpu\n1,2\n", "its first column is 'time': begin the file with a line of names"),
        (b"timestamp\n1\n", "it has no column but timestamp"),
        (b"timestamp,cpu\n1,2\n2,3,4\n", "line 3: 3 cells, but the first line names 2 columns"),
        (b"timestamp,cpu\n1,2\n2,3%\n", "line 3: '3%' in column 'cpu' is no number: write it without a unit"),
        (b"timestamp,cpu\nweb-1,2\n", "line 2: 'web-1' is no time"),
        (b"\xff\xfe\x00", "it is not text in UTF-8"),
        (b"timestamp,cpu\n1," + b"9," * MAX_LINE, "cannot be read as CSV (a line has more than 1,048,576 characters)"),
    ],
)
def test_a_broken_file_is_reported_and_the_others_are_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, complaint: str
) -> None:
    broken, good = tmp_path / "broken.csv", write(tmp_path / "good.csv", series(3))
    broken.write_bytes(content)
    assert detect("--quiet", "--out", tmp_path / "out", broken, good) == 2
    errors = capsys.readouterr().err
    assert f"{broken}: {complaint}" in errors
    assert "1 of 2 files cannot be read, 1 are scored" in errors
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.csv"]


def test_a_missing_and_a_truncated_file_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(b"timestamp,cpu\n" + b"1,2\n" * 100)[:-9])
    plain = tmp_path / "plain.csv.gz"
    plain.write_bytes(b"timestamp,cpu\n1,2\n")
    assert detect("--out", tmp_path / "out", tmp_path / "lost.csv", cut, plain) == 2
    damaged = write(tmp_path / "damaged.csv.gz", series(20_000))
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-8] + b"\0\0\0\0" + whole[-4:])  # the checksum, found only after the last row
    output = capsys.readouterr()
    assert detect("--quiet", "--out", tmp_path / "out", damaged) == 2
    assert "damaged.csv.gz: cannot be decompressed (CRC check failed" in capsys.readouterr().err
    assert not list((tmp_path / "out").iterdir())
    assert "lost.csv: cannot be read (No such file or directory)" in output.err
    assert output.err.count("cannot be decompressed") == 2
    assert output.out == "no file was scored\n"


def test_a_recording_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "web.csv", series(3))
    before = file.read_text()
    assert detect("--out", tmp_path, file) == 2
    assert "would replace it; give another folder" in capsys.readouterr().err
    assert file.read_text() == before


def test_a_folder_that_cannot_be_written_ends_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "web.csv", series(3))
    assert detect("--out", file / "below", file) == 5
    assert "cannot be written" in capsys.readouterr().err


def test_a_picture_shows_metrics_score_and_alarms(tmp_path: Path) -> None:
    rows = series(5_000, 14, spike=4_800)
    for row in rows[1_000:1_500]:
        row[1] = ""
    names = ["timestamp", "<cpu>", *(f"m{number}" for number in range(13))]
    assert detect("--quiet", "--plot", "--out", tmp_path / "out", write(tmp_path / "web.csv", rows, names)) == 0
    picture = Xml.parse(tmp_path / "out" / "web.svg").getroot()
    texts = [str(found.text) for found in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0].startswith("web, 1700000000 to 1700299940: 5000 rows, ")
    assert texts[0].endswith("12 of 14 metrics shown")
    assert texts[1].startswith("<cpu>: ")
    assert texts[-1] == "score: 0 to 1"
    lines = [found.get("class") for found in picture.iter("{http://www.w3.org/2000/svg}line")]
    assert "alarm" in lines
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}polyline"))) == 12 + 1 + 1  # a gap parts one curve
    assert (tmp_path / "out" / "web.svg").stat().st_size < 1_500_000


def test_an_empty_recording_has_a_picture_too(tmp_path: Path) -> None:
    assert detect("--quiet", "--plot", "--out", tmp_path / "out", write(tmp_path / "web.csv", [])) == 0
    assert Xml.parse(tmp_path / "out" / "web.svg").getroot() is not None


def test_the_error_of_the_command_can_be_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command has no --json; its errors stay sentences, so that nothing else is promised."""
    assert detect("--out", tmp_path, "--json") == 2
    assert json.loads(capsys.readouterr().err)["exit_code"] == 2


def test_an_export_of_prometheus_is_converted_and_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form is that of `promtool query -o json range`: times are numbers, values texts."""
    values = [[1_700_000_000 + 60 * at, f"{at % 7}"] for at in range(300)]
    metrics = {"node_load1": values, "node_memory_Active_bytes": values[10:]}
    export = [{"metric": {"__name__": name, "job": "node"}, "values": samples} for name, samples in metrics.items()]
    (tmp_path / "web-1.json").write_text(json.dumps(export))
    subprocess.run([sys.executable, "-c", CONVERSION], cwd=tmp_path, check=True, timeout=60)
    monkeypatch.chdir(tmp_path)
    assert run(shlex.split(COMMAND)[1:]) == 0
    assert len(read(tmp_path / "scores" / "web-1.csv")) == 300
    assert (tmp_path / "web-1.csv").read_text().splitlines()[1] == "1700000000,0,"
    assert (tmp_path / "scores" / "web-1.svg").is_file()
