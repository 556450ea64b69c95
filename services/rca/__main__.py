"""Runs rca: `python -m services.rca`."""

import sys

from shared.domain.kinds import ServiceName
from shared.platform.runner import add_catalogue, main

if __name__ == "__main__":
    add_catalogue(ServiceName.RCA)
    from services.rca.service import RcaService

    sys.exit(main(ServiceName.RCA, lambda _settings: RcaService()))
