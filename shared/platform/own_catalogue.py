"""Adds the rows that the environment asks for, before any module derives a table from the catalogue.

`NMS_NETWORK` may name a network of real devices, whose rows are added; `NMS_CATALOGUE` a file with rows of one's own.
Rule: the parser is imported only if a file is named, so that other starts are faster.
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "NMS_CATALOGUE"
NETWORK = "NMS_NETWORK"
DEVICES = "devices"
"""The driver whose networks consist of real devices."""
INVENTORIES = (".yaml", ".yml")
"""A file with such a name is an inventory of devices: its driver need not be named."""


def add_from_environment() -> None:
    """Raises SettingError if the file in `NMS_CATALOGUE` is invalid."""
    add_for_network(os.environ.get(NETWORK, ""))
    if path := os.environ.get(VARIABLE):
        from shared.platform.catalogue_file import add_file

        add_file(Path(path))


def add_for_network(network: str) -> None:
    """`network`: as `NMS_NETWORK` writes it: the name of a driver, then perhaps a colon and an argument."""
    if network.partition(":")[0] == DEVICES or network.endswith(INVENTORIES):
        from shared.domain.catalogue.devices import add_device_rows

        add_device_rows()
