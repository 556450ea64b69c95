"""Plans the processes of a system from the options of its start, before any process is started."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from network.choice import DEVICES, SIMULATOR, parse_choice
from nms.limits import MAX_REPLICAS, ONE_THREAD
from nms.limits import ROOT as ROOT
from nms.process_supervisor import Command
from nms.terminal import remark
from shared import topologies
from shared.domain.config import Desired
from shared.domain.errors import SettingError
from shared.domain.kinds import ServiceName
from shared.domain.topology import Topology, sized_topology
from shared.recordings.reader import Recording

LOOPBACK = "127.0.0.1"
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})
LONE = frozenset({ServiceName.NETWORK})
"""Services with only one replica. A second network process would see the ticks of the first and end."""


@dataclass(frozen=True)
class Options:
    """If an option is None, the stored value applies, or the default if no value is stored."""

    port: int | None = None
    host: str = LOOPBACK
    nats_url: str | None = None
    scale: Mapping[ServiceName, int] = field(default_factory=dict)
    seed: int | None = None
    topology: Topology | None = None
    speed: float = 1.0
    load: float = 1.0
    network: str | None = None
    fresh: bool = False
    desired: Desired | None = None


@dataclass(frozen=True)
class Place:
    nats_url: str
    gateway_ports: tuple[int, ...]
    credentials: Path | None
    seed: int
    host: str = LOOPBACK
    network: str = SIMULATOR

    @property
    def url(self) -> str:
        host = LOOPBACK if self.host in EVERY_ADDRESS else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.gateway_ports[0]}"


def parse_scale(texts: Sequence[str]) -> dict[ServiceName, int]:
    """Parse texts such as `detector=3` into the number of replicas of each service. Raises SettingError."""
    scale: dict[ServiceName, int] = {}
    for text in texts:
        name, _, number = text.partition("=")
        if name not in tuple(ServiceName):
            raise SettingError(f"--scale {text}: no service {name!r}; there are {', '.join(ServiceName)}")
        if not number.isdecimal() or not 1 <= int(number) <= MAX_REPLICAS:
            raise SettingError(f"--scale {text}: write a number from 1 to {MAX_REPLICAS}, as in --scale {name}=3")
        if int(number) > 1 and ServiceName(name) in LONE:
            raise SettingError(f"--scale {text}: there is only one {name}; leave it out")
        scale[ServiceName(name)] = int(number)
    return scale


def read_topology(path: Path | None, nodes: int | None) -> Topology | None:
    """Return the topology of a file, of a shape such as `fat-tree:4`, or of a number of nodes; None if none is given.

    Prints a warning for each entry of a file that was changed or left out. Raises TopologyError or SettingError.
    """
    if path is not None and nodes is not None:
        raise SettingError("--topology and --nodes both define the network: give one of them")
    if nodes is not None:
        return sized_topology(nodes)
    if path is None:
        return None
    try:
        reading = topologies.read_map(path)
    except topologies.UnreadableTopology as error:
        raise topologies.UnreadableTopology(f"--topology {error}") from None
    for warning in reading.warnings:
        remark(f"--topology {path}: {warning}")
    return reading.topology


def with_driver(options: Options) -> Options:
    """Return the options, with the topology of a recording or of an inventory of devices. Raises SettingError.

    The file is read and checked here, so that an error in it is reported before any process starts.
    """
    if options.network is None:
        return options
    choice = parse_choice(options.network)
    if choice.path is None:
        return replace(options, network=str(choice))
    topology = _topology_of(choice.name, choice.path)
    if options.topology not in (None, topology):
        raise SettingError(
            f"--network {options.network} has a network of its own: leave out --topology and --nodes "
            "(NMS_TOPOLOGY, NMS_NODES)"
        )
    return replace(options, network=str(choice), topology=topology)


def _topology_of(driver: str, path: Path) -> Topology:
    if driver == DEVICES:
        from network.devices.inventory.reading import read_device_inventory

        return read_device_inventory(path).topology()
    return Recording.open(path).topology


def commands(options: Options, place: Place) -> list[Command]:
    """The network is first and the gateway last."""
    order = (ServiceName.NETWORK, *(name for name in ServiceName if name is not ServiceName.NETWORK))
    return [
        Command(
            name=name.value if number == 1 else f"{name.value}-{number}",
            argv=(sys.executable, "-m", "network" if name is ServiceName.NETWORK else f"services.{name.value}"),
            env=environment(name, number, options, place),
        )
        for name in order
        for number in range(1, options.scale.get(name, 1) + 1)
    ]


def environment(name: ServiceName, number: int, options: Options, place: Place) -> dict[str, str]:
    """Return the variables that a process gets beside those of this process. An empty value unsets a variable."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    env = {**ONE_THREAD, "PYTHONPATH": path, "NMS_NATS_URL": place.nats_url, "NMS_LOG_FORMAT": "json"}
    # If set here, these two would be the same in all processes. Probes get a free port, which the log shows.
    env |= {"NMS_REPLICA": "", "NMS_HEALTH_PORT": "0", "NMS_NETWORK": place.network}
    if place.credentials is not None:
        env["NMS_CREDENTIALS"] = str(place.credentials / f"{name.value}.json")
    if name in (ServiceName.NETWORK, ServiceName.INJECTOR):
        env["NMS_SEED"] = str(place.seed)
    if name is ServiceName.NETWORK:
        env |= {"NMS_SPEED": repr(options.speed), "NMS_LOAD": repr(options.load)}
    if name is ServiceName.GATEWAY:
        env |= {"NMS_HOST": place.host, "NMS_PORT": str(place.gateway_ports[number - 1])}
    return env
