"""The broker grants a service only the rights that it needs, and no ground truth to the diagnosis plane."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.domain.errors import BrokerError
from shared.domain.kinds import ServiceName
from shared.domain.subjects import DURABLES, Bucket, Stream, family_pattern, kept
from shared.platform.access import (
    API,
    API_FROM_LOOP,
    CONSOLE,
    CREATE,
    DELETE,
    FAMILIES,
    GET,
    NEXT,
    OFFERED,
    READERS_OF_TELEMETRY,
    RECORD,
    RIGHTS,
    SETUP,
    TAP,
    TRUTH_READERS,
    new_passwords,
    permissions,
    write_credentials,
)
from shared.platform.accounts import LIMITS, broker_config
from shared.platform.bus import Bus
from shared.testing import TestBroker, bus_for
from tests.shared.helpers import settled, until

DIAGNOSIS_PLANE = [name for name in ServiceName if name not in TRUTH_READERS]
ASKED = (
    "$JS.ACK.",
    "$JS.API.CONSUMER.CREATE.",
    "$JS.API.CONSUMER.DELETE.",
    "$JS.API.CONSUMER.MSG.NEXT.",
    "$JS.API.DIRECT.GET.",
    "$KV.",
)
TRUTH = ["fault.*", "fault.started", "log.>", "log.*.info", "log.network.info", "$KV.faults.>", ">"]


class Probe:
    def __init__(self) -> None:
        self.refused: list[str] = []
        self.nc = Client()

    async def connect(self, broker: TestBroker, user: str) -> Probe:
        async def note(error: Exception) -> None:
            self.refused.append(str(error))

        await self.nc.connect(
            broker.url, user=user, password=broker.passwords[user], inbox_prefix=f"_INBOX_{user}", error_cb=note
        )
        return self

    async def may(self) -> bool:
        """Whether nothing was refused since the last call."""
        await settled(self.nc)
        await asyncio.sleep(0.02)
        refused, self.refused = self.refused, []
        return not refused

    async def may_publish(self, subject: str) -> bool:
        await self.nc.publish(subject, b"{}")
        return await self.may()

    async def may_subscribe(self, subject: str) -> bool:
        sub = await self.nc.subscribe(subject)
        allowed = await self.may()
        await sub.unsubscribe()
        return allowed


def consumer(stream: str, name: str = "spy", **more: object) -> tuple[str, bytes]:
    body = {"stream_name": stream, "config": {"name": name, "ack_policy": "none", **more}}
    return f"{CREATE}.{stream}.{name}", json.dumps(body).encode()


def test_the_diagnosis_plane_has_the_expected_services() -> None:
    assert set(DIAGNOSIS_PLANE) == {"detector", "correlator", "rca", "remediator", "stabilizer"}


@pytest.mark.parametrize("user", DIAGNOSIS_PLANE)
async def test_the_diagnosis_plane_cannot_read_the_ground_truth(broker: TestBroker, user: str) -> None:
    probe = await Probe().connect(broker, user)
    for subject in TRUTH:
        assert not await probe.may_subscribe(subject), subject
    for stream in ("FAULT", "LOG_network", f"LOG_{user}", "KV_faults", "KV_network"):
        assert not await probe.may_publish(consumer(stream, f"{user}-0")[0]), stream
        assert not await probe.may_publish(f"{NEXT}.{stream}.{user}-0")
        assert not await probe.may_publish(f"{API_FROM_LOOP}.STREAM.MSG.GET.{stream}")
        assert not await probe.may_publish(f"{GET}.{stream}")
        assert not await probe.may_publish(f"{GET}.{stream}.$KV.faults.x")
    assert not await probe.may_publish("fault.started")
    await probe.nc.close()


@pytest.mark.parametrize("user", [*ServiceName, "console", "record", "tap"])
async def test_a_service_cannot_do_the_work_of_another(broker: TestBroker, user: str) -> None:
    probe = await Probe().connect(broker, user)
    others = [name for name in ServiceName if name != user]
    foreign = {subject for other in others for subject in RIGHTS[other].publishes if "*" not in subject}
    for subject in sorted(foreign - set(permissions(user)["publish"].get("allow", ()))):
        assert not await probe.may_publish(subject), subject
    for other in others:
        assert not await probe.may_subscribe(f"_INBOX_{other}.>"), other
        leases = f"$KV.leases-{other}"
        own = (
            f"log.{other}.info",
            f"deadletter.{other}",
            f"{leases}.owners.{other}",
            f"{leases}.member.{other}.x",
        )
        for subject in (*own, "log.info", f"$KV.leases.owners.{user}"):
            assert not await probe.may_publish(subject), subject
        assert user == "gateway" or not await probe.may_subscribe(f"control.{other}"), other
    for name, writer in {"incidents": "correlator", "actions": "remediator", "config": "gateway"}.items():
        assert await probe.may_publish(f"$KV.{name}.x") == (user == writer), name
    assert await probe.may_publish("control.network") == (user == "injector")
    for api in ("STREAM.CREATE.X", "STREAM.DELETE.ANOMALY", "STREAM.PURGE.ANOMALY", "STREAM.UPDATE.ANOMALY"):
        assert not await probe.may_publish(f"$JS.API.{api}"), api
        assert not await probe.may_publish(f"{API_FROM_LOOP}.{api}"), api
    for durable in DURABLES:
        assert not await probe.may_publish(f"{CREATE}.{durable.stream}.{durable.name}")
        assert not await probe.may_publish(f"{DELETE}.{durable.stream}.{durable.name}")
        pulls = f"{NEXT}.{durable.stream}.{durable.name}"
        assert await probe.may_publish(pulls) == (user == durable.name)
    await probe.nc.close()


@pytest.mark.parametrize("user", ServiceName)
async def test_only_services_that_need_the_capabilities_can_read_them(broker: TestBroker, user: ServiceName) -> None:
    probe = await Probe().connect(broker, user)
    network = "KV_network"
    assert await probe.may_publish(OFFERED) == (user in ("network", "injector", "remediator", "gateway"))
    for subject in (f"{GET}.{network}", f"{GET}.{network}.$KV.network.state", f"{GET}.{network}.>"):
        assert await probe.may_publish(subject.replace(">", "x")) == (user == "network"), subject
    assert await probe.may_publish("$KV.network.capabilities") == (user == "network")
    await probe.nc.close()


@pytest.mark.parametrize("name", ServiceName)
async def test_each_service_can_do_its_own_work(broker: TestBroker, name: ServiceName) -> None:
    rights = RIGHTS[name]

    async def ignore(*_: object) -> None:
        return

    async with bus_for(broker, name) as bus:
        for stream in rights.follows:
            if stream.lower() not in ("metrics", "deadletter"):
                following = await bus.follow([family_pattern(stream)], ignore, since="all")
                await asyncio.wait_for(following.caught_up.wait(), 5)
        for bucket in (*rights.reads, *rights.writes):
            await asyncio.wait_for(bus.bucket(bucket).all(), 5)
            await asyncio.wait_for(bus.bucket(bucket).get("x"), 5)
        for bucket in rights.writes:
            await asyncio.wait_for(bus.bucket(bucket).put("x.y", b"1"), 5)
            await asyncio.wait_for(bus.bucket(bucket).delete("x.y"), 5)
        for durable in DURABLES:
            if durable.name == name:
                await bus.consume(durable, ignore)
        if rights.leases:
            lease = await bus.lease(2, ignore)
            await until(lambda: lease.leads)
        for subject in rights.subscribes:
            await bus.nc.subscribe(subject)
        await bus.dead_letter("x", b"y", "z", "id")
        await settled(bus.nc)
        await asyncio.sleep(0.1)
        assert bus.connection.refusals == set()


async def test_a_client_without_credentials_may_subscribe_to_everything_and_publish_nothing(broker: TestBroker) -> None:
    refused: list[str] = []
    got: list[Msg] = []

    async def note(error: Exception) -> None:
        refused.append(str(error))

    async def receive(msg: Msg) -> None:
        got.append(msg)

    tap = await nats.connect(broker.url, error_cb=note)
    await tap.subscribe("anomaly.*", cb=receive)
    await tap.subscribe("fault.*", cb=receive)
    await settled(tap)
    hostile = await broker.client()
    await hostile.publish("anomaly.raised", b"1")
    await hostile.publish("fault.started", b"2")
    await settled(hostile)
    await until(lambda: len(got) == 2)
    assert [msg.data for msg in got] == [b"1", b"2"]
    assert refused == []
    for subject in ("anomaly.raised", "control.injector", "$JS.API.INFO", "$SRV.PING", "$KV.config.desired"):
        await tap.publish(subject, b"{}")
    await settled(tap)
    await asyncio.sleep(0.1)
    assert len(refused) == 5
    assert len(got) == 2
    await tap.close()
    await hostile.close()


async def test_a_recorder_reads_every_stream_and_changes_nothing(broker: TestBroker) -> None:
    probe = await Probe().connect(broker, RECORD)
    streams = [one.name for family in Stream if family is not Stream.DEADLETTER for one in kept(family)]
    for stream in (*streams, f"KV_{Bucket.CONFIG}"):
        for what in (CREATE, NEXT, DELETE):
            assert await probe.may_publish(f"{what}.{stream}.record-0"), stream
            for name in ("spy", "gateway-0", "correlator", f"record-{READERS_OF_TELEMETRY}"):
                assert not await probe.may_publish(f"{what}.{stream}.{name}"), f"{stream} {name}"
    assert await probe.may_publish(f"{GET}.KV_topology.$KV.topology.topology")
    assert await probe.may_subscribe("metrics.0")
    for subject in (">", "fault.*", "metrics.*", "log.>", "control.injector", "$KV.faults.>", "_INBOX.>"):
        assert not await probe.may_subscribe(subject), subject
    for bucket in (Bucket.NETWORK, Bucket.FAULTS, Bucket.INCIDENTS, Bucket.ACTIONS, Bucket.LEASES):
        assert not await probe.may_publish(consumer(f"KV_{bucket}", "record-0")[0]), bucket
        assert not await probe.may_publish(f"{GET}.KV_{bucket}.$KV.{bucket}.x"), bucket
    refused = ["fault.started", "metrics.0", "log.network.info", "control.injector", "$SRV.PING", "$KV.config.desired"]
    refused += [f"{CREATE}.DEADLETTER_rca.record-0", f"{NEXT}.ANOMALY.correlator"]
    refused += [
        f"{api}.{what}.ANOMALY.spy" for api in (API, API_FROM_LOOP) for what in ("CONSUMER.DELETE", "STREAM.PURGE")
    ]
    refused += [f"{API_FROM_LOOP}.STREAM.MSG.DELETE.ANOMALY", "$JS.ACK.ANOMALY.spy.1"]
    for subject in refused:
        assert not await probe.may_publish(subject), subject
    await probe.nc.close()


async def test_a_console_may_send_requests_of_persons_and_receives_only_its_own_replies(broker: TestBroker) -> None:
    probe = await Probe().connect(broker, CONSOLE)
    for subject in ("control.injector", "control.correlator", "control.remediator", "$SRV.PING", "$SRV.INFO.nms-rca"):
        assert await probe.may_publish(subject), subject
    refused = [f"control.{name}" for name in ("network", "detector", "rca", "stabilizer", "gateway")]
    refused += ["anomaly.raised", "$KV.config.desired", "$JS.API.DIRECT.GET.KV_config.$KV.config.desired"]
    for stream in Stream:
        refused += [consumer(stream, "console-0")[0], f"$JS.API.CONSUMER.MSG.NEXT.{stream}.spy"]
    for subject in refused:
        assert not await probe.may_publish(subject), subject
    for subject in (">", "fault.*", "log.>", "anomaly.*", "control.injector", "_INBOX.>"):
        assert not await probe.may_subscribe(subject), subject
    assert await probe.may_subscribe("_INBOX_console.x")
    await probe.nc.close()


async def test_a_wrong_password_is_refused_with_a_clear_error(broker: TestBroker) -> None:
    wrong = broker.settings("detector").model_copy(update={"credentials": None, "nats_user": "detector"})
    secret = type(broker.settings("detector")).load(nats_password="wrong").nats_password
    with pytest.raises(BrokerError, match="refuses user detector: give the right NMS_CREDENTIALS"):
        await Bus.open(ServiceName.DETECTOR, wrong.model_copy(update={"nats_password": secret}))


def test_only_the_owner_can_read_the_credentials(tmp_path: object) -> None:
    passwords = new_passwords()
    assert len(set(passwords.values())) == len(passwords) == 12
    paths = write_credentials(tmp_path / "folder", passwords)  # type: ignore[operator]
    for path in paths.values():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    paths["rca"].chmod(0o644)
    (tmp_path / "folder").chmod(0o755)  # type: ignore[operator]
    (tmp_path / "folder" / "rca.json.new").write_text("left over")  # type: ignore[operator]
    again = write_credentials(tmp_path / "folder", new_passwords())  # type: ignore[operator]
    assert json.loads(again["rca"].read_text())["password"] != passwords["rca"]
    assert stat.S_IMODE(again["rca"].stat().st_mode) == 0o600
    assert stat.S_IMODE(again["rca"].parent.stat().st_mode) == 0o700
    assert len(list(again["rca"].parent.iterdir())) == len(passwords)


def test_only_permitted_subjects_are_imported_from_the_store_account(tmp_path: Path) -> None:
    text = broker_config(4222, tmp_path, new_passwords())
    accounts = json.loads(text.partition("accounts: ")[2])
    users = {account: {user["user"] for user in about["users"]} for account, about in accounts.items()}
    assert users == {"STORE": {SETUP}, "RECORDS": {RECORD}, "GUESTS": {TAP}, "LOOP": {*ServiceName, CONSOLE}}
    assert all(about["limits"] == LIMITS[account].configured() for account, about in accounts.items())
    for account in ("LOOP", "RECORDS"):
        imported = [entry["service"]["subject"] for entry in accounts[account]["imports"] if "service" in entry]
        assert set(imported) <= {export["service"] for export in accounts["STORE"]["exports"]}
        assert len(imported) == len(set(imported))
        assert {*FAMILIES} & {*imported} == ({*FAMILIES} if account == "LOOP" else set())
        _check_imports({*imported} - {*FAMILIES})
    guests = accounts["GUESTS"]["imports"]
    assert [entry["stream"]["subject"] for entry in guests] == [*FAMILIES], "a guest may send no requests"


def _check_imports(imported: set[str]) -> None:
    for subject in imported:
        assert subject.startswith(ASKED), subject
        one_step_wider = [subject.rpartition(".")[0] + tail for tail in (".*", ".>")]
        assert not {*one_step_wider} & {*imported} - {subject}, f"{subject} would be imported twice"


def test_a_service_may_read_only_what_it_needs() -> None:
    reads = {name: {*RIGHTS[name].reads} for name in ServiceName if RIGHTS[name].reads}
    assert reads == {
        ServiceName.NETWORK: {Bucket.ACTIONS},
        ServiceName.DETECTOR: {Bucket.INCIDENTS},
        ServiceName.REMEDIATOR: {Bucket.INCIDENTS},
        ServiceName.STABILIZER: {Bucket.INCIDENTS},
        ServiceName.GATEWAY: {Bucket.INCIDENTS},
    }
    follows = {name: {*RIGHTS[name].follows} for name in ServiceName}
    assert follows[ServiceName.NETWORK] == follows[ServiceName.CORRELATOR] == set()
    assert follows[ServiceName.RCA] == {Stream.REMEDIATION}
    assert not RIGHTS[ServiceName.RCA].leases
    assert Stream.DEADLETTER not in follows[ServiceName.GATEWAY]
    assert [name for name in ServiceName if RIGHTS[name].looks_back] == [ServiceName.REMEDIATOR, ServiceName.GATEWAY]
    assert RIGHTS[ServiceName.REMEDIATOR].looks_back == (Stream.METRICS,)


def test_a_service_may_send_requests_only_to_services_that_answer_them() -> None:
    asked = {name: {*RIGHTS[name].asks} for name in ServiceName if RIGHTS[name].asks}
    assert asked == {
        ServiceName.INJECTOR: {ServiceName.NETWORK},
        ServiceName.GATEWAY: {ServiceName.INJECTOR, ServiceName.CORRELATOR, ServiceName.REMEDIATOR},
    }


def test_only_the_injector_may_apply_faults_and_only_the_gateway_may_change_the_desired_state() -> None:
    permitted = [name for name in ServiceName if ServiceName.NETWORK in RIGHTS[name].asks]
    assert permitted == [ServiceName.INJECTOR]
    assert [name for name in ServiceName if Bucket.CONFIG in RIGHTS[name].writes] == [ServiceName.GATEWAY]
