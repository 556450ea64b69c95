"""Every command in a separate process, against the running system."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from benchmarks.running import ROOT, Running
from nms.cli import app
from nms.commands.shape import CONTROL, QUERY, examples_of
from nms.extras.documents.cli import commands, panel_of
from shared.domain.errors import EXIT_CODES, NmsError
from shared.domain.kinds import FaultKind

PATIENCE = 120.0
"""Timeout in seconds for a command, long enough for a slow machine."""
NOBODY = "http://127.0.0.1:1"
SELDOM = {
    "up": "tests/system/test_supervisor.py",
    "demo": "tests/system/test_supervisor.py",
    "record": "tests/contract/test_recording.py",
    "replay": "tests/contract/test_recording.py",
    "check": "tests/nms/test_check.py",
    "corpus": "tests/nms/corpus/test_corpus.py",
    "bench": "tests/nms/nika/test_bench.py",
    "bench nika": "tests/nms/nika/test_bench.py",
    "backtest": "tests/nms/backtest/test_detect.py",
    "backtest detect": "tests/nms/backtest/test_detect.py",
    "backtest diagnose": "tests/nms/backtest/test_diagnose.py",
    "lab": "tests/network/lab/test_lab_commands.py",
    "lab doctor": "tests/network/lab/test_lab_commands.py",
    "lab up": "tests/network/lab/test_lab_commands.py",
    "lab status": "tests/network/lab/test_lab_commands.py",
    "lab shell": "tests/network/lab/test_lab_commands.py",
    "lab down": "tests/network/lab/test_lab_commands.py",
    "devices": "tests/network/devices/test_discovery.py",
    "devices check": "tests/network/devices/test_discovery.py",
    "devices trust": "tests/network/devices/test_discovery.py",
    "devices discover": "tests/network/devices/test_discovery.py",
    "baseline": "tests/nms/test_baseline.py",
    "baseline show": "tests/nms/test_baseline.py",
    "baseline diff": "tests/nms/test_baseline.py",
    "baseline approve": "tests/nms/test_baseline.py",
}
"""Commands that start a system, need none, or have their own contract, and the tests that run them."""
PROVEN: set[str] = set()

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def proves(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    PROVEN.update(names)
    return lambda test: test


def environment(system: Running | None, **more: str) -> dict[str, str]:
    """Return an environment in which the given system, or none, is the one on this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NMS_")}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        kept.pop(name, None)
    folder = str(system.folder) if system else "/nonexistent"
    return {**kept, "XDG_STATE_HOME": folder, "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}", **more}


def nms(system: Running | None, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nms", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=ROOT,
        env=environment(system, **env),
        check=False,
    )


