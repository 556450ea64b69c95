"""Sends requests on the bus, and writes the desired state to its bucket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from shared.domain.config import CONFIG_KEY, OFF, REVISION_KEY, Desired
from shared.domain.errors import MessageError, NobodyThere, OutcomeUnknown, Refused
from shared.domain.kinds import Level, ServiceName
from shared.domain.requests import Reply, Request
from shared.domain.subjects import Bucket
from shared.platform.bus import Bus
from shared.platform.bus.desired import desired_in
from shared.platform.kv import Entry

ASK_SECONDS = 8.0
GRACE_SECONDS = 0.5
"""Extra seconds beyond the bus's own timeout; a client gives up after ten seconds."""
CHANGE_SECONDS = 5.0
CHANGES_TRIED = 20


class BusControls:
    """The controls over the bus. `adopt` is called after a change, and waits briefly until the change is in force.

    A missing or unreadable record is overwritten: fields that the change does not name then have the values of `OFF`.
    """

    def __init__(self, bus: Bus, adopt: Callable[[], Awaitable[None]]) -> None:
        self._bus = bus
        self._adopt = adopt

    async def ask(self, service: ServiceName, request: Request) -> Reply:
        """Send a request. Raises Refused, UnknownTarget, OutcomeUnknown; TimeoutError if no process received it."""
        try:
            async with asyncio.timeout(ASK_SECONDS + GRACE_SECONDS):
                return await self._bus.request(service, request, timeout=ASK_SECONDS)
        except NobodyThere:
            raise TimeoutError(
                f"no {service} is running, so nothing was done: see /api/services, and try again"
            ) from None
        except TimeoutError:
            raise OutcomeUnknown(
                f"the {service} did not answer within {ASK_SECONDS:g} s: it is not known whether it has done what was "
                "asked, or will; see what came of it before you ask again"
            ) from None

    async def change(self, revise: Callable[[Desired], Desired]) -> tuple[Desired, Desired]:
        """Change the desired state by compare-and-set; return (before, after)."""
        written: list[Desired] = []
        try:
            async with asyncio.timeout(CHANGE_SECONDS):
                before, after = await self._change(revise, written)
        except TimeoutError:
            is_off = "; until it does, repair is off and no faults are injected" if self._bus.desired_fault else ""
            if written:
                raise OutcomeUnknown(
                    f"the broker did not answer within {CHANGE_SECONDS:g} s: it is not known whether the desired state "
                    f"has changed, or will{is_off}; see /api/config, and ask again: "
                    "what is so already is not changed twice"
                ) from None
            raise TimeoutError(f"the broker does not answer, so nothing was changed{is_off}: try again") from None
        await self._adopt()
        return before, after

    async def _change(self, revise: Callable[[Desired], Desired], written: list[Desired]) -> tuple[Desired, Desired]:
        """Read, revise and write until no other write intervenes; each attempt is added to `written`."""
        bucket, notes = self._bus.bucket(Bucket.CONFIG), self._bus.bucket(Bucket.TOPOLOGY)
        for _ in range(CHANGES_TRIED):
            note = await notes.get(REVISION_KEY)
            entry = await bucket.get(CONFIG_KEY)
            known = _known(entry, note)
            before = known or OFF
            after = revise(before)
            if known and after == before:
                return before, after
            data = after.model_dump_json().encode()
            written.append(after)
            revision = (
                await bucket.update(CONFIG_KEY, data, entry.revision)
                if entry
                else await bucket.create(CONFIG_KEY, data)
            )
            if revision is not None:
                await notes.put(REVISION_KEY, str(revision).encode())
                return before, after
        raise Refused("the desired state is being changed by others all the time; try again")

    async def say(self, message: str) -> None:
        await self._bus.log(Level.INFO, message)


def _known(entry: Entry | None, note: Entry | None) -> Desired | None:
    """Return the state in force; None if it is off, because the record is unreadable or outdated."""
    try:
        return desired_in(entry, note)
    except MessageError:
        return None
