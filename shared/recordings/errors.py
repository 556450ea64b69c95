"""What can be wrong with a recording."""

from __future__ import annotations

from shared.domain.errors import SettingError


class Broken(SettingError):
    """Raised when a recording cannot be read; says the file, and the line where there is one."""


class CutOff(Broken):
    """Raised when a file ends where it should not: its writer was killed, or the disk was full."""
