"""All that a shell sees of NATS."""

from shared.bus.answers import RequestHandler
from shared.bus.bus import Bus, DesiredHandler, EventHandler, Following, Since, Subscription, TimedHandler
from shared.bus.ticks import TickHandler
from shared.bus.who import ServiceInfo

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
