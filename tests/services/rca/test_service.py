"""Rca on a real broker: a diagnosis for every revision, shared by the replicas, with a learnt confidence."""

from __future__ import annotations

import asyncio

from services.rca.core import PRIOR
from services.rca.service import RcaService
from shared.domain.events import DiagnosisMade, IncidentOpened, IncidentUpdated, RemediationFailed, RemediationVerified
from shared.domain.kinds import FaultKind, ServiceName
from shared.testing import NOON, TestBroker, action, anomaly, bus_for, cause, incident

SECONDS = 15.0


async def test_replicas_together_diagnose_each_revision_once(broker: TestBroker) -> None:
    made: list[DiagnosisMade] = []

    async def receive(event: DiagnosisMade, _time: float) -> None:
        made.append(event)

    symptoms = [anomaly("server-1", "cpu_usage"), anomaly("server-1", "latency")]
    incidents = [incident(symptoms[:1], id=f"i{n}", revision=1) for n in range(20)]
    async with (
        bus_for(broker, ServiceName.RCA, "a") as one,
        bus_for(broker, ServiceName.RCA, "b") as two,
        bus_for(broker, ServiceName.GATEWAY) as gateway,
        bus_for(broker, ServiceName.CORRELATOR) as correlator,
    ):
        services = [RcaService(), RcaService()]
        for service, bus in zip(services, (one, two), strict=True):
            await service.start(bus)
        await gateway.follow(["diagnosis.made"], receive, since="all")
        await correlator.publish(*(IncidentOpened(incident=i) for i in incidents))
        await correlator.publish(IncidentUpdated(incident=incident(symptoms, id="i0", revision=2)))
        async with asyncio.timeout(SECONDS):
            while len(made) < 21:
                await asyncio.sleep(0.02)
        for service in services:
            await service.stop()
    assert sorted((d.incident_id, d.revision) for d in made) == sorted([(i.id, 1) for i in incidents] + [("i0", 2)])
    assert {(d.causes[0].element, d.causes[0].kind) for d in made} == {("server-1", FaultKind.HIGH_CPU)}


async def test_confidence_is_learnt_from_the_outcomes_in_the_stream(broker: TestBroker) -> None:
    sure = cause(fit=0.8)
    async with bus_for(broker, ServiceName.REMEDIATOR) as remediator:
        for n in range(40):
            done = action(f"i{n}", cause=sure, applied=NOON)
            kind = RemediationVerified if n % 4 == 0 else RemediationFailed
            await remediator.publish(kind(action=done, at=NOON))
        never_ran = action("x", cause=sure)
        await remediator.publish(RemediationFailed(action=never_ran, at=NOON))
    async with bus_for(broker, ServiceName.RCA) as bus:
        service = RcaService()
        await service.start(bus)
        assert PRIOR.confidence(0.8) > 0.9
        async with asyncio.timeout(SECONDS * 2):
            while service.calibration is PRIOR or service.calibration.pairs < 40:
                await asyncio.sleep(0.05)
        await service.stop()
    assert service.calibration.pairs == 40
    assert 0.2 < service.calibration.confidence(0.8) < 0.4
