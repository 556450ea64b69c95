"""Each service without its core: it decides nothing and takes in no events.

As a plugin of pytest (`-p tests.maimed`, the service named by `MAIMED`) it takes the core away before any test is read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from shared.domain.events import DiagnosisMade, Incident
from shared.domain.kinds import ServiceName

VARIABLE = "MAIMED"


def _nothing(*_: object, **__: object) -> list[Any]:
    return []


def _no_cause(incident: Incident, *_: object, **__: object) -> DiagnosisMade:
    return DiagnosisMade(incident_id=incident.id, revision=incident.revision, at=incident.updated)


MAIMED: Mapping[ServiceName, Mapping[str, Callable[..., Any]]] = {
    ServiceName.INJECTOR: {"services.injector.core.Campaign.advance": _nothing},
    ServiceName.DETECTOR: {"services.detector.core.Detector.observe": _nothing},
    ServiceName.CORRELATOR: {
        "services.correlator.core.Correlator.absorb": _nothing,
        "services.correlator.core.Correlator.advance": _nothing,
    },
    ServiceName.RCA: {"services.rca.core.diagnose": _no_cause},
    ServiceName.REMEDIATOR: {
        "services.remediator.core.Remediator.absorb": _nothing,
        "services.remediator.core.Remediator.advance": _nothing,
    },
    ServiceName.STABILIZER: {
        "services.stabilizer.core.Stabilizer.observe": _nothing,
        "services.stabilizer.core.Stabilizer.absorb": _nothing,
        "services.stabilizer.core.Stabilizer.advance": _nothing,
    },
    ServiceName.GATEWAY: {
        "services.gateway.core.View.absorb": _nothing,
        "services.gateway.scoring.scorecard.Scorecard.absorb": _nothing,
    },
}


def maim(name: ServiceName, monkeypatch: pytest.MonkeyPatch) -> None:
    for target, no_op in MAIMED[name].items():
        monkeypatch.setattr(target, no_op)


if VARIABLE in os.environ:
    maim(ServiceName(os.environ[VARIABLE]), pytest.MonkeyPatch())
