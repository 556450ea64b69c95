"""The error of the laboratory: what ends one of its commands."""

from __future__ import annotations

from shared.domain.errors import NmsError


class LabError(NmsError):
    """A laboratory cannot be built, is not there, or does not work. The text states the remedy."""
