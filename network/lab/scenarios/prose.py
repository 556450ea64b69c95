"""Reads the free text of scenario files where it has a regular form: sizes, names of files, and lines of the baseline.

A text of another form changes nothing: its reader returns None or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import urlsplit

from network.lab.plan import CheckKind, LabCheck
from network.lab.scenarios.addressing import address
from network.lab.scenarios.dns import TTL
from network.lab.scenarios.web import ApplicationShape, Catalogue, NginxSize

_UNITS = {"B": 1, "bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20}
MAX_OBJECT = 1 << 30
"""The largest size of an object of a server, in bytes."""
MAX_RECORDS, MAX_RECORD = 1 << 20, 1 << 16
_IPV4 = r"\d{1,3}(?:\.\d{1,3}){3}"
_PREFIX = rf"{_IPV4}/\d{{1,2}}"


def size(text: str) -> int | None:
    """Return the bytes of a size such as `32 MiB`."""
    found = re.fullmatch(r"([\d,]+) (B|bytes|KiB|MiB)", text.strip())
    if not found:
        return None
    return min(MAX_OBJECT, _number(found[1]) * _UNITS[found[2]])


def objects(texts: Mapping[str, str]) -> dict[str, int]:
    """Return the files of a server and their sizes; entries without a size, such as a listing, are no files."""
    sized = {name: size(text) for name, text in texts.items() if re.fullmatch(r"\w[\w.-]*", name)}
    return {name: each for name, each in sized.items() if each is not None}


def application(text: str) -> ApplicationShape:
    usual = ApplicationShape()
    small = re.search(r"/small: ([\d,]+) bytes", text)
    large = re.search(r"(\d+) KiB of HTML written in (\d+) pieces (\d+) ms apart", text)
    return ApplicationShape(
        _number(small[1]) if small else usual.small,
        min(MAX_OBJECT, int(large[1]) << 10) if large else usual.size,
        max(1, int(large[2])) if large else usual.pieces,
        int(large[3]) if large else usual.delay,
    )


def catalogue(text: str) -> tuple[str, Catalogue] | None:
    """Return the host and the file of a text such as `https://HOST/PATH: 10 records of 1,024 bytes`."""
    found = re.match(r"(https?://[\w.-]+/[\w./-]+): ([\d,]+) records of ([\d,]+) bytes", text)
    if not found or ".." in found[1]:
        return None
    url = urlsplit(found[1])
    records, length = min(MAX_RECORDS, _number(found[2])), min(MAX_RECORD, _number(found[3]))
    return url.hostname or "", Catalogue(url.path, records, length)


def nginx_size(text: str) -> NginxSize:
    usual = NginxSize()
    workers, connections = re.search(r"(\d+) workers?\b", text), re.search(r"([\d,]+) connections", text)
    return NginxSize(
        int(workers[1]) if workers else usual.workers,
        _number(connections[1]) if connections else usual.connections,
    )


def hours(text: str) -> int:
    """Return the seconds of `TTL 1 h`; without such words, the usual ones."""
    found = re.search(r"TTL (\d+) h", text)
    return int(found[1]) * 3_600 if found else TTL


def client_times(text: str) -> tuple[int, int] | None:
    """Return the seconds of `timeout 1, retry 1`."""
    found = re.search(r"timeout (\d+), retry (\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def stated_checks(line: str, nodes: Collection[str], everyone: Collection[str]) -> Iterator[LabCheck]:
    """Yield the checks of one line of the baseline. `everyone`: the nodes for `every host`."""
    for check in _checks(line, everyone):
        if check.node in nodes:
            yield check


def _checks(line: str, everyone: Collection[str]) -> Iterator[LabCheck]:
    if found := re.match(rf"ping (\S+) to \S+ \(({_IPV4})\)", line):
        yield LabCheck(CheckKind.PING, found[1], address(found[2]))
    if found := re.match(rf"(\S+) has ({_PREFIX}) in BGP and reaches ({_IPV4})", line):
        yield LabCheck(CheckKind.BGP_PREFIX, found[1], found[2])
        yield LabCheck(CheckKind.PING, found[1], address(found[3]))
    if found := re.match(rf"(\S+) reaches ({_PREFIX}) \(ping ({_IPV4})\)", line):
        yield LabCheck(CheckKind.BGP_PREFIX, found[1], found[2])
        yield LabCheck(CheckKind.PING, found[1], address(found[3]))
    if found := re.match(rf"(\S+) pings ({_IPV4}(?:(?:,| and) {_IPV4})*)", line):
        yield from (LabCheck(CheckKind.PING, found[1], address(each)) for each in re.findall(_IPV4, found[2]))
    if found := re.match(r"(\S+) gets (https?://[\w./-]+)", line):
        yield LabCheck(CheckKind.FETCHES, found[1], found[2])
    if found := re.match(rf"({_IPV4})/\d+ \(.*\) unreachable from every host$", line):
        target = found[1].rpartition(".")[0] + ".1"
        yield from (LabCheck(CheckKind.NO_PING, each, address(target)) for each in everyone)
