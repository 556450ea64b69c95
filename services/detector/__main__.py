"""Runs the detector: `python -m services.detector`."""

import sys

from shared.domain.kinds import ServiceName
from shared.platform.runner import add_catalogue, main

if __name__ == "__main__":
    add_catalogue(ServiceName.DETECTOR)
    from services.detector.service import DetectorService

    sys.exit(main(ServiceName.DETECTOR, lambda settings: DetectorService()))
