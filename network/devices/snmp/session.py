"""One SNMP session with a device: many objects in one request, walks, and failures as values.

Rules
1. One request is under way at a time; requests wait for their turn, each for at most its own bound.
2. Each request has sysUpTime in it. An answer without it is an error such as tooBig: the request is split, and later
   requests are smaller.
3. With v2c, a wrong community looks like a device that does not answer: the standard wants it so. With v3, a wrong user
   or authentication is reported by the device, and a wrong encryption looks like no answer.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gufo.snmp import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    DesKey,
    Md5Key,
    Sha1Key,
    Sha224Key,
    Sha256Key,
    Sha384Key,
    Sha512Key,
    SnmpAuthError,
    SnmpEncodeError,
    SnmpError,
    SnmpVersion,
    User,
)
from gufo.snmp.aio import SnmpSession
from gufo.snmp.user import BaseAuthKey, BasePrivKey

from network.devices.console import NoAnswer, Trouble
from network.devices.inventory.device import CommunityAccess, Device, SnmpAccess
from network.devices.snmp.objects import SYS_UPTIME
from network.devices.snmp.reading import SnmpValue
from shared.domain.errors import SettingError

WITHIN = 2.0
"""Seconds for one request. There is no repetition: the next interval asks again."""
WALK_WITHIN = 15.0
MAX_ROWS = 20_000
MOST_OBJECTS, LEAST_OBJECTS = 50, 8
"""Objects in one request: the answer to fifty fits into one packet; all devices can answer eight."""
AT_ONCE = 0.5
"""A share of the bound. The library reports a closed port as a timeout, which then comes at once."""
MAX_REPETITIONS = 25
ATTEMPTS = 5
"""Bounds that a request can take: two for the keys of v3, two for the test of the view, one for the objects."""
FAILURES = (OSError, SnmpError, ValueError, RuntimeError, SettingError)
T = TypeVar("T")
AUTH: dict[str, type[BaseAuthKey]] = {
    "md5": Md5Key, "sha1": Sha1Key, "sha224": Sha224Key, "sha256": Sha256Key, "sha384": Sha384Key, "sha512": Sha512Key,
}  # fmt: skip
PRIV: dict[str, type[BasePrivKey]] = {"des": DesKey, "aes128": Aes128Key, "aes192": Aes192Key, "aes256": Aes256Key}


class _NoView(RuntimeError):
    """The device does not even show how long it runs."""


@dataclass
class SnmpClient:
    """`folder`: where a relative path of a secret begins."""

    device: Device
    access: SnmpAccess
    folder: Path
    within: float = WITHIN
    _session: SnmpSession | None = None
    _size: int = MOST_OBJECTS
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, oids: Sequence[str]) -> dict[str, SnmpValue] | NoAnswer:
        """Return the values of objects; those that the device does not have are missing."""
        found: dict[str, SnmpValue] = {}
        async with self._turn:
            left = deque(list(oids[at : at + self._size]) for at in range(0, len(oids), self._size))
            while left:
                some = left.popleft()
                answer = await self._get([SYS_UPTIME, *some])
                if isinstance(answer, NoAnswer):
                    return answer
                if SYS_UPTIME in answer:
                    found.update(answer)
                elif len(some) > 1:
                    half = len(some) // 2
                    left.extendleft((some[half:], some[:half]))
                    self._size = max(LEAST_OBJECTS, min(half, self._size))
        return found

    async def walk(self, oid: str) -> dict[str, SnmpValue] | NoAnswer:
        """Return the rows of a column or table: what follows after `oid.`, with its value. At most `MAX_ROWS` rows."""
        began = time.monotonic()
        async with self._turn:
            try:
                return await _bounded(self._walk(oid), WALK_WITHIN)
            except FAILURES as error:
                return self._failed(error, time.monotonic() - began)

    def close(self) -> None:
        self._session = None

    async def _get(self, oids: list[str]) -> dict[str, SnmpValue] | NoAnswer:
        """Return nothing at all if the device cannot answer this request: the library does not say why."""
        began = time.monotonic()
        try:
            return await _bounded(self._get_many(oids), ATTEMPTS * self.within)
        except SnmpEncodeError:
            return {}
        except FAILURES as error:
            return self._failed(error, time.monotonic() - began)

    async def _get_many(self, oids: list[str]) -> dict[str, SnmpValue]:
        session = await self._opened()
        return dict(await session.get_many(oids))

    async def _walk(self, oid: str) -> dict[str, SnmpValue]:
        """Stop at a row that is not below `oid`, or that came before: such a device would never end."""
        session = await self._opened()
        found: dict[str, SnmpValue] = {}
        async for whole, value in session.getbulk(oid, MAX_REPETITIONS):
            row = whole.removeprefix(f"{oid}.")
            if row == whole or row in found or len(found) >= MAX_ROWS:
                break
            found[row] = value
        return found

    async def _opened(self) -> SnmpSession:
        """Raises SettingError, OSError, SnmpError and _NoView."""
        if self._session is None:
            session = await asyncio.to_thread(self._made)
            await session.refresh()
            if not await session.get_many([SYS_UPTIME]):
                raise _NoView
            self._session = session
        return self._session

    def _made(self) -> SnmpSession:
        """It can take a tenth of a second: the keys of v3 are made from the secrets. Raises SettingError."""
        if isinstance(self.access, CommunityAccess):
            community = self.access.community.read(self.folder).reveal().decode(errors="surrogateescape")
            return SnmpSession(
                self.device.address, self.access.port, community, version=SnmpVersion.v2c, timeout=self.within
            )
        auth = AUTH[self.access.auth_protocol](self.access.auth.read(self.folder).reveal())
        priv = PRIV[self.access.priv_protocol](self.access.priv.read(self.folder).reveal())
        user = User(self.access.user, auth_key=auth, priv_key=priv)
        return SnmpSession(
            self.device.address, self.access.port, user=user, version=SnmpVersion.v3, timeout=self.within
        )

    def _failed(self, error: Exception, took: float) -> NoAnswer:
        """The session is made again at the next request: with v3, a device that started again needs that."""
        self._session = None
        where = f"{self.device.name} ({self.device.address} port {self.access.port})"
        if isinstance(error, SettingError):
            return NoAnswer(Trouble.NOT_ASKED, f"{where}: {error}")
        if isinstance(error, _NoView):
            return NoAnswer(Trouble.REFUSED, f"{where} shows no sysUpTime; let the account read all of 1.3.6.1")
        if isinstance(error, SnmpAuthError):
            why = "refuses the SNMP user or its authentication; correct user, auth and auth_protocol"
            return NoAnswer(Trouble.REFUSED, f"{where} {why}")
        if isinstance(error, TimeoutError) and took < self.within * AT_ONCE:
            return NoAnswer(Trouble.REFUSED, f"{where} has no SNMP agent at this port; start snmpd there")
        if isinstance(error, TimeoutError):
            secret = "the community" if isinstance(self.access, CommunityAccess) else "priv and priv_protocol"
            why = f"does not answer SNMP; check snmpd, {secret}, and filters on the way"
            return NoAnswer(Trouble.TIMED_OUT, f"{where} {why}")
        if isinstance(error, OSError):
            return NoAnswer(Trouble.UNREACHABLE, f"{where} cannot be reached: {error.strerror}; check the way to it")
        return NoAnswer(Trouble.GARBAGE, f"{where} sent an SNMP answer that cannot be parsed; check what runs there")


async def _bounded(work: Coroutine[Any, Any, T], within: float) -> T:
    """Raises TimeoutError. A cancellation can get lost in the library (Python 3.11), so the bound needs none."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        finished, _ = await asyncio.wait({task}, timeout=within)
    finally:
        if not task.done():
            task.cancel()
    if not finished:
        raise TimeoutError
    return task.result()


def snmp_client(device: Device, folder: Path) -> SnmpClient | NoAnswer:
    """NoAnswer if the inventory states no `snmp` for the device."""
    if device.snmp is None:
        why = f"the inventory states no snmp for {device.name}; add it to read its counters"
        return NoAnswer(Trouble.NOT_ASKED, why)
    return SnmpClient(device, device.snmp, folder)
