"""Stores the results of a replay as a new recording, which can be replayed and compared too."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from nms.extras.recording.ledger import RecordingLedger, full, make_folder
from nms.extras.recording.published import entry_of_event
from nms.extras.recording.run import OUTPUT
from shared.domain.events import Event
from shared.domain.kinds import ServiceName
from shared.recordings.choices import Family
from shared.recordings.reader import Recording

SOURCE = "replay"
OVER = "the recording is over"
FAMILY_OF = {
    "anomaly": Family.ANOMALIES,
    "incident": Family.INCIDENTS,
    "diagnosis": Family.CAUSES,
}


class ReplayWriter:
    """Raises DiskFull, or SettingError if the folder is not empty."""

    def __init__(self, folder: Path, recording: Recording, stages: Collection[ServiceName]) -> None:
        make_folder(folder)
        self._number = 0
        self._ledger = RecordingLedger(
            folder, [OUTPUT[stage] for stage in stages], recording.topology, recording.manifest.seed
        )

    def take(self, event: Event, time: float) -> None:
        self._number += 1
        family = FAMILY_OF[event.subject.partition(".")[0]]
        try:
            self._ledger.take(family, entry_of_event(event, time, SOURCE, self._number, time))
        except OSError as error:
            raise full(self._ledger.folder, error) from None

    def finish(self) -> None:
        try:
            self._ledger.finish(OVER)
        except OSError as error:
            raise full(self._ledger.folder, error) from None
