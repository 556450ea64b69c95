"""The names of all NATS subjects, streams, buckets and durable consumers. No other module spells them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.kinds import ServiceName

METRICS = "metrics"
CONTROL = "control"
LOG = "log"
DEAD_LETTERS = "deadletter"


class Stream(StrEnum):
    """The families of messages, by the name of their stream. Some have several streams: see `kept`."""

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
    """One stream of a family, and the pattern of its subjects."""

    name: str
    family: Stream
    subject: str


KEPT_FOR_EACH_SERVICE = frozenset({Stream.LOG, Stream.DEADLETTER})
"""Families in which each service has a separate stream, so that a service can affect only its own messages. A full
stream drops its oldest messages, and a stream stores a message id only once.
"""


OF_TWO_SERVICES = frozenset({Stream.FAULT, Stream.REMEDIATION})
"""Families with a single stream, to which two services write, each on its own subjects. If the id of a message is
stored already, the publisher therefore checks whether it is stored on the message's subject (`Bus.publish`).
"""


def kept(family: Stream) -> tuple[Kept, ...]:
    """Return the streams of a family."""
    if family not in KEPT_FOR_EACH_SERVICE:
        return (Kept(family.value, family, family_pattern(family)),)
    deeper = ".*" if family is Stream.LOG else ""
    return tuple(Kept(f"{family}_{name}", family, f"{family.lower()}.{name}{deeper}") for name in ServiceName)


def family_pattern(family: Stream) -> str:
    """Return the pattern of all subjects of a family, which clients without credentials may subscribe to."""
    return f"{LOG}.>" if family is Stream.LOG else f"{family.lower()}.*"


def kept_in(pattern: str) -> tuple[tuple[Kept, str], ...]:
    """Return the streams that store messages of a pattern, each with the part of the pattern that the stream covers."""
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
    """Return the bucket's name at the broker; each service has a separate bucket of leases."""
    return f"{bucket}-{service}" if bucket is Bucket.LEASES else bucket.value


@dataclass(frozen=True)
class Durable:
    """A durable pull consumer, which the bootstrap step creates."""

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
    return f"{METRICS}.{partition}"


def control(service: str) -> str:
    return f"{CONTROL}.{service}"


def dead_letters(service: str) -> str:
    return f"{DEAD_LETTERS}.{service}"


def log(service: str, level: str) -> str:
    """Return the subject of a service's log lines. The broker permits only that service to publish there."""
    return f"{LOG}.{service}.{level}"


def kv_key(text: str) -> str:
    """Escape a text to a key that NATS accepts; different texts have different keys."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_") else _escape(char) for char in text)


def _escape(char: str) -> str:
    return "".join(f"={byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
