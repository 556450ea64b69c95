"""The bootstrap step can be repeated, and reports a problem with a clear error."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from nms.store import LEAST_FREE
from shared.domain.config import Desired
from shared.domain.errors import BrokerError, SettingError
from shared.domain.kinds import ServiceName
from shared.domain.subjects import DURABLES, Bucket, Stream
from shared.domain.topology import default_topology, sized_topology
from shared.platform.bootstrap import (
    BUCKETS,
    MIB,
    RESERVED_BYTES,
    STREAMS,
    BootstrapSettings,
    bootstrap,
    chosen_desired,
    chosen_topology,
)
from shared.platform.broker import adopt
from shared.platform.bus import Bus
from shared.platform.bus.connection import BrokerConnection
from shared.platform.settings import ServiceSettings
from shared.testing import TestBroker, bus_for, raised, tick
from tests.shared.helpers import until


async def test_bootstrap_can_be_repeated_and_keeps_stored_data(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.GATEWAY) as gateway, bus_for(broker, ServiceName.DETECTOR) as detector:
        await detector.publish(raised())
        await gateway.bucket(Bucket.CONFIG).put("desired", Desired(interval=9).model_dump_json().encode())
    in_force = await bootstrap(broker.settings("setup"), sized_topology(40), Desired(interval=5))
    assert in_force == default_topology()
    async with bus_for(broker, ServiceName.GATEWAY) as gateway:
        assert gateway.desired.interval == 9
        assert gateway.topology == default_topology()
    assert len(await broker.stored("ANOMALY")) == 1


async def test_a_stream_of_an_older_release_is_removed_with_a_warning_and_events_stay(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.DETECTOR) as detector:
        await detector.publish(raised())
    setup = await broker.client("setup")
    older = {"LOG": "log.*", "KV_leases": "$KV.leases.>"}
    for name, subject in older.items():
        await setup.jetstream().add_stream(name=name, subjects=[subject])
    with capture_logs() as logged:
        await bootstrap(broker.settings("setup"), default_topology(), Desired())
    warnings = [line["event"] for line in logged if line["log_level"] == "warning"]
    assert [warning.split(" of a former release")[0] for warning in warnings] == [
        f"removed the stream {name}" for name in older
    ]
    left = {stream.config.name for stream in await setup.jetstream().streams_info()}
    assert not left & older.keys()
    assert len(await broker.stored("ANOMALY")) == 1
    await setup.close()


async def test_the_stored_state_has_an_id_that_changes_only_with_a_fresh_start(broker: TestBroker) -> None:
    async def name() -> str:
        async with bus_for(broker, ServiceName.GATEWAY) as gateway:
            return gateway.instance

    first = await name()
    broker.restart()
    await bootstrap(broker.settings("setup"), default_topology(), Desired())
    assert await name() == first != ""
    broker.kill()
    shutil.rmtree(broker.folder / "store")
    broker.start()
    await bootstrap(broker.settings("setup"), default_topology(), Desired())
    assert await name() != first, "after a fresh start the same network has a new state"


async def test_the_store_of_an_older_release_is_adopted(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.DETECTOR) as detector:
        await detector.publish(raised())
    broker.kill()
    kept = broker.folder / "store" / "jetstream"
    (kept / "STORE").rename(kept / "$G")
    adopt(broker.folder / "store")
    adopt(broker.folder / "store")
    broker.start()
    assert len(await broker.stored("ANOMALY")) == 1


async def test_telemetry_of_a_former_release_is_removed_and_nothing_else(
    broker: TestBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    async with bus_for(broker, ServiceName.NETWORK) as network, bus_for(broker, ServiceName.DETECTOR) as detector:
        await network.publish_tick(tick(1))
        await detector.publish(raised())
    await bootstrap(broker.settings("setup"), default_topology(), Desired())
    assert len(await broker.stored("METRICS")) == 1, "telemetry of the current format stays"
    setup = BrokerConnection("setup")
    await setup.open(broker.settings("setup"))
    config = (await setup.api("STREAM.INFO.METRICS"))["config"]
    await setup.api("STREAM.UPDATE.METRICS", {**config, "description": ""})
    await setup.close()
    await bootstrap(broker.settings("setup"), default_topology(), Desired())
    assert (len(await broker.stored("METRICS")), len(await broker.stored("ANOMALY"))) == (0, 1)
    output = capsys.readouterr()
    assert "removed the telemetry of a former release" in output.out + output.err
    assert "METRICS has lost" not in output.out + output.err


async def test_all_streams_buckets_and_durables_exist_and_streams_are_limited(broker: TestBroker) -> None:
    client = await broker.client("setup")
    js = client.jetstream()
    reserved = 0
    for name in [*(one.name for one in STREAMS), *(f"KV_{name}" for _, name in BUCKETS)]:
        config = (await js.stream_info(name)).config
        reserved += config.max_bytes or 0
        assert 0 < (config.max_bytes or 0) <= 192 * MIB
        assert config.storage == "file"
        if not name.startswith("KV_"):
            assert bool(config.max_age) is (name != Stream.FAULT), "the injector's count must not expire"
    assert reserved == RESERVED_BYTES <= 512 * MIB
    assert reserved <= LEAST_FREE * 3 // 4, "the free space that a new store requires is enough"
    for durable in DURABLES:
        info = await js.consumer_info(durable.stream, durable.name)
        assert info.config.ack_policy == "explicit"
    await client.close()


async def test_a_second_start_needs_no_more_room(broker: TestBroker) -> None:
    config = broker.folder / "nats.conf"
    text = config.read_text()
    store = next(line for line in text.splitlines() if line.startswith("jetstream"))
    config.write_text(text.replace(store, store.replace(" }", ", max_file_store: 100MB }")))
    broker.restart()
    await bootstrap(broker.settings("setup"), default_topology(), Desired())


async def test_limits_of_an_older_store_are_brought_up_to_date(broker: TestBroker) -> None:
    client = await broker.client("setup")
    js = client.jetstream()
    for name in ("FAULT", "ANOMALY"):
        config = (await js.stream_info(name)).config
        await js.update_stream(config.evolve(max_bytes=64 * MIB, max_age=60.0 * 60))
    await bootstrap(broker.settings("setup"), default_topology(), Desired())
    fault, anomaly = [(await js.stream_info(name)).config for name in ("FAULT", "ANOMALY")]
    assert (fault.max_bytes, fault.max_age) == (24 * MIB, 0)
    assert (anomaly.max_bytes, anomaly.max_age) == (24 * MIB, 7 * 86_400)
    await client.close()


async def test_a_user_without_the_right_is_refused_with_a_clear_error(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.bootstrap.JETSTREAM_WITHIN", 3.0)
    with pytest.raises(BrokerError, match="give setup its rights"):
        await bootstrap(broker.settings("detector"), default_topology(), Desired())


async def test_a_missing_broker_is_reported_with_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.platform.bootstrap.CONNECT_WITHIN", 1.0)
    nowhere = ServiceSettings.load(nats_url="nats://127.0.0.1:9")
    async with asyncio.timeout(10):
        with pytest.raises(BrokerError, match=r"no broker answers at nats://127.0.0.1:9 after 1 s: start") as failure:
            await bootstrap(nowhere, default_topology(), Desired())
    assert failure.value.exit_code == 3


def test_topology_and_desired_state_are_taken_from_the_environment(tmp_path: Path) -> None:
    load = BootstrapSettings.load
    assert chosen_topology(load()) == default_topology()
    assert len(chosen_topology(load(nodes=40)).nodes) == 40
    file = tmp_path / "topology.json"
    file.write_text(default_topology().model_dump_json())
    assert chosen_topology(load(topology=file)) == default_topology()
    assert chosen_desired(load(desired='{"interval": 5}')).interval == 5


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"nodes": [{"id": "a"}]})])
def test_a_file_that_is_no_topology_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "topology.json"
    with pytest.raises(SettingError, match=r"NMS_TOPOLOGY=.*name a readable"):
        chosen_topology(BootstrapSettings.load(topology=file))
    file.write_text(text)
    with pytest.raises(SettingError, match=r"NMS_TOPOLOGY=.*topology\.json"):
        chosen_topology(BootstrapSettings.load(topology=file))


def test_an_invalid_desired_state_is_named() -> None:
    with pytest.raises(SettingError, match="NMS_DESIRED: interval"):
        chosen_desired(BootstrapSettings.load(desired='{"interval": -1}'))


async def test_an_old_broker_is_refused_with_a_clear_error() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = {"server_id": "x", "version": "2.10.4", "max_payload": 1024, "headers": True, "proto": 1}
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(BrokerError, match=r"is nats-server 2\.10\.4: upgrade it to 2\.11 or newer"):
        await Bus.open(ServiceName.RCA, ServiceSettings.load(nats_url=f"nats://127.0.0.1:{port}"))
    server.close()
    await server.wait_closed()


async def test_a_full_stream_is_named_and_nothing_is_lost(
    broker: TestBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    client = await broker.client("setup")
    js = client.jetstream()
    config = (await js.stream_info("ANOMALY")).config
    await js.update_stream(config.evolve(max_bytes=1_000, discard="new"))
    async with bus_for(broker, ServiceName.DETECTOR) as detector:
        events = [raised(since=1_750_000_000.0 + n) for n in range(5)]
        publishing = asyncio.create_task(detector.publish(*events))
        output = ""

        def reported() -> bool:
            nonlocal output
            output += capsys.readouterr().err
            return "raise the stream's limit" in output

        await until(reported)
        assert not publishing.done()
        assert "anomaly.raised was not stored" in output
        await js.update_stream(config)
        await asyncio.wait_for(publishing, 10)
    await client.close()
    assert len(await broker.stored("ANOMALY")) == 5
