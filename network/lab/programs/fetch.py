"""`fetch.py URL SECONDS [TIMES]`: gets a URL some times; prints a line `STATUS SECONDS BYTES` for each.

`STATUS`: 0 without an answer. Certificates are not checked.
"""

from __future__ import annotations

import http.client
import ssl
import sys
import time
import urllib.error
import urllib.request

PIECE = 65_536


def fetch(url: str, seconds: float) -> tuple[int, float, int]:
    begun, got = time.monotonic(), 0
    trusting = ssl._create_unverified_context() if url.startswith("https:") else None
    try:
        with urllib.request.urlopen(url, timeout=seconds, context=trusting) as answer:
            while piece := answer.read(PIECE):
                got += len(piece)
                if time.monotonic() - begun > seconds:
                    return 0, time.monotonic() - begun, got
            return answer.status, time.monotonic() - begun, got
    except urllib.error.HTTPError as error:
        return error.code, time.monotonic() - begun, got
    except (OSError, http.client.HTTPException):
        return 0, time.monotonic() - begun, got


def main(url: str, seconds: float, times: int = 1) -> None:
    for _ in range(times):
        status, took, got = fetch(url, seconds)
        sys.stdout.write(f"{status} {took:.4f} {got}\n")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), *map(int, sys.argv[3:4]))
