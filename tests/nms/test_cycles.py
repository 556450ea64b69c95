"""The six lines of a cycle."""

from __future__ import annotations

from nms.cycles import CycleUpdate, text

UPDATE = {
    "cycle": 1,
    "timestamp": "2026-01-01T00:00:00.000Z",
    "phases": {
        "inject": {"timestamp": "t", "node_id": "server-3", "failure_type": "high_cpu", "severity": "critical"},
        "detect": {"anomalies": [{}], "count": 1},
        "correlate": {"correlations": [], "count": 0},
        "analyze": {"root_causes": [{}], "count": 1},
        "remediate": {"actions": [{}], "count": 1},
        "stabilize": {"timestamp": "t", "healthy_nodes": 15, "total_nodes": 16, "health_percentage": 93.75},
    },
}


def test_a_cycle_has_the_text_of_the_original_program() -> None:
    assert text(CycleUpdate.model_validate(UPDATE)) == (
        "Cycle 1: Injected high_cpu on server-3\n"
        "Detected 1 anomalies\n"
        "Found 0 correlated patterns\n"
        "Identified 1 root causes\n"
        "Applied 1 remediation actions\n"
        "Network stability: 93.75%"
    )


def test_a_cycle_without_a_fault() -> None:
    quiet = CycleUpdate.model_validate({"cycle": 2, "phases": {}})
    assert text(quiet).splitlines()[0] == "Cycle 2: No fault injected"
    assert quiet.faults == ()


def test_a_cycle_names_all_its_faults() -> None:
    more = {"injects": [{"node_id": "a", "failure_type": "high_cpu"}, {"node_id": "b--c", "failure_type": "link_down"}]}
    assert "high_cpu on a, link_down on b--c" in text(CycleUpdate.model_validate({"cycle": 3, "phases": more}))
