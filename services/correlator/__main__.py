"""Runs the correlator: `python -m services.correlator`."""

import sys

from shared.domain.kinds import ServiceName
from shared.platform.runner import add_catalogue, main

if __name__ == "__main__":
    add_catalogue(ServiceName.CORRELATOR)
    from services.correlator.service import CorrelatorService

    sys.exit(main(ServiceName.CORRELATOR, lambda _settings: CorrelatorService()))
