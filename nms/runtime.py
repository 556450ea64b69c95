"""The file runtime.json of the system on this machine. Every command reads the file, so this module imports very
little.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

RUNTIME_FILE = "runtime.json"


@dataclass(frozen=True)
class Runtime:
    url: str
    nats_url: str
    pid: int
    processes: dict[str, int] = field(default_factory=dict)


def read_runtime(folder: Path) -> Runtime | None:
    """None if no system runs."""
    try:
        known = json.loads((folder / RUNTIME_FILE).read_bytes())
        runtime = Runtime(str(known["url"]), str(known["nats_url"]), int(known["pid"]), dict(known["processes"]))
        os.kill(runtime.pid, 0)
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return None
    return runtime
