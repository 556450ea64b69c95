"""Reads what a recipe needs beside the snapshot: handles, process ids, routes in full, digests of files. It only reads.

The lines for the shell are constants. The paths of files are words, and `quoted` makes them so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from network.devices.actions.device_verbs import ROUTING_LINES
from network.devices.actions.live import LiveDetails, LiveRoute, filters_of, processes_of, routes_of
from network.devices.console import Answer, Console, NoAnswer, quoted

WITHIN = 10.0
EMPTY = hashlib.sha256(b"").hexdigest()
"""The digest of a configuration that nothing shows."""


class Detail(StrEnum):
    """What a recipe needs of a device beside its snapshot."""

    FILTERS = "filters"
    PROCESSES = "processes"
    ROUTES = "routes"
    ROUTING = "routing"


PROCESSES = r"""
# A thread of the kernel has no program. A process of another network is not of this device.
own=$(readlink /proc/self/ns/net)
for folder in /proc/[0-9]*; do
  [ -e "$folder/exe" ] && [ "$(readlink "$folder/ns/net")" = "$own" ] || continue
  { read -r line < "$folder/stat" && read -r name < "$folder/comm"; } 2>/dev/null || continue
  pid=${line%% *} line=${line##*) }
  set -f; set -- $line; set +f
  [ "$1" = Z ] || printf '%s %s %s %s\n' "$pid" "$2" "${20}" "$name"
done
"""
DIGESTS = r"""
for file do
  if [ ! -e "$file" ]; then echo none; continue; fi
  digest=$(sha256sum < "$file") && echo "${digest%% *}" || echo unreadable
done
"""


PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin\nexport PATH\n"
LINES: Mapping[Detail, tuple[str, ...]] = {
    Detail.FILTERS: ("nft -j list ruleset", "nft -a -s list ruleset"),
    Detail.PROCESSES: (PROCESSES,),
    Detail.ROUTING: (f"{ROUTING_LINES}routing_lines | sha256sum",),
    Detail.ROUTES: ("ip -4 -o route show table all", "ip -6 -o route show table all"),
}


async def read_details(console: Console, needs: Iterable[Detail], files: Sequence[str]) -> LiveDetails | NoAnswer:
    """Read the details in need, and the digests of files. NoAnswer if the device does not answer."""
    texts: dict[Detail, list[str]] = {}
    for need in sorted(needs):
        for lines in LINES[need]:
            answer = await _answer(console, lines)
            if isinstance(answer, NoAnswer):
                return answer
            texts.setdefault(need, []).append(answer.text if answer.status == 0 else "")
    digests: dict[str, str] = {}
    if files:
        answer = await _answer(console, f"set -- {quoted(files)}\n{DIGESTS}")
        if isinstance(answer, NoAnswer):
            return answer
        digests = dict(zip(files, answer.text.split("\n"), strict=False))
    return LiveDetails(
        filters=filters_of(*texts[Detail.FILTERS]) if Detail.FILTERS in texts else None,
        processes=processes_of(*texts[Detail.PROCESSES]) if Detail.PROCESSES in texts else None,
        routes=_routes(*texts[Detail.ROUTES]) if Detail.ROUTES in texts else None,
        routing=_digest(*texts[Detail.ROUTING]) if Detail.ROUTING in texts else "",
        digests=digests,
    )


def _digest(text: str) -> str:
    found = text.split(" ")[0]
    return "" if found == EMPTY else found


def _routes(four: str, six: str) -> tuple[LiveRoute, ...] | None:
    """A device without IPv6 has no answer for it."""
    return (*routes_of(four, "-4"), *routes_of(six, "-6")) if four or six else None


async def _answer(console: Console, lines: str) -> Answer | NoAnswer:
    """The shell may serve the whole connection: nothing may end it or read its input."""
    return await console.script(f"(\n{PATH}{lines}\n) </dev/null 2>/dev/null\n", root=True, within=WITHIN)
