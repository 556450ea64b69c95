"""Records the messages of a loop in one process, as `nms record` would record them from a broker.

Messages get numbers and times of storage as from a broker: a number for each stream, and a time a little later than
the time of publishing. Both follow from the run alone, so that a run that is repeated has the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nms.extras.recording.ledger import RecordingLedger
from nms.extras.recording.published import entry_of_event
from shared.domain import subjects
from shared.domain.catalogue import Role, metric_in_role
from shared.domain.config import Desired
from shared.domain.events import Event
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Rows, Tick, encode_tick
from shared.platform.bus import codec
from shared.recordings.choices import Family
from shared.recordings.entry import NATS_ID, RecordedEntry, entry_of_message
from shared.recordings.families import SETTINGS_SUBJECT, SOURCES

SOURCE = "loop"
FAMILIES = tuple(family for family in Family if family is not Family.LOG)
"""The loop in one process writes no log."""
LAG = 0.01
"""Seconds from the publication of a message to its storage."""
BETWEEN = 0.0001
"""Seconds between two messages that are published at the same time."""
STATES = {kind: metric_in_role(kind, Role.STATE) for kind in (ElementKind.NODE, ElementKind.LINK)}
_FAMILY_OF = {word: family for family, source in SOURCES.items() for word in source.words}


@dataclass
class SampleCounts:
    """`rows`: samples of an element that were due. `empty`: those that did not come in time. `late`: those of the
    empty ones that came later.
    """

    rows: int = 0
    empty: int = 0
    late: int = 0

    @property
    def missing(self) -> int:
        return self.empty - self.late

    def take(self, tick: Tick) -> None:
        for rows in (tick, *tick.late):
            for kind, state in STATES.items():
                self._take(rows, tick is not rows, kind, state)

    def _take(self, rows: Rows, late: bool, kind: ElementKind, state: str) -> None:
        columns = rows.of(kind)
        if late:
            self.late += len(columns.ids)
        else:
            self.rows += len(columns.ids)
            self.empty += columns.column(state).count(None)


@dataclass
class LoopRecorder:
    """Each method raises OSError."""

    ledger: RecordingLedger
    samples: SampleCounts = field(default_factory=SampleCounts)
    _numbers: dict[Family, int] = field(default_factory=dict)
    _stored: float = 0.0

    def settings(self, desired: Desired, now: float) -> None:
        number, stored = self._place(Family.SETTINGS, now)
        data = desired.model_dump_json().encode()
        self.put(Family.SETTINGS, entry_of_message(SETTINGS_SUBJECT, data, {}, number, stored))

    def tick(self, tick: Tick) -> None:
        self.samples.take(tick)
        number, stored = self._place(Family.TELEMETRY, tick.instant)
        headers = {NATS_ID: f"{tick.partition}.{tick.tick}.{tick.at}"}
        subject = subjects.metrics(tick.partition)
        self.put(Family.TELEMETRY, entry_of_message(subject, encode_tick(tick), headers, number, stored))

    def event(self, event: Event, now: float) -> None:
        family = _FAMILY_OF[codec.subject_of(event).partition(".")[0]]
        number, stored = self._place(family, now)
        self.put(family, entry_of_event(event, now, SOURCE, number, stored))

    def _place(self, family: Family, now: float) -> tuple[int, float]:
        """Return the number and the time of storage of the next message."""
        self._numbers[family] = self._numbers.get(family, 0) + 1
        self._stored = max(now + LAG, self._stored + BETWEEN)
        return self._numbers[family], self._stored

    def put(self, family: Family, entry: RecordedEntry) -> None:
        self.ledger.take(family, entry)
