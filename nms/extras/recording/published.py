"""Turns an event into the message that a recording would contain if the event had been published."""

from __future__ import annotations

from shared.domain.events import Event
from shared.platform.bus import codec
from shared.recordings.entry import RecordedEntry, entry_of_message


def entry_of_event(event: Event, at: float, source: str, sequence: int, stored: float) -> RecordedEntry:
    """`at`: network time of publication; `stored`: wall time of storage."""
    subject = codec.subject_of(event)
    return entry_of_message(subject, codec.encode(event), codec.headers_of(event, at, source), sequence, stored)
