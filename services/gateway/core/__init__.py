"""The gateway's core: it receives events and ticks, and returns the bodies of answers and frames. Pure."""

from services.gateway.core.cursors import CursorError
from services.gateway.core.feed import Feed, FeedFrame
from services.gateway.core.incidents import IncidentTracker
from services.gateway.core.view import View

__all__ = ["CursorError", "Feed", "FeedFrame", "IncidentTracker", "View"]
