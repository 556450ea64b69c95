"""`nms record` and `nms replay` on the command line, against the running system."""

from __future__ import annotations

import gzip
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.running import ROOT, Running
from shared.domain.subjects import kept_in
from tests.contract.conftest import SPEED

PATIENCE = 120.0
BEGUN = 2.0
"""Seconds to wait before the first fault, so that it is in the compared span, after the detector has learnt."""
REFUSED, SETTING, BROKER, DISK = 1, 2, 3, 5
FAMILIES = ("faults", "anomalies", "incidents", "causes", "actions", "stability", "log", "settings", "telemetry")
LITTLE = 20_000
"""The largest size of a file, in bytes, in the test of a full disk."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def environment(system: Running | None, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NMS_", "FORCE_COLOR"))}
    return {**kept, "NO_COLOR": "1", "XDG_STATE_HOME": str(system.folder) if system else "/nonexistent", **more}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "nms", *arguments]


def nms(system: Running | None, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=ROOT,
        env=environment(system, **env),
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


@contextmanager
def recording(system: Running, folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command("record", "-o", str(folder), *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(system),
    )
    try:
        system.wait("the first telemetry to be written", lambda: size(folder / "telemetry.jsonl.gz") > 100, PATIENCE)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, output, errors


def manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "manifest.json").read_text())
    return found


def events(folder: Path, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in gzip.decompress((folder / f"{name}.jsonl.gz").read_bytes()).splitlines()]


def inject_and_wait(system: Running, kind: str = "high_cpu", target: str = "server-5") -> str:
    fault = str(system.post("/api/faults", {"kind": kind, "target": target})["id"])
    system.wait("the repair", lambda: is_repaired(system, fault), PATIENCE)
    return fault


def is_repaired(system: Running, fault: str) -> bool:
    faults = system.get("/api/faults")["faults"]
    assert isinstance(faults, list)
    over = any(one["id"] == fault and one["ended"] for one in faults)
    return over and not system.unresolved()


@pytest.fixture(scope="module")
def recorded(system: Running, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a recording that has one fault, from its start to its repair, and the fault's id."""
    folder = tmp_path_factory.mktemp("recorded") / "r"
    with recording(system, folder) as process:
        time.sleep(BEGUN)
        fault = inject_and_wait(system)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        code, output, errors = ended(process)
    assert code == 0, errors
    assert output.startswith(f"{folder}: ")
    assert "messages" in output
    assert f"recording to {folder}; Ctrl-C ends it" in errors
    return folder, fault


def test_a_recording_has_the_messages_of_all_families(recorded: tuple[Path, str], system: Running) -> None:
    folder, fault = recorded
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json",
        "topology.json",
        *(f"{name}.jsonl.gz" for name in FAMILIES),
    }
    found = manifest(folder)
    assert (found["finished"], found["version"], found["seed"], found["speed"]) == (True, 2, 7, SPEED)
    assert found["families"] == [
        *("telemetry", "settings", "truth", "anomalies", "incidents", "causes", "actions", "stability", "log"),
    ]
    assert any(event["id"] == f"{fault}.ended" for event in events(folder, "faults"))
    assert any(event["type"] == "nms.remediation.verified.v1" for event in events(folder, "actions"))
    for name in FAMILIES:
        for event in events(folder, name):
            assert event["specversion"] == "1.0"
            assert {"id", "source", "type", "data", "natssubject", "natssequence", "natstime"} <= event.keys()
    topology = json.loads((folder / "topology.json").read_text())
    assert len(topology["nodes"]) == 16


def test_no_message_is_missing_or_repeated(recorded: tuple[Path, str]) -> None:
    for name in FAMILIES:
        by_stream: dict[str, list[int]] = {}
        for event in events(recorded[0], name):
            subject, number = str(event["natssubject"]), int(str(event["natssequence"]))
            by_stream.setdefault(next((one.name for one, _ in kept_in(subject)), name), []).append(number)
        for stream, numbers in by_stream.items():
            assert numbers == sorted(set(numbers)), stream
            if name != "settings":
                assert numbers[-1] - numbers[0] + 1 == len(numbers), stream


