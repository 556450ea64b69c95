"""Adds the rows of the file that `NMS_CATALOGUE` names, before anything is derived from the catalogue.

Rule: what reads the file is imported only where one is named, so that a start without one does not wait for it.
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "NMS_CATALOGUE"


def add_from_environment() -> None:
    """Add the rows of the file that the environment names; without one, none. Raises CatalogueError."""
    if path := os.environ.get(VARIABLE):
        from shared.platform.catalogue_file import add_file

        add_file(Path(path))
