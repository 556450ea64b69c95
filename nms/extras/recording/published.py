"""An event as the message of a recording that it would have been published as."""

from __future__ import annotations

from shared.domain.events import Event
from shared.platform.bus import codec
from shared.recordings.entry import RecordedEntry, entry_of_message


def entry_of_event(event: Event, at: float, source: str, sequence: int, stored: float) -> RecordedEntry:
    """Return an event as it would have been published at network time `at`."""
    subject = codec.subject_of(event)
    return entry_of_message(subject, codec.encode(event), codec.headers_of(event, at, source), sequence, stored)
