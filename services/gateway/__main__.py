"""Runs the gateway: `python -m services.gateway`."""

import sys

from shared.domain.kinds import ServiceName
from shared.platform.runner import add_catalogue, main

if __name__ == "__main__":
    add_catalogue(ServiceName.GATEWAY)
    from services.gateway.service import GatewayService
    from services.gateway.settings import GatewaySettings

    sys.exit(main(ServiceName.GATEWAY, GatewayService, GatewaySettings))
