"""Runs the injector: `python -m services.injector`."""

import sys

from services.injector.service import InjectorService
from services.injector.settings import InjectorSettings
from shared.kinds import ServiceName
from shared.runner import run

if __name__ == "__main__":
    sys.exit(run(ServiceName.INJECTOR, lambda settings: InjectorService(settings.seed), InjectorSettings))
