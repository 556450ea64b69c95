"""Bounds for the options of a whole system, the threads of its processes, and the address of the source code."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
MAX_REPLICAS = 16
MIN_SPEED, MAX_SPEED = 0.01, 1000.0
MAX_LOAD = 10.0
MAX_SEED = 2**63 - 1
MAX_QUIET_HOURS = 1000.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""The arrays are small, so threads of a linear algebra library would only cost memory and CPU time."""
