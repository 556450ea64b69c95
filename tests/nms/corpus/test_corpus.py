"""`nms corpus` records runs that the readers of the project read, with labels that agree with the recording."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from network.simulator import World
from nms.backtest.cases import read_case
from nms.cli import run
from nms.corpus.choices import Scenario
from nms.corpus.folder import LOCK, PART
from nms.corpus.record import RunFacts, RunParameters, record_run
from nms.corpus.scenarios import SCENARIOS
from shared.domain.errors import EXIT_CODES, INTERRUPTED
from shared.domain.events import FaultEnded, FaultStarted
from shared.platform.bus import codec
from shared.recordings.choices import Family
from shared.recordings.journal import JournalWriter
from shared.recordings.reader import Recording
from tests.nms.corpus.conftest import arguments, bytes_in

ROOT = Path(__file__).parents[3]
REFUSED, DISK = 2, 5
PATIENCE = 60.0
WHOLE = "[!.]*-1"


def folder(corpus: Path, scenario: str) -> Path:
    return corpus / f"{scenario}-16-seldom-1"


def body(path: Path) -> Any:
    return json.loads(path.read_text())


def recorded_faults(recording: Recording) -> list[dict[str, Any]]:
    faults = {}
    for entry in recording.entries([Family.TRUTH]):
        event = codec.decode(entry.subject, entry.data)
        assert isinstance(event, FaultStarted | FaultEnded)
        faults[event.fault.id] = event.fault.model_dump(mode="json")
    return list(faults.values())


@pytest.mark.parametrize("scenario", Scenario)
def test_a_run_reads_back_with_the_truth_of_its_labels(corpus: Path, scenario: Scenario) -> None:
    recording = Recording.open(folder(corpus, scenario))
    assert recording.notes == []
    assert recording.manifest.whole
    assert len(recording.topology.nodes) == 16
    assert any(True for _ in recording.entries([Family.TELEMETRY]))
    truth = body(folder(corpus, scenario) / "truth.json")
    recorded = [
        (one["kind"], one["target"], one["strength"], one["started"], one["ended"], one["ended_by"])
        for one in recorded_faults(recording)
    ]
    labels = [
        (one["kind"], one["element"], one["strength"], one["from"], one["to"], one["ended_by"])
        for one in truth["faults"]
    ]
    assert labels == recorded
    assert len(labels) == SCENARIOS[scenario].faults
    assert (truth["benign"] is not None) == (scenario is Scenario.BENIGN)


def test_the_incidents_name_causes_and_actions(corpus: Path) -> None:
    (incident,) = body(folder(corpus, "flap") / "incidents.json")["incidents"]
    (fault,) = body(folder(corpus, "flap") / "truth.json")["faults"]
    assert incident["causes"][0]["element"] == fault["element"]
    assert incident["actions"][0]["target"] == fault["element"]
    assert incident["resolution"] == "auto_resolved"


def test_a_replay_of_a_run_finds_what_the_loop_found(corpus: Path) -> None:
    assert run(["replay", str(folder(corpus, "single")), "--compare", "--strict"]) in (0, None)


def test_a_run_with_one_fault_is_a_case(corpus: Path, tmp_path: Path) -> None:
    single = folder(corpus, "single")
    episode, truth = read_case(single), body(single / "truth.json")
    assert any(key.node == truth["node"] for key in episode.keys)
    label = body(corpus / "detect.json")["single-16-seldom-1/symptom"]
    lines = (["backtest", "detect", "--out", str(tmp_path), "--root", str(corpus), "--quiet"], single)
    assert run([*lines[0], str(lines[1] / "symptom.csv.gz")]) == 0
    rows = (tmp_path / "single-16-seldom-1" / "symptom.csv").read_text().splitlines()[1:]
    ((first, last),) = label["windows"]
    assert 0 < label["warmup"] < first <= last < len(rows)
    assert not (folder(corpus, "double") / "case.json").exists()


def test_the_index_names_each_file_with_its_checksum(corpus: Path) -> None:
    import hashlib

    runs = body(corpus / "index.json")["runs"]
    assert len(runs) == len(Scenario)
    for one in runs:
        parameters = one["parameters"]
        where = corpus / "-".join(str(parameters[key]) for key in ("scenario", "nodes", "world", "run"))
        assert one["files"].keys() == {path.name for path in where.iterdir()} - {"run.json"}
        for name, facts in one["files"].items():
            assert hashlib.sha256((where / name).read_bytes()).hexdigest() == facts["sha256"]


def test_the_datasheet_counts_the_runs_and_says_what_they_are_not_for(corpus: Path) -> None:
    text = (corpus / "datasheet.md").read_text()
    assert sum(line.startswith("| seldom | 16 |") for line in text.splitlines()) == len(Scenario)
    assert "nms corpus --scenario single" in text
    assert "--world worlds/seldom.yaml" in text
    assert "Not to be used" in text
    assert "simulated" in text


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_read_back(tmp_path: Path, world: Path, form: str) -> None:
    assert run(arguments(tmp_path / "made", world, "--scenario", "flap", "--format", form)) == 0
    recording = Recording.open(folder(tmp_path / "made", "flap"))
    assert recording.manifest.format == form
    assert len(recorded_faults(recording)) == 1


def test_a_killed_command_leaves_whole_runs_and_goes_on(corpus: Path, tmp_path: Path, world: Path) -> None:
    """The runs are those of a command that was never killed, in another process with another order of sets."""
    out, some = tmp_path / "made", ("--scenario", "single", "--scenario", "double", "--scenario", "flap")
    command = [sys.executable, "-m", "nms", *arguments(out, world, *some)]
    killed = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "77"})
    try:
        until = time.monotonic() + PATIENCE
        while not (list(out.glob(WHOLE)) and list(out.glob(f"{PART}*"))):
            assert killed.poll() is None
            assert time.monotonic() < until
            time.sleep(0.002)
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.wait(PATIENCE)
    whole = {path: (path / "run.json").stat().st_mtime_ns for path in out.glob(WHOLE)}
    assert 0 < len(whole) < 3
    for each in whole:
        Recording.open(each)
    assert run(arguments(out, world, *some)) == 0
    assert {path: (path / "run.json").stat().st_mtime_ns for path in whole} == whole
    made, expected = bytes_in(out), bytes_in(corpus)
    assert len(list(out.glob(WHOLE))) == 3
    assert all(content == expected[path] for path, content in made.items() if path.partition("/")[1])
    assert run(arguments(out, world, *some)) == 0
    assert bytes_in(out) == made


def refused(capsys: pytest.CaptureFixture[str], code: int, *given: str) -> str:
    assert run(given) == code, EXIT_CODES[code]
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    return error


def test_a_folder_that_is_no_corpus_is_left_alone(
    tmp_path: Path, world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    error = refused(capsys, REFUSED, *arguments(tmp_path, world))
    assert "is not empty and no corpus: name another folder with --out" in error
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    (tmp_path / "index.json").write_text("[]")
    assert "is not the index of a corpus" in refused(capsys, REFUSED, *arguments(tmp_path, world))


def test_a_run_with_other_parameters_is_not_replaced(
    tmp_path: Path, world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flap = ("--scenario", "flap")
    assert run(arguments(tmp_path / "made", world, *flap)) == 0
    before = bytes_in(tmp_path / "made")
    error = refused(capsys, REFUSED, *arguments(tmp_path / "made", world, *flap, "--seed", "2"))
    assert "flap-16-seldom-1 was made with seed 1, not 2" in error
    changed = tmp_path / "seldom.yaml"
    changed.write_text("sampling: {interval: 30.0}\n")
    error = refused(capsys, REFUSED, *arguments(tmp_path / "made", changed, "--scenario", "none"))
    assert "differs from the world seldom that was given" in error
    assert bytes_in(tmp_path / "made") == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "no such file; name a YAML file, or one of default, rough"),
        ("noise: {scale: -1}\n", "line 1: noise.scale"),
        ("noise: [\n", "line"),
    ],
)
def test_a_world_that_cannot_be_read_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, says: str
) -> None:
    file = tmp_path / "strange.yaml"
    if text is not None:
        file.write_text(text)
    error = refused(capsys, REFUSED, *arguments(tmp_path / "made", file))
    assert f"--world {file}: " in error
    assert says in error
    assert not (tmp_path / "made").exists()


def test_two_worlds_with_one_name_are_refused(tmp_path: Path, world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = refused(capsys, REFUSED, *arguments(tmp_path / "made", world, "--world", str(world)))
    assert "two worlds are called seldom" in error


def test_too_many_runs_are_refused(tmp_path: Path, world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ("--nodes", "16", "--nodes", "17", "--runs", "1000")
    error = refused(capsys, REFUSED, "corpus", "--out", str(tmp_path / "made"), "--world", str(world), *sizes)
    assert "that is 16,000 runs, more than the 10,000 of one corpus: make several" in error


def test_a_network_that_is_too_small_is_refused_before_anything_is_written(
    tmp_path: Path, world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(capsys, REFUSED, *arguments(tmp_path / "made", world, "--nodes", "3"))
    assert "leave out --scenario double, or give --nodes 16 or more" in error
    assert not (tmp_path / "made").exists()


def test_a_full_disk_leaves_no_part_and_names_the_remedy(
    tmp_path: Path, world: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write, written = JournalWriter.write, []

    def full(journal: JournalWriter, line: bytes) -> None:
        written.append(line)
        if len(written) > 50:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(journal, line)

    monkeypatch.setattr(JournalWriter, "write", full)
    error = refused(capsys, DISK, *arguments(tmp_path / "made", world, "--scenario", "flap"))
    assert "No space left on device" in error
    assert "give the same command again" in error
    assert not list((tmp_path / "made").glob(WHOLE))
    assert not list((tmp_path / "made").glob(f"{PART}*"))


def test_an_interrupted_command_lists_its_complete_runs(
    tmp_path: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(part: Path, parameters: RunParameters, world: World) -> RunFacts:
        if parameters.scenario is Scenario.NONE:
            raise KeyboardInterrupt
        return record_run(part, parameters, world)

    monkeypatch.setattr("nms.corpus.folder.record_run", interrupted)
    out = tmp_path / "made"
    assert run(arguments(out, world, "--scenario", "flap", "--scenario", "none")) == INTERRUPTED
    assert [one["parameters"]["scenario"] for one in body(out / "index.json")["runs"]] == ["flap"]
    assert not list(out.glob(f"{PART}*"))


def test_a_folder_that_cannot_be_made_is_refused(
    tmp_path: Path, world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert "Not a directory" in refused(capsys, DISK, *arguments(tmp_path / "file" / "made", world))


def test_two_commands_do_not_write_to_one_folder(
    tmp_path: Path, world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "made").mkdir()
    with (tmp_path / "made" / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another `nms corpus` writes to it" in refused(capsys, 1, *arguments(tmp_path / "made", world))
