"""Reads an inventory file: an error names the file, the line and the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from network.devices.inventory.device import (
    COMMANDS_PER_SECOND,
    SESSIONS,
    SNMP_PORT,
    SSH_PORT,
    BaselineTrust,
    CommunityAccess,
    Device,
    DeviceInventory,
    DeviceLimits,
    DeviceLink,
    DevicePort,
    DeviceService,
    EventCollector,
    ManagementMode,
    ServiceKind,
    SnmpAccess,
    SshAccess,
    UserAccess,
)
from network.devices.inventory.entries import (
    DeviceEntry,
    GroupEntry,
    InventoryEntry,
    LimitsEntry,
    ServiceEntry,
    SnmpEntry,
    SshEntry,
)
from shared.domain.names import flaw, shown
from shared.domain.near import near
from shared.domain.sizes import MAX_LINKS, MAX_NODES
from shared.platform.yaml_model import YamlFile, read_yaml

MAX_INVENTORY_BYTES = 8 * 1024 * 1024
PORTS = {ServiceKind.DNS: 53, ServiceKind.HTTP: 80, ServiceKind.DHCP: 67}
INTERFACE_SEPARATOR = ":"
Section = TypeVar("Section", bound=BaseModel)
Where = tuple[str | int, ...]


def read_device_inventory(path: Path) -> DeviceInventory:
    """Raises SettingError."""
    return _InventoryFile(read_yaml(path, "", InventoryEntry, MAX_INVENTORY_BYTES), path).read()


@dataclass(frozen=True)
class _InventoryFile:
    file: YamlFile[InventoryEntry]
    path: Path

    def read(self) -> DeviceInventory:
        entry = self.file.content
        if not entry.devices:
            raise self.file.error(
                ("devices",), "there is no device; write 'devices:' and 'name:' with its address below"
            )
        if len(entry.devices) > MAX_NODES or len(entry.links) > MAX_LINKS:
            raise self.file.error((), f"more than {MAX_NODES} devices or {MAX_LINKS} links; split the file")
        devices = tuple(self._device(name, device or DeviceEntry()) for name, device in entry.devices.items())
        self._check_addresses(devices)
        self._check_clients(devices)
        return DeviceInventory(
            path=self.path.absolute(),
            devices=devices,
            links=tuple(self._links()),
            known_hosts=self.path.absolute().parent / Path(entry.known_hosts).expanduser(),
            interval=entry.interval,
            mode=ManagementMode(entry.mode),
            baseline=BaselineTrust(entry.baseline),
            gateway=entry.gateway or "",
            collector=EventCollector(**entry.collector.model_dump()) if entry.collector else None,
        )

    def _device(self, name: str, entry: DeviceEntry) -> Device:
        where: Where = ("devices", name)
        why = flaw(name)
        if INTERFACE_SEPARATOR in name:
            why = f"'{INTERFACE_SEPARATOR}' separates a device from its interface; rename the device"
        if why:
            raise self.file.error(where, f"device '{shown(name)}': {why}")
        if entry.address is None:
            raise self.file.error(where, f"device '{shown(name)}' has no address; write 'address:' and its address")
        layers = (self.file.content.defaults, self._group(entry, where), entry)
        role = next((layer.role for layer in reversed(layers) if layer.role), None)
        if role is None:
            raise self.file.error(where, f"device '{shown(name)}' has no role; write role: router, switch or server")
        ssh, snmp = self._ssh(layers, where), self._snmp(layers, where)
        if ssh is None and snmp is None:
            raise self.file.error(where, f"device '{shown(name)}' has neither ssh nor snmp; write one of them")
        limits = _merged(LimitsEntry, [layer.limits for layer in layers if layer.limits])
        return Device(
            name=name,
            role=role,
            address=entry.address,
            ssh=ssh,
            snmp=snmp,
            sources=entry.sources,
            limits=DeviceLimits(limits.commands_per_second or COMMANDS_PER_SECOND, limits.sessions or SESSIONS),
            services=tuple(self._services(entry, where)),
            restart_routing=_last(layer.restart_routing for layer in layers),
            reboot=_last(layer.reboot for layer in layers),
        )

    def _group(self, entry: DeviceEntry, where: Where) -> GroupEntry:
        groups = self.file.content.groups
        if entry.group is None:
            return GroupEntry()
        if entry.group not in groups:
            close = near(entry.group, groups) or list(groups)
            there = f"there are {', '.join(map(shown, close[:6]))}" if close else "write 'groups:' and its name"
            raise self.file.error((*where, "group"), f"there is no group '{shown(entry.group)}'; {there}")
        return groups[entry.group] or GroupEntry()

    def _ssh(self, layers: tuple[GroupEntry, ...], where: Where) -> SshAccess | None:
        given = [layer.ssh for layer in _after_none(layers, "ssh") if layer.ssh is not None]
        if not given:
            return None
        entry = _merged(SshEntry, given)
        if entry.user is None or entry.key is None:
            lacks = "user" if entry.user is None else "key"
            remedy = "the name of the account" if entry.user is None else "{file: PATH}, {env: NAME} or {agent: yes}"
            raise self.file.error(
                (*where, "ssh"), f"ssh of '{shown(str(where[1]))}' has no {lacks}; write {lacks}: {remedy}"
            )
        return SshAccess(entry.user, entry.key.reference, entry.port or SSH_PORT, entry.key.passphrase)

    def _snmp(self, layers: tuple[GroupEntry, ...], where: Where) -> SnmpAccess | None:
        given = [layer.snmp for layer in _after_none(layers, "snmp") if layer.snmp is not None]
        if not given:
            return None
        entry = _merged(SnmpEntry, given)
        port = entry.port or SNMP_PORT
        if entry.version == "v2c" and entry.community:
            return CommunityAccess(entry.community, port)
        if entry.version == "v3" and entry.user and entry.auth and entry.priv:
            kinds = (entry.auth_protocol or "sha256", entry.priv_protocol or "aes128")
            return UserAccess(entry.user, entry.auth, entry.priv, *kinds, port)
        needs = {"v2c": "community", "v3": "user, auth and priv"}.get(entry.version or "", "version: v2c or v3")
        raise self.file.error((*where, "snmp"), f"snmp of {_quoted(where)} lacks something; it needs {needs}")

    def _services(self, entry: DeviceEntry, where: Where) -> Iterator[DeviceService]:
        for name, given in entry.services.items():
            service, place = given or ServiceEntry(), (*where, "services", name)
            if why := flaw(name):
                raise self.file.error(place, f"service '{shown(name)}': {why}")
            if service.kind is None and name not in tuple(ServiceKind):
                kinds = ", ".join(ServiceKind)
                raise self.file.error(place, f"service '{shown(name)}' has no kind; write kind: and one of {kinds}")
            kind = ServiceKind(service.kind or name)
            port = service.port or PORTS.get(kind)
            if port is None or (kind is ServiceKind.DNS and service.probe is None):
                lacks = "port" if port is None else "probe"
                raise self.file.error(place, f"service '{shown(name)}' has no {lacks}; write '{lacks}:' and its value")
            yield DeviceService(
                name=name,
                kind=kind,
                address=service.address or entry.address or "",
                port=port,
                probe=service.probe or "",
                expected=service.expected or "",
                options=service.options,
                clients=service.clients,
                process=service.process or "",
                files=service.files,
                start=service.start,
            )

    def _links(self) -> Iterator[DeviceLink]:
        for number, link in enumerate(self.file.content.links):
            a, b = self._port(link.a, ("links", number, "a")), self._port(link.b, ("links", number, "b"))
            if a.device == b.device:
                raise self.file.error(("links", number), f"the link joins '{shown(a.device)}' to itself; drop it")
            yield DeviceLink(a, b, link.capacity)

    def _port(self, text: str, where: Where) -> DevicePort:
        device, separator, interface = text.partition(INTERFACE_SEPARATOR)
        if not separator or not interface.strip() or not device:
            raise self.file.error(where, f"'{shown(text)}' is no port; write device:interface, such as r1:eth0")
        devices = self.file.content.devices
        if device not in devices:
            close = near(device, devices)
            like = f"close to it are {', '.join(map(shown, close))}" if close else "add the device or drop the link"
            raise self.file.error(where, f"there is no device '{shown(device)}'; {like}")
        return DevicePort(device, interface)

    def _check_addresses(self, devices: tuple[Device, ...]) -> None:
        owner: dict[str, str] = {}
        for device in devices:
            for address in (device.address, *device.sources):
                other = owner.setdefault(address, device.name)
                if other != device.name:
                    raise self.file.error(
                        ("devices", device.name),
                        f"{address} is also an address of '{shown(other)}'; give each device addresses of its own",
                    )

    def _check_clients(self, devices: tuple[Device, ...]) -> None:
        with_ssh = {device.name for device in devices if device.ssh}
        for device in devices:
            for service in device.services:
                for client in service.clients:
                    if client not in with_ssh:
                        raise self.file.error(
                            ("devices", device.name, "services", service.name, "clients"),
                            f"'{shown(client)}' is no device with ssh; name devices that can run the probe",
                        )


def _last(given: Iterable[tuple[str, ...] | None]) -> tuple[str, ...]:
    return next((words for words in reversed(list(given)) if words is not None), ())


def _quoted(where: Where) -> str:
    """`where`: the place of a device."""
    return f"'{shown(str(where[1]))}'"


def _after_none(layers: tuple[GroupEntry, ...], section: str) -> tuple[GroupEntry, ...]:
    """Return the layers after the last one that takes the section away."""
    last = 0
    for number, layer in enumerate(layers, 1):
        if section in layer.model_fields_set and getattr(layer, section) is None:
            last = number
    return layers[last:]


def _merged(section: type[Section], layers: list[Section]) -> Section:
    """Later layers win, key by key."""
    given: Mapping[str, object] = {key: getattr(each, key) for each in layers for key in each.model_fields_set}
    return section.model_construct(None, **given)
