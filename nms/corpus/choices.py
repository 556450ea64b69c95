"""The scenarios that a user can choose; a separate module, so that `nms --help` is fast."""

from __future__ import annotations

from enum import StrEnum


class Scenario(StrEnum):
    """What happens in a run of the corpus."""

    SINGLE = "single"
    DOUBLE = "double"
    CASCADE = "cascade"
    FLAP = "flap"
    GRAY = "gray"
    LEAK = "leak"
    BENIGN = "benign"
    NONE = "none"


SIZES = (16, 200, 2000)
SHIPPED = ("default", "rough")
"""The worlds of the package, by name; each is a file in `world_files`."""
MAX_RUNS = 1000
MAX_CORPUS = 10_000
"""The largest number of run folders in one corpus."""
