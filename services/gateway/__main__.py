"""Runs the gateway: `python -m services.gateway`."""

import sys

from services.gateway.service import GatewayService
from services.gateway.settings import GatewaySettings
from shared.domain.kinds import ServiceName
from shared.platform.runner import main

if __name__ == "__main__":
    sys.exit(main(ServiceName.GATEWAY, GatewayService, GatewaySettings))
