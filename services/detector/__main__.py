"""Runs the detector: `python -m services.detector`."""

import sys

from services.detector.service import DetectorService
from shared.domain.kinds import ServiceName
from shared.platform.runner import main

if __name__ == "__main__":
    sys.exit(main(ServiceName.DETECTOR, lambda settings: DetectorService()))
