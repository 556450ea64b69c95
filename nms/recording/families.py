"""What a recording keeps together, and where on the broker it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nms.recording.choices import Family
from shared.config import CONFIG_KEY
from shared.subjects import Bucket, Stream

SETTINGS_SUBJECT = f"$KV.{Bucket.CONFIG}.{CONFIG_KEY}"


@dataclass(frozen=True)
class Source:
    """Where a family comes from on the broker."""

    stream: str
    subjects: str


SOURCES: Mapping[Family, Source] = MappingProxyType(
    {
        Family.TELEMETRY: Source(Stream.METRICS, "metrics.*"),
        Family.SETTINGS: Source(f"KV_{Bucket.CONFIG}", SETTINGS_SUBJECT),
        Family.TRUTH: Source(Stream.FAULT, "fault.*"),
        Family.ANOMALIES: Source(Stream.ANOMALY, "anomaly.*"),
        Family.INCIDENTS: Source(Stream.INCIDENT, "incident.*"),
        Family.CAUSES: Source(Stream.DIAGNOSIS, "diagnosis.*"),
        Family.ACTIONS: Source(Stream.REMEDIATION, "remediation.*"),
        Family.STABILITY: Source(Stream.STABILITY, "stability.*"),
        Family.LOG: Source(Stream.LOG, "log.*"),
    }
)
"""In the order in which messages of the same moment are replayed: what was sampled before what was made of it."""
