"""The names of all NATS subjects, streams, buckets and durable consumers. Other modules take the names from here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.kinds import ServiceName

METRICS = "metrics"
CONTROL = "control"
LOG = "log"
DEAD_LETTERS = "deadletter"


class Stream(StrEnum):
    """Some families have several streams: see `kept`."""

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
    """A stream that stores messages of a family. `subject`: the pattern of the subjects that it stores."""

    name: str
    family: Stream
    subject: str


KEPT_FOR_EACH_SERVICE = frozenset({Stream.LOG, Stream.DEADLETTER})
"""The families that have a separate stream for each service. In a common stream, a service could make the messages of
others disappear: a full stream drops its oldest messages, and a stream stores a message id only once.
"""


OF_TWO_SERVICES = frozenset({Stream.FAULT, Stream.REMEDIATION})
"""The families whose stream two services write to, each on different subjects. If the stream already has the id of a
message, the publisher checks that the stored message has the same subject (`Bus.publish`).
"""


def kept(family: Stream) -> tuple[Kept, ...]:
    if family not in KEPT_FOR_EACH_SERVICE:
        return (Kept(family.value, family, family_pattern(family)),)
    deeper = ".*" if family is Stream.LOG else ""
    return tuple(Kept(f"{family}_{name}", family, f"{family.lower()}.{name}{deeper}") for name in ServiceName)


def family_pattern(family: Stream) -> str:
    return f"{LOG}.>" if family is Stream.LOG else f"{family.lower()}.*"


def kept_in(pattern: str) -> tuple[tuple[Kept, str], ...]:
    """Return the streams that store subjects of a pattern, each with the narrower pattern for that stream."""
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
    return f"{bucket}-{service}" if bucket is Bucket.LEASES else bucket.value


@dataclass(frozen=True)
class Durable:
    """A durable pull consumer. The broker's bootstrap creates it."""

    stream: Stream
    name: str
    filters: tuple[str, ...]


CORRELATOR_ANOMALIES = Durable(Stream.ANOMALY, "correlator", ("anomaly.raised", "anomaly.cleared"))
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
    """The broker lets only that service publish on this subject."""
    return f"{LOG}.{service}.{level}"


def kv_key(text: str) -> str:
    """Different texts have different keys."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_") else _escape(char) for char in text)


def _escape(char: str) -> str:
    return "".join(f"={byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
