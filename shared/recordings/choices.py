"""What a person may choose of a recording; apart, so that `nms --help` need not wait for the rest."""

from __future__ import annotations

from enum import StrEnum


class Family(StrEnum):
    """What a recording keeps together. `settings`, the desired state, is always kept: a replay needs the thresholds."""

    TELEMETRY = "telemetry"
    SETTINGS = "settings"
    TRUTH = "truth"
    ANOMALIES = "anomalies"
    INCIDENTS = "incidents"
    CAUSES = "causes"
    ACTIONS = "actions"
    STABILITY = "stability"
    LOG = "log"


class Format(StrEnum):
    """How the messages are written."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
