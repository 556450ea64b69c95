"""Runs the injector: `python -m services.injector`."""

import sys

from services.injector.service import InjectorService
from services.injector.settings import InjectorSettings
from shared.domain.kinds import ServiceName
from shared.platform.runner import main

if __name__ == "__main__":
    sys.exit(main(ServiceName.INJECTOR, lambda settings: InjectorService(settings.seed), InjectorSettings))