def test_a_replay_prints_its_results(recorded: tuple[Path, str]) -> None:
    done = nms(None, "replay", str(recorded[0]))
    assert done.returncode == 0, done.stderr
    assert "detector -> correlator -> rca: " in done.stdout
    assert "high_cpu on server-5" in done.stdout


def test_a_replay_prints_its_results_as_json(recorded: tuple[Path, str]) -> None:
    done = nms(None, "replay", str(recorded[0]), "--compare", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["through"] == ["detector", "correlator", "rca"]
    assert any(name.startswith("server-5.cpu_usage.") for name in found["anomalies"])
    assert any(incident["cause"] == {"element": "server-5", "kind": "high_cpu"} for incident in found["incidents"])
    comparison = found["comparison"]
    assert comparison["anomalies"]["equal"] > 0
    assert comparison["recorded"]["faults"] == comparison["now"]["faults"] > 0


@pytest.mark.slow
def test_the_results_of_a_replay_can_be_stored_and_replayed(recorded: tuple[Path, str], tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = nms(None, "replay", str(recorded[0]), "--through", "detector", "-o", str(kept))
    assert done.returncode == 0, done.stderr
    assert events(kept, "anomalies")
    again = nms(None, "replay", str(kept), "--through", "correlator,rca", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["incidents"]


@pytest.mark.slow
def test_a_replay_can_be_paced(system: Running, tmp_path: Path) -> None:
    folder = tmp_path / "short"
    done = nms(system, "record", "-o", str(folder), "--for", "1", "--since", "0", "--only", "telemetry")
    assert done.returncode == 0, done.stderr
    span = manifest(folder)["network"]
    assert isinstance(span, dict)
    began = time.monotonic()
    assert nms(None, "replay", str(folder), "--speed", "2").returncode == 0
    took = time.monotonic() - began
    assert took > 0.5 * json.loads(nms(None, "replay", str(folder), "--json").stdout)["messages"] / 4 / 4 / 2


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_can_be_replayed(system: Running, form: str, tmp_path: Path) -> None:
    folder = tmp_path / form
    done = nms(system, "record", "-o", str(folder), "--for", "1", "--since", "10", "--format", form)
    assert done.returncode == 0, done.stderr
    assert re.search(rf", [0-9.]+ [kM]B of {form}$", done.stdout, re.MULTILINE)
    assert not list(folder.glob("*.jsonl.gz"))
    again = nms(None, "replay", str(folder), "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["ticks"] > 100


@pytest.mark.slow
def test_the_recording_of_a_killed_recorder_can_be_replayed(system: Running, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    with recording(system, folder, "--since", "all") as process:
        time.sleep(2.5)
        process.kill()
        process.communicate()
    done = nms(None, "replay", str(folder))
    assert done.returncode == 0, done.stderr
    assert "note: " in done.stdout
    assert "the recording was cut off: its totals are not known" in done.stdout


def test_a_full_disk_is_reported(system: Running, tmp_path: Path) -> None:
    folder = tmp_path / "full"

    def limit_file_size() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (LITTLE, LITTLE))

    done = subprocess.run(
        command("record", "-o", str(folder), "--since", "all", "--for", "60"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=ROOT,
        env=environment(system),
        preexec_fn=limit_file_size,
        check=False,
    )
    refused(done, DISK, f"cannot write to {folder}: ", "free some space, or name another folder with --output")
    again = nms(None, "replay", str(folder))
    assert again.returncode == 0, again.stderr
    assert "cut off" in again.stdout


def test_invalid_options_of_record_are_refused(system: Running, tmp_path: Path) -> None:
    folder = str(tmp_path / "r")
    refused(nms(system, "record", "-o", folder, "--only", "weather"), SETTING, "--only weather", "there are telemetry,")
    refused(nms(system, "record", "-o", folder, "--only", ","), SETTING, "--only names nothing")
    noon = nms(system, "record", "-o", folder, "--since", "noon")
    refused(noon, SETTING, "--since noon: is no time", "or write all, or seconds")
    refused(nms(system, "record", "-o", folder, "--format", "xml"), SETTING, "'xml'")
    refused(nms(system, "record", "-o", folder, "--for", "-1"), SETTING, "--for")
    assert not Path(folder).exists()
    (tmp_path / "letter").write_text("dear")
    refused(nms(system, "record", "-o", str(tmp_path)), SETTING, "is not empty: name a new folder with --output")
    refused(
        nms(None, "record", "-o", folder, "--nats-url", system.nats_url),
        BROKER,
        "does not let us read its streams: connect as its user `record`; NMS_CREDENTIALS names the file",
    )


@pytest.mark.slow
def test_credentials_come_from_the_environment(system: Running, tmp_path: Path) -> None:
    credentials = system.folder / "nms" / "credentials" / "record.json"
    done = nms(
        None,
        *("record", "-o", str(tmp_path / "r"), "--for", "0.5", "--nats-url", system.nats_url),
        NMS_CREDENTIALS=str(credentials),
    )
    assert done.returncode == 0, done.stderr
    assert manifest(tmp_path / "r")["seed"] is None


def test_invalid_options_of_replay_are_refused(recorded: tuple[Path, str], tmp_path: Path) -> None:
    folder = str(recorded[0])
    refused(nms(None, "replay", str(tmp_path / "no")), SETTING, "no such folder; name one that `nms record` made")
    refused(nms(None, "replay", folder, "--through", "stabilizer"), SETTING, "there are detector, correlator, rca")
    refused(nms(None, "replay", folder, "--speed", "fast"), SETTING, "--speed fast: write max, or network seconds")
    refused(nms(None, "replay", folder, "--strict"), SETTING, "give --compare too")
    refused(nms(None, "replay", folder, "-o", folder), SETTING, "is not empty")
    done = nms(None, "replay", str(tmp_path / "no"), "--json")
    assert json.loads(done.stderr)["exit_code"] == SETTING


@pytest.mark.slow
def test_a_difference_fails_a_strict_replay(recorded: tuple[Path, str], tmp_path: Path) -> None:
    """The recorded anomalies are removed, so the replay finds new ones."""
    folder = tmp_path / "less"
    folder.mkdir()
    for path in recorded[0].iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "finished": False}))
    (folder / "anomalies.jsonl.gz").write_bytes(gzip.compress(b""))
    assert nms(None, "replay", str(folder), "--compare").returncode == 0
    done = nms(None, "replay", str(folder), "--compare", "--strict")
    assert done.returncode == REFUSED
    assert "anomalies, new: " in done.stdout


DOCUMENTED = """
nms record -o monday --for 5
nms replay monday
nms replay monday --compare
nms replay monday --through detector -o again
nms replay again --through correlator,rca --json
cp -r monday lower
zcat monday/settings.jsonl.gz | sed 's/"cpu_usage":80.0/"cpu_usage":30.0/' | gzip > lower/settings.jsonl.gz
sed -i 's/"finished": true/"finished": false/' lower/manifest.json
nms replay lower --compare
nms record -o tables --for 5 --format csv --only telemetry,truth
NMS_CREDENTIALS=record.json nms record -o elsewhere --for 5 --nats-url "$NATS_URL"
"""
"""The commands of docs/how-to/record-and-replay.md, in its order except for the last."""


@pytest.mark.slow
def test_the_documented_commands_work(system: Running, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_bytes((system.folder / "nms" / "credentials" / "record.json").read_bytes())
    script = DOCUMENTED.replace("--for 5", "--for 1")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(system, PATH=path, NATS_URL=system.nats_url),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lowered = json.loads(gzip.decompress((tmp_path / "lower" / "settings.jsonl.gz").read_bytes()).splitlines()[0])
    assert lowered["data"]["thresholds"]["cpu_usage"] == 30.0
    assert (tmp_path / "tables" / "links.csv.gz").exists()
    assert not (tmp_path / "tables" / "anomalies.csv.gz").exists()
