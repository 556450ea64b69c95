"""Adds the rows of the file in `NMS_CATALOGUE`, before any module derives a table from the catalogue.

Rule: the parser is imported only if a file is named, so that other starts are faster.
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "NMS_CATALOGUE"


def add_from_environment() -> None:
    """Add the rows of the file in `NMS_CATALOGUE`, if it is set. Raises SettingError."""
    if path := os.environ.get(VARIABLE):
        from shared.platform.catalogue_file import add_file

        add_file(Path(path))
