"""Turns an event into the recorded message that its publication would have left."""

from __future__ import annotations

from shared.domain.events import Event
from shared.platform.bus import codec
from shared.recordings.entry import RecordedEntry, entry_of_message


def entry_of_event(event: Event, at: float, source: str, sequence: int, stored: float) -> RecordedEntry:
    """Return the message of an event published at network time `at` and stored at wall time `stored`."""
    subject = codec.subject_of(event)
    return entry_of_message(subject, codec.encode(event), codec.headers_of(event, at, source), sequence, stored)
