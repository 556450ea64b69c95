"""The options of a start determine the processes, their environment and the topology."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from nms.commands.system import _options
from nms.plan import ROOT, Options, Place, commands, parse_scale, read_topology, with_driver
from nms.settings import SystemSettings
from shared.domain.errors import SettingError, TopologyError
from shared.domain.kinds import ServiceName
from shared.domain.topology import default_topology, sized_topology
from shared.platform.settings import ServiceSettings
from tests.nms.recording.build import simulated

PLACE = Place("nats://127.0.0.1:4222", (5000, 5001), Path("/credentials"), 3)


def test_each_service_starts_once_with_only_its_own_credentials() -> None:
    started = commands(Options(), PLACE)
    assert sorted(command.name for command in started) == sorted(ServiceName)
    for command in started:
        assert command.env["NMS_CREDENTIALS"] == f"/credentials/{command.name}.json"
        assert command.argv[-1] == ("network" if command.name == "network" else f"services.{command.name}")


def test_each_replica_has_its_own_name_and_each_gateway_its_own_port() -> None:
    scale = parse_scale(["detector=3", "gateway=2"])
    started = {command.name: command for command in commands(Options(scale=scale), PLACE)}
    assert {"detector", "detector-2", "detector-3", "gateway", "gateway-2"} <= set(started)
    assert started["gateway"].env["NMS_PORT"] == "5000"
    assert started["gateway-2"].env["NMS_PORT"] == "5001"


def test_speed_load_and_seed_are_set_only_for_the_network() -> None:
    started = {command.name: command for command in commands(Options(speed=4.0, load=1.5), PLACE)}
    network = started["network"].env
    assert (network["NMS_SPEED"], network["NMS_LOAD"], network["NMS_SEED"]) == ("4.0", "1.5", "3")
    assert not {"NMS_SPEED", "NMS_SEED"} & set(started["detector"].env)


def test_a_replica_name_and_a_health_port_of_our_environment_are_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NMS_REPLICA", "one")
    monkeypatch.setenv("NMS_HEALTH_PORT", "8080")
    for command in commands(Options(), PLACE):
        for variable in ("NMS_REPLICA", "NMS_HEALTH_PORT"):
            monkeypatch.setenv(variable, command.env[variable])
        settings = ServiceSettings.load()
        assert settings.replica is None
        assert settings.health_port == 0, "every process has probes, on its own port"


def test_our_modules_come_before_an_inherited_python_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/theirs")
    assert {command.env["PYTHONPATH"] for command in commands(Options(), PLACE)} == {f"{ROOT}{os.pathsep}/theirs"}
    monkeypatch.delenv("PYTHONPATH")
    assert {command.env["PYTHONPATH"] for command in commands(Options(), PLACE)} == {str(ROOT)}


def test_the_environment_gives_the_options_that_are_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nothing = SystemSettings.load().options()
    assert (nothing.nats_url, nothing.port, nothing.topology, nothing.speed) == (None, None, None, 1.0)
    given = {"NATS_URL": "nats://far:4222", "PORT": "5009", "HOST": "0.0.0.0", "SEED": "7", "SPEED": "4", "LOAD": "1.5"}
    for name, value in {**given, "NODES": "20"}.items():
        monkeypatch.setenv(f"NMS_{name}", value)
    with pytest.raises(SettingError, match="NMS_UNAUTHENTICATED=yes"):
        SystemSettings.load().options()
    monkeypatch.setenv("NMS_UNAUTHENTICATED", "yes")
    found = SystemSettings.load().options()
    assert (found.nats_url, found.port, found.host) == ("nats://far:4222", 5009, "0.0.0.0")
    assert (found.seed, found.speed, found.load, found.topology) == (7, 4.0, 1.5, sized_topology(20))
    assert Place("", (1,), None, 0, "0.0.0.0").url == "http://127.0.0.1:1"
    assert _options(None, None, None, None, None, 30, 2.0, None, None, False).topology == sized_topology(30)
    assert _options(None, None, None, None, None, 30, 2.0, None, None, False).speed == 2.0


def test_every_process_knows_the_driver_since_its_rows_may_belong_to_the_catalogue() -> None:
    started = commands(Options(), replace(PLACE, network="replay:/r"))
    assert {command.env["NMS_NETWORK"] for command in started} == {"replay:/r"}


def test_a_recording_as_the_network_defines_the_topology(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = simulated(tmp_path / "monday", 2.0)
    monkeypatch.chdir(tmp_path)
    found = with_driver(Options(network="replay:monday"))
    assert (found.network, found.topology) == (f"replay:{folder}", default_topology())
    assert with_driver(Options(network="replay:monday", topology=default_topology())) == found
    with pytest.raises(SettingError, match="leave out --topology and --nodes"):
        with_driver(Options(network="replay:monday", topology=sized_topology(30)))
    assert with_driver(Options()) == Options()
    assert with_driver(Options(network="simulator")) == Options(network="simulator")
    with pytest.raises(SettingError, match="no such folder"):
        with_driver(Options(network="replay:tuesday"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("detektor=2", "no service 'detektor'; there are injector, detector"),
        ("detector", "write a number from 1 to 16"),
        ("detector=0", "write a number"),
        ("detector=many", "write a number"),
        ("network=2", "there is only one network"),
    ],
)
def test_an_invalid_scale_is_refused(text: str, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        parse_scale([text])


def test_a_topology_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "topology.json"
    file.write_text(default_topology().model_dump_json())
    assert read_topology(file, None) == default_topology()
    assert read_topology(None, None) is None


def test_a_broken_topology_is_refused_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "topology.json"
    with pytest.raises(SettingError, match="No such file"):
        read_topology(file, None)
    file.write_text('{"nodes": []}')
    with pytest.raises(SettingError, match=r"nodes: .*at least 1 item"):
        read_topology(file, None)
    file.write_text('{"nodes": [{"id": "a"}]}')
    with pytest.raises(SettingError, match=r"nodes.0.type: Field required"):
        read_topology(file, None)
    file.write_text(
        '{"nodes": [{"id": "a", "type": "router"}], "links": [{"source": "a", "target": "b", "capacity": 1}]}'
    )
    with pytest.raises(TopologyError, match="ends at b, which is no node"):
        read_topology(file, None)
    with pytest.raises(SettingError, match="give one of them"):
        read_topology(file, 20)
