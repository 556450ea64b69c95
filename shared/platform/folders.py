"""Where state is kept; apart from the settings, so that who only asks this does not wait for their library."""

from __future__ import annotations

import os
from pathlib import Path


def state_home() -> Path:
    """Return the folder that state is kept in where none is named: `$XDG_STATE_HOME/nms`."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "nms"
