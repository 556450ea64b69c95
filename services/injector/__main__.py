"""Runs the injector: `python -m services.injector`."""

import sys

from shared.domain.kinds import ServiceName
from shared.platform.runner import add_catalogue, main

if __name__ == "__main__":
    add_catalogue(ServiceName.INJECTOR)
    from services.injector.service import InjectorService
    from services.injector.settings import InjectorSettings

    sys.exit(main(ServiceName.INJECTOR, lambda settings: InjectorService(settings.seed), InjectorSettings))
