"""Runs the analyst: `python -m services.rca`."""

import sys

from services.rca.service import RcaService
from shared.domain.kinds import ServiceName
from shared.platform.runner import main

if __name__ == "__main__":
    sys.exit(main(ServiceName.RCA, lambda _settings: RcaService()))
