"""Runs the stabilizer: `python -m services.stabilizer`."""

import sys

from services.stabilizer.service import StabilizerService
from shared.kinds import ServiceName
from shared.runner import run

if __name__ == "__main__":
    sys.exit(run(ServiceName.STABILIZER, lambda settings: StabilizerService()))
