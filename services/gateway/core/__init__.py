"""The gateway's core: all that it knows, and the bodies it shows. Pure; events and ticks in, bodies out."""

from services.gateway.core.feed import Feed, FeedFrame
from services.gateway.core.incidents import CursorError, IncidentTracker
from services.gateway.core.view import View

__all__ = ["CursorError", "Feed", "FeedFrame", "IncidentTracker", "View"]
