"""Runs the remediator: `python -m services.remediator`."""

import sys

from services.remediator.service import RemediatorService
from services.remediator.settings import RemediatorSettings
from shared.kinds import ServiceName
from shared.runner import main

if __name__ == "__main__":
    sys.exit(main(ServiceName.REMEDIATOR, lambda settings: RemediatorService(settings.limits()), RemediatorSettings))
