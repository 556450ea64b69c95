"""Runs the network process: `python -m network`."""

import sys

from shared.domain.kinds import ServiceName
from shared.platform.runner import add_catalogue, main

if __name__ == "__main__":
    add_catalogue(ServiceName.NETWORK)
    from network.host.service import NetworkService
    from network.settings import NetworkSettings

    sys.exit(main(ServiceName.NETWORK, NetworkService, NetworkSettings))
