"""Input and output of a running system: shown times are valid input, and no text reaches its terminal unescaped.

Rule: network time runs twice as fast as wall time here, so that the two cannot be confused.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from benchmarks.running import Running
from nms.cli import run
from shared.domain.moments import clock, instant
from tests.contract.listener import Body, Listener

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SHOWN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TIME_LIKE = re.compile(r"\S*\d\d:\d\d\S*")
PATIENCE = 120.0
FORGED = "\x1b[2J\n12:00 NMS is fine"
LINE = re.compile(
    rf"{SHOWN.pattern} [a-z-]+[ 0-9-]* +(debug|info|success|warning|error|critical) |    \| |$|  [A-Za-z]|NMS is"
)


def typed(system: Running, *arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    where = {"record": ("--nats-url", system.nats_url), "tap": ("--nats-url", system.nats_url)}
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([*arguments, *where.get(arguments[0], ("--server", system.url))])
    return code, out.getvalue(), err.getvalue()


def lines(system: Running, *arguments: str) -> list[str]:
    code, output, complaint = typed(system, *arguments)
    assert (code, complaint) == (0, "")
    return output.splitlines()


def answer(system: Running, *arguments: str) -> Body:
    body: Body = json.loads("\n".join(lines(system, *arguments, "--json")))
    return body


@pytest.fixture(scope="module")
def story(system: Running) -> Iterator[Body]:
    """A repaired fault. Before it, the campaign is started and stopped, which the log shows."""
    system.post("/api/start")
    system.post("/api/stop")
    fault = answer(system, "inject", "high_cpu", "server-4", "--duration", "10m")
    system.wait("it to be ended", lambda: system.get(f"/api/faults/{fault['id']}")["ended"] is not None, PATIENCE)
    system.wait("the incident to be closed", lambda: not system.unresolved(), PATIENCE)
    yield fault


def shown_by(system: Running, *arguments: str) -> list[str]:
    output = [word.strip(",;:") for line in lines(system, *arguments) for word in TIME_LIKE.findall(line)]
    assert output, arguments
    assert all(SHOWN.fullmatch(word) for word in output), output
    return output


@pytest.mark.usefixtures("story")
def test_since_accepts_each_time_that_is_shown(system: Running) -> None:
    """`--since` with the time of a log line returns that line; for other lists nothing older."""
    commands = (["logs"], ["incidents"], ["incidents", "latest"], ["faults"], ["services"], ["status"])
    for command in (*commands, ["metrics", "server-4", "cpu_usage", "--last", "5s"]):
        at = shown_by(system, *command)[0]
        found = answer(system, "logs", "--since", at, "--limit", "1000")["logs"]
        assert all(line["timestamp"] >= at[:-1] for line in found), command
        if command == ["logs"]:
            assert at in [clock(line["timestamp"]) for line in found]
        assert httpx.get(f"{system.url}/api/logs", params={"since": at}).status_code == 200
    output = subprocess.run(
        [sys.executable, "-m", "nms", "tap", "metrics.0", "--count", "1", "--pretty", "--nats-url", system.nats_url],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    tapped = output.stdout.split()[0]
    assert SHOWN.fullmatch(tapped)
    found = answer(system, "logs", "--since", tapped)["logs"]
    assert all(line["timestamp"] >= tapped[:-1] for line in found)
    assert httpx.get(f"{system.url}/api/logs", params={"since": "10m"}).json()["logs"]


@pytest.mark.usefixtures("story")
def test_the_terminal_of_nms_up_and_the_log_show_the_same_time(system: Running) -> None:
    # The last one: in a system that has run for long the gateway no longer keeps earlier lines.
    texts = [line for line in system.log.read_text().splitlines() if line.endswith("The loop was stopped")][-1]
    at = texts.split()[0]
    found = answer(system, "logs", "--since", at, "--limit", "1000", "--service", "gateway")["logs"]
    assert clock(found[0]["timestamp"]) == at, "the wall is not the network's clock"
    assert any(line["message"] == "The loop was stopped" for line in found)
    later = clock(instant(at) + 1)
    assert texts.split("gateway")[1] not in "".join(lines(system, "logs", "--since", later, "--service", "gateway"))


def test_an_invalid_time_is_refused_with_examples(system: Running) -> None:
    for command in (["logs", "--since", "noon"], ["logs", "-f", "--since", "14"], ["record", "--since", "25:00"]):
        code, answered, complaint = typed(system, *command)
        assert (code, answered) == (2, "")
        assert "2026-01-31T12:00:00Z" in complaint and "10m for ten minutes ago" in complaint
    for path, name in (("logs", "since"), ("metrics/history/averages", "from"), ("metrics/history/averages", "to")):
        refused = httpx.get(f"{system.url}/api/{path}", params={name: "noon"})
        assert refused.status_code == 422 and f"query.{name}: is no time: write it as in 2026-" in refused.text
    for command in (
        ["inject", "high_cpu", "server-1", "--duration", "long"],
        ["metrics", "server-1", "up", "--last", "x"],
    ):
        assert "is no duration: write seconds, or as in 90s" in typed(system, *command)[2]


@pytest.mark.usefixtures("story")
def test_control_characters_in_a_name_are_refused(system: Running) -> None:
    incident = answer(system, "incidents", "latest")["id"]
    where = f"{system.url}/api/incidents/{incident}"
    for call, body in (
        ("acknowledge", {"by": FORGED}),
        ("comment", {"text": FORGED}),
        ("comment", {"text": "x", "by": FORGED}),
    ):
        refused = httpx.post(f"{where}/{call}", json=body)
        assert refused.status_code == 422 and refused.headers["content-type"] == "application/problem+json"
        assert "U+001B (ESCAPE) as character 1" in refused.json()["detail"]
    with Listener(system.nats_url, *system.credentials("console")) as console:
        for do, body in (
            ("acknowledge", {"by": FORGED}),
            ("comment", {"text": FORGED}),
            ("comment", {"text": "x", FORGED: 1}),
        ):
            reply = console.ask("control.correlator", {"do": do, "incident_id": incident, **body})
            assert reply["refused"] and reply["refused"].isprintable()
    code, _, complaint = typed(system, "comment", incident, FORGED)
    assert code == 2 and "U+001B (ESCAPE)" in complaint
    assert complaint.removesuffix("\n").isprintable()
    assert "NMS is fine" not in str(answer(system, "incidents", incident))
    mark = f"mark-{time.monotonic()}"
    with Listener(system.nats_url, *system.credentials("console")) as console:
        console.ask("control.correlator", {"do": "acknowledge", "incident_id": "x", f"{FORGED}{mark}": 1})
    system.wait("the line in the log", lambda: mark in system.log.read_text(), PATIENCE)
    written = system.log.read_text().splitlines()
    assert all(line.isprintable() for line in written)
    assert [line for line in written if not LINE.match(line)] == []
