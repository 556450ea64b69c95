"""Runs the stabilizer: `python -m services.stabilizer`."""

import sys

from services.stabilizer.service import StabilizerService
from shared.kinds import ServiceName
from shared.runner import main

if __name__ == "__main__":
    sys.exit(main(ServiceName.STABILIZER, lambda settings: StabilizerService()))
