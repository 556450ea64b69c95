"""Runs the remediator: `python -m services.remediator`."""

import sys

from services.remediator.service import RemediatorService
from services.remediator.settings import RemediatorSettings
from shared.domain.kinds import ServiceName
from shared.platform.runner import main

if __name__ == "__main__":
    sys.exit(main(ServiceName.REMEDIATOR, lambda settings: RemediatorService(settings.limits()), RemediatorSettings))
