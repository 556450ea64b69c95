"""`python -m network.lab.faults.watch FOLDER`: clears the faults of a laboratory when their time is over.

It is the dead-man of the injector: it runs on its own, reads nothing but the journal, and ends when no fault is left or
the laboratory is gone. It also ends a fault of a port that was reset.
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

from network.lab.errors import LabError
from network.lab.faults.injector import LabInjector
from network.lab.faults.journal import Journal
from network.lab.faults.opened import no_watch, opened

LOOK_EVERY = 0.25
AGAIN = 5.0
"""Seconds between two looks, and until what could not be undone is tried again."""


def main(folder: Path) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    journal = Journal(folder)
    with journal.watching() as release:
        if release is None:
            return
        injector = LabInjector(opened(folder), no_watch)
        later: dict[str, float] = {}
        while True:
            # Under the lock no fault is just being written; the next one that is written starts another process.
            with journal.locked():
                if not journal.entries():
                    release()
                    return
            for fault_id in injector.over():
                if later.get(fault_id, 0.0) <= time.monotonic() and injector.clear(fault_id) is not None:
                    later[fault_id] = time.monotonic() + AGAIN
            time.sleep(LOOK_EVERY)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except LabError:
        sys.exit(1)
