"""Runs the gateway: `python -m services.gateway`."""

import sys

from services.gateway.service import GatewayService
from services.gateway.settings import GatewaySettings
from shared.kinds import ServiceName
from shared.runner import run

if __name__ == "__main__":
    sys.exit(run(ServiceName.GATEWAY, GatewayService, GatewaySettings))
