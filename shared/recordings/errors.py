"""The errors that reading a recording may raise."""

from __future__ import annotations

from shared.domain.errors import SettingError


class Broken(SettingError):
    """The message names the file, and the line if it is known."""


class CutOff(Broken):
    """Raised when a file ends too early: its writer was killed, or the disk was full."""
