"""Tables for a terminal, from the bodies that the gateway answers."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from nms.client import Body, Json
from services.gateway.scorecard import Quantiles, ScorecardReport

COUNTS = ("detected", "right_node", "right_kind", "repaired", "needless_actions", "false_anomalies")
STEPS = {
    "detect": "fault to anomaly",
    "diagnose": "anomaly to diagnosis",
    "act": "diagnosis to action",
    "repair": "fault to verified repair",
}

TIME_OF_DAY = slice(11, 19)


def scorecard_table(report: ScorecardReport) -> Table:
    """Return the scorecard: counts, shares, and how long each step took."""
    table = Table(title=f"Scorecard: {report.faults} faults", show_header=False, title_justify="left")
    for name in COUNTS:
        count: int = getattr(report, name)
        share = f"{100 * count / report.faults:6.1f} %" if report.faults else ""
        table.add_row(name.replace("_", " "), f"{count:>5} {share}")
    for step, words in STEPS.items():
        quantiles: Quantiles = getattr(report.seconds, step)
        table.add_row(
            words, f"p50 {_seconds(quantiles.p50)}  p95 {_seconds(quantiles.p95)}  max {_seconds(quantiles.max)}"
        )
    return table


def incidents_table(body: Body) -> Table:
    """Return the incidents, the newest last."""
    table = Table("since", "severity", "type")
    table.add_column("node", overflow="fold")
    table.add_column("status")
    table.add_column("seconds", justify="right")
    table.add_column("id", overflow="fold")
    for incident in _mappings(body.get("recent_incidents")):
        since = _text(incident.get("timestamp"))[TIME_OF_DAY]
        cells = ("severity", "type", "node_id", "status", "resolution_seconds", "id")
        table.add_row(since, *(_text(incident.get(cell)) for cell in cells))
    return table


def services_table(body: Body) -> Table:
    """Return the processes and how they are."""
    table = Table("service", "replica", "state")
    for service in _mappings(body.get("services")):
        state = next((service[key] for key in ("status", "state", "health", "healthy") if key in service), None)
        table.add_row(_text(service.get("name") or service.get("service")), _text(service.get("replica")), _text(state))
    return table


def summary(server: str, state: Body, metrics: Body) -> str:
    """Return in three lines how the system is."""
    nodes = _mapping(metrics.get("summary"))
    return "\n".join(
        (
            f"{server}: {'running' if state.get('running') else 'stopped'}, cycle {_text(state.get('cycle_count'))}, "
            f"repair mode {_text(state.get('mode'))}",
            f"{_text(nodes.get('total_nodes'))} nodes: {_text(nodes.get('healthy'))} healthy, "
            f"{_text(nodes.get('degraded'))} degraded, {_text(nodes.get('down'))} down",
        )
    )


def _text(value: Json) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _seconds(value: float | None) -> str:
    return f"{value:.2f} s" if value is not None else "-"


def _mapping(value: Json) -> Body:
    return value if isinstance(value, dict) else {}


def _mappings(value: Json) -> Iterable[Body]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
