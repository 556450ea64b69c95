"""`flap.py DOWN UP WAY PORT ...`: takes the ports of a cable down and up, again and again.

`DOWN`, `UP`: seconds. `WAY`: `carrier`: the nodes see that the cable is dead; `silent`: the cable only carries nothing.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

CARRIER = "carrier"
BLOCKED, FORWARDING = "0", "3"
"""States of a port of a bridge."""


def switch(way: str, ports: Sequence[str], up: bool) -> None:
    for port in ports:
        words = ["ip", "link", "set", "dev", port, "up" if up else "down"]
        if way != CARRIER:
            words = ["bridge", "link", "set", "dev", port, "state", FORWARDING if up else BLOCKED]
        subprocess.run(words, check=True)


def main(arguments: Sequence[str]) -> None:
    down, up, way, *ports = arguments
    while True:
        for seconds, is_up in ((float(down), False), (float(up), True)):
            begun = time.monotonic()
            switch(way, ports, is_up)
            time.sleep(max(0.0, seconds - (time.monotonic() - begun)))


if __name__ == "__main__":
    main(sys.argv[1:])
