"""The families and formats that a user can choose; a separate module, so that `nms --help` is fast."""

from __future__ import annotations

from enum import StrEnum


class Family(StrEnum):
    """A family of messages. `settings`, the desired state, is always recorded: a replay needs the thresholds."""

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
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
