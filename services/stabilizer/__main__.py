"""Runs the stabilizer: `python -m services.stabilizer`."""

import sys

from shared.domain.kinds import ServiceName
from shared.platform.runner import add_catalogue, main

if __name__ == "__main__":
    add_catalogue(ServiceName.STABILIZER)
    from services.stabilizer.service import StabilizerService

    sys.exit(main(ServiceName.STABILIZER, lambda settings: StabilizerService()))
