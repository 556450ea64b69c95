"""The vocabulary of the loop: every closed set of words that more than one room uses, beside the open ones."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

from shared.domain.vocabulary import ActionKind as ActionKind
from shared.domain.vocabulary import FaultKind as FaultKind


class NodeType(StrEnum):
    """What a node is for."""

    ROUTER = "router"
    SWITCH = "switch"
    SERVER = "server"


class ElementKind(StrEnum):
    """What metrics, faults and actions are about; in this order `n`, `n:eth0`, `a--b`, `ospf/a--b`, `dns/n`, `a->b`."""

    NODE = "node"
    INTERFACE = "interface"
    LINK = "link"
    SESSION = "session"
    SERVICE = "service"
    PATH = "path"


class NodeStatus(StrEnum):
    """A node as the stabilizer sees it: degraded has trouble of its own, affected only suffers from another's."""

    HEALTHY = "healthy"
    AFFECTED = "affected"
    DEGRADED = "degraded"
    DOWN = "down"


class NetworkState(StrEnum):
    """The whole network as the stabilizer sees it; blind where no telemetry comes, so that nobody can tell."""

    STABLE = "stable"
    RECOVERING = "recovering"
    UNSTABLE = "unstable"
    BLIND = "blind"


class Severity(StrEnum):
    """How bad an anomaly or incident is."""

    WARNING = "warning"
    CRITICAL = "critical"


class Shape(StrEnum):
    """How a metric left its normal course: at once, slowly and steadily, or down and up in turn."""

    STEP = "step"
    RAMP = "ramp"
    FLAP = "flap"


class Mode(StrEnum):
    """How far the remediator may go: nothing, propose, act once approved, act."""

    OFF = "off"
    SUGGEST = "suggest"
    APPROVE = "approve"
    AUTO = "auto"


class EndedBy(StrEnum):
    """What ended a fault."""

    ACTION = "action"
    TTL = "ttl"
    CANCELLED = "cancelled"


class IncidentState(StrEnum):
    """Where an incident stands. An escalated one is still open, but waits for a person."""

    OPEN = "open"
    ESCALATED = "escalated"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """What cleared a resolved incident; `merged` ones live on in another and are not counted."""

    AUTO_RESOLVED = "auto_resolved"
    MANUAL_INTERVENTION = "manual_intervention"
    SELF_CLEARED = "self_cleared"
    MERGED = "merged"


class ActionState(StrEnum):
    """Where one action stands in its life."""

    PROPOSED = "proposed"
    BLOCKED = "blocked"
    APPROVED = "approved"
    STARTED = "started"
    APPLIED = "applied"
    VERIFIED = "verified"
    FAILED = "failed"
    REVERTED = "reverted"
    REJECTED = "rejected"


class Level(StrEnum):
    """The level of a line in the operator's log."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


class ServiceName(StrEnum):
    """The eight processes of the loop."""

    INJECTOR = "injector"
    DETECTOR = "detector"
    CORRELATOR = "correlator"
    RCA = "rca"
    REMEDIATOR = "remediator"
    STABILIZER = "stabilizer"
    GATEWAY = "gateway"
    NETWORK = "network"


Word = TypeVar("Word", bound=StrEnum)


def in_order(words: type[Word], some: Collection[Word]) -> tuple[Word, ...]:
    """Return some words of a closed set in the order of their declaration, so that the same ones are written alike."""
    return tuple(word for word in words if word in some)
