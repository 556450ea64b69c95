"""The gateway's core: takes in events and ticks, returns the bodies of answers and frames. Pure."""

from services.gateway.core.feed import Feed, FeedFrame
from services.gateway.core.incidents import CursorError, IncidentTracker
from services.gateway.core.view import View

__all__ = ["CursorError", "Feed", "FeedFrame", "IncidentTracker", "View"]
