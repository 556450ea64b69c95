"""The object identifiers that are read, by the name that their MIB gives them. Pure."""

from __future__ import annotations

from enum import StrEnum

SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
SNMP_ENGINE_TIME = "1.3.6.1.6.3.10.2.1.3.0"


class Mib(StrEnum):
    """The columns of tables; the identifier of a row follows after a dot."""

    IF_NAME = "1.3.6.1.2.1.31.1.1.1.1"
    IF_HARDWARE = "1.3.6.1.2.1.2.2.1.6"
    IF_ADMIN = "1.3.6.1.2.1.2.2.1.7"
    IF_OPER = "1.3.6.1.2.1.2.2.1.8"
    IF_SPEED = "1.3.6.1.2.1.31.1.1.1.15"
    IF_DISCONTINUITY = "1.3.6.1.2.1.31.1.1.1.19"
    HC_IN_OCTETS = "1.3.6.1.2.1.31.1.1.1.6"
    HC_IN_PACKETS = "1.3.6.1.2.1.31.1.1.1.7"
    HC_OUT_OCTETS = "1.3.6.1.2.1.31.1.1.1.10"
    HC_OUT_PACKETS = "1.3.6.1.2.1.31.1.1.1.11"
    IN_OCTETS = "1.3.6.1.2.1.2.2.1.10"
    IN_PACKETS = "1.3.6.1.2.1.2.2.1.11"
    IN_DISCARDS = "1.3.6.1.2.1.2.2.1.13"
    IN_ERRORS = "1.3.6.1.2.1.2.2.1.14"
    OUT_OCTETS = "1.3.6.1.2.1.2.2.1.16"
    OUT_PACKETS = "1.3.6.1.2.1.2.2.1.17"
    OUT_DISCARDS = "1.3.6.1.2.1.2.2.1.19"
    OUT_ERRORS = "1.3.6.1.2.1.2.2.1.20"
    IP_PORT = "1.3.6.1.2.1.4.20.1.2"
    IP_MASK = "1.3.6.1.2.1.4.20.1.3"
    OSPF_ROUTER = "1.3.6.1.2.1.14.10.1.3"
    OSPF_STATE = "1.3.6.1.2.1.14.10.1.6"
    BGP_STATE = "1.3.6.1.2.1.15.3.1.2"
    BGP_ADMIN = "1.3.6.1.2.1.15.3.1.3"
    BGP_SECONDS = "1.3.6.1.2.1.15.3.1.16"
    ISIS_STATE = "1.3.6.1.2.1.138.1.6.1.1.2"
    ISIS_SYSTEM = "1.3.6.1.2.1.138.1.6.1.1.6"
    CPU_LOAD = "1.3.6.1.2.1.25.3.3.1.2"
    STORAGE_TYPE = "1.3.6.1.2.1.25.2.3.1.2"
    STORAGE_UNIT = "1.3.6.1.2.1.25.2.3.1.4"
    STORAGE_SIZE = "1.3.6.1.2.1.25.2.3.1.5"
    STORAGE_USED = "1.3.6.1.2.1.25.2.3.1.6"
    CPU_TICKS = "1.3.6.1.4.1.2021.11"
    MEMORY = "1.3.6.1.4.1.2021.4"
    EXTEND_OUTPUT = "1.3.6.1.4.1.8072.1.3.2.3.1.2"
    LLDP_PORT = "1.0.8802.1.1.2.1.4.1.1.7"
    LLDP_PORT_TEXT = "1.0.8802.1.1.2.1.4.1.1.8"
    LLDP_SYSTEM = "1.0.8802.1.1.2.1.4.1.1.9"
    LLDP_OWN_PORT = "1.0.8802.1.1.2.1.3.7.1.4"


WALKED = (
    Mib.IF_NAME, Mib.IF_SPEED, Mib.HC_IN_OCTETS, Mib.OSPF_ROUTER, Mib.BGP_STATE, Mib.ISIS_SYSTEM,
    Mib.CPU_LOAD, Mib.STORAGE_TYPE, Mib.CPU_TICKS, Mib.MEMORY, Mib.EXTEND_OUTPUT,
)  # fmt: skip
"""What is walked at the start, and again when rows may have changed."""

CPU_IDLE, CPU_USER = "53.0", "50.0"
CPU_PARTS = ("50.0", "51.0", "52.0", "53.0", "54.0", "56.0", "61.0", "64.0")
"""Rows of `CPU_TICKS`, in hundredths of a second: user, nice, system, idle, wait, interrupt, soft interrupt, steal."""
MEM_TOTAL, MEM_FREE, MEM_BUFFERS, MEM_CACHED, MEM_AVAILABLE = "5.0", "6.0", "14.0", "15.0", "27.0"
"""Rows of `MEMORY`, in KiB."""
STORAGE_RAM = "1.3.6.1.2.1.25.2.1.2"
CGROUP_EXTEND = "nms-cgroup"
"""The name of an `extend` of net-snmp that runs `grep -H . FILE...` on files of the control group of a device."""


def cell(column: Mib, row: str | int) -> str:
    return f"{column}.{row}"


def extend_row(name: str) -> str:
    """Return the row of an `extend`: the length of its name and its characters, as numbers."""
    data = name.encode()
    return ".".join(map(str, (len(data), *data)))
