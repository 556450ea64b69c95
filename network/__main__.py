"""`python -m network`."""

import sys

from network.host.service import NetworkService
from network.settings import NetworkSettings
from shared.domain.kinds import ServiceName
from shared.platform.runner import main

if __name__ == "__main__":
    sys.exit(main(ServiceName.NETWORK, NetworkService, NetworkSettings))
