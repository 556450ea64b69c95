"""The access of a process to NATS. The shell of a service imports only what this module exports."""

from shared.platform.bus.answers import RequestHandler
from shared.platform.bus.bus import Bus, DesiredHandler, EventHandler, Following, Since, Subscription, TimedHandler
from shared.platform.bus.ticks import TickHandler
from shared.platform.bus.who import ServiceInfo

__all__ = [
    "Bus",
    "DesiredHandler",
    "EventHandler",
    "Following",
    "RequestHandler",
    "ServiceInfo",
    "Since",
    "Subscription",
    "TickHandler",
    "TimedHandler",
]
