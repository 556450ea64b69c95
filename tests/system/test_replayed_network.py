"""A system that manages a recording finds the recorded anomalies and incidents, and says why it does not act."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from benchmarks.running import ROOT, Running
from shared.domain.config import Desired
from shared.domain.events import (
    AnomalyRaised,
    Event,
    IncidentOpened,
    IncidentResolved,
    RemediationBlocked,
    RemediationProposed,
)
from shared.domain.instant import instant
from shared.domain.kinds import Resolution
from shared.platform.bus import codec
from shared.recordings.choices import Family
from shared.recordings.reader import Recording

SPEED = 4.0
INJECTED = (("high_cpu", "server-3"), ("link_down", "core-router-1--edge-switch-1"))
"""Targets far apart, so that each has its own incident."""
PATIENCE = 180.0
BLIND_WITHIN = 60.0
PROPOSALS_WITHIN = 30.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@contextmanager
def recorded(system: Running, folder: Path) -> Iterator[None]:
    env = {**os.environ, "XDG_STATE_HOME": str(system.folder)}
    command = [sys.executable, "-m", "nms", "record", "-o", str(folder), "--since", "all"]
    recorder = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        system.wait("the recorder to begin", (folder / "telemetry.jsonl.gz").exists, PATIENCE)
        yield
    finally:
        recorder.send_signal(signal.SIGTERM)
        _, complained = recorder.communicate(timeout=PATIENCE)
    assert recorder.returncode == 0, complained


def events_in(folder: Path, *families: Family) -> list[Event]:
    return [codec.decode(entry.subject, entry.data) for entry in Recording.open(folder).entries(families)]


def anomalies(folder: Path) -> set[str]:
    """Return the ids of the anomalies, which name element, metric and tick of onset."""
    return {event.anomaly.id for event in events_in(folder, Family.ANOMALIES) if isinstance(event, AnomalyRaised)}


def incidents(folder: Path) -> set[str]:
    return {event.incident.id for event in events_in(folder, Family.INCIDENTS) if isinstance(event, IncidentOpened)}


def resolutions(folder: Path) -> set[Resolution | None]:
    events = events_in(folder, Family.INCIDENTS)
    return {event.incident.resolution for event in events if isinstance(event, IncidentResolved)}


def healed(system: Running) -> bool:
    faults = system.get("/api/faults")["faults"]
    assert isinstance(faults, list)
    return bool(faults) and all(fault["ended"] for fault in faults) and not system.unresolved()


def record_a_repair(folder: Path) -> None:
    with Running(seed=1, speed=SPEED, desired=Desired(running=False)) as system, recorded(system, folder):
        began = network_time(system)
        system.wait("baselines", lambda: network_time(system) - began > 40, PATIENCE)
        for kind, target in INJECTED:
            system.post("/api/faults", {"kind": kind, "target": target})
            system.wait(f"{target} to be repaired", lambda: healed(system), PATIENCE)
        time.sleep(2.0)


def network_time(system: Running) -> float:
    return instant(str(system.get("/api/status")["timestamp"]))


def test_a_recording_is_managed_as_a_network_without_actions(tmp_path: Path) -> None:
    """It has the same anomalies and incidents; every action is proposed and blocked as not offered."""
    first, second = tmp_path / "monday", tmp_path / "again"
    record_a_repair(first)
    with (
        Running("--network", f"replay:{first}", seed=1, speed=SPEED, desired=Desired(chance=1.0)) as system,
        recorded(system, second),
    ):
        refused = httpx.post(system.url + "/api/faults", json={"kind": "high_cpu", "target": "server-1"}, timeout=10)
        status = system.get("/api/status")
        system.wait("the end of the recording", lambda: "no more telemetry" in system.tail(400), PATIENCE)
        system.wait("the network to be blind", lambda: blind(system), BLIND_WITHIN)
        time.sleep(2.0)
        log = system.log.read_text(errors="replace")
    assert "this network offers no faults (replay)" in refused.text and refused.status_code == httpx.codes.CONFLICT
    assert status["network"]["driver"] == "replay" and status["network"]["actions"] == {}  # type: ignore[index]
    assert log.count("The network reports no more telemetry: the recording is over") == 1
    assert "The fault campaign does not start: this network offers no faults (replay)" in log

    assert anomalies(second) == anomalies(first) != set()
    assert incidents(second) == incidents(first) != set()
    assert not events_in(second, Family.TRUTH)

    actions = events_in(second, Family.ACTIONS)
    blocked = [event for event in actions if isinstance(event, RemediationBlocked)]
    proposed = {event.action.id for event in actions if isinstance(event, RemediationProposed)}
    assert proposed and proposed == {event.action.id for event in blocked}
    assert {event.rule for event in blocked} == {"not_offered"}
    assert all("is not offered by this network (replay)" in event.reason for event in blocked)
    assert {event.subject for event in actions} <= {
        "remediation.proposed",
        "remediation.blocked",
        "remediation.escalated",
        "remediation.failed",
    }
    # Only the resolutions differ: no action runs here, so recorded repairs look like faults that ended alone.
    assert resolutions(first) == {Resolution.AUTO_RESOLVED}
    assert resolutions(second) == {Resolution.SELF_CLEARED}


def blind(system: Running) -> bool:
    return system.get("/api/status")["network_state"] == "blind"
