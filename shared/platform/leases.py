"""Leases: partitions shared among the live replicas of a service; a leader owns the only partition of its service.

Rules

1. Each replica renews one record, `member.<service>.<replica>`, every `RENEW` seconds. A replica that has not renewed
   for `OWN_FOR` seconds owns nothing. It measures by its own monotonic clock, from before the renewal was sent.
2. One record for each service, `owners.<service>`, holds the owner of each partition. It changes only by
   compare-and-set. Its version grows with each change; a new owner gets the new version as its fence.
3. A replica takes a partition only if the partition is free, or if its owner has not renewed for `STILL_FOR` seconds.
   It takes none from a live replica: a replica that has too many partitions releases some.
4. After a pause of its process or an outage, a replica forgets which replicas it saw renew, and counts all replicas as
   live for `GRACE` seconds.
5. If `on_change` does not return within `TELL_WITHIN` seconds, the process ends, so that other replicas can take its
   partitions. If the lease expires meanwhile, these seconds start again.

`RENEW` and two calls take less than `OWN_FOR`, so that one slow answer costs nothing. `OWN_FOR` is less than
`STILL_FOR`, so that the old owner's right has ended before a new owner starts. A process that was frozen meanwhile owns
nothing when it continues.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from shared.platform import counters
from shared.platform.kv import Entry

RENEW = 0.4
OWN_FOR = 1.2
STILL_FOR = 1.5
GRACE = 3.0
LONGEST_PAUSE = 1.0
CALL_TIMEOUT = 0.35
FIRST_CALL_TIMEOUT = 2.0
LEAVE_TIMEOUT = 0.9
SHORTEST_NAP = 0.05
WARN_AFTER = 3
TELL_WITHIN = 10.0
TELL_LOOKS = 20
MEMBER_TTL = 30

OnChange = Callable[[frozenset[int]], Awaitable[None]]
log = structlog.get_logger("nms.leases")


@dataclass(frozen=True)
class Owners:
    """`shares`: for each owned partition, the owner and its fence."""

    version: int = 0
    shares: Mapping[int, tuple[str, int]] = field(default_factory=dict)

    @staticmethod
    def read(data: bytes) -> Owners:
        try:
            body = json.loads(data)
            shares = {int(p): (str(member), int(fence)) for p, (member, fence) in body["owners"].items()}
            return Owners(int(body["version"]), shares)
        except (ValueError, KeyError, TypeError, AttributeError):
            return Owners()

    def write(self) -> bytes:
        return json.dumps({"version": self.version, "owners": {str(p): s for p, s in self.shares.items()}}).encode()

    def of(self, member: str) -> frozenset[int]:
        return frozenset(p for p, (owner, _) in self.shares.items() if owner == member)


def assign(partitions: Iterable[int], members: Iterable[str], owners: Mapping[int, str]) -> dict[int, str]:
    """Return a member for each partition: numbers differ by at most one, and few partitions change owner. Pure."""
    alive, todo = sorted(members), sorted(partitions)
    if not alive:
        return {}
    kept: dict[str, list[int]] = {member: [] for member in alive}
    for partition in todo:
        if (owner := owners.get(partition)) in kept:
            kept[owner].append(partition)
    base, extra = divmod(len(todo), len(alive))
    by_size = sorted(alive, key=lambda member: (-len(kept[member]), member))
    quota = {member: base + (rank < extra) for rank, member in enumerate(by_size)}
    result = {p: member for member, mine in kept.items() for p in mine[: quota[member]]}
    free = (p for p in todo if p not in result)
    for member in by_size:
        for _ in range(quota[member] - min(len(kept[member]), quota[member])):
            result[next(free)] = member
    return result


class LeaseStuck(Exception):
    """Raised when the `on_change` of a service does not return: the process has to end."""


class LeaseBucket(Protocol):
    async def put(self, key: str, value: bytes, ttl: int | None = None) -> int:
        """`ttl`: seconds after which the value expires."""

    async def create(self, key: str, value: bytes) -> int | None: ...

    async def update(self, key: str, value: bytes, revision: int) -> int | None: ...

    async def delete(self, key: str) -> None: ...

    async def get(self, key: str) -> Entry | None: ...

    async def last(self, *patterns: str) -> dict[str, Entry]:
        """Return the values of the keys that match, as of one moment."""


class Lease:
    """The partitions that this replica owns. Read `owned` at each use: it is empty once the lease may have expired."""

    def __init__(
        self,
        bucket: LeaseBucket,
        service: str,
        replica: str,
        partitions: int | Iterable[int],
        on_change: OnChange,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.member = f"{replica}-{os.urandom(3).hex()}"
        self._bucket, self._on_change, self._monotonic = bucket, on_change, monotonic
        self._partitions = range(partitions) if isinstance(partitions, int) else tuple(partitions)
        self._member_key, self._owners_key = f"member.{service}.{self.member}", f"owners.{service}"
        self._members = f"member.{service}."
        self._renewed = -OWN_FOR
        self._owners = Owners()
        self._withheld: frozenset[int] = frozenset()
        self._reported: frozenset[int] = frozenset()
        self._seen: dict[str, tuple[int, float]] = {}
        self._looked: float | None = None
        self._judge_from = 0.0
        self._change = asyncio.Event()
        self._failed = 0
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    # --- for the shell ------------------------------------------------------------------------------------------

    @property
    def owned(self) -> frozenset[int]:
        if self._monotonic() - self._renewed > OWN_FOR:
            return frozenset()
        return self._owners.of(self.member) - self._withheld

    @property
    def leads(self) -> bool:
        return 0 in self.owned

    @property
    def fence(self) -> int:
        owned = self.owned
        return max((fence for p, (_, fence) in self._owners.shares.items() if p in owned), default=0)

    async def start(self, spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]) -> Lease:
        """Join the other replicas, and try once to take free partitions; `on_change` is called later."""
        await self._round(FIRST_CALL_TIMEOUT)
        self._tasks = [spawn(self._run()), spawn(self._notify())]
        return self

    async def stop(self) -> None:
        """Release all partitions, so that other replicas take over at once; `on_change` is called first."""
        if self._stopping:
            return
        self._stopping = True
        self._withheld = frozenset(self._partitions)
        self._change.set()
        if self._tasks:
            self._tasks[0].cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)  # an `on_change` in progress finishes first
        try:
            async with asyncio.timeout(LEAVE_TIMEOUT):
                await self._leave()
        except TimeoutError:
            log.warning("could not release the lease; it expires by itself")

    async def _leave(self) -> None:
        entry = await self._bucket.get(self._owners_key)
        if entry is not None:
            owners = Owners.read(entry.value)
            if owners.of(self.member):
                left = {p: share for p, share in owners.shares.items() if share[0] != self.member}
                await self._bucket.update(self._owners_key, Owners(owners.version + 1, left).write(), entry.revision)
        await self._bucket.delete(self._member_key)

    # --- the round ----------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            began = self._monotonic()
            await self._round()
            nap = SHORTEST_NAP if self._failed else RENEW - (self._monotonic() - began)
            await asyncio.sleep(max(SHORTEST_NAP, nap))

    async def _round(self, within: float = CALL_TIMEOUT) -> None:
        try:
            async with asyncio.timeout(within):
                before = self._monotonic()
                await self._bucket.put(self._member_key, b"{}", ttl=MEMBER_TTL)
                records = await self._bucket.last(self._owners_key, f"{self._members}>")
                self._look(records, self._monotonic())
                entry = records.get(self._owners_key)
                self._owners = Owners.read(entry.value) if entry else Owners()
                self._renewed = before
                self._failed = 0
                await self._share(entry)
        except TimeoutError:
            self._failed += 1
            if self._failed == WARN_AFTER:
                log.warning(f"could not renew the lease {WARN_AFTER} times in a row; check the broker; still trying")
        if self.owned != self._reported:
            self._change.set()

    def _look(self, records: Mapping[str, Entry], now: float) -> None:
        """Remember when each member's record last changed; after a pause or an outage forget all earlier changes."""
        if self._looked is None or now - self._looked > LONGEST_PAUSE:
            self._seen.clear()
            self._judge_from = now + (STILL_FOR if self._looked is None else GRACE)
        self._looked = now
        seen = {}
        for key, entry in records.items():
            if key.startswith(self._members):
                revision, since = self._seen.get(key, (-1, now))
                seen[key] = (entry.revision, since if revision == entry.revision else now)
        self._seen = seen

    def _alive(self, now: float) -> set[str]:
        """Return the members that renewed lately; before the time `_judge_from`, return all known members."""
        if now < self._judge_from:
            owners = {member for member, _ in self._owners.shares.values()}
            return {key[len(self._members) :] for key in self._seen} | owners | {self.member}
        moved = {key[len(self._members) :] for key, (_, since) in self._seen.items() if now - since < STILL_FOR}
        return moved | {self.member}

    async def _share(self, entry: Entry | None) -> None:
        owners, alive = self._owners, self._alive(self._monotonic())
        now_own = {p: member for p, (member, _) in owners.shares.items() if member in alive}
        wanted = assign(self._partitions, alive, now_own)
        mine = owners.of(self.member)
        going = frozenset(p for p in mine if wanted.get(p) != self.member)
        self._withheld = going
        changed = {p: member for p, member in wanted.items() if self._may_change(p, member, now_own, going)}
        if not changed:
            return
        version = owners.version + 1
        shares = {p: share for p, share in owners.shares.items() if p in now_own}
        after = Owners(version, shares | {p: (member, version) for p, member in changed.items()})
        revision = entry.revision if entry else 0
        if revision:
            written = await self._bucket.update(self._owners_key, after.write(), revision)
        else:
            written = await self._bucket.create(self._owners_key, after.write())
        if written is not None:
            self._owners, self._withheld = after, frozenset()

    def _may_change(self, partition: int, member: str, now_own: Mapping[int, str], going: frozenset[int]) -> bool:
        owner = now_own.get(partition)
        if owner is None:
            return True
        return owner == self.member != member and partition in going and partition not in self._reported

    # --- telling the shell --------------------------------------------------------------------------------------

    async def _notify(self) -> None:
        while not self._stopping:
            left = OWN_FOR - (self._monotonic() - self._renewed)
            try:
                async with asyncio.timeout(max(SHORTEST_NAP, left + 0.01) if self._reported else None):
                    await self._change.wait()
            except TimeoutError:
                pass
            self._change.clear()
            await self._report()

    async def _report(self) -> None:
        while (owned := self.owned) != self._reported:
            log.info("the lease changed", owned=sorted(owned))
            counters.leased.set(len(owned))
            self._reported |= owned  # the handler may have taken some partitions before it fails
            await self._report_once(owned)
            self._reported = owned

    async def _report_once(self, owned: frozenset[int]) -> None:
        """Call `on_change`. Raises LeaseStuck if it takes too long.

        Without renewals the time limit starts again, since the shell may be waiting for the broker.
        """
        telling = asyncio.ensure_future(self._on_change(owned))
        looks = 0
        try:
            while not (await asyncio.wait({telling}, timeout=TELL_WITHIN / TELL_LOOKS))[0]:
                looks = looks + 1 if self._monotonic() - self._renewed <= OWN_FOR or self._stopping else 0
                if looks >= TELL_LOOKS:
                    raise LeaseStuck(f"the service has not taken in its new share after {TELL_WITHIN:.0f} s")
            telling.result()
        finally:
            telling.cancel()
