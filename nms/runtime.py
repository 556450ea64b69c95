"""What the system on this machine says of itself: read by every command, so it imports next to nothing."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

RUNTIME_FILE = "runtime.json"


@dataclass(frozen=True)
class Runtime:
    """What a running system says of itself in runtime.json."""

    url: str
    nats_url: str
    pid: int
    processes: dict[str, int] = field(default_factory=dict)


def read_runtime(folder: Path) -> Runtime | None:
    """Return what the running system says of itself; None where none runs."""
    try:
        said = json.loads((folder / RUNTIME_FILE).read_bytes())
        runtime = Runtime(str(said["url"]), str(said["nats_url"]), int(said["pid"]), dict(said["processes"]))
        os.kill(runtime.pid, 0)
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return None
    return runtime
