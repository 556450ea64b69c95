"""Runs the correlator: `python -m services.correlator`."""

import sys

from services.correlator.service import CorrelatorService
from shared.domain.kinds import ServiceName
from shared.platform.runner import main

if __name__ == "__main__":
    sys.exit(main(ServiceName.CORRELATOR, lambda _settings: CorrelatorService()))
