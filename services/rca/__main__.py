"""Runs the analyst: `python -m services.rca`."""

import sys

from services.rca.service import RcaService
from shared.kinds import ServiceName
from shared.runner import run

if __name__ == "__main__":
    sys.exit(run(ServiceName.RCA, lambda _settings: RcaService()))
