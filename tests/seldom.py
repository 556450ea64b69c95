"""A simulated network that is sampled less often than it moves."""

from __future__ import annotations

import msgspec

from nms.simulate import Loop
from shared.domain.events import Event
from shared.domain.telemetry import TICK_SECONDS, Tick, decode_tick, encode_tick


def sample_seldom(loop: Loop, interval: float) -> None:
    """Let a loop see the network at an interval only; what happens in between goes on as ever."""
    every = round(interval / TICK_SECONDS)
    sample = loop.network.sample

    def seldom() -> tuple[list[Tick], list[Event]]:
        ticks, happenings = sample()
        return [_renumbered(tick, every, interval) for tick in ticks if tick.tick % every == 0], list(happenings)

    loop.network.sample = seldom  # type: ignore[method-assign, assignment]
    loop.remediator.known.offered = loop.network.managed.offered.model_copy(update={"interval": interval})


def _renumbered(tick: Tick, every: int, interval: float) -> Tick:
    late = tick.late if every == 1 else []
    seldom = msgspec.structs.replace(tick, tick=tick.tick // every, interval=interval, late=late)
    return decode_tick(encode_tick(seldom))
