"""Runs the remediator: `python -m services.remediator`."""

import sys

from shared.domain.kinds import ServiceName
from shared.platform.runner import add_catalogue, main

if __name__ == "__main__":
    add_catalogue(ServiceName.REMEDIATOR)
    from services.remediator.service import RemediatorService
    from services.remediator.settings import RemediatorSettings

    sys.exit(main(ServiceName.REMEDIATOR, lambda settings: RemediatorService(settings.limits()), RemediatorSettings))
