"""The command line reports an error in one line, with the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.platform.ports import free_port

ROOT = Path(__file__).parents[2]


def nms(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nms", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", **env},
    )


def test_help_names_every_command() -> None:
    output = nms("--help").stdout
    for command in (
        "up",
        "server",
        "demo",
        "run",
        "simulate",
        "backtest",
        "corpus",
        "status",
        "inject",
        "incidents",
        "tap",
        "scorecard",
        "test",
    ):
        assert f" {command} " in output


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (
            ("status", "--server", "http://127.0.0.1:1"),
            1,
            "no NMS answers at http://127.0.0.1:1: start one with `nms up`",
        ),
        (("status", "--server", "nonsense"), 2, "--server nonsense: not a URL"),
        (("up", "--scale", "detektor=2"), 2, "no service 'detektor'"),
        (("up", "--topology", "/nowhere.json"), 2, "name a readable file"),
        (("up", "--nodes", "20", "--topology", "x.json"), 2, "give one of them"),
        (("simulate", "--kinds", "flood"), 2, "no such kind of fault; there are high_cpu"),
        (("tap", "two words", "--nats-url", "nats://127.0.0.1:1"), 2, "is no subject"),
        (("tap", "anomaly.*", "--nats-url", "nats://127.0.0.1:1"), 3, "no NATS answers at nats://127.0.0.1:1"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    arguments: tuple[str, ...], code: int, says: str, tmp_path: Path
) -> None:
    done = nms(*arguments, XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("variable", "value"), [("NMS_DESIRED", "{not json"), ("NMS_SPEED", "abc"), ("NMS_LOAD", "-1"), ("NMS_SEED", "-1")]
)
def test_an_invalid_environment_variable_is_refused_by_name(variable: str, value: str, tmp_path: Path) -> None:
    done = nms("up", XDG_STATE_HOME=str(tmp_path), **{variable: value})
    assert done.returncode == 2
    assert variable in done.stderr
    assert not (tmp_path / "nms").exists()


def test_an_invalid_seed_leaves_no_state(tmp_path: Path) -> None:
    done = nms("up", "--seed", "-1", XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == 2
    assert "--seed" in done.stderr
    assert not (tmp_path / "nms").exists()


def test_a_state_folder_that_cannot_be_used_ends_with_5(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = nms("up", "--port", str(free_port()), XDG_STATE_HOME=str(tmp_path / "file"))
    assert done.returncode == 5
    assert "the state folder" in done.stderr


def test_the_loop_runs_without_the_extras() -> None:
    script = (
        "import sys; sys.modules['nms.extras'] = None; sys.argv = ['nms', 'simulate', '--faults', '1', '--json']; "
        "from nms.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"faults": 1' in done.stdout
