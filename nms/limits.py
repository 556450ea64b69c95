"""Bounds for the options of a whole system, and the address of the source code."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
MAX_REPLICAS = 16
MIN_SPEED, MAX_SPEED = 0.01, 1000.0
MAX_LOAD = 10.0
MAX_SEED = 2**63 - 1
MAX_QUIET_HOURS = 1000.0
