"""Runs the stabilizer: `python -m services.stabilizer`."""

import sys

from services.stabilizer.service import StabilizerService
from shared.domain.kinds import ServiceName
from shared.platform.runner import main

if __name__ == "__main__":
    sys.exit(main(ServiceName.STABILIZER, lambda settings: StabilizerService()))
