"""`nms backtest diagnose` reads cases from folders, never their answers, and one bad case does not stop the others."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.shop import outage
from nms.backtest.cases import read_case
from nms.backtest.diagnose import diagnose_case
from nms.cli import run
from services.rca.core.series import Dependency, Episode, SeriesKey
from tests.nms.test_cli import nms

CASE_FILES = {"case.json", "topology.csv", "metrics.csv.gz"}


def write_case(folder: Path, episode: Episode) -> Path:
    folder.mkdir(parents=True)
    symptom = episode.symptom and {"node": episode.symptom.node, "metric": episode.symptom.metric}
    (folder / "case.json").write_text(json.dumps({"from": episode.begin, "to": episode.end, "symptom": symptom}))
    with (folder / "topology.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("source", "target"), *episode.dependencies])
    with gzip.open(folder / "metrics.csv.gz", "wt", newline="") as file:
        samples = csv.writer(file)
        samples.writerow(("timestamp", "node", "metric", "value"))
        for key, values in zip(episode.keys, episode.values, strict=True):
            for time, value in zip(episode.times, values, strict=True):
                samples.writerow((f"{time:g}", *key, "" if np.isnan(value) else value))
    return folder


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return write_case(tmp_path / "monday", outage(3).episode)


def answer(out: Path, name: str = "monday") -> dict[str, Any]:
    body: dict[str, Any] = json.loads((out / f"{name}.json").read_text())
    return body


def test_a_case_is_read_as_it_was_written(case: Path) -> None:
    written, read = outage(3).episode, read_case(case)
    assert (read.keys, read.symptom, read.begin, read.end) == (
        written.keys,
        written.symptom,
        written.begin,
        written.end,
    )
    assert read.dependencies == written.dependencies
    np.testing.assert_array_equal(read.times, written.times)
    np.testing.assert_allclose(read.values, written.values)


def test_the_answer_has_ranked_causes_with_evidence(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "answers"
    assert run(["backtest", "diagnose", "--out", str(out), str(case)]) == 0
    body = answer(out)
    assert body["causes"][0]["node"] == outage(3).culprit
    assert all(set(cause) == {"node", "kind", "confidence", "evidence"} for cause in body["causes"])
    assert all(cause["evidence"] for cause in body["causes"])
    assert body["elapsed_ms"] > 0
    assert capsys.readouterr().out.startswith(f"monday: {outage(3).culprit} (")


def test_quiet_prints_nothing(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backtest", "diagnose", "--quiet", "--out", str(tmp_path / "answers"), str(case)]) == 0
    assert capsys.readouterr() == ("", "")


def test_the_truth_is_never_opened(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without = diagnose_case(case)
    (case / "truth.json").write_text("{")
    opened: list[str] = []

    def noted(true: Callable[..., Any]) -> Callable[..., Any]:
        def open_(file: Any, *rest: Any, **more: Any) -> Any:
            opened.append(Path(str(file)).name)
            return true(file, *rest, **more)

        return open_

    monkeypatch.setattr(io, "open", noted(io.open))
    monkeypatch.setattr("builtins.open", noted(open))
    assert diagnose_case(case).diagnosis == without.diagnosis
    assert set(opened) == CASE_FILES


def test_a_truth_that_would_block_whoever_opens_it_does_not(case: Path, tmp_path: Path) -> None:
    os.mkfifo(case / "truth.json")
    done = nms("backtest", "diagnose", "--out", str(tmp_path / "answers"), str(case))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_symptom_may_be_missing(tmp_path: Path) -> None:
    folder = write_case(tmp_path / "monday", outage(5, "cpu", symptom=False).episode)
    assert diagnose_case(folder).diagnosis.suspects[0].node == outage(5, "cpu").culprit


def test_metrics_may_be_plain_have_gaps_and_come_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text('{"from": 20, "to": 21}')
    (tmp_path / "topology.csv").write_text("source,target\n")
    lines = ["20,a,latency,5", "3,a,latency,", "2,a,latency,NaN", "1,a,latency,2", "1,a,latency,3", "21,b,cpu,1", ""]
    (tmp_path / "metrics.csv").write_text("\n".join(("timestamp,node,metric,value", *lines)))
    read = read_case(tmp_path)
    assert read.keys == (SeriesKey("a", "latency"), SeriesKey("b", "cpu"))
    assert read.times.tolist() == [1, 2, 3, 20, 21]
    np.testing.assert_array_equal(read.values[0], [3, np.nan, np.nan, 5, np.nan])
    assert diagnose_case(tmp_path).diagnosis.suspects == ()


def test_where_nothing_changed_the_answer_says_what_would_tell(tmp_path: Path) -> None:
    keys = (SeriesKey("a", "latency"), SeriesKey("b", "latency"))
    still = Episode(np.arange(50.0), keys, np.full((2, 50), 3.0), 40, 49, (Dependency("a", "b"),))
    assert run(["backtest", "diagnose", "--out", str(tmp_path), str(write_case(tmp_path / "still", still))]) == 0
    body = answer(tmp_path, "still")
    assert body["causes"] == []
    assert body["would_tell"].startswith("none of 2 series of 2 nodes left its baseline")


BAD: dict[str, tuple[str, str | None, str]] = {
    "no case.json": ("case.json", None, "case.json is missing"),
    "no topology": ("topology.csv", None, "topology.csv is missing"),
    "no metrics": ("metrics.csv.gz", None, "no metrics.csv.gz or metrics.csv; write one with the columns"),
    "case is no JSON": ("case.json", "{", "no JSON"),
    "case is a list": ("case.json", "[]", "no JSON object"),
    "no window": ("case.json", '{"to": 3}', "from is null; write the epoch seconds"),
    "window of words": ("case.json", '{"from": "noon", "to": 3}', 'from is "noon"'),
    "an endless window": ("case.json", '{"from": 1e999, "to": 3}', "from is Infinity"),
    "a window of a number too large": ("case.json", f'{{"from": {10**400}, "to": 3}}', "write the epoch seconds"),
    "window reversed": ("case.json", '{"from": 9, "to": 3}', "exchange them"),
    "window elsewhere": ("case.json", '{"from": 1e9, "to": 2e9}', "holds no row"),
    "window of all": ("case.json", '{"from": 0, "to": 2e9}', "every row is in the abnormal window"),
    "half a symptom": ("case.json", '{"from": 9, "to": 10, "symptom": {"node": "a"}}', "write a node and a metric"),
    "topology without head": ("topology.csv", "a,b\n", "it has to be source,target"),
    "topology with a gap": ("topology.csv", "source,target\na,\n", "line 2: a name is empty"),
    "topology too wide": ("topology.csv", "source,target\na,b,c\n", "line 2: 3 fields; there are 2 columns"),
    "metrics are not packed": ("metrics.csv.gz", "timestamp,node,metric,value\n", "cannot be read"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_case_is_reported_and_the_others_are_diagnosed(
    what: str, case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, text, says = BAD[what]
    bad = write_case(tmp_path / "bad", outage(4).episode)
    (bad / name).unlink()
    if text is not None:
        (bad / name).write_text(text)
    out = tmp_path / "answers"
    assert run(["backtest", "diagnose", "--out", str(out), str(bad), str(case)]) == 2
    errors = capsys.readouterr().err
    assert says in errors and str(bad) in errors
    assert "1 of 2 cases cannot be read, 1 are diagnosed" in errors
    assert [path.name for path in out.iterdir()] == ["monday.json"]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["1,a,m,1", "x,a,m,2"], "line 3: 'x' or '2' is no number"),
        (["1,a,m,one"], "line 2: '1' or 'one' is no number"),
        (["1,a,m,inf"], "an endless number"),
        (["nan,a,m,1"], "an endless number"),
        ([], "no samples"),
    ],
)
def test_a_bad_sample_is_refused_with_its_line(
    lines: list[str], says: str, case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with gzip.open(case / "metrics.csv.gz", "wt") as file:
        file.write("\n".join(("timestamp,node,metric,value", *lines)))
    assert run(["backtest", "diagnose", "--out", str(case / "out"), str(case)]) == 2
    assert says in capsys.readouterr().err


def test_a_truncated_file_is_refused(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (case / "metrics.csv.gz").read_bytes()
    (case / "metrics.csv.gz").write_bytes(whole[: len(whole) // 2])
    assert run(["backtest", "diagnose", "--out", str(case / "out"), str(case)]) == 2
    assert "check that it is whole" in capsys.readouterr().err


def test_two_cases_of_one_name_are_refused(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = write_case(tmp_path / "other" / "monday", outage(4).episode)
    out = tmp_path / "answers"
    assert run(["backtest", "diagnose", "--out", str(out), str(case), str(other)]) == 2
    assert "several cases are called monday" in capsys.readouterr().err
    assert not out.exists()


def test_an_answer_that_cannot_be_written_ends_the_command(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert run(["backtest", "diagnose", "--out", str(tmp_path / "file"), str(case)]) == 5
    assert "name another folder with --out" in capsys.readouterr().err


def test_a_folder_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backtest", "diagnose", "--out", str(tmp_path / "out"), str(tmp_path / "nowhere")]) == 2
    assert "is no folder: name a folder with case.json" in capsys.readouterr().err
