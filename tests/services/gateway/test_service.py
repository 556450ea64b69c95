"""The whole gateway on a real broker: replay, requests, the WebSocket, the port."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import nats.errors
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from services.gateway.api.readers import QUEUED_FRAMES
from services.gateway.core.bodies import ReplicaBody
from services.gateway.service import GatewayService
from services.gateway.settings import GatewaySettings
from services.gateway.web import listen
from services.injector.service import InjectorService
from services.remediator.service import RemediatorService
from shared.domain.config import REVISION_KEY, Desired
from shared.domain.errors import PortBusy, Refused, SettingError
from shared.domain.events import AnomalyRaised, Event, Fault, FaultStarted, IncidentOpened
from shared.domain.kinds import Mode, ServiceName
from shared.domain.requests import Acknowledge, CancelFault, InjectFault, Reply, Request
from shared.domain.subjects import Bucket
from shared.platform.bus import Bus, ServiceInfo
from shared.testing import observed, passed
from shared.testing.broker import TestBroker, bus_for, running_broker
from tests.services.gateway.story import T0, anomaly, fault, incident, line, repaired, status, tick

PUBLISHERS = {
    "fault.cycle": ServiceName.INJECTOR,
    "fault.": ServiceName.NETWORK,
    "incident.": ServiceName.CORRELATOR,
    "diagnosis.": ServiceName.RCA,
    "remediation.": ServiceName.REMEDIATOR,
    "stability.": ServiceName.STABILIZER,
    "anomaly.": ServiceName.DETECTOR,
}


@pytest.fixture
async def broker() -> AsyncIterator[TestBroker]:
    async with running_broker() as running:
        yield running


async def publish(broker: TestBroker, *events: Event) -> None:
    for event in events:
        name = next(name for prefix, name in PUBLISHERS.items() if event.subject.startswith(prefix))
        async with bus_for(broker, name) as bus:
            await bus.publish(event)


@asynccontextmanager
async def gateway(broker: TestBroker, **more: object) -> AsyncIterator[tuple[GatewayService, httpx.AsyncClient]]:
    settings = GatewaySettings.load(nats_url=broker.url, credentials=broker.credentials["gateway"], port=0, **more)
    bus = await Bus.open(ServiceName.GATEWAY, settings)
    service = GatewayService(settings)
    await service.start(bus)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}", timeout=10) as client:
            yield service, client
    finally:
        await service.stop()
        await bus.close()


async def until(read: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool], seconds: float = 8.0) -> Any:
    async with asyncio.timeout(seconds):
        while not wanted(answer := await read()):
            await asyncio.sleep(0.05)
    return answer


async def frames(socket: ClientConnection, event: str) -> dict[str, Any]:
    async with asyncio.timeout(8):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["event"] == event:
                return frame


async def test_a_gateway_reads_the_history_and_follows_live_events(broker: TestBroker) -> None:
    story = [event for _, event in repaired()]
    await publish(broker, *story)
    async with gateway(broker) as (_, api):
        assert (await api.get("/readyz")).status_code == 200
        found = (await api.get("/api/incidents")).json()
        assert (found["stats"]["auto_resolved"], found["recent_incidents"][0]["status"]) == (1, "resolved")
        assert (await api.get("/api/status")).json()["cycle_count"] == 1
        other = IncidentOpened(incident=incident(anomaly("server-2", since=T0 + 20)))
        await publish(broker, other)

        async def count() -> int:
            answer = await api.get("/api/incidents")
            return int(answer.json()["stats"]["total_incidents"])

        await until(count, lambda total: total == 2)


async def test_status_and_log_are_read_for_the_last_hour_and_counted_events_from_the_first(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.gateway.service.PASSING_SECONDS", 4.0)
    story = [event for _, event in repaired()]
    await publish(broker, *story)
    async with bus_for(broker, ServiceName.GATEWAY, "other") as other:
        await other.log(line(1).level, "an old line")
        await asyncio.sleep(4.0)
        await other.log(line(1).level, "a new line")
    async with gateway(broker) as (service, api):
        messages = [one["message"] for one in (await api.get("/api/logs")).json()["logs"]]
        assert ("an old line" in messages, "a new line" in messages) == (False, True)
        assert service._view.stability is None
        assert (await api.get("/api/status")).json()["cycle_count"] == 1
        assert (await api.get("/api/scorecard")).json()["actions"] == 1


async def test_telemetry_is_shown_live_and_its_history_is_read_after_a_restart(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.NETWORK) as network:
        for number in range(1, 6):
            await network.publish_tick(tick(number, cpu=10.0 * number))
        async with gateway(broker) as (_, api):
            path = "/api/metrics/history?node=server-1&metric=cpu_usage"

            async def points() -> list[float]:
                return [point["value"] for point in (await api.get(path)).json()["points"]]

            await until(points, lambda values: values == [10.0, 20.0, 30.0, 40.0, 50.0])
            await network.publish_tick(tick(6, cpu=77.0))

            async def cpu() -> float:
                answer = await api.get("/api/metrics?node=server-1")
                return float(answer.json()["nodes"][0]["cpu_usage"])

            await until(cpu, lambda value: value == 77.0)


async def test_start_and_stop_reach_every_service_and_survive_two_gateways(broker: TestBroker) -> None:
    async with (
        gateway(broker, replica="g1") as (_, one),
        gateway(broker, replica="g2") as (_, two),
        bus_for(broker, ServiceName.INJECTOR) as injector,
    ):
        assert (await one.post("/api/start")).json()["status"] == "already_running"
        assert (await one.post("/api/stop")).json()["status"] == "stopped"
        answers = await asyncio.gather(*(each.post("/api/start") for each in (one, two, one, two)))
        assert sorted(answer.json()["status"] for answer in answers) == ["already_running"] * 3 + ["started"]
        await asyncio.gather(one.patch("/api/config", json={"chance": 0.2}), two.patch("/api/config", json={"ttl": 30}))

        async def desired() -> dict[str, Any]:
            body: dict[str, Any] = (await two.get("/api/config")).json()
            return body

        await until(desired, lambda body: (body["running"], body["chance"], body["ttl"]) == (True, 0.2, 30))
        received: list[float] = []

        async def receive(wanted: Any) -> None:
            received.append(wanted.chance)

        await injector.follow_desired(receive)
        async with asyncio.timeout(10):
            while received[-1] != 0.2:
                await asyncio.sleep(0.02)


async def test_with_any_stored_record_the_status_shows_what_is_enforced_and_a_write_replaces_it(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.gateway.service.ASK_WHETHER_ENFORCED", 50)
    hostile = await broker.client()
    injector, remediator = InjectorService(seed=1), RemediatorService()
    async with (
        bus_for(broker, ServiceName.INJECTOR) as one,
        bus_for(broker, ServiceName.REMEDIATOR) as two,
        gateway(broker) as (_, api),
    ):
        await injector.start(one)
        await remediator.start(two)

        async def status() -> dict[str, Any]:
            body: dict[str, Any] = (await api.get("/api/status")).json()
            return body

        def enforces(running: bool, mode: str) -> Callable[[dict[str, Any]], bool]:
            messages = lambda body: body["enforced"]["injector"] and body["enforced"]["remediator"]  # noqa: E731
            return lambda body: (
                bool(messages(body))
                and (
                    (body["running"], body["mode"])
                    == (running, mode)
                    == (body["enforced"]["injector"]["running"], body["enforced"]["remediator"]["mode"])
                )
            )

        async def faults() -> list[str | None]:
            return [one.desired_fault, two.desired_fault]

        answer = await until(status, enforces(running=True, mode="auto"))
        assert (answer["config_fault"], 0 <= answer["enforced"]["remediator"]["age"] < 15) == (None, True)
        for order, stands in (
            (lambda: api.post("/api/stop"), (False, "off")),
            (lambda: api.post("/api/start"), (True, "off")),
            (lambda: api.patch("/api/config", json={"mode": "approve"}), (False, "approve")),
        ):
            await hostile.publish("$KV.config.desired", b'{"running": true, "mode": "auto", "newer": 1}')
            await until(faults, all)
            answer = await until(status, enforces(running=False, mode="off"))
            assert "newer" in (await until(status, lambda body: body["config_fault"]))["config_fault"]
            assert (await order()).status_code == 200
            answer = await status()
            assert enforces(*stands)(answer), "the call was answered before it was so"
            await until(faults, lambda found: not any(found))
        lines = (await api.get("/api/logs", params={"level": "error"})).json()["logs"]
        messages_of = [line["message"] for line in lines if "configuration cannot be read" in line["message"]]
        assert len(messages_of) == 2 * 3, "each of the two says it once a time"
        on = Desired(running=True, mode=Mode.AUTO).model_dump_json().encode()
        for note in (b"9999999", b"garbage"):  # the record is one of before the newest, and switches everything on
            for change, stands in (({"interval": 5.0}, (False, "off")), ({"mode": "auto"}, (False, "auto"))):
                await hostile.publish(f"$KV.{Bucket.TOPOLOGY}.{REVISION_KEY}", note)
                await hostile.publish("$KV.config.desired", on)
                await until(status, lambda body: body["config_fault"] and enforces(running=False, mode="off")(body))
                assert (await api.patch("/api/config", json=change)).status_code == 200
                await until(status, enforces(*stands))  # what a change does not name is off
                assert (await status())["config_fault"] is None
        await remediator.stop()
        await injector.stop()
    await hostile.close()


async def test_a_fault_is_requested_from_the_injector_and_is_listed_when_the_post_answers(broker: TestBroker) -> None:
    asked: list[Request] = []

    async def answer(request: Request) -> Reply:
        asked.append(request)
        if isinstance(request, InjectFault) and request.target == "server-2":
            raise Refused("50 faults are live: wait until one ends")
        return Reply(fault=fault(ended=T0 + 9 if isinstance(request, CancelFault) else None))

    async with gateway(broker) as (_, api), bus_for(broker, ServiceName.INJECTOR) as injector:
        await injector.answer(answer)
        body = {"kind": "high_cpu", "target": "server-1"}
        made = await api.post("/api/faults", json=body, headers={"Idempotency-Key": "once"})
        assert (made.status_code, made.headers["location"]) == (201, f"/api/faults/{fault().id}")
        first = asked[0]
        assert isinstance(first, InjectFault)
        assert (first.request_id, first.duration, first.strength) == ("once", 60, 1)
        assert [one["id"] for one in (await api.get("/api/faults")).json()["faults"]] == [made.json()["id"]]
        refused = await api.post("/api/faults", json={**body, "target": "server-2"})
        assert (refused.status_code, "50 faults" in refused.json()["detail"]) == (409, True)
        ended = await api.delete(f"/api/faults/{fault().id}")
        assert ended.json()["ended"] is not None
        assert (await api.delete(f"/api/faults/{fault().id}")).status_code == 409


async def test_a_persons_request_reaches_the_service_that_owns_the_item(broker: TestBroker) -> None:
    asked: list[Request] = []

    async def answer(request: Request) -> Reply:
        asked.append(request)
        return Reply()

    await publish(broker, *(event for _, event in repaired()))
    async with (
        gateway(broker) as (_, api),
        bus_for(broker, ServiceName.CORRELATOR) as correlator,
        bus_for(broker, ServiceName.REMEDIATOR) as remediator,
    ):
        await correlator.answer(answer)
        await remediator.answer(answer)
        known = incident().id
        calls = {
            f"/api/incidents/{known}/acknowledge": {"by": "ada"},
            f"/api/incidents/{known}/comment": {"text": "looking"},
            f"/api/incidents/{known}/move": {"members": ["m"], "to": "other"},
            f"/api/incidents/{known}/split": {"members": ["m"]},
            f"/api/incidents/{known}/merge": {"into": "other"},
            f"/api/actions/{known}.a1/approve": {},
            f"/api/actions/{known}.a1/reject": {"reason": "not now"},
        }
        for path, body in calls.items():
            assert (await api.post(path, json=body)).status_code == 202, path
        assert asked[0] == Acknowledge(incident_id=known, by="ada")
        assert [type(one).__name__ for one in asked] == [
            "Acknowledge", "Comment", "Move", "Split", "Merge", "Approve", "Reject",
        ]  # fmt: skip


async def test_processes_that_answer_are_listed(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.RCA), gateway(broker) as (_, api):

        async def up() -> set[str]:
            services = (await api.get("/api/services")).json()["services"]
            return {one["name"] for one in services if one["status"] == "up" and one["replicas"]}

        found = await until(up, lambda names: "rca" in names)
        assert "correlator" not in found


async def test_a_service_that_answers_late_once_is_not_reported_as_down(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.gateway.service.SERVICES_EVERY", 0.02)
    shown: list[bool] = []
    async with bus_for(broker, ServiceName.RCA), gateway(broker) as (service, _):
        rounds, ask, receive = 0, service._bus.services, service._view.note_services

        async def stalling(timeout: float = 0.1) -> list[ServiceInfo]:
            nonlocal rounds
            rounds += 1
            return [] if rounds % 2 else await ask(timeout)

        def received(answers: Iterable[tuple[str, ReplicaBody]]) -> None:
            answers = list(answers)
            shown.append("rca" in dict(answers))
            receive(answers)

        monkeypatch.setattr(service._bus, "services", stalling)
        monkeypatch.setattr(service._view, "note_services", received)
        async with asyncio.timeout(8):
            while shown.count(True) < 5:
                await asyncio.sleep(0.02)
        assert all(shown[shown.index(True) :])


async def test_the_watch_of_the_services_survives_a_killed_broker(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.gateway.service.SERVICES_EVERY", 0.05)
    async with bus_for(broker, ServiceName.RCA), gateway(broker) as (service, _):
        asked, ask = 0, service._bus.services

        async def dying() -> list[ServiceInfo]:
            nonlocal asked
            asked += 1
            if asked <= 2:
                raise nats.errors.ConnectionClosedError
            return await ask()

        monkeypatch.setattr(service._bus, "services", dying)

        async def asked_again() -> int:
            return asked

        await until(asked_again, lambda times: times > 3)
        assert not service._bus.connection.broken.done()


async def test_a_failed_background_task_ends_the_gateway(broker: TestBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.gateway.service.SERVICES_EVERY", 0.05)
    async with gateway(broker) as (service, _):

        async def failing() -> list[ServiceInfo]:
            raise RuntimeError("a mistake of ours")

        monkeypatch.setattr(service._bus, "services", failing)
        async with asyncio.timeout(8):
            assert "a mistake of ours" in await service._bus.connection.broken


async def test_a_page_gets_a_snapshot_then_changes_and_can_resume(broker: TestBroker) -> None:
    await publish(broker, *(event for _, event in repaired()))
    async with (
        gateway(broker) as (service, _),
        bus_for(broker, ServiceName.CORRELATOR) as correlator,
        bus_for(broker, ServiceName.NETWORK) as network,
    ):
        await network.publish_tick(tick(40))
        await until(_now(service), lambda now: now == T0 + 10)
        url = f"ws://127.0.0.1:{service.port}/ws"
        async with connect(url) as page:
            first = json.loads(await page.recv())
            assert first["event"] == "snapshot"
            assert first["data"]["incidents"]["stats"]["total_incidents"] == 1
            assert first["data"]["cycle"]["cycle"] == 1
            await correlator.publish(IncidentOpened(incident=incident(anomaly("server-2", since=T0 + 20))))
            update = await frames(page, "incidents_update")
            assert [one["node_id"] for one in update["data"]["recent_incidents"]] == ["server-2"]
            await page.send(json.dumps({"event": "request_data", "data": {"type": "incidents"}}))
            whole = await frames(page, "incidents_update")
            assert len(whole["data"]["recent_incidents"]) == 2
            await page.send("not json")
            await page.send(json.dumps({"event": "request_data", "type": "topology"}))
            assert len((await frames(page, "topology_update"))["data"]["nodes"]) == 16
        await correlator.publish(IncidentOpened(incident=incident(anomaly("server-3", since=T0 + 30))))
        async with connect(f"{url}?since={whole['seq']}") as page:
            update = await frames(page, "incidents_update")
            assert [one["node_id"] for one in update["data"]["recent_incidents"]] == ["server-3"]
        async with connect(f"{url}?since=other-7") as page:
            assert json.loads(await page.recv())["event"] == "snapshot"


async def test_updates_come_at_most_five_times_a_second_and_the_newest_wins(broker: TestBroker) -> None:
    async with (
        gateway(broker) as (service, _),
        bus_for(broker, ServiceName.NETWORK) as network,
        connect(f"ws://127.0.0.1:{service.port}/ws") as page,
    ):
        await page.recv()
        started = asyncio.get_running_loop().time()
        for number in range(1, 101):
            await network.publish_tick(tick(number, cpu=float(number % 90)))
            await asyncio.sleep(0.01)
        seen = []
        while not seen or seen[-1] != 10.0:
            seen.append((await frames(page, "metrics_update"))["data"]["nodes"][0]["cpu_usage"])
        took = asyncio.get_running_loop().time() - started
        assert len(seen) <= took * 5 + 2


async def test_the_queue_of_a_page_that_does_not_read_is_limited_and_it_gets_a_snapshot(broker: TestBroker) -> None:
    async with (
        gateway(broker) as (service, _),
        connect(f"ws://127.0.0.1:{service.port}/ws", max_queue=1) as page,
    ):
        assert json.loads(await page.recv())["event"] == "snapshot"
        (reader,) = service._hub._readers
        most = 0
        for number in range(1, 1200):
            service._view.observe(tick(number, cpu=float(number % 89)))
            service._hub.flush()
            most = max(most, len(reader._frames))
            if number % 10 == 0:
                await asyncio.sleep(0.001)
        assert 10 < most <= QUEUED_FRAMES
        service._view.observe(tick(5000, cpu=1.5))
        last = json.loads(await page.recv())
        snapshots = 0
        async with asyncio.timeout(20):
            while _cpu(last) != 1.5:
                last = json.loads(await page.recv())
                snapshots += last["event"] == "snapshot"
        assert snapshots >= 1


def _now(service: GatewayService) -> Callable[[], Awaitable[float]]:
    async def now() -> float:
        return service._view.now

    return now


def _cpu(frame: dict[str, Any]) -> float | None:
    metrics = frame["data"]["metrics"] if frame["event"] == "snapshot" else frame["data"]
    return metrics["nodes"][0]["cpu_usage"] if frame["event"] in ("snapshot", "metrics_update") else None


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Origin": "http://["}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_a_page_of_another_site_gets_no_websocket(broker: TestBroker, headers: dict[str, str]) -> None:
    async with gateway(broker) as (service, _):
        with pytest.raises(InvalidStatus, match="403"):
            async with connect(f"ws://127.0.0.1:{service.port}/ws", additional_headers=headers):
                pass


async def test_a_foreign_host_name_gets_no_websocket(broker: TestBroker) -> None:
    async with gateway(broker) as (service, _):
        with pytest.raises(InvalidStatus, match="403"):
            async with connect("ws://evil.example/ws", host="127.0.0.1", port=service.port):
                pass


async def test_a_gateway_that_stops_closes_its_websockets(broker: TestBroker) -> None:
    async with gateway(broker) as (service, _):
        page = await connect(f"ws://127.0.0.1:{service.port}/ws")
        await page.recv()
    with pytest.raises(ConnectionClosed):
        async with asyncio.timeout(5):
            while True:
                await page.recv()


async def test_the_view_continues_after_a_restart_of_the_broker(broker: TestBroker) -> None:
    async with gateway(broker) as (_, api):
        broker.restart()
        await publish(broker, FaultStarted(fault=fault()), status(T0))

        async def live() -> list[Fault]:
            return list((await api.get("/api/faults")).json()["faults"])

        await until(live, lambda faults: len(faults) == 1, seconds=15)
        assert (await api.post("/api/stop")).json()["status"] == "stopped"


def test_a_configured_port_that_is_taken_is_refused_and_the_default_one_is_skipped() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortBusy, match=f"port {port} .*NMS_PORT"):
            listen("127.0.0.1", port)
    with listen("127.0.0.1", None) as first, listen("127.0.0.1", None) as second:
        assert first.getsockname()[1] < second.getsockname()[1] < 5100
    with pytest.raises(SettingError, match="NMS_HOST"):
        listen("203.0.113.7", 0)


def test_an_invalid_port_is_refused_with_the_name_of_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NMS_PORT", "99999")
    with pytest.raises(SettingError, match="NMS_PORT=99999"):
        GatewaySettings.load()


@pytest.mark.parametrize(
    ("host", "get_control", "expected"),
    [
        ("127.0.0.1", None, True),
        ("127.0.0.2", None, True),
        ("::1", None, True),
        ("localhost", None, True),
        ("0.0.0.0", None, False),
        ("::", None, False),
        ("192.168.1.5", None, False),
        ("nms.example", None, False),
        ("192.168.1.5", "true", True),
        ("127.0.0.1", "false", False),
    ],
)
def test_start_and_stop_by_get_work_on_the_loopback_only_unless_configured(
    monkeypatch: pytest.MonkeyPatch, host: str, get_control: str | None, expected: bool
) -> None:
    monkeypatch.setenv("NMS_HOST", host)
    if get_control is not None:
        monkeypatch.setenv("NMS_GET_CONTROL", get_control)
    assert GatewaySettings.load().may_get is expected


async def test_a_gateway_beyond_the_loopback_has_no_get_that_changes_anything(broker: TestBroker) -> None:
    async with gateway(broker, host="0.0.0.0", unauthenticated=True) as (_, api):
        assert (await api.get("/api/stop")).status_code == 405
        assert (await api.post("/api/stop")).json()["status"] == "stopped"


async def test_a_gateway_open_to_all_needs_consent_and_logs_a_warning(broker: TestBroker) -> None:
    with pytest.raises(SettingError, match=r"NMS_HOST=0\.0\.0\.0 .* NMS_UNAUTHENTICATED=yes"):
        GatewayService(GatewaySettings.load(host="0.0.0.0"))
    for before in range(2):  # at every start
        async with gateway(broker, host="0.0.0.0", unauthenticated="yes") as (_, api):
            assert (await api.get("/api/status")).json()["unauthenticated"] is True

            async def warnings() -> list[str]:
                logs = (await api.get("/api/logs?level=warning")).json()["logs"]
                return [one["message"] for one in logs if "NMS_UNAUTHENTICATED" in one["message"]]

            await until(warnings, lambda messages, before=before: len(messages) > before)  # type: ignore[misc]
    async with gateway(broker) as (_, api):
        assert (await api.get("/api/status")).json()["unauthenticated"] is False


def test_a_loopback_name_that_resolves_to_another_address_is_no_loopback() -> None:
    settings = GatewaySettings.load(host="localhost")
    settings.require_consent("127.0.0.1")
    with pytest.raises(SettingError, match="NMS_UNAUTHENTICATED"):
        settings.require_consent("192.0.2.7")


def test_the_accepted_hosts_are_the_own_and_the_configured_ones() -> None:
    settings = GatewaySettings.load(
        host="0.0.0.0", allowed_hosts="NMS.example, other,nms.example.org:8443,[2001:db8::1]:5000"
    )
    named = {"nms.example", "other", "nms.example.org", "2001:db8::1"}
    assert settings.hosts == {*named, "localhost", "127.0.0.1", "::1"}


@pytest.mark.parametrize(
    "wrong", ["https://nms.example", "a b", "*.example.org", "me@nms.example", "nms.example:99999"]
)
def test_an_impossible_host_name_is_refused_with_the_remedy(wrong: str) -> None:
    with pytest.raises(SettingError, match=r"NMS_ALLOWED_HOSTS=.*: .*"):
        GatewaySettings.load(allowed_hosts=f"nms.example,{wrong}")


async def test_anomalies_reach_the_scorecard(broker: TestBroker) -> None:
    async with gateway(broker) as (_, api), bus_for(broker, ServiceName.GATEWAY, "other") as other:
        await other.log(line(1).level, "a line")
        await publish(broker, FaultStarted(fault=fault()), AnomalyRaised(anomaly=anomaly()))

        async def faults() -> int:
            return int((await api.get("/api/scorecard")).json()["faults"])

        async def lines() -> list[str]:
            return [one["message"] for one in (await api.get("/api/logs")).json()["logs"]]

        await until(lines, lambda messages: "a line" in messages)
        await until(faults, lambda count: count >= 0)


async def test_observations_are_read_again_after_a_restart(broker: TestBroker) -> None:
    began, other = observed("server-1"), observed("server-2")
    await publish(broker, began, other, passed(other))
    for _ in range(2):
        async with gateway(broker) as (_, api):
            body = (await api.get("/api/observations")).json()
            assert {one["id"]: one["passed"] is None for one in body["observations"]} == {
                began.id: True,
                other.id: False,
            }
            assert body["open"] == 1


async def test_a_gateway_whose_port_is_taken_reports_only_that(broker: TestBroker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = GatewayService(GatewaySettings.load(port=taken.getsockname()[1]))
        async with bus_for(broker, ServiceName.GATEWAY) as bus:
            with pytest.raises(PortBusy):
                await service.start(bus)
            await service.stop()
