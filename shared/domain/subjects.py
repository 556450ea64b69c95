"""The only place where a NATS subject, stream, bucket or durable is spelled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.kinds import ServiceName

METRICS = "metrics"
CONTROL = "control"
LOG = "log"
DEAD_LETTERS = "deadletter"


class Stream(StrEnum):
    """The families of messages, by the name of the stream that keeps them; `kept` says of which there are several."""

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


@dataclass(frozen=True)
class Kept:
    """One stream of a family, and on which subjects it takes messages."""

    name: str
    family: Stream
    subject: str


KEPT_FOR_EACH_SERVICE = frozenset({Stream.LOG, Stream.DEADLETTER})
"""Families that every service writes to: each has a stream of its own there, so that it can fill and repeat its own
alone. A stream drops the oldest of all its messages when it is full, and takes an id once, whoever said it."""


OF_TWO_SERVICES = frozenset({Stream.FAULT, Stream.REMEDIATION})
"""Families whose one stream two services write to, each on subjects of its own; who is told that its id was there
already looks on which subject (`Bus.publish`)."""


def kept(family: Stream) -> tuple[Kept, ...]:
    """Return the streams that keep a family."""
    if family not in KEPT_FOR_EACH_SERVICE:
        return (Kept(family.value, family, family_pattern(family)),)
    deeper = ".*" if family is Stream.LOG else ""
    return tuple(Kept(f"{family}_{name}", family, f"{family.lower()}.{name}{deeper}") for name in ServiceName)


def family_pattern(family: Stream) -> str:
    """Return the pattern that covers all subjects of a family, and what a client without credentials may listen to."""
    return f"{LOG}.>" if family is Stream.LOG else f"{family.lower()}.*"


def kept_in(pattern: str) -> tuple[tuple[Kept, str], ...]:
    """Return the streams in which messages of a pattern are kept, each with the part of the pattern that is there."""
    word, _, rest = pattern.partition(".")
    family = next((stream for stream in Stream if stream.lower() == word), None)
    if family is None:
        return ()
    if family not in KEPT_FOR_EACH_SERVICE:
        return ((kept(family)[0], pattern),)
    service, _, level = rest.partition(".")
    return tuple(
        (one, one.subject.replace("*", level) if level not in ("", ">") else one.subject)
        for one in kept(family)
        if service in ("*", ">", one.subject.split(".")[1])
    )


def bucket_name(bucket: Bucket, service: str) -> str:
    """Return the name at the broker of the bucket that a service means; each has leases of its own."""
    return f"{bucket}-{service}" if bucket is Bucket.LEASES else bucket.value


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


def log(service: str, level: str) -> str:
    """The subject of a service's log lines of one level: the broker lets nobody else publish there."""
    return f"{LOG}.{service}.{level}"


def kv_key(text: str) -> str:
    """Return `text` as a key that NATS allows; no two texts make the same one."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_") else _escape(char) for char in text)


def _escape(char: str) -> str:
    return "".join(f"={byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
