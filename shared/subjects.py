"""The only place where a NATS subject, stream, bucket or durable is spelled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

METRICS = "metrics"
CONTROL = "control"
LOG = "log"
DEAD_LETTERS = "deadletter"


class Stream(StrEnum):
    """The streams that keep the families."""

    METRICS = "METRICS"
    FAULT = "FAULT"
    ANOMALY = "ANOMALY"
    INCIDENT = "INCIDENT"
    DIAGNOSIS = "DIAGNOSIS"
    REMEDIATION = "REMEDIATION"
    STABILITY = "STABILITY"
    LOG = "LOG"
    DEADLETTER = "DEADLETTER"


class Bucket(StrEnum):
    """The key-value buckets."""

    CONFIG = "config"
    TOPOLOGY = "topology"
    NETWORK = "network"
    FAULTS = "faults"
    INCIDENTS = "incidents"
    ACTIONS = "actions"
    LEASES = "leases"
    TALLY = "tally"


STREAM_NAMES = (*(str(stream) for stream in Stream), *(f"KV_{bucket}" for bucket in Bucket))
"""Every stream as the broker calls it, the buckets' too."""


@dataclass(frozen=True)
class Durable:
    """A durable pull consumer, made once by the bootstrap step."""

    stream: Stream
    name: str
    filters: tuple[str, ...]


CORRELATOR_ANOMALIES = Durable(Stream.ANOMALY, "correlator", ("anomaly.*",))
CORRELATOR_REPAIRS = Durable(
    Stream.REMEDIATION,
    "correlator",
    ("remediation.started", "remediation.applied", "remediation.verified", "remediation.escalated"),
)
RCA_INCIDENTS = Durable(Stream.INCIDENT, "rca", ("incident.opened", "incident.updated"))
NETWORK_COMMANDS = Durable(Stream.REMEDIATION, "network", ("remediation.execute",))
DURABLES = (CORRELATOR_ANOMALIES, CORRELATOR_REPAIRS, RCA_INCIDENTS, NETWORK_COMMANDS)


def metrics(partition: int) -> str:
    """The subject of one partition's telemetry."""
    return f"{METRICS}.{partition}"


def control(service: str) -> str:
    """The subject on which a service answers requests."""
    return f"{CONTROL}.{service}"


def dead_letters(service: str) -> str:
    """The subject on which a service sets aside what it does not understand."""
    return f"{DEAD_LETTERS}.{service}"


def log(level: str) -> str:
    """The subject of log lines of one level."""
    return f"{LOG}.{level}"
