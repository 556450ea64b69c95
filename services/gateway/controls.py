"""Sends requests on the bus, and writes the desired state to KV `config`."""

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
"""Seconds after the timeout of the bus at which the gateway stops waiting itself. A client waits for ten seconds."""
CHANGE_SECONDS = 5.0
CHANGES_TRIED = 20


class BusControls:
    """`adopt`: called after each change of the desired state. If the stored desired state is missing or invalid, a
    change starts from `OFF` and overwrites the record.
    """

    def __init__(self, bus: Bus, adopt: Callable[[], Awaitable[None]]) -> None:
        self._bus = bus
        self._adopt = adopt

    async def ask(self, service: ServiceName, request: Request) -> Reply:
        """Raises Refused, UnknownTarget; TimeoutError if no process received the request; OutcomeUnknown if a process
        received it but did not answer in time.
        """
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
        """Change the desired state by compare-and-set; return the state before and after.

        Raises Refused if other writers change it all the time, TimeoutError if nothing was written, OutcomeUnknown if
        the broker did not answer a write.
        """
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
        """If another process wrote, try again, up to 20 times. Each new state is added to `written` before it is sent
        to the broker.
        """
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
    try:
        return desired_in(entry, note)
    except MessageError:
        return None
