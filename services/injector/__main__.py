"""Runs the injector: `python -m services.injector`."""

import sys

from services.injector.service import InjectorService
from services.injector.settings import InjectorSettings
from shared.kinds import ServiceName
from shared.runner import main

if __name__ == "__main__":
    sys.exit(main(ServiceName.INJECTOR, lambda settings: InjectorService(settings.seed), InjectorSettings))
