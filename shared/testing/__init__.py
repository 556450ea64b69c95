"""What tests of every room use: builders of events, a real broker on a free port."""

from shared.testing.broker import TestBroker, bus_for, running_broker
from shared.testing.builders import (
    EVERYTHING,
    NOON,
    STRIKES_LINKS,
    STRIKES_NODES,
    action,
    anomaly,
    cause,
    cleared,
    diagnosis,
    elements,
    fault,
    incident,
    member,
    raised,
    telemetry,
    tick,
)

__all__ = [
    "EVERYTHING",
    "NOON",
    "STRIKES_LINKS",
    "STRIKES_NODES",
    "TestBroker",
    "action",
    "anomaly",
    "bus_for",
    "cause",
    "cleared",
    "diagnosis",
    "elements",
    "fault",
    "incident",
    "member",
    "raised",
    "running_broker",
    "telemetry",
    "tick",
]
