"""The inventory file as it is written: every entry may be left out, since groups and defaults can give it.

Rule: an unknown key is an error that names the known ones, since a mistyped key would be ignored otherwise.
"""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from network.devices.inventory.secret import VARIABLE, SecretReference
from shared.domain.kinds import NodeType
from shared.domain.near import near
from shared.domain.printable import first_steering
from shared.topologies.capacity import DEFAULT_CAPACITY, megabits

MAX_QUOTE = 64
MAX_PORT = 65535
MAX_TEXT = 512
MAX_LISTED = 64
YES = ("yes", "true")
NO = ("no", "false")
NONE = "none"
"""The text that takes a section away which a group or the defaults give."""


def flawed(why: str) -> PydanticCustomError:
    """Return an error of a validator; `why` has the fact and the remedy."""
    return PydanticCustomError("flaw", "{why}", {"why": why})


class FileEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=MAX_TEXT)

    @model_validator(mode="before")
    @classmethod
    def _has_known_keys(cls, value: object) -> object:
        known = list(cls.model_fields)
        if not isinstance(value, dict):
            raise flawed(f"this is a table; write 'key: value' below it, keys are {', '.join(known)}")
        wrong: list[InitErrorDetails] = []
        for key in value:
            if key not in known:
                close = near(key, known)
                like = f"did you mean {close[0]}? " if close else ""
                why = flawed(f"no such key; {like}There are {', '.join(known)}")
                wrong.append(InitErrorDetails(type=why, loc=(key,), input=None))
        if wrong:
            raise ValidationError.from_exception_data(cls.__name__, wrong, hide_input=True)
        return value


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise flawed(f"{text[:MAX_QUOTE]!r} is no address; write one like 192.0.2.1 or 2001:db8::1") from None


def _megabits(value: object) -> object:
    number = megabits(value) if isinstance(value, str) else value
    if number is None:
        raise flawed(f"{str(value)[:MAX_QUOTE]!r} is no capacity; write Mbit/s, or a number and a unit such as 10G")
    return number


def _word(text: str) -> str:
    if first_steering(text) or not text:
        raise flawed("the text is empty or has a character that cannot be displayed; write plain text")
    return text


def _truth(value: object) -> object:
    if isinstance(value, str) and value.lower() in YES + NO:
        return value.lower() in YES
    raise flawed("write yes or no")


Address = Annotated[str, AfterValidator(_address)]
Megabits = Annotated[float, BeforeValidator(_megabits)]
Word = Annotated[str, AfterValidator(_word)]
Truth = Annotated[bool, BeforeValidator(_truth)]
Port = Annotated[int, Field(ge=1, le=MAX_PORT)]


class KeyReference(FileEntry):
    """Where a private key is: a file, a variable that holds the key itself, or the agent of the person."""

    file: Word | None = None
    env: Word | None = None
    agent: Truth = False
    passphrase: SecretReference | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_one_reference(cls, value: object) -> object:
        if not isinstance(value, dict):
            raise flawed("a key does not stand in this file; write {file: PATH}, {env: NAME} or {agent: yes}")
        if len({"file", "env", "agent"} & value.keys()) != 1:
            raise flawed("write one of {file: PATH}, {env: NAME} and {agent: yes}")
        name = value.get("env", "")
        if name and not (isinstance(name, str) and VARIABLE.fullmatch(name)):
            raise flawed("env: not the name of a variable; write letters, digits and '_'")
        return value

    @property
    def reference(self) -> SecretReference | None:
        """None if the agent has the key."""
        if self.agent:
            return None
        return SecretReference(file=self.file) if self.file else SecretReference(env=self.env or "")


class SshEntry(FileEntry):
    user: Word | None = None
    key: KeyReference | None = None
    port: Port | None = None


AuthProtocol = Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
PrivProtocol = Literal["des", "aes128", "aes192", "aes256"]


class SnmpEntry(FileEntry):
    version: Literal["v2c", "v3"] | None = None
    port: Port | None = None
    community: SecretReference | None = None
    user: Word | None = None
    auth: SecretReference | None = None
    auth_protocol: AuthProtocol | None = None
    priv: SecretReference | None = None
    priv_protocol: PrivProtocol | None = None


class LimitsEntry(FileEntry):
    commands_per_second: Annotated[float, Field(gt=0, le=1000)] | None = None
    sessions: Annotated[int, Field(ge=4, le=64)] | None = None


class ServiceEntry(FileEntry):
    """`kind`: how it is probed; left out: the name of the service. `clients`: the devices that probe it.

    `probe`: the name to resolve (dns), the URL or path to get (http). `expected`: the address (dns), the status (http).
    `options`: what a DHCP server has to offer. `start`: the words of the command that starts it.
    """

    kind: Literal["dns", "http", "dhcp", "tcp"] | None = None
    address: Address | None = None
    port: Port | None = None
    probe: Word | None = None
    expected: Word | None = None
    options: dict[Word, Word] = Field(default_factory=dict, max_length=MAX_LISTED)
    clients: tuple[Word, ...] = Field(default=(), max_length=MAX_LISTED)
    process: Word | None = None
    files: tuple[Word, ...] = Field(default=(), max_length=MAX_LISTED)
    start: tuple[Word, ...] = Field(default=(), max_length=MAX_LISTED)


def _or_none(value: object) -> object:
    if value is None:
        raise flawed(f"nothing is below it; leave the key out, or write {NONE} to take away what a group gives")
    return None if value == NONE else value


class GroupEntry(FileEntry):
    """What several devices share. A section that is None is taken away, if the file states it."""

    role: NodeType | None = None
    ssh: Annotated[SshEntry | None, BeforeValidator(_or_none)] = None
    snmp: Annotated[SnmpEntry | None, BeforeValidator(_or_none)] = None
    limits: LimitsEntry | None = None
    restart_routing: tuple[Word, ...] | None = Field(default=None, max_length=MAX_LISTED)
    reboot: tuple[Word, ...] | None = Field(default=None, max_length=MAX_LISTED)


class DeviceEntry(GroupEntry):
    address: Address | None = None
    group: Word | None = None
    sources: tuple[Address, ...] = Field(default=(), max_length=MAX_LISTED)
    services: dict[Word, ServiceEntry | None] = Field(default_factory=dict, max_length=MAX_LISTED)


class LinkEnds(FileEntry):
    """Each end is written `node:interface`."""

    a: Word
    b: Word
    capacity: Megabits = DEFAULT_CAPACITY


class CollectorEntry(FileEntry):
    """Where syslog and traps arrive. A port that is left out is not listened on."""

    bind: Address
    syslog_port: Port | None = None
    trap_port: Port | None = None


class InventoryEntry(FileEntry):
    interval: Annotated[float, Field(ge=0.2, le=3600)] = 1.0
    mode: Literal["read_only", "manage"] = "read_only"
    baseline: Literal["approved", "trust_first"] = "approved"
    known_hosts: Word = "known_hosts"
    gateway: Address | None = None
    collector: CollectorEntry | None = None
    defaults: GroupEntry = GroupEntry()
    groups: dict[Word, GroupEntry | None] = Field(default_factory=dict)
    devices: dict[Word, DeviceEntry | None] = Field(default_factory=dict)
    links: tuple[LinkEnds, ...] = ()