def answer(system: Running, *arguments: str) -> Any:
    done = nms(system, *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return json.loads(done.stdout)


def lines(system: Running, *arguments: str) -> list[str]:
    done = nms(system, *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "\x1b" not in done.stdout
    assert all(line == line.rstrip() for line in done.stdout.splitlines())
    return done.stdout.splitlines()


@contextmanager
def running(system: Running, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "nms", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(system),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def next_line(process: subprocess.Popen[str], wanted: str = "") -> str:
    assert process.stdout is not None
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if select.select([process.stdout], [], [], 1.0)[0] and wanted in (line := process.stdout.readline()):
            assert line, process.stderr.read() if process.stderr else ""
            return line
    raise AssertionError(f"no line with {wanted!r} came")


def interrupted(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in errors
    return process.returncode


def keys(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: keys(value) for name, value in body.items()}
    return [keys(item) for item in body] if isinstance(body, list) else None


@contextmanager
def mode(system: Running, wanted: str) -> Iterator[None]:
    system.configure(mode=wanted)
    try:
        yield
    finally:
        system.configure(mode="auto")
        heal(system)


def heal(system: Running) -> None:
    faults = system.get("/api/faults")["faults"]
    assert isinstance(faults, list)
    for fault in faults:
        if fault["ended"] is None:
            nms(system, "end", fault["id"])
    system.wait("all to be well", lambda: not open_incidents(system), PATIENCE)


def open_incidents(system: Running) -> list[dict[str, Any]]:
    found = system.get("/api/incidents?limit=500")["recent_incidents"]
    assert isinstance(found, list)
    return [incident for incident in found if incident["status"] != "resolved"]


def waiting_action(system: Running) -> str | None:
    for incident in open_incidents(system):
        for action in system.get(f"/api/incidents/{incident['id']}")["actions"]:  # type: ignore[attr-defined]
            if action["state"] == "proposed":
                return str(action["id"])
    return None


# --- every command ------------------------------------------------------------------------------------------------


def test_every_command_is_run_by_a_test() -> None:
    assert {name for name, _ in commands()} == PROVEN | SELDOM.keys()
    for name, where in SELDOM.items():
        text = (ROOT / where).read_text()
        assert all(f'"{word}"' in text for word in name.split()), f"{where} does not run {name}"


def test_every_command_has_help_and_examples() -> None:
    for name, command in commands():
        assert examples_of(command.epilog), f"{name} has no example"
        assert all(example.startswith(f"nms {name}") for example in examples_of(command.epilog)), name
        assert command.help, name
        assert all(p.help for p in command.params if "--help" not in p.opts), f"{name}: says nothing of an option"


def test_the_documented_exit_codes_are_complete() -> None:
    def below(kind: type[NmsError]) -> Iterator[type[NmsError]]:
        yield kind
        for one in kind.__subclasses__():
            yield from below(one)

    assert {kind.exit_code for kind in below(NmsError)} <= EXIT_CODES.keys()
    output = nms(None, "--help").stdout
    assert all(re.search(rf"^\s+{code} ", output, re.MULTILINE) for code in EXIT_CODES)


@proves("server")
def test_server_is_the_same_as_up() -> None:
    commands_of = {info.callback: info.name for info in app.registered_commands if info.name is None}
    assert [info.callback in commands_of for info in app.registered_commands if info.name == "server"] == [True]
    assert nms(None, "server", "--topology", "/nowhere.json").returncode == 2


# --- asking -------------------------------------------------------------------------------------------------------


@proves("config", "services", "faults", "scorecard")
@pytest.mark.parametrize("name", ["config", "services", "faults", "scorecard"])
def test_json_output_is_the_body_of_the_api(system: Running, name: str) -> None:
    assert answer(system, name) == system.get(f"/api/{name}")


@proves("catalogue")
def test_the_catalogue_comes_from_the_running_system_or_this_installation(system: Running) -> None:
    body = system.get("/api/catalogue")
    assert answer(system, "catalogue") == body
    assert answer(system, "catalogue", "faults") == {"faults": body["faults"]}
    assert {line.split()[0] for line in lines(system, "catalogue", "faults")[2:]} == set(FaultKind)
    alone = nms(None, "catalogue", "--json")
    assert (alone.returncode, json.loads(alone.stdout)) == (0, body)
    assert "no NMS answers" in alone.stderr and "this installation" in alone.stderr
    named = nms(None, "catalogue", "--server", NOBODY)
    assert (named.returncode, named.stdout) == (1, "")


@proves("status", "topology", "metrics")
@pytest.mark.parametrize("name", ["status", "topology", "metrics"])
def test_json_of_changing_values_has_the_fields_of_the_api(system: Running, name: str) -> None:
    assert keys(answer(system, name)) == keys(system.get(f"/api/{name}"))


def test_text_output_shows_the_state(system: Running) -> None:
    first, *_ = lines(system, "status")
    assert first.startswith(f"{system.url}: faults are not injected, cycle ")
    assert {line.split()[0] for line in lines(system, "services")[1:]} >= {"gateway", "network", "rca"}
    assert "core-router-2  router  healthy  core-router-1, core-router-3, edge-switch-1" in "\n".join(
        lines(system, "topology")
    )
    assert lines(system, "metrics", "server-3")[1].split()[:3] == ["server-3", "server", "healthy"]
    assert lines(system, "config")[0].split() == ["setting", "value"]
    assert lines(system, "scorecard")[0].split()[:2] == ["kind", "faults"]


def test_the_history_of_a_metric(system: Running) -> None:
    body = answer(system, "metrics", "edge-switch-3--server-3", "utilization", "--last", "5")
    assert (body["node"], body["metric"]) == ("edge-switch-3--server-3", "utilization")
    assert len(body["points"]) >= 10
    assert lines(system, "metrics", "server-3", "cpu_usage", "--last", "5")[0].split() == ["at", "cpu_usage"]


@proves("logs")
def test_the_log(system: Running) -> None:
    body = answer(system, "logs", "--service", "network", "--level", "info", "--limit", "3")
    assert body == system.get("/api/logs?service=network&level=info&limit=3")
    assert lines(system, "logs", "--service", "network", "--limit", "1")[0].split()[1:3] == ["network", "info"]


# --- telling ------------------------------------------------------------------------------------------------------


@proves("inject", "end")
def test_a_fault_is_injected_and_ended(system: Running) -> None:
    with mode(system, "off"):
        fault = answer(system, "inject", "high_cpu", "server-3", "--duration", "600", "--strength", "0.8")
        assert (fault["kind"], fault["target"], fault["strength"]) == ("high_cpu", "server-3", 0.8)
        assert [each["id"] for each in answer(system, "faults", "--live")["faults"]] == [fault["id"]]
        assert "high_cpu  server-3       0.8  live until" in lines(system, "faults", "--live")[1]
        ended = answer(system, "end", "server-3")
        assert (ended["id"], ended["ended_by"]) == (fault["id"], "cancelled")
        assert nms(system, "end", fault["id"]).returncode == 1, "it has ended already"
        assert nms(system, "end", "server-3").returncode == 2, "none is live there"


def has_verdict(system: Running, node: str) -> bool:
    """Whether the stabilizer has judged the last repair on a node. Until then an incident gets further entries."""
    listed = system.get(f"/api/incidents?node={node}&limit=1&state=resolved")["recent_incidents"]
    incident = system.get(f"/api/incidents/{listed[-1]['id']}")  # type: ignore[index]
    return any(entry["by"] == "stabilizer" for entry in incident["timeline"])  # type: ignore[attr-defined]


@proves("incidents", "ack", "comment")
def test_an_incident_is_shown_handled_and_repaired(system: Running) -> None:
    fault = answer(system, "inject", "node_down", "server-5")
    system.wait("it to be ended", lambda: system.get(f"/api/faults/{fault['id']}")["ended"] is not None, PATIENCE)
    system.wait("the incident to be closed", lambda: not open_incidents(system), PATIENCE)
    system.wait("the verdict, the last entry of its own", lambda: has_verdict(system, "server-5"), PATIENCE)
    listed = answer(system, "incidents", "--node", "server-5", "--limit", "1", "--state", "resolved")
    assert listed == system.get("/api/incidents?node=server-5&limit=1&state=resolved")
    name = listed["recent_incidents"][-1]["id"]
    assert lines(system, "ack", name, "--by", "alice") == [f"{name} is acknowledged by alice"]
    assert answer(system, "comment", "latest", "the rack [bold]moved") == {"status": "accepted"}

    def arrived() -> bool:
        body = system.get(f"/api/incidents/{name}")
        return body["acknowledged_by"] == "alice" and bool(body["comments"])

    system.wait("both to be received", arrived, PATIENCE)
    assert answer(system, "incidents", name) == system.get(f"/api/incidents/{name}")
    output = lines(system, "incidents", "latest")
    assert output[0] == "node_down on server-5, critical, resolved"
    for errors in ("Causes, the likeliest first", "Members", "Actions", "Timeline", "seen by alice"):
        assert errors in output
    assert any("reboot_node" in line and "verified" in line for line in output)
    assert any("the rack [bold]moved" in line for line in output), "comments are no markup"


@proves("approve", "reject")
def test_an_action_waits_for_a_person(system: Running) -> None:
    assert "no action waits for a person" in nms(system, "approve").stderr
    with mode(system, "approve"):
        for command, came in (("reject", "rejected"), ("approve", "verified")):
            answer(system, "inject", "high_cpu", "server-6", "--duration", "600")
            system.wait("an action to wait", lambda: waiting_action(system) is not None, PATIENCE)
            name = waiting_action(system)
            assert name is not None
            assert lines(system, command, "--by", "alice")[0].startswith(f"{name} is {command}")
            system.wait(f"it to be {came}", lambda: state_of(system, name) == came, PATIENCE)  # noqa: B023
            heal(system)


def state_of(system: Running, name: str) -> str | None:
    incident = system.get(f"/api/incidents/{name.rpartition('.')[0]}")
    return next((action["state"] for action in incident["actions"] if action["id"] == name), None)  # type: ignore[attr-defined]


@proves("config set")
def test_settings_are_changed_and_stored(system: Running) -> None:
    before = system.get("/api/config")
    setting = (
        "interval=5",
        "thresholds.latency=45",
        "kinds=high_cpu,node_down",
        "targets=server-1,server-2",
        "max_faults=9",
    )
    body = answer(system, "config", "set", *setting)
    assert body == system.get("/api/config")
    assert (body["interval"], body["thresholds"]["latency"], body["max_faults"]) == (5, 45, 9)
    assert (body["kinds"], body["targets"]) == (["high_cpu", "node_down"], ["server-1", "server-2"])
    assert body["thresholds"]["cpu_usage"] == 80
    kinds = ",".join(FaultKind)
    again = lines(
        system, "config", "set", "interval=3", "thresholds.latency=50", f"kinds={kinds}", "targets=", "max_faults=null"
    )
    assert ["interval", "3.0"] in [line.split() for line in again]
    assert system.get("/api/config") == before


@proves("start", "stop", "run")
def test_the_campaign_is_started_followed_and_stopped(system: Running) -> None:
    system.configure(max_faults=0, interval=1)
    try:
        assert answer(system, "start")["status"] == "started"
        assert nms(system, "start").stdout == "The loop is already running\n"
        with running(system, "run", "--server", system.url) as following:
            assert re.fullmatch(r"Cycle \d+: No fault injected\n", next_line(following, "Cycle"))
            assert next_line(following) == "Detected 0 anomalies\n"
            assert interrupted(following) == 0, "Ctrl-C is how it ends"
    finally:
        assert answer(system, "stop")["status"] == "stopped"
        system.configure(max_faults=None, interval=3)


# --- listening ----------------------------------------------------------------------------------------------------


def test_the_log_is_followed(system: Running) -> None:
    with running(system, "logs", "--follow", "--json", "--level", "info", "--service", "gateway") as following:
        next_line(following)
        system.configure(max_faults=0)
        system.post("/api/start")
        line = json.loads(next_line(following, "The loop was started"))
        assert (line["service"], line["level"]) == ("gateway", "info")
        system.post("/api/stop")
        system.configure(max_faults=None)
        assert interrupted(following) == 130


@proves("tap")
def test_a_tap_receives_what_it_subscribes_to(system: Running) -> None:
    with running(
        system, "tap", "*.started", "remediation.*", "--node", "server-2", "--where", "fault.kind=high_cpu"
    ) as tap:
        with running(system, "tap", "metrics.*", "--node", "server-2", "--pretty") as telemetry:
            assert "reachable" in next_line(telemetry, "cpu_usage")
            assert interrupted(telemetry) == 130
        answer(system, "inject", "high_cpu", "server-1")
        fault = answer(system, "inject", "high_cpu", "server-2")
        event = json.loads(next_line(tap))
        assert event["data"]["fault"]["id"] == fault["id"]
        assert (event["specversion"], event["type"]) == ("1.0", "nms.fault.started.v1")
        assert (event["subject"], event["source"][:12]) == ("server-2", "/nms/network")
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", event["traceparent"])
        assert interrupted(tap) == 130
    heal(system)


def test_a_tap_ends_after_its_count_or_when_its_output_is_closed(system: Running) -> None:
    done = nms(system, "tap", "metrics.*", "--count", "3", "--json")
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["nms.metrics.v1"] * 3
    assert (done.returncode, done.stderr) == (0, "")
    python = shlex.quote(sys.executable)
    for listening in ("tap metrics.*", "tap '>' --pretty"):
        line = f"set -o pipefail; {python} -m nms {listening} | head -n 2"
        piped = subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT, env=environment(system)
        )
        assert len(piped.stdout.splitlines()) == 2
        assert (piped.returncode, piped.stderr) == (0, "")


# --- which system, what is wrong ----------------------------------------------------------------------------------


def test_a_system_is_found_by_option_by_variable_or_on_this_machine(system: Running) -> None:
    for arguments, env in (
        (("services", "--server", system.url), {}),
        (("services",), {"NMS_SERVER": f"{system.url}/"}),
        (("services", "--server", system.url), {"NMS_SERVER": NOBODY, "http_proxy": NOBODY}),
    ):
        done = nms(None, *arguments, **env)
        assert (done.returncode, done.stderr) == (0, "")
    assert nms(system, "services", NMS_SERVER=NOBODY).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("inject", "flood", "server-3"), 2, "'flood' is not in the catalogue; there are high_cpu"),
        (("inject", "high_cpu", "server-99"), 2, "there are core-router-1"),
        (("inject", "link_down", "server-3"), 2, "the target of link_down is a link, and 'server-3' is a node"),
        (("inject", "high_cpu", "server-3", "--strength", "2"), 2, "less than or equal to 1"),
        (("incidents", "nothing.like.it"), 2, "unknown incident 'nothing.like.it'"),
        (("incidents", "../status"), 2, "not found"),
        (("metrics", "server-99"), 2, "server-99"),
        (("config", "set", "mode=wild"), 2, "mode"),
        (("config", "set", "thresholds.cpu_usage=101"), 2, "less than or equal to 100"),
        (("approve", "nothing.a1"), 2, "unknown action"),
        (("incidnets",), 2, "Did you mean 'incidents'?: see `nms --help`"),
        (("status", "--sever"), 2, "No such option: --sever"),
        (("tap", "anomalies.*"), 2, "there are metrics.*"),
        (("tap", "log.>", "--nats-url", "nats://127.0.0.1:1"), 3, "no NATS answers at nats://127.0.0.1:1"),
        (("tap", "log.>", "--nats-url", "http://x"), 2, "--nats-url http://x: not a URL"),
        (("status", "--server", NOBODY), 1, f"no NMS answers at {NOBODY}: start one with `nms up`"),
        (("status", "--server", "http://["), 2, "not a URL; write it as in --server http://127.0.0.1:5000"),
    ],
)
def test_an_error_is_a_problem_and_an_exit_code(
    system: Running, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = nms(system, *arguments, "--json")
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    problem = json.loads(done.stderr)
    assert says in problem["detail"]
    assert problem["exit_code"] == code
    assert problem["title"]


def test_an_address_that_is_not_an_nms_is_reported(system: Running) -> None:
    broker = system.nats_url.replace("nats://", "http://")
    done = nms(None, "status", "--server", broker)
    assert done.returncode == 1
    assert "no NMS answers" in done.stderr


# --- terminals ----------------------------------------------------------------------------------------------------


def on_a_terminal(system: Running, *arguments: str, **env: str) -> str:
    """Run a command on a terminal with eighty columns; return its output."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "nms", *arguments],
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
        cwd=ROOT,
        env=environment(system, TERM="xterm-256color", **env),
    ) as process:
        os.close(theirs)
        errors = b""
        with suppress(OSError):  # how Linux reports that the other end is closed
            while data := os.read(ours, 65_536):
                errors += data
        process.wait(PATIENCE)
    os.close(ours)
    return errors.decode()


def test_colours_are_used_on_a_terminal_unless_a_variable_says_otherwise(system: Running) -> None:
    assert "\x1b[32m" in on_a_terminal(system, "services")
    assert not re.search(r"\x1b\[(?:\d+;)*3\d", on_a_terminal(system, "services", NO_COLOR="1"))
    assert "\x1b[32m" in nms(system, "services", FORCE_COLOR="1").stdout
    assert "\x1b" not in nms(system, "services", FORCE_COLOR="1", NO_COLOR="1").stdout.replace("\x1b[1m", "").replace(
        "\x1b[0m", ""
    )
    assert "core-router-1--edge-switch-1" in on_a_terminal(system, "topology", COLUMNS="20")


# --- completion ---------------------------------------------------------------------------------------------------


def completions(system: Running | None, typed: str, **env: str) -> list[str]:
    words = typed.split(" ")
    env |= {"_NMS_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    done = nms(system, **env)
    assert done.stderr == ""
    return done.stdout.split()


def test_completion_offers_the_ids_of_the_system(system: Running) -> None:
    wanted = {
        "nms inj": {"inject"},
        "nms inject high_": {"high_cpu", "high_memory", "high_latency"},
        "nms inject link_flap core-router-1--e": {f"core-router-1--edge-switch-{number}" for number in (1, 3, 4)},
        "nms tap anomaly.r": {"anomaly.raised"},
        "nms logs --service net": {"network"},
        "nms config set thresholds.l": {"thresholds.latency="},
    }
    for typed, offered in wanted.items():  # completion gives up after a second without an answer
        system.wait(f"{typed!r} to be completed", lambda: set(completions(system, typed)) == offered, PATIENCE)  # noqa: B023
    system.wait("the newest incident", lambda: "latest" in completions(system, "nms incidents "), PATIENCE)


def test_completion_without_a_system_is_empty_and_silent() -> None:
    assert completions(None, "nms inject high_cpu serv", NMS_SERVER=NOBODY) == []


def test_the_completion_script_is_for_the_requesting_shell() -> None:
    asking = ["bash", "-c", f"{sys.executable} -m nms --show-completion; exit $?"]
    done = subprocess.run(asking, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, "_NMS_COMPLETE=complete_bash" in done.stdout) == (0, True)
    assert subprocess.run(["bash", "-n"], input=done.stdout, text=True, timeout=PATIENCE).returncode == 0


# --- the rest -----------------------------------------------------------------------------------------------------


@proves("simulate")
def test_simulate_prints_a_scorecard() -> None:
    done = nms(None, "simulate", "--faults", "2", "--kinds", "high_cpu,link_down", "--nodes", "6", "--json")
    body = json.loads(done.stdout)
    assert (done.returncode, done.stderr, body["faults"]) == (0, "", 2)
    assert sum(kind["faults"] for kind in body["by_kind"].values()) == 2


@proves("test")
def test_the_test_command_has_the_exit_code_of_pytest() -> None:
    assert nms(None, "test", "tests/nms/test_cycles.py", "-q", "-p", "no:cacheprovider").returncode == 0
    assert nms(None, "test", "tests/nms/test_cycles.py::nothing", "-q", "-p", "no:cacheprovider").returncode != 0


def test_help_imports_only_what_it_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "nms", "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert imported & {"numpy", "networkx", "sklearn", "nats", "fastapi", "pydantic", "websockets", "asyncio"} == set()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_example_runs(system: Running) -> None:
    examples = [
        example
        for name, command in commands()
        if panel_of(name) in (QUERY, CONTROL) and name not in SELDOM
        for example in examples_of(command.epilog)
    ]
    assert len(examples) > 25
    assert nms(system, "inject", "high_cpu", "server-4").returncode == 0
    system.wait("an incident", lambda: bool(system.get("/api/incidents")["recent_incidents"]), PATIENCE)
    for example in examples:
        prepare(system, example)
        assert outcome(system, example) in (0, 124), example
        if example.startswith(("nms start", "nms config set", "nms approve", "nms reject")):
            settle(system)


def prepare(system: Running, example: str) -> None:
    if example.startswith(("nms approve", "nms reject")):
        system.configure(mode="approve")
        nms(system, "inject", "high_cpu", "server-7", "--duration", "600")
        system.wait("an action to wait", lambda: waiting_action(system) is not None, PATIENCE)
    if example.startswith("nms end"):
        heal(system)  # an earlier example has changed it
        system.configure(mode="off")
        nms(system, "inject", "high_cpu", "server-3")
    if example == "nms start":
        system.configure(max_faults=0)


def settle(system: Running) -> None:
    system.post("/api/stop")
    system.configure(mode="auto", max_faults=None, interval=3, thresholds={"cpu_usage": 80})
    heal(system)


def outcome(system: Running, example: str) -> int:
    endless = "--follow" in example or ("nms tap" in example and "--count" not in example)
    line = example.replace("http://127.0.0.1:5000", system.url)
    done = subprocess.run(
        ["bash", "-c", f"{'timeout 5 ' if endless else ''}{line}"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(system),
    )
    assert "Traceback" not in done.stderr
    if example.startswith("nms end"):
        settle(system)
    return done.returncode


@pytest.mark.slow
def test_a_tap_survives_a_restart_of_the_broker() -> None:
    with Running(seed=3, speed=4) as own, running(own, "tap", "metrics.*") as tap:
        next_line(tap)
        os.kill(own.pid("nats-server"), signal.SIGKILL)
        assert tap.stderr is not None
        assert "the broker is away" in tap.stderr.readline()
        assert "the broker is back" in tap.stderr.readline()
        before = json.loads(next_line(tap))["data"]["tick"]
        own.wait("it to go on", lambda: json.loads(next_line(tap))["data"]["tick"] > before + 8, PATIENCE)
        assert interrupted(tap) == 130
